package quicwire

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
)

const (
	sealLength   = 16 // of the AEAD
	sampleOffset = 4  // from the packet number to the sample of header protection
	sampleLength = 16
	// leastSealed is the least that stands behind a protected header: packet
	// number and sample (RFC 9001 section 5.4.2).
	leastSealed = sampleOffset + sampleLength
)

// opener opens the Initial packets that one side sends.
type opener struct {
	seal    cipher.AEAD
	guard   cipher.Block // header protection
	iv      [12]byte
	largest int64 // packet number opened; -1 before the first
}

// newOpener derives the keys of one side (RFC 9001 section 5.2) from the
// connection id that the client chose for the server. It gives nil where the
// machine's cryptography refuses, which no input can bring about.
func newOpener(v *version, id []byte, client bool) *opener {
	secret, err := hkdf.Extract(sha256.New, id, []byte(v.salt))
	if err != nil {
		return nil
	}
	side := "server in"
	if client {
		side = "client in"
	}
	secret = expand(secret, side, sha256.Size)
	block, err := aes.NewCipher(expand(secret, v.labels+"key", 16))
	if err != nil {
		return nil
	}
	o := &opener{largest: -1}
	if o.seal, err = cipher.NewGCM(block); err != nil {
		return nil
	}
	if o.guard, err = aes.NewCipher(expand(secret, v.labels+"hp", 16)); err != nil {
		return nil
	}
	copy(o.iv[:], expand(secret, v.labels+"iv", len(o.iv)))
	return o
}

// expand is HKDF-Expand-Label of TLS 1.3 with an empty context (RFC 8446
// section 7.1); nil where it is refused.
func expand(secret []byte, label string, length int) []byte {
	const prefix = "tls13 "
	info := make([]byte, 0, 4+len(prefix)+len(label))
	info = append(info, byte(length>>8), byte(length), byte(len(prefix)+len(label)))
	info = append(info, prefix...)
	info = append(info, label...)
	info = append(info, 0)
	out, err := hkdf.Expand(sha256.New, secret, string(info), length)
	if err != nil {
		return nil
	}
	return out
}

// open takes the protection off a packet whose number begins at byte number,
// and gives its frames. The packet is changed, whether it opens or not; the
// frames are a part of it.
func (o *opener) open(packet []byte, number int) (frames []byte, ok bool) {
	if len(packet) < number+leastSealed {
		return nil, false
	}
	var mask [aes.BlockSize]byte
	sample := number + sampleOffset
	o.guard.Encrypt(mask[:], packet[sample:sample+sampleLength])
	packet[0] ^= mask[0] & 0x0f
	length := int(packet[0]&3) + 1
	var truncated int64
	for i := range length {
		packet[number+i] ^= mask[1+i]
		truncated = truncated<<8 | int64(packet[number+i])
	}
	body := number + length
	if len(packet) < body+sealLength {
		return nil, false
	}
	full := fullNumber(o.largest, truncated, length)
	nonce := o.iv
	tail := nonce[len(nonce)-8:]
	binary.BigEndian.PutUint64(tail, binary.BigEndian.Uint64(tail)^uint64(full))
	frames, err := o.seal.Open(packet[body:body], nonce[:], packet[body:], packet[:body])
	if err != nil {
		return nil, false
	}
	o.largest = max(o.largest, full)
	return frames, true
}

// fullNumber is the packet number that ends in the given bytes and is nearest
// to the one after the largest (RFC 9000 appendix A.3).
func fullNumber(largest, truncated int64, length int) int64 {
	window := int64(1) << (8 * length)
	expected := largest + 1
	candidate := expected&^(window-1) | truncated
	switch {
	case candidate <= expected-window/2 && candidate < 1<<62-window:
		return candidate + window
	case candidate > expected+window/2 && candidate >= window:
		return candidate - window
	}
	return candidate
}
