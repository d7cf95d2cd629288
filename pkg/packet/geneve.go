package packet

import "encoding/binary"

// geneve reads a Geneve header (RFC 8926 section 3.4) and skips its options:
// version and length of the options, flags, type of what is carried, 24 bits
// of network, one byte reserved.
func geneve(v view, p *Packet) Reason {
	b := v.bytes
	if len(b) < 8 {
		return short(v, 8, notTunnel)
	}
	size := 8 + int(b[0]&0x3f)*4
	if b[0]>>6 != 0 || b[1]&0x3f != 0 || b[7] != 0 || size > v.wire {
		return notTunnel
	}
	if len(b) < size {
		return Short
	}
	network := binary.BigEndian.Uint32(b[4:]) >> 8
	return carried(Geneve, network, binary.BigEndian.Uint16(b[2:]), v.skip(size), p)
}
