package quicwire

import "github.com/hookhound/hookhound/pkg/protocol"

// probe says whether a datagram is QUIC: a long header of a version that is
// read, or a Version Negotiation packet. A short header says nothing but two
// bits, so a connection whose beginning was not captured is not known.
func probe(b []byte, _, _ uint16) protocol.Verdict {
	var h long
	if !readLong(b, &h) || h.kind != negotiation && b[0]&fixedBit == 0 {
		return protocol.No
	}
	switch h.kind {
	case otherVersion:
		return protocol.No
	case negotiation:
		return protocol.Is(len(h.dcid)+len(h.scid) >= leastID && offersKnown(b[7+len(h.dcid)+len(h.scid):]))
	case retry:
		const seal = 16
		return protocol.Is(len(b) >= 7+len(h.dcid)+len(h.scid)+seal)
	}
	return protocol.Is(h.end-h.number >= leastSealed)
}

// leastID is the shortest id that a client may choose for a server (RFC 9000
// section 7.2).
const leastID = 8

// offersKnown says whether a list of versions is one, and one of them is read.
func offersKnown(list []byte) (known bool) {
	if len(list)%4 != 0 {
		return false
	}
	for r := (cursor{b: list}); r.left() > 0; {
		v := r.take(4)
		_, ok := versionOf(uint32(v[0])<<24 | uint32(v[1])<<16 | uint32(v[2])<<8 | uint32(v[3]))
		known = known || ok
	}
	return known
}
