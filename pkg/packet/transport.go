package packet

import "encoding/binary"

// transport reads what p.Protocol says that IP carries.
func transport(v view, p *Packet) Reason {
	switch p.Protocol {
	case ProtoTCP:
		return tcp(v, p)
	case ProtoUDP:
		return udp(v, p)
	case protoIPv4, protoIPv6:
		return ipInIP(v, p)
	case protoGRE:
		return gre(v, p)
	case protoMPLS:
		return mpls(v, p)
	}
	return part(NoTransport, v, p)
}

// tcp reads a TCP header (RFC 9293 section 3.1). Options are skipped; where
// the snap length cut them, the segment is read and its payload is missing.
func tcp(v view, p *Packet) Reason {
	b := v.bytes
	if len(b) < 20 {
		return short(v, 20, BadTCPHeader)
	}
	header := int(b[12]>>4) * 4
	if header < 20 || header > v.wire {
		return BadTCPHeader
	}
	p.SrcPort = binary.BigEndian.Uint16(b)
	p.DstPort = binary.BigEndian.Uint16(b[2:])
	p.Seq = Seq(binary.BigEndian.Uint32(b[4:]))
	p.Ack = Seq(binary.BigEndian.Uint32(b[8:]))
	p.Flags = Flags(b[13]) & (FIN | SYN | RST | PSH | ACK | URG)
	p.Window = binary.BigEndian.Uint16(b[14:])
	rest := v.skip(header)
	if padding(v.wire, rest, p.Flags) {
		rest = rest.limit(0)
	}
	return part(OK, rest, p)
}

// smallest is the longest segment, header included, that Ethernet pads: its
// shortest payload is 46 bytes (IEEE 802.3 clause 4.2.3.3), 20 of them IPv4's
// header.
const smallest = 46 - 20

// padding tells whether the payload of a segment is Ethernet's padding, which
// some translators of addresses count into the IP length: a few zero bytes
// behind an acknowledgement, a SYN or a FIN. Taken for data they would stand in
// the place of a hello's first bytes.
func padding(segment int, payload view, flags Flags) bool {
	if segment > smallest || flags&PSH != 0 || len(payload.bytes) != payload.wire {
		return false
	}
	for _, b := range payload.bytes {
		if b != 0 {
			return false
		}
	}
	return true
}

// udp reads a UDP header (RFC 768).
func udp(v view, p *Packet) Reason {
	b := v.bytes
	if len(b) < 8 {
		return short(v, 8, BadUDPHeader)
	}
	length := int(binary.BigEndian.Uint16(b[4:]))
	if length == 0 {
		// Left to the card, or a jumbogram (RFC 2675 section 4): the datagram
		// fills its packet.
		length = v.wire
	}
	if length < 8 || length > v.wire {
		return BadUDPHeader
	}
	p.SrcPort = binary.BigEndian.Uint16(b)
	p.DstPort = binary.BigEndian.Uint16(b[2:])
	v = v.limit(length).skip(8)
	if k := tunnelPort(p.DstPort, p.SrcPort); k != NoTunnel {
		if r, ok := insideUDP(k, v, p); ok {
			return r
		}
	}
	return part(OK, v, p)
}
