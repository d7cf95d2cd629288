package tlswire

// isGREASE says whether v is one of the sixteen values that RFC 8701 reserves
// for clients to send at random: both bytes are the same and end in the nibble
// 0xa. They stand for nothing and differ from one hello to the next, so they
// belong to no fingerprint.
func isGREASE(v uint16) bool {
	return v&0x0f0f == 0x0a0a && v>>8 == v&0xff
}

// mayHoldGREASE says whether one of four numbers can be such a value, which it
// can where both bytes end in the nibble. It overlooks none: x is zero there, and
// of what is taken from it the topmost bit remains. One more may be suspected,
// where that borrows from its neighbour.
func mayHoldGREASE(four uint64) bool {
	const ends, ones = 0x0a0a0a0a0a0a0a0a, 0x0001000100010001
	x := four&0x0f0f0f0f0f0f0f0f ^ ends
	return (x-ones)&^x&(ones<<15) != 0
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
