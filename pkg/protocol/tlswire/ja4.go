package tlswire

import (
	"crypto/sha256"
	"encoding/hex"
)

// ja4 holds the forms of FoxIO's JA4 (github.com/FoxIO-LLC/ja4,
// technical_details/JA4.md) of one shape.
//
// full and raw are JA4 and JA4_r as published. stable is JA4 of the same hello
// with pre_shared_key (41) and early_data (42) taken out before anything is
// counted, sorted or hashed, so that it is the same for a client's fresh and
// resumed connections; where neither extension is there, it equals full. A
// client that toggles other extensions when it resumes (session_ticket, or
// padding to a length) still shows more than one.
type ja4 struct {
	full, raw, stable string
}

// The published text names these; an unknown version is "00".
func ja4Version(v uint16) string {
	switch v {
	case versionTLS13:
		return "13"
	case versionTLS12:
		return "12"
	case versionTLS11:
		return "11"
	case versionTLS10:
		return "10"
	case versionSSL3:
		return "s3"
	case versionSSL2:
		return "s2"
	case 0xfeff:
		return "d1"
	case 0xfefd:
		return "d2"
	case 0xfefc:
		return "d3"
	}
	return "00"
}

// alpnChars are the two characters that stand for the first ALPN name: its
// first and last byte if both are ASCII letters or digits, otherwise the first
// and last digit of its hexadecimal form; "00" without a name.
func alpnChars(name []byte) [2]byte {
	const digits = "0123456789abcdef"
	if len(name) == 0 {
		return [2]byte{'0', '0'}
	}
	first, last := name[0], name[len(name)-1]
	if isAlnum(first) && isAlnum(last) {
		return [2]byte{first, last}
	}
	return [2]byte{digits[first>>4], digits[last&15]}
}

func isAlnum(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

// isResumption says whether an extension comes and goes with resumption.
func isResumption(ext uint16) bool {
	return ext == extPreSharedKey || ext == extEarlyData
}

// ja4Of computes the forms of a shape whose ciphers and extensions are sorted.
// Scratch is lent for building and given back, grown.
func ja4Of(transport byte, s *shape, scratch []byte) (ja4, []byte) {
	domain, resuming := false, 0
	for _, x := range s.extensions {
		switch {
		case x == extServerName:
			domain = true
		case isResumption(x):
			resuming++
		}
	}

	// The raw form: a, sorted ciphers, sorted extensions with the signature
	// algorithms behind them, joined by underscores.
	b := appendJA4a(scratch[:0], transport, s, domain, len(s.extensions))
	a := string(b)
	b = append(b, '_')
	start := len(b)
	b = appendHexList(b, s.ciphers)
	ciphers := b[start:]
	b = append(b, '_')
	start = len(b)
	b = appendJA4c(b, s, true)
	rest := b[start:]
	cipherHash := hash12(ciphers)
	out := ja4{raw: string(b)}
	out.full = joinJA4(a, cipherHash, hash12(rest))
	out.stable = out.full
	if resuming > 0 {
		start = len(b)
		b = appendJA4a(b, transport, s, domain, len(s.extensions)-resuming)
		a = string(b[start:])
		start = len(b)
		b = appendJA4c(b, s, false)
		out.stable = joinJA4(a, cipherHash, hash12(b[start:]))
	}
	return out, b
}

// appendJA4a appends the readable first part.
func appendJA4a(b []byte, transport byte, s *shape, domain bool, extensions int) []byte {
	b = append(b, transport)
	b = append(b, ja4Version(s.highest)...)
	if domain {
		b = append(b, 'd')
	} else {
		b = append(b, 'i')
	}
	b = appendCount(b, len(s.ciphers))
	b = appendCount(b, extensions)
	return append(b, s.alpn[0], s.alpn[1])
}

// appendCount appends two digits; 99 stands for all that is more.
func appendCount(b []byte, n int) []byte {
	n = min(n, 99)
	return append(b, byte('0'+n/10), byte('0'+n%10))
}

// appendJA4c appends what the last part is the hash of: the extensions but for
// SNI and ALPN, then, if there are any, an underscore and the signature
// algorithms.
func appendJA4c(b []byte, s *shape, resumption bool) []byte {
	start := len(b)
	for _, x := range s.extensions {
		if x == extServerName || x == extALPN || !resumption && isResumption(x) {
			continue
		}
		if len(b) > start {
			b = append(b, ',')
		}
		b = appendHex(b, x)
	}
	if len(s.sigAlgs) > 0 {
		b = append(b, '_')
		b = appendHexList(b, s.sigAlgs)
	}
	return b
}

func appendHexList(b []byte, list []uint16) []byte {
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendHex(b, v)
	}
	return b
}

func appendHex(b []byte, v uint16) []byte {
	const digits = "0123456789abcdef"
	return append(b, digits[v>>12], digits[v>>8&15], digits[v>>4&15], digits[v&15])
}

// hash12 is the first twelve hexadecimal digits of the SHA-256; of nothing it
// is twelve zeros, as the text wants it.
func hash12(b []byte) [12]byte {
	var out [12]byte
	if len(b) == 0 {
		copy(out[:], "000000000000")
		return out
	}
	sum := sha256.Sum256(b)
	hex.Encode(out[:], sum[:6])
	return out
}

func joinJA4(a string, ciphers, rest [12]byte) string {
	var b [64]byte
	n := copy(b[:], a)
	b[n] = '_'
	n += 1 + copy(b[n+1:], ciphers[:])
	b[n] = '_'
	n += 1 + copy(b[n+1:], rest[:])
	return string(b[:n])
}
