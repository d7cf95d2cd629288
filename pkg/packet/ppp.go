package packet

import "encoding/binary"

// pppoe reads the session stage of PPP over Ethernet (RFC 2516 section 4):
// version, type and code, session, length.
func pppoe(v view, p *Packet) Reason {
	b := v.bytes
	if len(b) < 6 {
		return Short
	}
	length := int(binary.BigEndian.Uint16(b[4:]))
	if b[0] != 0x11 || b[1] != 0 || length > v.wire-6 {
		return NotIP
	}
	if !p.enter(PPPoE, uint32(binary.BigEndian.Uint16(b[2:]))) {
		return DeepTunnel
	}
	return ppp(v.skip(6).limit(length), p)
}

// ppp reads the protocol field of PPP (RFC 1661 section 2), in two bytes or
// compressed to one, behind an address and control field (RFC 1662) where
// there is one. IP alone is read; what was negotiated to be compressed or
// encrypted is not.
func ppp(v view, p *Packet) Reason {
	if len(v.bytes) > 0 && v.bytes[0] == 0xff {
		if len(v.bytes) < 2 {
			return Short
		}
		if v.bytes[1] != 3 {
			return NotIP
		}
		v = v.skip(2)
	}
	if len(v.bytes) < 1 {
		return Short
	}
	protocol, size := uint16(v.bytes[0]), 1
	if protocol&1 == 0 { // the last byte is odd
		if len(v.bytes) < 2 {
			return Short
		}
		protocol, size = binary.BigEndian.Uint16(v.bytes), 2
	}
	v = v.skip(size)
	switch protocol {
	case 0x0021:
		return ipv4(v, p)
	case 0x0057:
		return ipv6(v, p)
	case 0x0281, 0x0283:
		return mpls(v, p)
	}
	return NotIP
}

// hdlc reads Cisco HDLC (RFC 1547 section 4.3.1): address, control, and an
// Ethernet type. A frame that begins with PPP's own address is PPP.
func hdlc(v view, p *Packet) Reason {
	b := v.bytes
	if len(b) < 4 {
		return Short
	}
	switch {
	case b[0] == 0xff:
		return ppp(v, p)
	case b[0] != 0x0f && b[0] != 0x8f || b[1] != 0:
		return NotIP
	}
	return etherType(binary.BigEndian.Uint16(b[2:]), v.skip(4), p)
}
