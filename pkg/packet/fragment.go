package packet

// Part is the place of a fragment in its datagram.
type Part struct {
	ID     uint32 // 16 bits in IPv4
	Offset int    // in bytes, of Payload in the whole datagram's
	More   bool   // others follow
	V6     bool
}

// Part tells the place of a packet about which the answer was Fragment. The
// datagram is named by it, Src, Dst, Space, and in IPv4 Protocol; in IPv6 the
// Protocol is the one that the first fragment tells (RFC 8200 section 4.5).
func (p *Packet) Part() Part {
	return Part{
		ID:     uint32(p.Seq),
		Offset: int(p.Window&^7) & 0xffff,
		More:   p.Flags&partMore != 0,
		V6:     p.Flags&partV6 != 0,
	}
}

// How a Part is kept in the fields that are TCP's otherwise.
const (
	partMore Flags = 1 << iota
	partV6
)

// fragment4 hands out a part of a datagram: place is the field of flags and
// offset (RFC 791 section 3.1).
func fragment4(place uint16, v view, p *Packet) Reason {
	p.Seq, p.Window = Seq(p.IPID), place<<3
	if place&0x2000 != 0 {
		p.Flags = partMore
	}
	return part(Fragment, v, p)
}

// fragment6 does so with the fields of the fragment header (RFC 8200 section
// 4.5).
func fragment6(place uint16, id uint32, v view, p *Packet) Reason {
	p.Seq, p.Window, p.Flags = Seq(id), place&^7, partV6
	if place&1 != 0 {
		p.Flags |= partMore
	}
	return part(Fragment, v, p)
}

// DecodeWhole reads on behind the IP header of a datagram that was made whole:
// p is what Decode left of one of its fragments, with Payload and Length set
// to the whole payload, and Protocol to that of the first fragment. Its answer
// may be Fragment again, for a datagram inside a tunnel; that ends, since each
// such step goes one tunnel deeper.
func DecodeWhole(p *Packet) Reason {
	v6 := p.Flags&partV6 != 0
	v := view{bytes: p.Payload, wire: max(p.Length, len(p.Payload))}
	p.Payload, p.Length = nil, 0
	p.Seq, p.Window, p.Flags = 0, 0, 0
	if !v6 {
		return insideIPv4(v, p)
	}
	depth := p.Tunnel.Depth
	r := extensions(p.Protocol, v, p)
	if r == Fragment && p.Tunnel.Depth == depth {
		return BadIPv6Header // a fragment of a fragment
	}
	return r
}
