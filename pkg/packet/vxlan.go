package packet

import "encoding/binary"

// vxlan reads a VXLAN header (RFC 7348 section 5): flags, three bytes
// reserved, 24 bits of network, one byte reserved. Group policies use some of
// the reserved bits (draft-smith-vxlan-group-policy), the generic extension
// names what is inside (draft-ietf-nvo3-vxlan-gpe). Clouds that mirror their
// guests' traffic set others: such a header is believed where Ethernet stands
// behind it.
func vxlan(v view, p *Packet) Reason {
	b := v.bytes
	if len(b) < 8 {
		return short(v, 8, notTunnel)
	}
	const hasNetwork, hasNext, hasPolicy = 0x08, 0x04, 0x80
	if b[0]&hasNetwork == 0 {
		return notTunnel
	}
	network := binary.BigEndian.Uint32(b[4:]) >> 8
	next := byte(3) // Ethernet
	inner := v.skip(8)
	switch {
	case b[0] == hasNetwork && b[1]|b[2]|b[3]|b[7] == 0:
	case b[0]&^hasNext == hasNetwork && b[1]|b[2]|b[7] == 0 && b[3] <= 5:
		next = b[3] // some leave out the flag for it
	case b[0] == hasNetwork|hasPolicy && b[1]&^0x48|b[7] == 0:
	default:
		if yes, enough := looksLikeEthernet(inner); !enough {
			return Short
		} else if !yes {
			return notTunnel
		}
	}
	if next == 0 || next == 4 { // nothing, a service header
		return notTunnel
	}
	if !p.enter(VXLAN, network) {
		return DeepTunnel
	}
	switch next {
	case 1:
		return ipv4(inner, p)
	case 2:
		return ipv6(inner, p)
	case 5:
		return mpls(inner, p)
	}
	return ethernet(inner, p)
}
