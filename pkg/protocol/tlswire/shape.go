package tlswire

import (
	"encoding/binary"
	"slices"
)

// shape is everything of a ClientHello that a fingerprint looks at, without
// GREASE: two hellos of one shape have the same fingerprints. The slices are
// the fingerprinter's own and used again for the next hello, but for points,
// which is a view of the message.
type shape struct {
	version    uint16 // legacy_version, for JA3
	highest    uint16 // highest offered, for JA4
	alpn       [2]byte
	ciphers    []uint16
	extensions []uint16
	groups     []uint16
	sigAlgs    []uint16
	points     []byte
}

// read takes the shape out of a hello, but for its extensions, which
// readExtensions takes.
func (s *shape) read(ch *clientHello) {
	s.version = ch.version
	s.highest = ch.highest()
	s.alpn = alpnChars(firstName(ch.alpn))
	s.ciphers = withoutGREASE(s.ciphers[:0], ch.ciphers)
	s.groups = withoutGREASE(s.groups[:0], ch.groups)
	s.sigAlgs = withoutGREASE(s.sigAlgs[:0], ch.sigAlgs)
	s.points = ch.points
}

func (s *shape) readExtensions(ch *clientHello) {
	s.extensions = s.extensions[:0]
	for _, x := range ch.extensions {
		if !isGREASE(x) {
			s.extensions = append(s.extensions, x)
		}
	}
}

// appendKey appends bytes that are the same for two hellos only if their shapes
// are, but for the order of extensions; s holds the extensions of ch. Every
// list stands behind its length. The other lists are taken from the message as
// they are: for a hello like others before it they need not be read.
func (s *shape) appendKey(key []byte, ch *clientHello) []byte {
	highest, alpn := ch.highest(), alpnChars(firstName(ch.alpn))
	key = append(key, byte(ch.version>>8), byte(ch.version), byte(highest>>8), byte(highest), alpn[0], alpn[1])
	key = appendPairs(key, ch.ciphers)
	key = appendSet(key, s.extensions)
	key = appendPairs(key, ch.groups)
	key = appendPairs(key, ch.sigAlgs)
	return append(key, ch.points...)
}

// appendPairs appends a list of 16-bit numbers without GREASE, and before it
// its length. Four numbers at a time are looked at, and read one by one only
// where one of them may be GREASE.
func appendPairs(key, list []byte) []byte {
	at := len(key)
	key = append(key, 0, 0)
	for len(list) >= 2 {
		if len(list) >= 8 && !mayHoldGREASE(binary.LittleEndian.Uint64(list)) {
			key = append(key, list[:8]...)
			list = list[8:]
			continue
		}
		if !isGREASE(pair(list, 0)) {
			key = append(key, list[0], list[1])
		}
		list = list[2:]
	}
	n := len(key) - at - 2
	key[at], key[at+1] = byte(n>>8), byte(n)
	return key
}

// appendSet appends a list of extensions such that their order does not matter:
// those below 64, which are nearly all, as bits, the others and what comes
// twice as a sorted list. That takes less time than to sort them all.
func appendSet(key []byte, extensions []uint16) []byte {
	var low uint64
	var room [16]uint16
	rest := room[:0]
	for _, x := range extensions {
		if x < 64 && low>>x&1 == 0 {
			low |= 1 << x
		} else {
			rest = append(rest, x)
		}
	}
	slices.Sort(rest)
	key = binary.BigEndian.AppendUint64(key, low)
	return appendList(key, rest)
}

func appendList(key []byte, list []uint16) []byte {
	key = append(key, byte(len(list)>>8), byte(len(list)))
	for _, v := range list {
		key = append(key, byte(v>>8), byte(v))
	}
	return key
}
