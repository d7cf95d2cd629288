package packet

import (
	"encoding/binary"
	"fmt"
	"net"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/limit"
)

// outer4 and outer6 are the headers of carriers.
func outer4(p layers.IPProtocol) *layers.IPv4 {
	return &layers.IPv4{Version: 4, IHL: 5, TTL: 9, Id: 99, Protocol: p, SrcIP: net.IP{198, 51, 100, 1}, DstIP: net.IP{198, 51, 100, 2}}
}

func outer6(p layers.IPProtocol) *layers.IPv6 {
	return &layers.IPv6{Version: 6, HopLimit: 9, NextHeader: p, SrcIP: net.ParseIP("2001:db8:9::1"), DstIP: net.ParseIP("2001:db8:9::2")}
}

// words are the bytes of numbers, in network order.
func words(ws ...uint16) (b []byte) {
	for _, w := range ws {
		b = binary.BigEndian.AppendUint16(b, w)
	}
	return b
}

// inUDP carries bytes to a port.
func inUDP(t testing.TB, port uint16, parts ...[]byte) []byte {
	return build(t, outer4(udpProto), &layers.UDP{SrcPort: 55555, DstPort: layers.UDPPort(port)}, gopacket.Payload(join(parts...)))
}

func inIP(t testing.TB, protocol uint8, parts ...[]byte) []byte {
	return build(t, outer4(layers.IPProtocol(protocol)), gopacket.Payload(join(parts...)))
}

func inEther(t uint16, parts ...[]byte) []byte {
	return join(append([][]byte{make([]byte, 12), words(t)}, parts...)...)
}

func tunnelCases(t testing.TB) []decodeCase {
	tcp4 := build(t, v4(tcpProto), segment(), payload())
	tcp6 := build(t, v6(tcpProto), segment(), payload())
	eth4 := build(t, ether(ip4Type), v4(tcpProto), segment(), payload())
	eth6 := build(t, ether(ip6Type), v6(tcpProto), segment(), payload())
	tagged := build(t, ether(layers.EthernetTypeDot1Q), tag(30, ip4Type), v4(tcpProto), segment(), payload())
	arp := inEther(typeARP, make([]byte, 28))
	icmp := build(t, v4(layers.IPProtocolICMPv4), payload())
	teredo := build(t, &layers.IPv6{Version: 6, HopLimit: 61, NextHeader: tcpProto, SrcIP: net.ParseIP("2001::5"), DstIP: net.ParseIP("2001:db8:1::7")}, segment(), payload())
	vx := []byte{8, 0, 0, 0, 0, 1, 0, 0}
	gpe := func(next byte) []byte { return []byte{0x0c, 0, 0, next, 0, 1, 0, 0} }
	label := func(n uint32, bottom bool) []byte {
		w := n<<12 | 64
		if bottom {
			w |= 0x100
		}
		return binary.BigEndian.AppendUint32(nil, w)
	}
	gtpu := func(flags byte, options []byte, inner []byte) []byte {
		n := len(options) + len(inner)
		return join([]byte{flags, 255, byte(n >> 8), byte(n), 0, 0, 0, 7}, options, inner)
	}
	pppoe := func(session uint16, parts ...[]byte) []byte {
		b := join(parts...)
		return join(words(0x1100, session, uint16(len(b))), b)
	}
	nested := func(n int) []byte {
		b := tcp4
		for range n {
			b = inIP(t, 4, b)
		}
		return b
	}
	labels := func(n int) []byte {
		var b []byte
		for i := range n {
			b = join(b, label(uint32(100+i), i == n-1))
		}
		return inEther(typeMPLS, b, tcp4)
	}
	is := func(k Kind, id uint32, depth uint8) Tunnel { return Tunnel{ID: id, Kind: k, Depth: depth} }
	const eth, raw = capture.LinkEthernet, capture.LinkRaw
	const ordinary = "-" // what stays a datagram or packet of its own
	return []decodeCase{
		{name: "ip in ip", link: raw, bytes: inIP(t, 4, tcp4), tunnel: is(IPinIP, 0, 1)},
		{name: "6in4", link: raw, bytes: inIP(t, 41, tcp6), v6: true, tunnel: is(IPinIP, 0, 1)},
		{name: "4in6", link: raw, bytes: build(t, outer6(4), gopacket.Payload(tcp4)), tunnel: is(IPinIP, 0, 1)},
		{name: "6in6", link: raw, bytes: build(t, outer6(41), gopacket.Payload(tcp6)), v6: true, tunnel: is(IPinIP, 0, 1)},
		{name: "ip in ip, other inside", link: raw, bytes: inIP(t, 4, tcp6), want: BadIPv4Header},
		{name: "ip in ip, nothing inside", link: raw, bytes: inIP(t, 4), want: Short},
		{name: "ip in ip, a fragment inside", link: raw, bytes: inIP(t, 4, set(tcp4, 6, 0x20, 0)), want: Fragment},
		{name: "tunnels up to the limit", link: raw, bytes: nested(limit.Tunnels), tunnel: is(IPinIP, 0, limit.Tunnels)},
		{name: "tunnels beyond the limit", link: raw, bytes: nested(limit.Tunnels + 1), want: DeepTunnel},

		{name: "gre", link: raw, bytes: inIP(t, 47, words(0, 0x0800), tcp4), tunnel: is(GRE, 0, 1)},
		{name: "gre ipv6", link: raw, bytes: inIP(t, 47, words(0, 0x86dd), tcp6), v6: true, tunnel: is(GRE, 0, 1)},
		{name: "gre in ipv6", link: raw, bytes: build(t, outer6(47), gopacket.Payload(join(words(0, 0x0800), tcp4))), tunnel: is(GRE, 0, 1)},
		{name: "gre key", link: raw, bytes: inIP(t, 47, words(0x2000, 0x0800, 7, 9), tcp4), tunnel: is(GRE, 7<<16|9, 1)},
		{name: "gre checksum", link: raw, bytes: inIP(t, 47, words(0x8000, 0x0800, 1, 0), tcp4), tunnel: is(GRE, 0, 1)},
		{name: "gre checksum, key, sequence", link: raw, bytes: inIP(t, 47, words(0xb000, 0x0800, 1, 0, 0, 5, 0, 6), tcp4), tunnel: is(GRE, 5, 1)},
		{name: "gre routes", link: raw, bytes: inIP(t, 47, words(0x4000, 0x0800, 0, 0, 0x0800, 4, 1, 2, 0, 0), tcp4), tunnel: is(GRE, 0, 1)},
		{name: "gre endless routes", link: raw, bytes: inIP(t, 47, words(0x4000, 0x0800, 0, 0), words(make16(2*limit.GRERoutes, 0x0101)...), tcp4), want: NoTransport},
		{name: "gre transparent bridging", link: raw, bytes: inIP(t, 47, words(0, 0x6558), eth4), tunnel: is(GRE, 0, 1)},
		{name: "gre bridging with a small key", link: raw, bytes: inIP(t, 47, words(0x2000, 0x6558, 0, 5), eth4), tunnel: is(GRE, 5, 1)},
		{name: "nvgre", link: raw, bytes: inIP(t, 47, words(0x2000, 0x6558, 0x0123, 0x45ff), tagged), tunnel: is(NVGRE, 0x12345, 1), vlans: []uint16{30}},
		{name: "gre mpls", link: raw, bytes: inIP(t, 47, words(0, 0x8847), label(17, true), tcp4), tunnel: is(MPLS, 17, 2)},
		{name: "gre ppp", link: raw, bytes: inIP(t, 47, words(0, 0x880b), []byte{0xff, 3, 0, 0x21}, tcp4), tunnel: is(GRE, 0, 1)},
		{name: "gre wccp", link: raw, bytes: inIP(t, 47, words(0, 0x883e), tcp4), tunnel: is(GRE, 0, 1)},
		{name: "gre wccp 2", link: raw, bytes: inIP(t, 47, words(0, 0x883e, 0, 0), tcp4), tunnel: is(GRE, 0, 1)},
		{name: "gre keepalive", link: raw, bytes: inIP(t, 47, words(0, 0)), want: NoTransport},
		{name: "gre version 2", link: raw, bytes: inIP(t, 47, words(2, 0x0800), tcp4), want: NoTransport},
		{name: "gre cut", link: raw, bytes: inIP(t, 47, words(0)), want: NoTransport},
		{name: "pptp", link: raw, bytes: inIP(t, 47, words(0x3081, 0x880b, uint16(1+len(tcp4)), 44, 0, 1, 0, 2), []byte{0x21}, tcp4), tunnel: is(PPTP, 44, 1)},
		{name: "pptp acknowledgement", link: raw, bytes: inIP(t, 47, words(0x2081, 0x880b, 0, 44, 0, 2)), want: NoTransport},
		{name: "erspan 1", link: raw, bytes: inIP(t, 47, words(0, 0x88be), eth4), tunnel: is(ERSPAN, 0, 1)},
		{name: "erspan 2", link: raw, bytes: inIP(t, 47, words(0x1000, 0x88be, 0, 1, 0x1000, 0x0005, 0, 1), eth4), tunnel: is(ERSPAN, 5, 1)},
		{name: "erspan 2, its tag taken off", link: raw, bytes: inIP(t, 47, words(0x1000, 0x88be, 0, 1, 0x1064, 0x1005, 0, 1), eth4), tunnel: is(ERSPAN, 5, 1), vlans: []uint16{100}},
		{name: "erspan 2, its tag left", link: raw, bytes: inIP(t, 47, words(0x1000, 0x88be, 0, 1, 0x101e, 0x1805, 0, 1), tagged), tunnel: is(ERSPAN, 5, 1), vlans: []uint16{30}},
		{name: "erspan 2, another version", link: raw, bytes: inIP(t, 47, words(0x1000, 0x88be, 0, 1, 0x3000, 0x0005, 0, 1), eth4), want: NoTransport},
		{name: "erspan 3", link: raw, bytes: inIP(t, 47, words(0x1000, 0x22eb, 0, 1, 0x2000, 0x0005, 1, 2, 3, 0), eth4), tunnel: is(ERSPAN, 5, 1)},
		{name: "erspan 3, more header", link: raw, bytes: inIP(t, 47, words(0x1000, 0x22eb, 0, 1, 0x2000, 0x0005, 1, 2, 3, 1, 0, 0, 0, 0), eth6), v6: true, tunnel: is(ERSPAN, 5, 1)},
		{name: "erspan 3, ip", link: raw, bytes: inIP(t, 47, words(0x1000, 0x22eb, 0, 1, 0x2000, 0x0005, 1, 2, 3, 0x0800), tcp4), tunnel: is(ERSPAN, 5, 1)},
		{name: "erspan 3, infiniband", link: raw, bytes: inIP(t, 47, words(0x1000, 0x22eb, 0, 1, 0x2000, 0x0005, 1, 2, 3, 0x0c00), eth4), want: NoTransport},

		{name: "vxlan", link: raw, bytes: inUDP(t, 4789, vx, eth4), tunnel: is(VXLAN, 256, 1)},
		{name: "vxlan, older port", link: raw, bytes: inUDP(t, 8472, vx, eth6), v6: true, tunnel: is(VXLAN, 256, 1)},
		{name: "vxlan in a vlan", link: eth, bytes: inEther(0x8100, words(9, 0x0800), inUDP(t, 4789, vx, tagged)), tunnel: is(VXLAN, 256, 1), vlans: []uint16{9, 30}},
		{name: "vxlan arp", link: raw, bytes: inUDP(t, 4789, vx, arp), want: NotIP},
		{name: "vxlan icmp", link: raw, bytes: inUDP(t, 4789, vx, inEther(typeIPv4, icmp)), want: NoTransport},
		{name: "vxlan policy", link: raw, bytes: inUDP(t, 4789, set(vx, 0, 0x88, 8, 0, 5), eth4), tunnel: is(VXLAN, 256, 1)},
		{name: "vxlan odd flags", link: raw, bytes: inUDP(t, 4789, set(vx, 0, 0xff, 1, 2, 3), eth4), tunnel: is(VXLAN, 256, 1)},
		{name: "vxlan odd flags, other inside", link: raw, bytes: inUDP(t, 4789, set(vx, 0, 0xff, 1, 2, 3), tcp4), pay: ordinary},
		{name: "vxlan, no network", link: raw, bytes: inUDP(t, 4789, set(vx, 0, 0), eth4), pay: ordinary},
		{name: "vxlan, bad ip inside", link: raw, bytes: inUDP(t, 4789, vx, inEther(typeIPv4, tcp6)), pay: ordinary},
		{name: "vxlan, nothing inside", link: raw, bytes: inUDP(t, 4789, vx), pay: ordinary},
		{name: "vxlan odd last byte", link: raw, bytes: inUDP(t, 4789, set(vx, 7, 1), eth4), tunnel: is(VXLAN, 256, 1)},
		{name: "vxlan gpe without its flag", link: raw, bytes: inUDP(t, 4790, set(gpe(1), 0, 8), tcp4), tunnel: is(VXLAN, 256, 1)},
		{name: "vxlan gpe ipv4", link: raw, bytes: inUDP(t, 4790, gpe(1), tcp4), tunnel: is(VXLAN, 256, 1)},
		{name: "vxlan gpe ipv6", link: raw, bytes: inUDP(t, 4790, gpe(2), tcp6), v6: true, tunnel: is(VXLAN, 256, 1)},
		{name: "vxlan gpe ethernet", link: raw, bytes: inUDP(t, 4790, gpe(3), eth4), tunnel: is(VXLAN, 256, 1)},
		{name: "vxlan gpe service header", link: raw, bytes: inUDP(t, 4790, gpe(4), eth4), pay: ordinary},
		{name: "vxlan gpe mpls", link: raw, bytes: inUDP(t, 4790, gpe(5), label(3, true), tcp4), tunnel: is(MPLS, 3, 2)},
		{name: "erspan, vxlan, ip in ip", link: raw, bytes: inIP(t, 47, words(0, 0x88be), inEther(typeIPv4, inUDP(t, 4789, vx, inEther(typeIPv4, inIP(t, 4, tcp4))))), tunnel: is(VXLAN, 256, 3)},

		{name: "geneve", link: raw, bytes: inUDP(t, 6081, words(0, 0x6558, 0, 0x0500), eth4), tunnel: is(Geneve, 5, 1)},
		{name: "geneve options ip", link: raw, bytes: inUDP(t, 6081, words(0x0240, 0x0800, 0, 0x0500, 1, 1, 0, 0), tcp4), tunnel: is(Geneve, 5, 1)},
		{name: "geneve options too long", link: raw, bytes: inUDP(t, 6081, words(0x3f00, 0x0800, 0, 0x0500), tcp4), pay: ordinary},
		{name: "geneve of other things", link: raw, bytes: inUDP(t, 6081, words(0, 0x0005, 0, 0x0500), tcp4), pay: ordinary},

		{name: "gtp", link: raw, bytes: inUDP(t, 2152, gtpu(0x30, nil, tcp4)), tunnel: is(GTP, 7, 1)},
		{name: "gtp sequence", link: raw, bytes: inUDP(t, 2152, gtpu(0x32, words(1, 0x00ff), tcp6)), v6: true, tunnel: is(GTP, 7, 1)},
		{name: "gtp extensions", link: raw, bytes: inUDP(t, 2152, gtpu(0x34, words(0, 0x0085, 0x0100, 0x0040, 0x0200, 0, 0, 0), tcp4)), tunnel: is(GTP, 7, 1)},
		{name: "gtp extension of no length", link: raw, bytes: inUDP(t, 2152, gtpu(0x34, words(0, 0x0085, 0, 0), tcp4)), pay: ordinary},
		{name: "gtp of another length", link: raw, bytes: inUDP(t, 2152, gtpu(0x30, nil, tcp4), []byte{0}), pay: ordinary},
		{name: "gtp echo", link: raw, bytes: inUDP(t, 2152, set(gtpu(0x32, words(1, 0), nil), 1, 1)), pay: ordinary},
		{name: "gtp of no ip", link: raw, bytes: inUDP(t, 2152, gtpu(0x30, nil, eth4)), pay: ordinary},

		{name: "l2tp", link: raw, bytes: inUDP(t, 1701, words(2, 3, 4), []byte{0xff, 3, 0, 0x21}, tcp4), tunnel: is(L2TP, 3<<16|4, 1)},
		{name: "l2tp all fields", link: raw, bytes: inUDP(t, 1701, words(0x4a02, uint16(16+2+len(tcp6)), 3, 4, 1, 1, 2, 0xffff), []byte{0, 0x57}, tcp6), v6: true, tunnel: is(L2TP, 3<<16|4, 1)},
		{name: "l2tp control", link: raw, bytes: inUDP(t, 1701, words(0xc802, 12, 3, 0, 0, 0)), pay: ordinary},
		{name: "l2tp link control", link: raw, bytes: inUDP(t, 1701, words(2, 3, 4), []byte{0xff, 3, 0xc0, 0x21}, tcp4), pay: ordinary},
		{name: "l2tp, bad ip inside", link: raw, bytes: inUDP(t, 1701, words(2, 3, 4, 0x0021), tcp6), pay: ordinary},
		{name: "l2tp of another length", link: raw, bytes: inUDP(t, 1701, words(0x4002, 999, 3, 4, 0x0021), tcp4), pay: ordinary},

		{name: "teredo", link: raw, bytes: inUDP(t, 3544, teredo), pay: ordinary, tunnel: is(Teredo, 0, 1)},
		{name: "teredo indications", link: raw, bytes: inUDP(t, 3544, []byte{0, 1, 1, 1, 9, 9}, make([]byte, 9), []byte{0, 0, 1, 2, 3, 4, 5, 6}, teredo), pay: ordinary, tunnel: is(Teredo, 0, 1)},
		{name: "teredo, no address of it", link: raw, bytes: inUDP(t, 3544, tcp6), pay: ordinary},
		{name: "teredo of another length", link: raw, bytes: inUDP(t, 3544, teredo, []byte{0}), pay: ordinary},

		{name: "mpls", link: eth, bytes: inEther(typeMPLS, label(16, false), label(17, true), tcp4), tunnel: is(MPLS, 17, 1)},
		{name: "mpls upstream ipv6", link: eth, bytes: inEther(typeMPLSUp, label(16, true), tcp6), v6: true, tunnel: is(MPLS, 16, 1)},
		{name: "mpls in ip", link: raw, bytes: inIP(t, 137, label(16, true), tcp4), tunnel: is(MPLS, 16, 1)},
		{name: "mpls in a vlan", link: eth, bytes: inEther(0x8100, words(9, typeMPLS), label(16, true), tcp4), vlans: []uint16{9}, tunnel: is(MPLS, 16, 1)},
		{name: "mpls pseudowire, control word", link: eth, bytes: inEther(typeMPLS, label(16, true), words(0, 7), tagged), vlans: []uint16{30}, tunnel: is(MPLS, 16, 1)},
		{name: "mpls pseudowire", link: eth, bytes: inEther(typeMPLS, label(16, true), eth4), tunnel: is(MPLS, 16, 1)},
		{name: "mpls pseudowire, address like ipv4", link: eth, bytes: inEther(typeMPLS, label(16, true), set(eth4, 0, 0x45)), tunnel: is(MPLS, 16, 1)},
		{name: "mpls pseudowire, address like ipv6", link: eth, bytes: inEther(typeMPLS, label(16, true), set(eth6, 0, 0x60)), v6: true, tunnel: is(MPLS, 16, 1)},
		{name: "mpls channel", link: eth, bytes: inEther(typeMPLS, label(16, true), []byte{0x10, 0, 0, 7}, tcp4), want: NotIP},
		{name: "mpls of other things", link: eth, bytes: inEther(typeMPLS, label(16, true), make([]byte, 60)), want: NotIP},
		{name: "mpls labels up to the limit", link: eth, bytes: labels(limit.MPLSLabels), tunnel: is(MPLS, 100+limit.MPLSLabels-1, 1)},
		{name: "mpls labels beyond the limit", link: eth, bytes: labels(limit.MPLSLabels + 1), want: DeepTunnel},

		{name: "pppoe", link: eth, bytes: inEther(typePPPoE, pppoe(0xabcd, []byte{0, 0x21}, tcp4)), tunnel: is(PPPoE, 0xabcd, 1)},
		{name: "pppoe ipv6 padded", link: eth, bytes: inEther(typePPPoE, pppoe(0xabcd, []byte{0, 0x57}, tcp6), make([]byte, 8)), v6: true, tunnel: is(PPPoE, 0xabcd, 1)},
		{name: "pppoe in qinq", link: eth, bytes: inEther(0x88a8, words(8, 0x8100, 9, typePPPoE), pppoe(5, []byte{0, 0x21}, tcp4)), vlans: []uint16{8, 9}, tunnel: is(PPPoE, 5, 1)},
		{name: "pppoe link control", link: eth, bytes: inEther(typePPPoE, pppoe(5, []byte{0xc0, 0x21}, tcp4)), want: NotIP},
		{name: "pppoe discovery", link: eth, bytes: inEther(0x8863, pppoe(0, tcp4)), want: NotIP},
	}
}

func make16(n int, w uint16) []uint16 {
	ws := make([]uint16, n)
	for i := range ws {
		ws[i] = w
	}
	return ws
}

// What is no tunnel stays what it was, and Teredo's conversation is found.
func TestDecodeOrdinary(t *testing.T) {
	n := 0
	for _, c := range tunnelCases(t) {
		if c.pay != "-" || c.want != OK {
			continue
		}
		var p Packet
		if r := Decode(frame(c.link, c.bytes), &p); r != OK || p.Tunnel != c.tunnel {
			t.Errorf("%s: %v in %+v, want %+v", c.name, r, p.Tunnel, c.tunnel)
		}
		n++
		src, want := p.Src.String(), "198.51.100.1 9 99 55555"
		if c.tunnel.Kind == Teredo {
			want = "2001::5 61 0 40000"
		} else if p.Length != len(c.bytes)-28 {
			t.Errorf("%s: a payload of %d bytes", c.name, p.Length)
		}
		if got := fmt.Sprint(src, " ", p.TTL, " ", p.IPID, " ", p.SrcPort); got != want {
			t.Errorf("%s: %s, want %s", c.name, got, want)
		}
	}
	if n < 15 {
		t.Errorf("only %d cases", n)
	}
}

// A frame that the switch cut tells the length of what it was.
func TestDecodeMirrorCut(t *testing.T) {
	b := build(t, ether(ip4Type), v4(tcpProto), segment(), payload())
	b = inIP(t, 47, words(0x1000, 0x88be, 0, 1, 0x1000, 0x0405, 0, 1), b[:len(b)-5])
	var p Packet
	if r := Decode(frame(capture.LinkRaw, b), &p); r != OK || p.Length != len(body) || string(p.Payload) != body[:len(body)-5] {
		t.Errorf("%v, %q of %d bytes", r, p.Payload, p.Length)
	}
}

func TestSpace(t *testing.T) {
	vx := Tunnel{ID: 7, Kind: VXLAN, Depth: 1}
	for _, c := range []struct {
		name string
		a, b Packet
		same bool
	}{
		{"nothing and a priority tag", Packet{}, Packet{VLANs: 1}, true},
		{"two vlans", Packet{VLANs: 1, VLAN: [2]uint16{5}}, Packet{VLANs: 1, VLAN: [2]uint16{6}}, false},
		{"outer and inner tag", Packet{VLANs: 2, VLAN: [2]uint16{5, 6}}, Packet{VLANs: 2, VLAN: [2]uint16{6, 5}}, false},
		{"two networks", Packet{Tunnel: vx}, Packet{Tunnel: Tunnel{ID: 8, Kind: VXLAN, Depth: 1}}, false},
		{"two kinds", Packet{Tunnel: vx}, Packet{Tunnel: Tunnel{ID: 7, Kind: Geneve, Depth: 1}}, false},
		{"a network over two vlans", Packet{Tunnel: vx, VLANs: 1, VLAN: [2]uint16{5}}, Packet{Tunnel: vx, VLANs: 1, VLAN: [2]uint16{6}}, true},
		{"both ways of gtp", Packet{Tunnel: Tunnel{ID: 1, Kind: GTP, Depth: 1}}, Packet{Tunnel: Tunnel{ID: 2, Kind: GTP, Depth: 1}}, true},
		{"two sessions", Packet{Tunnel: Tunnel{ID: 1, Kind: ERSPAN, Depth: 1}}, Packet{Tunnel: Tunnel{ID: 2, Kind: ERSPAN, Depth: 1}}, false},
	} {
		if (c.a.Space() == c.b.Space()) != c.same {
			t.Errorf("%s: %x and %x", c.name, c.a.Space(), c.b.Space())
		}
	}
	if n := (&Packet{}).Space(); n != 0 {
		t.Errorf("no tag and no tunnel is %x", n)
	}
}

func TestKinds(t *testing.T) {
	seen := map[string]bool{}
	for k := range Kinds {
		name := Kind(k).String()
		if name == "" || seen[name] {
			t.Errorf("kind %d has the name %q", k, name)
		}
		seen[name] = true
	}
	if s := Kind(200).String(); s != "tunnel_200" {
		t.Errorf("an unknown kind is %q", s)
	}
}
