package packet

// The ports of tunnels over UDP (IANA, and what Linux used for VXLAN before
// there was a number).
const (
	portL2TP     = 1701
	portGTP      = 2152
	portTeredo   = 3544
	portVXLAN    = 4789
	portVXLANGPE = 4790
	portGeneve   = 6081
	portVXLANOld = 8472
)

// tunnelPort names the tunnel whose port one of two is. The port only says
// where to look; the content decides.
func tunnelPort(dst, src uint16) Kind {
	if k := tunnelAt(dst); k != NoTunnel {
		return k
	}
	return tunnelAt(src)
}

func tunnelAt(port uint16) Kind {
	switch port {
	case portVXLAN, portVXLANOld, portVXLANGPE:
		return VXLAN
	case portGeneve:
		return Geneve
	case portGTP:
		return GTP
	case portL2TP:
		return L2TP
	case portTeredo:
		return Teredo
	}
	return NoTunnel
}

// notTunnel is what the reader of a tunnel answers about a header that is none
// of this tunnel's. It does not leave the package.
const notTunnel Reason = 0xff

// insideUDP reads the payload of a datagram as that of a tunnel. It is one
// only where the header is right in all its parts and IP stands inside; else p
// is as it was, and the datagram an ordinary one.
func insideUDP(k Kind, v view, p *Packet) (r Reason, ok bool) {
	carrier := *p
	switch k {
	case VXLAN:
		r = vxlan(v, p)
	case Geneve:
		r = geneve(v, p)
	case GTP:
		r = gtp(v, p)
	case L2TP:
		r = l2tp(v, p)
	case Teredo:
		r = teredo(v, p)
	}
	switch r {
	case OK, Fragment, NoTransport, DeepVLAN, DeepExtensions, DeepTunnel:
		return r, true
	case NotIP:
		// ARP and spanning tree in a virtual network.
		ok = k == VXLAN || k == Geneve
	case Short:
		ok = len(v.bytes) < v.wire
	}
	if !ok {
		*p = carrier
	}
	return r, ok
}
