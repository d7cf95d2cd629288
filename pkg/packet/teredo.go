package packet

import "encoding/binary"

// teredo reads IPv6 in UDP (RFC 4380 section 5.1.1), behind an authentication
// and an origin indication where there are any. Its header has nothing that
// would be constant, so IPv6 has to fit the datagram exactly, and one of its
// addresses has to be of Teredo, or both of one link, as when a client asks
// for its address.
func teredo(v view, p *Packet) Reason {
	b := v.bytes
	if len(b) >= 2 && b[0] == 0 && b[1] == 1 { // authentication
		if len(b) < 4 {
			return short(v, 4, notTunnel)
		}
		size := 4 + int(b[2]) + int(b[3]) + 9 // nonce and confirmation
		if len(b) < size {
			return short(v, size, notTunnel)
		}
		v = v.skip(size)
		b = v.bytes
	}
	if len(b) >= 2 && b[0] == 0 && b[1] == 0 { // origin: port and address
		if len(b) < 8 {
			return short(v, 8, notTunnel)
		}
		v = v.skip(8)
		b = v.bytes
	}
	if len(b) < 40 {
		if len(b) > 0 && b[0]>>4 != 6 && b[0] != 0 {
			return notTunnel
		}
		return short(v, 40, notTunnel)
	}
	const nothing = 59 // trailers stand behind such a header (RFC 6081)
	length := 40 + int(binary.BigEndian.Uint16(b[4:]))
	if b[0]>>4 != 6 || length != v.wire && (b[6] != nothing || length > v.wire) {
		return notTunnel
	}
	if !isTeredo(b[8:]) && !isTeredo(b[24:]) && !(isLinkLocal(b[8:]) && isLinkLocal(b[24:])) {
		return notTunnel
	}
	if !p.enter(Teredo, 0) {
		return DeepTunnel
	}
	return ipv6(v, p)
}

// isTeredo tells whether an address is in 2001::/32.
func isTeredo(a []byte) bool { return binary.BigEndian.Uint32(a) == 0x20010000 }

// isLinkLocal tells whether an address is in fe80::/10 or its multicast
// counterpart, ff02::/16.
func isLinkLocal(a []byte) bool {
	return a[0] == 0xfe && a[1]&0xc0 == 0x80 || a[0] == 0xff && a[1] == 2
}
