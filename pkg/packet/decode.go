package packet

import "github.com/hookhound/hookhound/capture"

// Decode reads the headers of f into p. It sets every field but Clock, which
// is the caller's. Where the answer is not OK, p holds what had been read by
// then. A tick is no frame and is not to be decoded.
//
// Checksums, of IPv4 as of TCP and UDP, are not verified: a frame captured at
// its sender carries wrong ones, since the card computes them after the
// capture. Whoever forges segments that the receiver will not accept, to
// confuse a sensor, has other means than a wrong checksum: a TTL that ends on
// the way is one.
func Decode(f *capture.Frame, p *Packet) Reason {
	clock := p.Clock
	*p = Packet{}
	p.Time, p.Clock, p.Number = f.Time, clock, f.Number
	v := view{bytes: f.Bytes, wire: max(int(f.Wire), len(f.Bytes))}
	switch f.Link {
	case capture.LinkEthernet:
		return ethernet(v, p)
	case capture.LinkSLL:
		return cooked(v, p)
	case capture.LinkSLL2:
		return cooked2(v, p)
	case capture.LinkRaw, capture.LinkRawBSD, capture.LinkRawOpenBSD:
		return rawIP(v, p)
	case capture.LinkIPv4:
		return ipv4(v, p)
	case capture.LinkIPv6:
		return ipv6(v, p)
	case capture.LinkPPP:
		return ppp(v, p)
	case capture.LinkPPPHDLC, capture.LinkCiscoHDLC:
		return hdlc(v, p)
	case capture.LinkNull, capture.LinkLoop:
		return loopback(v, p)
	}
	return UnknownLink
}

// view is what is left of a frame behind the headers read so far: the bytes
// that were captured, and how many there were on the wire. wire is never less
// than len(bytes).
type view struct {
	bytes []byte
	wire  int
}

// skip drops the first n bytes, which may be more than were captured but not
// more than there were on the wire.
func (v view) skip(n int) view {
	return view{bytes: v.bytes[min(n, len(v.bytes)):], wire: v.wire - n}
}

// limit sets the length on the wire to what a header says: what lies behind it
// is padding or a checksum of the link. A header that says more than the frame
// had is not believed: a sensor that did would wait for bytes that were never
// sent, after a single forged length.
func (v view) limit(n int) view {
	n = min(n, v.wire)
	return view{bytes: v.bytes[:min(n, len(v.bytes))], wire: n}
}
