package sockswire

import "net/netip"

// reader is a cursor over a message. It remembers that it came to the end too
// early; from there on everything it gives is zero.
type reader struct {
	b     []byte
	at    int
	short bool
}

func (r *reader) take(n int) []byte {
	if n > len(r.b)-r.at {
		r.short, r.at = true, len(r.b)
		return nil
	}
	b := r.b[r.at : r.at+n]
	r.at += n
	return b
}

func (r *reader) u8() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) u16() uint16 {
	if b := r.take(2); b != nil {
		return uint16(b[0])<<8 | uint16(b[1])
	}
	return 0
}

// address reads ATYP's address as text: nothing when it is cut short or no
// name. It tells whether there is such a type.
func (r *reader) address(kind byte) (host string, ok bool) {
	switch kind {
	case addressIPv4:
		if b := r.take(4); b != nil {
			host = netip.AddrFrom4([4]byte(b)).String()
		}
	case addressIPv6:
		if b := r.take(16); b != nil {
			host = netip.AddrFrom16([16]byte(b)).Unmap().String()
		}
	case addressName:
		host = name(r.take(int(r.u8())))
	default:
		return "", false
	}
	return host, true
}
