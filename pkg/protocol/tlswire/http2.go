package tlswire

// wire is what is known of the protocol inside the records.
type wire uint8

const (
	anyWire     wire = iota // not known: HTTP/2's rules hold, which cost HTTP/1.1 little
	offersHTTP2             // TLS 1.3: offered, and the answer is hidden
	isHTTP2
	notHTTP2
)

// Sizes of HTTP/2 frames with their header of 9 bytes (RFC 9113 4.1, 6).
const (
	frameHeader       = 9
	framePreface      = 24 // "PRI * HTTP/2.0…", which stands in front of the client's first frame
	frameSetting      = 6  // each, in SETTINGS
	frameWindowUpdate = frameHeader + 4
	frameReset        = frameHeader + 4
	framePriority     = frameHeader + 5
	framePing         = frameHeader + 8
	frameAck          = frameHeader // of SETTINGS; also an empty DATA frame
	maxSettings       = 8           // real peers send three to seven
)

// isPreface says whether a client's first record of that many plain bytes can
// be the connection preface with nothing but SETTINGS, a WINDOW_UPDATE and the
// tree of PRIORITY frames that Firefox and nghttp2 sent.
func isPreface(plain int) bool {
	for _, rest := range [...]int{0, frameWindowUpdate, 5 * framePriority, 5*framePriority + frameWindowUpdate, 6*framePriority + frameWindowUpdate} {
		if n := plain - framePreface - frameHeader - rest; n >= 0 && n <= maxSettings*frameSetting && n%frameSetting == 0 {
			return true
		}
	}
	return false
}

// isSettings says whether a server's first record can be its SETTINGS, with a
// WINDOW_UPDATE or the acknowledgement of the client's SETTINGS behind them.
func isSettings(plain int) bool {
	for _, rest := range [...]int{0, frameWindowUpdate, frameAck, frameWindowUpdate + frameAck} {
		if n := plain - frameHeader - rest; n >= 0 && n <= maxSettings*frameSetting && n%frameSetting == 0 {
			return true
		}
	}
	return false
}

// isControl says whether a record can hold control frames only. Small requests
// and answers have these sizes too: a repeated HEADERS frame is 13 to 30 bytes.
func isControl(plain int) bool {
	return isReaction(plain) || plain == framePing || plain == framePing+frameWindowUpdate
}

// isReaction says whether a record can hold control frames that are sent in
// reaction to others: acknowledged SETTINGS, windows opened, streams reset.
func isReaction(plain int) bool {
	switch plain {
	case frameAck, frameWindowUpdate, framePriority, frameAck + frameWindowUpdate, 2 * frameWindowUpdate:
		return true
	}
	return false
}

// isWindows says whether a record can hold nothing but windows opened, several
// at once: what a server says while an upload goes on.
func isWindows(plain int) bool {
	const most = 12
	n := plain / frameWindowUpdate
	return n > 0 && n <= most && (plain == n*frameWindowUpdate || plain == n*frameWindowUpdate+frameAck)
}

// anyOverhead tries a size under each overhead that is common, for connections
// whose handshake was not seen: TLS 1.3, TLS 1.2 with GCM, Java's TLS 1.3.
func anyOverhead(length int, is func(plain int) bool) bool {
	return is(length-overhead13) || is(length-overheadGCM) || is(length-overhead13-javaPadding)
}

// The bytes of a record that are not content.
const (
	overhead13  = 17 // content type and tag (RFC 8446 5.2)
	overheadGCM = 24 // TLS 1.2: explicit nonce and tag (RFC 5288)
	javaPadding = 16 // Java pads each of its records of TLS 1.3
)

// finishedOverhead says whether a record of TLS 1.3 can be the Finished
// message, and what is then the overhead of its sender's records. hash is the
// length of the suite's hash, zero when the suite is not known.
func finishedOverhead(length int, hash uint8) (overhead int, ok bool) {
	if hash == 0 {
		if overhead, ok = finishedOverhead(length, 32); !ok || overhead != overhead13 {
			if o, is := finishedOverhead(length, 48); is {
				return o, true
			}
		}
		return overhead, ok
	}
	overhead = length - handshakeHeader - int(hash)
	return overhead, overhead == overhead13 || overhead == overhead13+javaPadding
}

// overheadOf12 is the overhead of records of TLS 1.2 and older from the length
// of the encrypted Finished message, which is 16 bytes (SSL 3.0: 40). Ciphers
// that pad to a block have 1 to 16 bytes of padding: half a block is taken.
func overheadOf12(length int) int {
	const finished = handshakeHeader + 12
	switch length {
	case 40, 32, 36: // GCM or CCM; ChaCha20-Poly1305, CCM-8 or RC4 with MD5; RC4 with SHA-1
		return length - finished
	case 64, 48: // AES with SHA-1, with and without an explicit IV (padding 12)
		return length - finished - 4
	case 80, 96: // AES with SHA-256, with SHA-384 (padding 16)
		return length - finished - 8
	}
	return overheadGCM
}

// The record of TLS 1.3's EncryptedExtensions tells what was negotiated where
// the server sends it by itself and answers SNI, ALPN and nothing more.
func protocolOf(encryptedExtensions int) wire {
	const empty, sni, alpn = handshakeHeader + 2, 4, 7
	switch encryptedExtensions - overhead13 - empty {
	case alpn + len("h2"), alpn + len("h2") + sni:
		return isHTTP2
	case alpn + len("http/1.1"), alpn + len("http/1.1") + sni:
		return notHTTP2
	case 0, sni:
		return notHTTP2
	}
	return offersHTTP2
}
