package packet

import (
	"encoding/binary"

	"github.com/hookhound/hookhound/pkg/limit"
)

// The IPv6 extension headers that are walked through (RFC 8200 section 4.1),
// and the authentication header, which IPv4 knows too (RFC 4302).
const (
	protoHopByHop    uint8 = 0
	protoRouting     uint8 = 43
	protoFragment    uint8 = 44
	protoAuth        uint8 = 51
	protoDestination uint8 = 60
)

// rawIP reads a packet that begins with its IP header.
func rawIP(v view, p *Packet) Reason {
	if len(v.bytes) < 1 {
		return Short
	}
	switch v.bytes[0] >> 4 {
	case 4:
		return ipv4(v, p)
	case 6:
		return ipv6(v, p)
	}
	return NotIP
}

// ipv4 reads an IPv4 header (RFC 791 section 3.1) and skips its options.
func ipv4(v view, p *Packet) Reason {
	b := v.bytes
	if len(b) < 20 {
		return Short
	}
	header := int(b[0]&0x0f) * 4
	total := int(binary.BigEndian.Uint16(b[2:]))
	if total == 0 {
		// Left to the card, which cuts the packet into segments (TSO): it is
		// as long as the frame.
		total = v.wire
	}
	if b[0]>>4 != 4 || header < 20 || total < header || header > v.wire {
		return BadIPv4Header
	}
	p.TTL = b[8]
	p.Protocol = b[9]
	p.IPID = binary.BigEndian.Uint16(b[4:])
	setMapped(&p.Src, b[12:16])
	setMapped(&p.Dst, b[16:20])
	v = v.limit(total).skip(header)
	// More fragments, or an offset: a part. The bit "don't fragment" and the
	// reserved one do not matter.
	if place := binary.BigEndian.Uint16(b[6:]) & 0x3fff; place != 0 {
		return fragment4(place, v, p)
	}
	switch p.Protocol {
	case ProtoTCP: // nearly all: spare it two calls
		return tcp(v, p)
	case ProtoUDP:
		return udp(v, p)
	}
	return insideIPv4(v, p)
}

// insideIPv4 reads what p.Protocol says that IPv4 carries.
func insideIPv4(v view, p *Packet) Reason {
	if p.Protocol == protoAuth {
		next, rest, r := auth(v, BadIPv4Header)
		if r != OK {
			return r
		}
		p.Protocol, v = next, rest
	}
	return transport(v, p)
}

// setMapped writes four bytes of IPv4 into an Addr that is still zero.
func setMapped(a *Addr, b []byte) {
	a[10], a[11] = 0xff, 0xff
	copy(a[12:], b)
}

// ipv6 reads an IPv6 header and its extension headers (RFC 8200 sections 3
// and 4).
func ipv6(v view, p *Packet) Reason {
	b := v.bytes
	if len(b) < 40 {
		return Short
	}
	if b[0]>>4 != 6 {
		return BadIPv6Header
	}
	length := int(binary.BigEndian.Uint16(b[4:]))
	if length == 0 {
		// As in IPv4, or a jumbogram (RFC 2675), which is as long as its
		// frame in all captures that can be: its option is not read.
		length = v.wire - 40
	}
	p.TTL = b[7]
	p.Src = Addr(b[8:24])
	p.Dst = Addr(b[24:40])
	v = v.skip(40).limit(length)
	switch b[6] {
	case ProtoTCP: // as in IPv4
		p.Protocol = ProtoTCP
		return tcp(v, p)
	case ProtoUDP:
		p.Protocol = ProtoUDP
		return udp(v, p)
	}
	return extensions(b[6], v, p)
}

// extensions walks the headers between IPv6 and its transport.
func extensions(next uint8, v view, p *Packet) Reason {
	for n := 0; ; n++ {
		p.Protocol = next
		var header int
		switch next {
		case protoHopByHop, protoRouting, protoDestination:
			if len(v.bytes) < 2 {
				return short(v, 2, BadIPv6Header)
			}
			header = (int(v.bytes[1]) + 1) * 8
			next = v.bytes[0]
		case protoFragment:
			if len(v.bytes) < 8 {
				return short(v, 8, BadIPv6Header)
			}
			next = v.bytes[0]
			// Offset in 13 bits, two reserved, more fragments. With neither it
			// is an atomic fragment, whole by itself (RFC 6946).
			if place := binary.BigEndian.Uint16(v.bytes[2:]); place&0xfff9 != 0 {
				p.Protocol = next
				return fragment6(place, binary.BigEndian.Uint32(v.bytes[4:]), v.skip(8), p)
			}
			header = 8
		case protoAuth:
			after, rest, r := auth(v, BadIPv6Header)
			if r != OK {
				return r
			}
			next, v = after, rest
		default:
			return transport(v, p)
		}
		if n == limit.Extensions {
			return DeepExtensions
		}
		if header > len(v.bytes) {
			return short(v, header, BadIPv6Header)
		}
		v = v.skip(header)
	}
}

// auth skips an authentication header (RFC 4302 section 2): what it signs is
// in clear text behind it. It returns the protocol that follows.
func auth(v view, bad Reason) (next uint8, rest view, r Reason) {
	if len(v.bytes) < 2 {
		return 0, v, short(v, 2, bad)
	}
	header := (int(v.bytes[1]) + 2) * 4
	if header < 12 {
		return 0, v, bad
	}
	if len(v.bytes) < header {
		return 0, v, short(v, header, bad)
	}
	return v.bytes[0], v.skip(header), OK
}

// short tells for a header of n bytes that was not captured whole whether the
// capture lacks it, or the packet itself has no room for it.
func short(v view, n int, bad Reason) Reason {
	if v.wire < n {
		return bad
	}
	return Short
}

// part hands over what IP carries without reading it.
func part(r Reason, v view, p *Packet) Reason {
	p.Payload, p.Length = v.bytes, v.wire
	return r
}
