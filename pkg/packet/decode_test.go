package packet

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/google/gopacket/layers"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/limit"
)

const (
	tcpProto = layers.IPProtocolTCP
	udpProto = layers.IPProtocolUDP
	ip4Type  = layers.EthernetTypeIPv4
	ip6Type  = layers.EthernetTypeIPv6
)

type decodeCase struct {
	name  string
	link  capture.LinkType
	bytes []byte
	want  Reason
	vlans []uint16
	v6    bool
	udp   bool
	pay   string // where it is not body

	tunnel Tunnel
}

// extension is an IPv6 extension header of eight bytes.
func extension(next layers.IPProtocol) []byte { return []byte{byte(next), 0, 1, 4, 0, 0, 0, 0} }

// behind6 puts extension headers between IPv6 and a TCP segment.
func behind6(t testing.TB, first layers.IPProtocol, headers ...[]byte) []byte {
	whole := build(t, v6(tcpProto), segment(), payload())
	b := join(append(append([][]byte{whole[:40]}, headers...), whole[40:])...)
	b[6] = byte(first)
	b[4], b[5] = byte((len(b)-40)>>8), byte(len(b)-40)
	return b
}

func cases(t testing.TB) []decodeCase {
	tcp4 := build(t, v4(tcpProto), segment(), payload())
	udp4 := build(t, v4(udpProto), datagram(), payload())
	tcp6 := build(t, v6(tcpProto), segment(), payload())
	eth4 := build(t, ether(ip4Type), v4(tcpProto), segment(), payload())
	mac := make([]byte, 12)
	snap := []byte{0xaa, 0xaa, 3, 0, 0, 0, 8, 0}
	sll := func(hardware, proto uint16) []byte {
		return []byte{0, 4, byte(hardware >> 8), byte(hardware), 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, byte(proto >> 8), byte(proto)}
	}
	sll2 := func(hardware, proto uint16) []byte {
		return []byte{byte(proto >> 8), byte(proto), 0, 0, 0, 0, 0, 3, byte(hardware >> 8), byte(hardware), 4, 6, 1, 2, 3, 4, 5, 6, 0, 0}
	}
	options := v4(tcpProto)
	options.Options = []layers.IPv4Option{{OptionType: 148, OptionLength: 4, OptionData: []byte{0, 0}}}
	ah := []byte{6, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
	deep := func(n int) []byte {
		b := append([]byte(nil), mac...)
		for i := range n {
			b = append(b, 0x81, 0, 0, byte(i+1))
		}
		return join(b, []byte{8, 0}, tcp4)
	}
	var many [][]byte
	for range limit.Extensions {
		many = append(many, extension(60))
	}
	chain := func(n int) []byte {
		hs := append([][]byte(nil), many[:n-1]...)
		return behind6(t, 60, append(hs, extension(6))...)
	}
	const eth, raw = capture.LinkEthernet, capture.LinkRaw
	return append(tunnelCases(t), []decodeCase{
		{name: "ethernet ipv4 tcp", link: eth, bytes: eth4},
		{name: "ethernet ipv6 tcp", link: eth, bytes: build(t, ether(ip6Type), v6(tcpProto), segment(), payload()), v6: true},
		{name: "ethernet ipv4 udp", link: eth, bytes: build(t, ether(ip4Type), v4(udpProto), datagram(), payload()), udp: true},
		{name: "ethernet ipv6 udp", link: eth, bytes: build(t, ether(ip6Type), v6(udpProto), datagram(), payload()), v6: true, udp: true},
		{name: "padding is no payload", link: eth, bytes: join(eth4, make([]byte, 9))},
		{name: "802.3 snap", link: eth, bytes: join(mac, []byte{0, byte(8 + len(tcp4))}, snap, tcp4)},
		{name: "802.3 snap bridge tunnel", link: eth, bytes: join(mac, []byte{0, byte(8 + len(tcp4))}, set(snap, 5, 0xf8), tcp4)},
		{name: "802.3 snap other organisation", link: eth, bytes: join(mac, []byte{0, byte(8 + len(tcp4))}, set(snap, 5, 0x0c), tcp4), want: NotIP},
		{name: "802.3 snap, no unnumbered information", link: eth, bytes: join(mac, []byte{0, byte(8 + len(tcp4))}, set(snap, 2, 11), tcp4), want: NotIP},
		{name: "802.3 spanning tree", link: eth, bytes: join(mac, []byte{0, 7, 0x42, 0x42, 3, 0, 0, 0, 0}), want: NotIP},
		{name: "arp", link: eth, bytes: join(mac, []byte{8, 6}, make([]byte, 28)), want: NotIP},
		{name: "lldp", link: eth, bytes: join(mac, []byte{0x88, 0xcc}, make([]byte, 28)), want: NotIP},
		{name: "vlan", link: eth, bytes: build(t, ether(layers.EthernetTypeDot1Q), tag(100, ip4Type), v4(tcpProto), segment(), payload()), vlans: []uint16{100}},
		{name: "qinq", link: eth, bytes: build(t, ether(layers.EthernetTypeQinQ), tag(4095, layers.EthernetTypeDot1Q), tag(7, ip4Type), v4(tcpProto), segment(), payload()), vlans: []uint16{4095, 7}},
		{name: "older stacked tags", link: eth, bytes: join(mac, []byte{0x91, 0, 0, 9, 0x92, 0, 0, 8, 0x81, 0, 0, 7, 8, 0}, tcp4), vlans: []uint16{9, 8, 7}},
		{name: "vlan with snap", link: eth, bytes: join(mac, []byte{0x81, 0, 0, 9, 0, byte(8 + len(tcp4))}, snap, tcp4), vlans: []uint16{9}},
		{name: "vlans up to the limit", link: eth, bytes: deep(limit.VLANs), vlans: []uint16{1, 2, 3, 4, 5, 6, 7, 8}},
		{name: "vlans beyond the limit", link: eth, bytes: deep(limit.VLANs + 1), want: DeepVLAN},

		{name: "cooked", link: capture.LinkSLL, bytes: join(sll(1, 0x0800), tcp4)},
		{name: "cooked vlan", link: capture.LinkSLL, bytes: join(sll(1, 0x8100), []byte{0, 5, 8, 0}, tcp4), vlans: []uint16{5}},
		{name: "cooked llc", link: capture.LinkSLL, bytes: join(sll(1, 4), snap, tcp4)},
		{name: "cooked arp", link: capture.LinkSLL, bytes: join(sll(1, 0x0806), tcp4), want: NotIP},
		{name: "cooked netlink", link: capture.LinkSLL, bytes: join(sll(824, 0x0800), tcp4), want: NotIP},
		{name: "cooked 802.3", link: capture.LinkSLL, bytes: join(sll(1, 1), tcp4), want: NotIP},
		{name: "ppp", link: capture.LinkPPP, bytes: join([]byte{0xff, 0x03, 0x00, 0x21}, tcp4)},
		{name: "ppp without address and control", link: capture.LinkPPP, bytes: join([]byte{0x00, 0x57}, tcp6), v6: true},
		{name: "ppp in hdlc framing", link: capture.LinkPPPHDLC, bytes: join([]byte{0xff, 0x03, 0x00, 0x21}, udp4), udp: true},
		{name: "cisco hdlc", link: capture.LinkCiscoHDLC, bytes: join([]byte{0x0f, 0x00, 0x08, 0x00}, tcp4)},
		{name: "cisco hdlc in ppp's link type", link: capture.LinkPPPHDLC, bytes: join([]byte{0x8f, 0x00, 0x86, 0xdd}, tcp6), v6: true},
		{name: "cooked 2", link: capture.LinkSLL2, bytes: join(sll2(1, 0x86dd), tcp6), v6: true},
		{name: "cooked 2 udp", link: capture.LinkSLL2, bytes: join(sll2(1, 0x0800), udp4), udp: true},

		{name: "raw ipv4", link: raw, bytes: tcp4},
		{name: "raw ipv6", link: raw, bytes: tcp6, v6: true},
		{name: "raw neither", link: raw, bytes: []byte{0x50, 0, 0}, want: NotIP},
		{name: "raw bsd", link: capture.LinkRawBSD, bytes: tcp4},
		{name: "raw openbsd", link: capture.LinkRawOpenBSD, bytes: tcp6, v6: true},
		{name: "link ipv4", link: capture.LinkIPv4, bytes: tcp4},
		{name: "link ipv6", link: capture.LinkIPv6, bytes: tcp6, v6: true},
		{name: "link ipv4 with ipv6", link: capture.LinkIPv4, bytes: tcp6, want: BadIPv4Header},
		{name: "link ipv6 with ipv4", link: capture.LinkIPv6, bytes: tcp4, want: BadIPv6Header},

		{name: "null little endian", link: capture.LinkNull, bytes: join([]byte{2, 0, 0, 0}, tcp4)},
		{name: "null big endian", link: capture.LinkNull, bytes: join([]byte{0, 0, 0, 2}, tcp4)},
		{name: "null freebsd ipv6", link: capture.LinkNull, bytes: join([]byte{28, 0, 0, 0}, tcp6), v6: true},
		{name: "null darwin ipv6", link: capture.LinkNull, bytes: join([]byte{30, 0, 0, 0}, tcp6), v6: true},
		{name: "null netbsd ipv6", link: capture.LinkNull, bytes: join([]byte{0, 0, 0, 24}, tcp6), v6: true},
		{name: "null linux ipv6", link: capture.LinkNull, bytes: join([]byte{10, 0, 0, 0}, tcp6), v6: true},
		{name: "null windows ipv6", link: capture.LinkNull, bytes: join([]byte{23, 0, 0, 0}, tcp6), v6: true},
		{name: "null appletalk", link: capture.LinkNull, bytes: join([]byte{16, 0, 0, 0}, tcp6), want: NotIP},
		{name: "loop", link: capture.LinkLoop, bytes: join([]byte{0, 0, 0, 2}, tcp4)},

		{name: "unknown link", link: 105, bytes: tcp4, want: UnknownLink},
		{name: "no byte", link: raw, bytes: nil, want: Short},

		{name: "ipv4 options", link: raw, bytes: build(t, options, segment(), payload())},
		{name: "ipv4 length zero", link: raw, bytes: set(tcp4, 2, 0, 0)},
		{name: "ipv4 length below header", link: raw, bytes: set(tcp4, 2, 0, 19), want: BadIPv4Header},
		{name: "ipv4 header below 20", link: raw, bytes: set(tcp4, 0, 0x44), want: BadIPv4Header},
		{name: "ipv4 no room for tcp", link: raw, bytes: set(tcp4, 2, 0, 39), want: BadTCPHeader},
		{name: "ipv4 do not fragment", link: raw, bytes: set(tcp4, 6, 0x40, 0)},
		{name: "ipv4 first fragment", link: raw, bytes: set(tcp4, 6, 0x20, 0), want: Fragment},
		{name: "ipv4 later fragment", link: raw, bytes: set(tcp4, 6, 0, 1), want: Fragment},
		{name: "ipv4 icmp", link: raw, bytes: build(t, v4(layers.IPProtocolICMPv4), payload()), want: NoTransport},
		{name: "ipv4 authenticated", link: raw, bytes: set(join(set(tcp4[:20], 9, 51), ah, tcp4[20:]), 2, 0, byte(len(tcp4)+24))},

		{name: "ipv6 length zero", link: raw, bytes: set(tcp6, 4, 0, 0), v6: true},
		{name: "ipv6 hop by hop", link: raw, bytes: behind6(t, 0, extension(6)), v6: true},
		{name: "ipv6 padding behind hop by hop", link: raw, bytes: join(behind6(t, 0, extension(6)), make([]byte, 9)), v6: true},
		{name: "ipv6 all of them", link: raw, bytes: behind6(t, 0, extension(60), extension(43), extension(44), []byte{51, 0, 0, 0, 0, 0, 0, 9}, ah), v6: true},
		{name: "ipv6 extensions up to the limit", link: raw, bytes: chain(limit.Extensions), v6: true},
		{name: "ipv6 extensions beyond the limit", link: raw, bytes: join(set(chain(limit.Extensions), 40+8*(limit.Extensions-1), 60)[:40+8*limit.Extensions], extension(6), tcp6[40:]), want: DeepExtensions, v6: true},
		{name: "ipv6 extension beyond the packet", link: raw, bytes: set(behind6(t, 0, extension(6)), 41, 200), want: BadIPv6Header},
		{name: "ipv6 atomic fragment", link: raw, bytes: behind6(t, 44, []byte{6, 0, 0, 0, 0, 0, 0, 9}), v6: true},
		{name: "ipv6 first fragment", link: raw, bytes: behind6(t, 44, []byte{6, 0, 0, 1, 0, 0, 0, 9}), want: Fragment},
		{name: "ipv6 later fragment", link: raw, bytes: behind6(t, 44, []byte{6, 0, 0, 8, 0, 0, 0, 9}), want: Fragment},
		{name: "ipv6 nothing follows", link: raw, bytes: set(tcp6, 6, 59), want: NoTransport},
		{name: "ipv6 short authentication", link: raw, bytes: behind6(t, 51, []byte{6, 0, 0, 0, 0, 0, 0, 1}), want: BadIPv6Header},

		{name: "tcp offset below 5", link: raw, bytes: set(tcp4, 32, 0x40), want: BadTCPHeader},
		{name: "tcp offset beyond the packet", link: raw, bytes: build(t, v4(tcpProto), &layers.TCP{DataOffset: 5})[:40], pay: "-", want: OK},
		{name: "tcp options beyond the packet", link: raw, bytes: set(build(t, v4(tcpProto), &layers.TCP{}), 32, 0xf0), want: BadTCPHeader},
		{name: "udp length below 8", link: raw, bytes: set(udp4, 24, 0, 7), want: BadUDPHeader},
		{name: "udp length beyond the packet", link: raw, bytes: set(udp4, 24, 0, 21), want: BadUDPHeader},
		{name: "udp length zero", link: raw, bytes: set(udp4, 24, 0, 0), udp: true},
		{name: "udp length cuts", link: raw, bytes: set(udp4, 24, 0, 13), udp: true, pay: "hello"},
		{name: "udp no room", link: raw, bytes: set(udp4, 2, 0, 27), want: BadUDPHeader},
	}...)
}

func TestDecode(t *testing.T) {
	for _, c := range cases(t) {
		t.Run(c.name, func(t *testing.T) {
			p := Packet{Clock: 99, Window: 1, VLANs: 3, Payload: []byte("left over")}
			if r := Decode(frame(c.link, c.bytes), &p); r != c.want {
				t.Fatalf("Decode = %v, want %v", r, c.want)
			}
			if p.Time != 42 || p.Number != 7 || p.Clock != 99 {
				t.Errorf("time %d, number %d, clock %d; want 42, 7 and 99 as it was", p.Time, p.Number, p.Clock)
			}
			if c.want != OK || c.pay == "-" {
				return
			}
			if want := wanted(c, p.Payload); fmt.Sprintf("%+v", p) != fmt.Sprintf("%+v", want) {
				t.Errorf("got  %+v\nwant %+v", p, want)
			}
			pay := c.pay
			if pay == "" {
				pay = body
			}
			if string(p.Payload) != pay || p.Length != len(pay) {
				t.Errorf("payload %q of %d bytes, want %q", p.Payload, p.Length, pay)
			}
		})
	}
}

// wanted is the Packet of all cases that are OK, with the payload that was
// found.
func wanted(c decodeCase, found []byte) Packet {
	p := Packet{Time: 42, Number: 7, Clock: 99, SrcPort: 40000, DstPort: 443,
		Src: Addr(netip.MustParseAddr("10.0.0.5").As16()), Dst: Addr(netip.MustParseAddr("192.0.2.7").As16()),
		Protocol: ProtoTCP, TTL: 63, VLANs: uint8(len(c.vlans)), Flags: PSH | ACK, Seq: 0xfffffff0, Ack: 77, Window: 502,
		IPID: 0x1234, Tunnel: c.tunnel, Payload: found, Length: len(found)}
	copy(p.VLAN[:], c.vlans)
	if c.v6 {
		p.Src, p.Dst, p.TTL, p.IPID = Addr(netip.MustParseAddr("2001:db8::5").As16()), Addr(netip.MustParseAddr("2001:db8:1::7").As16()), 61, 0
	}
	if c.udp {
		p.Protocol, p.Flags, p.Seq, p.Ack, p.Window = ProtoUDP, 0, 0, 0, 0
	}
	return p
}

// Every case, cut by a snap length at every byte: Length and the header fields
// stay, Payload shrinks; or a Reason says what is missing.
func TestDecodeSnapped(t *testing.T) {
	for _, c := range cases(t) {
		var whole Packet
		want := Decode(frame(c.link, c.bytes), &whole)
		for n := range c.bytes {
			f := frame(c.link, c.bytes[:n:n])
			f.Wire = uint32(len(c.bytes))
			var p Packet
			got := Decode(f, &p)
			checkSnapped(t, fmt.Sprintf("%s at byte %d", c.name, n), got, p, want, whole)
		}
	}
}

func checkSnapped(t *testing.T, name string, got Reason, p Packet, want Reason, whole Packet) {
	t.Helper()
	switch {
	case got != want && got != Short:
		t.Errorf("%s: %v, want %v or short", name, got, want)
	case got == OK || got == Fragment || got == NoTransport:
		if len(p.Payload) > len(whole.Payload) || string(p.Payload) != string(whole.Payload[:len(p.Payload)]) {
			t.Errorf("%s: payload %q does not begin %q", name, p.Payload, whole.Payload)
		}
		p.Payload, whole.Payload = nil, nil
		if p.Protocol == ProtoTCP && whole.Length == 0 && p.Length <= smallest-20 {
			p.Length = 0 // that it is padding, only all of it can tell
		}
		if fmt.Sprint(p) != fmt.Sprint(whole) {
			t.Errorf("%s: got %+v, want %+v", name, p, whole)
		}
	}
}

// A header cannot make a packet longer than the frame that carried it.
func TestDecodeBelievesTheWire(t *testing.T) {
	b := build(t, v4(tcpProto), segment(), payload())
	var p Packet
	if r := Decode(frame(capture.LinkRaw, b[:len(b)-4]), &p); r != OK || p.Length != len(body)-4 || string(p.Payload) != body[:len(body)-4] {
		t.Errorf("got %v, %q of %d", r, p.Payload, p.Length)
	}
	// With no length in the header, the wire's counts.
	f := frame(capture.LinkRaw, set(b, 2, 0, 0)[:len(b)-4])
	f.Wire = 60000
	if r := Decode(f, &p); r != OK || p.Length != 60000-(len(b)-len(body)) || string(p.Payload) != body[:len(body)-4] {
		t.Errorf("got %v, %q of %d", r, p.Payload, p.Length)
	}
}

// What defragmentation and tunnels will need of a part.
func TestDecodeParts(t *testing.T) {
	b := build(t, v4(tcpProto), segment(), payload())
	for _, c := range []struct {
		name  string
		bytes []byte
		want  Reason
		proto uint8
	}{
		{"ipv4 fragment", set(b, 6, 0, 1), Fragment, 6},
		{"ipv6 fragment", behind6(t, 44, []byte{17, 0, 0, 8, 0, 0, 0, 9}), Fragment, 17},
		{"esp", set(b, 9, 50), NoTransport, 50},
		{"no gre that is known", set(b, 9, 47), NoTransport, 47},
	} {
		var p Packet
		if r := Decode(frame(capture.LinkRaw, c.bytes), &p); r != c.want || p.Protocol != c.proto || len(p.Payload) != 32+len(body) || p.Length != len(p.Payload) || p.Src == (Addr{}) || p.TTL == 0 {
			t.Errorf("%s: %v %+v", c.name, r, p)
		}
	}
}

func TestReasons(t *testing.T) {
	seen := map[string]bool{}
	for r := range Reasons {
		name := Reason(r).String()
		if name == "" || seen[name] {
			t.Errorf("reason %d has the name %q", r, name)
		}
		seen[name] = true
	}
	if s := Reason(200).String(); s != "reason_200" {
		t.Errorf("an unknown reason is %q", s)
	}
	a, b := Stats{OK: 2, Short: 1}, Stats{Short: 4}
	if a.Add(&b); a[OK] != 2 || a[Short] != 5 || a.Frames() != 7 {
		t.Errorf("sum %v", a)
	}
}

func TestDecodeAllocates(t *testing.T) {
	var p Packet
	for _, c := range cases(t) {
		f := frame(c.link, c.bytes)
		if n := testing.AllocsPerRun(10, func() { Decode(f, &p) }); n != 0 {
			t.Errorf("%s: Decode allocates %v times, want 0", c.name, n)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, c := range cases(b) {
		switch c.name {
		case "ethernet ipv4 tcp", "ethernet ipv6 udp", "qinq", "ipv6 all of them", "arp", "vxlan", "gre", "mpls", "gtp":
			b.Run(c.name, func(b *testing.B) {
				f := frame(c.link, c.bytes)
				var p Packet
				b.ReportAllocs()
				for b.Loop() {
					Decode(f, &p)
				}
			})
		}
	}
}
