package tlswire

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

// read takes the shape out of a hello.
func (s *shape) read(ch *clientHello) {
	s.version = ch.version
	s.highest = ch.highest()
	s.alpn = alpnChars(firstName(ch.alpn))
	s.ciphers = withoutGREASE(s.ciphers[:0], ch.ciphers)
	s.extensions = s.extensions[:0]
	for _, x := range ch.extensions {
		if !isGREASE(x) {
			s.extensions = append(s.extensions, x)
		}
	}
	s.groups = withoutGREASE(s.groups[:0], ch.groups)
	s.sigAlgs = withoutGREASE(s.sigAlgs[:0], ch.sigAlgs)
	s.points = ch.points
}

// appendKey appends bytes that are the same for two shapes only if the shapes
// are: every list stands behind its length.
func (s *shape) appendKey(key []byte) []byte {
	key = append(key, byte(s.version>>8), byte(s.version), byte(s.highest>>8), byte(s.highest), s.alpn[0], s.alpn[1])
	key = appendList(key, s.ciphers)
	key = appendList(key, s.extensions)
	key = appendList(key, s.groups)
	key = appendList(key, s.sigAlgs)
	return append(key, s.points...)
}

// appendKey4 is appendKey for what JA4 looks at; the caller has sorted ciphers
// and extensions.
func (s *shape) appendKey4(key []byte) []byte {
	key = append(key, byte(s.highest>>8), byte(s.highest), s.alpn[0], s.alpn[1])
	key = appendList(key, s.ciphers)
	key = appendList(key, s.extensions)
	return appendList(key, s.sigAlgs)
}

func appendList(key []byte, list []uint16) []byte {
	key = append(key, byte(len(list)>>8), byte(len(list)))
	for _, v := range list {
		key = append(key, byte(v>>8), byte(v))
	}
	return key
}
