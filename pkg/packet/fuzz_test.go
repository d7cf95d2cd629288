package packet

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/limit"
)

// FuzzDecode holds what Decode promises for any bytes: the payload lies within
// the frame and is no longer than its length on the wire; a snap length takes
// away payload or gives a Reason, and changes nothing else; and where gopacket
// reads a TCP or UDP header, so do we, and read the same.
func FuzzDecode(f *testing.F) {
	for _, c := range cases(f) {
		f.Add(uint16(c.link), uint16(0), uint16(len(c.bytes)/2), c.bytes)
	}
	f.Fuzz(func(t *testing.T, link, beyond, cut uint16, b []byte) {
		b = b[:len(b):len(b)]
		whole := frame(capture.LinkType(link), b)
		whole.Wire += uint32(beyond)
		var p Packet
		r := Decode(whole, &p)
		if int(r) >= Reasons {
			t.Fatalf("reason %d", r)
		}
		if at := cap(b) - cap(p.Payload); len(p.Payload) > 0 && (at < 0 || at+len(p.Payload) > len(b) || &b[at] != &p.Payload[0]) {
			t.Fatalf("the payload is not within the frame")
		}
		if p.Length < len(p.Payload) {
			t.Fatalf("length %d of a payload of %d", p.Length, len(p.Payload))
		}

		n := min(int(cut), len(b))
		snapped := *whole
		snapped.Bytes = b[:n:n]
		var q Packet
		checkSnapped(t, fmt.Sprintf("cut at byte %d", n), Decode(&snapped, &q), q, r, p)

		second(capture.LinkType(link), b).compare(t, r, &p)
	})
}

// opinion is what gopacket read of a frame: a TCP or UDP header, and what
// stands before it.
type opinion struct {
	ip        gopacket.Layer
	tcp       *layers.TCP
	udp       *layers.UDP
	tags      []uint16
	extension int
	depth     int // tunnels
}

// opinions are several, since gopacket reads a tunnel by its port alone, and
// some not at all: one for each depth.
type opinions []opinion

// second asks gopacket. It has an opinion where it finds nothing but link
// layers, tunnels, IP headers and their extensions before TCP or UDP.
func second(link capture.LinkType, b []byte) (all opinions) {
	first, ok := map[capture.LinkType]gopacket.Decoder{
		capture.LinkEthernet: layers.LayerTypeEthernet,
		capture.LinkSLL:      layers.LayerTypeLinuxSLL,
		capture.LinkNull:     layers.LayerTypeLoopback,
		capture.LinkLoop:     layers.LayerTypeLoopback,
		capture.LinkRaw:      layers.LinkTypeRaw,
		capture.LinkIPv4:     layers.LayerTypeIPv4,
		capture.LinkIPv6:     layers.LayerTypeIPv6,
	}[link]
	if !ok || len(b) >= 1<<16 {
		return nil
	}
	var o opinion
	// enter goes into a tunnel.
	enter := func() { o = opinion{tags: o.tags, depth: o.depth + 1} }
	network := func(l gopacket.Layer) {
		if o.ip != nil {
			enter()
		}
		o.ip = l
	}
	var carrier []byte // what the layer before carries
	for _, l := range gopacket.NewPacket(b, first, gopacket.NoCopy).Layers() {
		switch l := l.(type) {
		case *layers.Ethernet, *layers.Loopback, *layers.PPP, *layers.ERSPANII:
		case *layers.GRE:
			// It takes a bit for the acknowledgement of version 1 that has no
			// meaning in version 0 (RFC 2784 section 2.2).
			if l.Version != 0 || l.AckPresent || l.RoutingPresent || l.Protocol == typeERSPAN && !l.SeqPresent { // it reads type I as II
				return all
			}
			enter()
		case *layers.MPLS:
			if l.StackBottom {
				enter()
			}
		case *layers.PPPoE, *layers.VXLAN, *layers.Geneve, *layers.GTPv1U:
			enter()
		case *layers.LLC:
			if l.Control != 3 {
				return all
			}
		case *layers.LinuxSLL:
			if a := l.AddrType; a == 824 || a == 803 {
				return all
			}
			if e := l.EthernetType; e < 0x600 && e != 4 { // gopacket reads any as 802.2
				return all
			}
		case *layers.SNAP:
			if c := l.OrganizationalCode; c[0] != 0 || c[1] != 0 || c[2] != 0 {
				return all
			}
		case *layers.Dot1Q:
			if l.Type < 0x600 { // a length, which gopacket does not keep to
				return all
			}
			o.tags = append(o.tags[:len(o.tags):len(o.tags)], l.VLANIdentifier)
		case *layers.IPv4:
			if l.Version != 4 {
				return all
			}
			network(l)
		case *layers.IPv6:
			if l.Version != 6 {
				return all
			}
			network(l)
		case *layers.IPv6HopByHop:
			if six, ok := o.ip.(*layers.IPv6); ok && len(l.Contents)+len(l.Payload) > int(six.Length) {
				return all
			}
			o.extension++
		case *layers.IPv6Routing, *layers.IPv6Destination, *layers.IPSecAH:
			o.extension++
		case *layers.TCP:
			if o.ip != nil && new(layers.TCP).DecodeFromBytes(carrier, gopacket.NilDecodeFeedback) == nil {
				o.tcp = l
				all = append(all, o)
			}
			return all
		case *layers.UDP:
			if o.ip == nil || int(l.Length) > len(carrier) || new(layers.UDP).DecodeFromBytes(carrier, gopacket.NilDecodeFeedback) != nil {
				return all
			}
			o.udp = l
			all = append(all, o)
		default:
			return all
		}
		carrier = l.LayerPayload()
	}
	return all
}

// compare tells whether gopacket read the packet that we read, after it held
// the two against each other.
func (all opinions) compare(t *testing.T, r Reason, p *Packet) bool {
	for i := range all {
		if o := &all[i]; o.depth == int(p.Tunnel.Depth) {
			o.compare(t, r, p)
			return true
		}
	}
	return false
}

func (o *opinion) compare(t *testing.T, r Reason, p *Packet) {
	switch {
	case r == DeepVLAN && len(o.tags) > limit.VLANs, r == DeepExtensions && o.extension > limit.Extensions, r == DeepTunnel:
		return
	case r == Short && o.udp != nil && tunnelPort(uint16(o.udp.DstPort), uint16(o.udp.SrcPort)) != NoTunnel:
		return // the header of a tunnel is cut
	case r != OK:
		t.Fatalf("%v, while gopacket reads a packet", r)
	}
	if p.Tunnel.Kind != ERSPAN { // its header may hold a tag, too
		if int(p.VLANs) != len(o.tags) {
			t.Fatalf("%d tags, gopacket has %v", p.VLANs, o.tags)
		}
		for i, id := range o.tags[:min(2, len(o.tags))] {
			if p.VLAN[i] != id {
				t.Fatalf("tags %v, gopacket has %v", p.VLAN, o.tags)
			}
		}
	}
	switch ip := o.ip.(type) {
	case *layers.IPv4:
		if p.Src.Std().String() != ip.SrcIP.String() || p.Dst.Std().String() != ip.DstIP.String() || p.TTL != ip.TTL || p.IPID != ip.Id {
			t.Fatalf("%v %v %d %d, gopacket has %v %v %d %d", p.Src, p.Dst, p.TTL, p.IPID, ip.SrcIP, ip.DstIP, ip.TTL, ip.Id)
		}
	case *layers.IPv6:
		if string(p.Src[:]) != string(ip.SrcIP) || string(p.Dst[:]) != string(ip.DstIP) || p.TTL != ip.HopLimit || p.IPID != 0 {
			t.Fatalf("%v %v %d, gopacket has %v %v %d", p.Src, p.Dst, p.TTL, ip.SrcIP, ip.DstIP, ip.HopLimit)
		}
	}
	var theirs Packet
	var payload []byte
	if h := o.tcp; h != nil {
		theirs = Packet{SrcPort: uint16(h.SrcPort), DstPort: uint16(h.DstPort), Seq: Seq(h.Seq), Ack: Seq(h.Ack), Window: h.Window, Flags: flags(h)}
		payload = h.Payload
		if len(p.Payload) == 0 && len(h.Contents)+len(payload) <= smallest && !h.PSH && strings.Trim(string(payload), "\x00") == "" {
			payload = nil // Ethernet's padding, which gopacket gives out
		}
	} else {
		theirs = Packet{SrcPort: uint16(o.udp.SrcPort), DstPort: uint16(o.udp.DstPort)}
		payload = o.udp.Payload
	}
	ours := Packet{SrcPort: p.SrcPort, DstPort: p.DstPort, Seq: p.Seq, Ack: p.Ack, Window: p.Window, Flags: p.Flags}
	if fmt.Sprint(ours) != fmt.Sprint(theirs) {
		t.Fatalf("we have\n%+v, gopacket\n%+v", ours, theirs)
	}
	if string(p.Payload) != string(payload) {
		t.Fatalf("we have a payload of %d bytes, gopacket of %d: %.40x, %.40x", len(p.Payload), len(payload), p.Payload, payload)
	}
}

func flags(h *layers.TCP) (f Flags) {
	for i, set := range []bool{h.FIN, h.SYN, h.RST, h.PSH, h.ACK, h.URG} {
		if set {
			f |= 1 << i
		}
	}
	return f
}

// gopacket has an opinion about most of the cases, or comparing means little.
func TestSecondOpinion(t *testing.T) {
	read, theirs := 0, 0
	for _, c := range cases(t) {
		if c.want == OK {
			read++
			if len(second(c.link, c.bytes)) > 0 {
				theirs++
			}
		}
	}
	if theirs*2 < read {
		t.Errorf("gopacket reads %d of %d frames", theirs, read)
	}
}
