package tlswire

// isGREASE says whether v is one of the sixteen values that RFC 8701 reserves
// for clients to send at random: both bytes are the same and end in the nibble
// 0xa. They stand for nothing and differ from one hello to the next, so they
// belong to no fingerprint.
func isGREASE(v uint16) bool {
	return v&0x0f0f == 0x0a0a && v>>8 == v&0xff
}

// isGREASEName says whether an ALPN name is one of those values: RFC 8701
// reserves the same two bytes there.
func isGREASEName(name []byte) bool {
	return len(name) == 2 && isGREASE(pair(name, 0))
}

// withoutGREASE appends the numbers of a list of 16-bit numbers to dst, in
// order, without GREASE. An odd byte at the end of the list is no number.
func withoutGREASE(dst []uint16, list []byte) []uint16 {
	for i := 0; i+1 < len(list); i += 2 {
		if v := pair(list, i); !isGREASE(v) {
			dst = append(dst, v)
		}
	}
	return dst
}
