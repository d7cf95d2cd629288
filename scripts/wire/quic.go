package main

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

// quic is a version of QUIC: what its keys follow from, and its kinds of
// packets (RFC 9001 section 5, RFC 9369 section 3).
type quic struct {
	number     uint32
	salt       string
	label      string // before key, iv and hp
	shift      byte   // of the kinds of packets
	retryKey   string
	retryNonce string
}

func quic1() quic {
	return quic{
		number: 1, salt: "38762cf7f55934b34d179ae6a4c80cadccbb7f0a", label: "quic ",
		retryKey: "be0c690b9f66575a1d766b54e368c84e", retryNonce: "461599d35d632bf2239825bb",
	}
}

func quic2() quic {
	return quic{
		number: 0x6b3343cf, salt: "0dede3def700a6db819381be6e269dcbf9bd2ed9", label: "quicv2 ", shift: 1,
		retryKey: "8fb4b01b56ac48e260fbcbcead7ccc92", retryNonce: "d86969bc2d7c6d9990efb04a",
	}
}

// The kinds of long headers, as version 1 numbers them.
const (
	kindInitial   = 0
	kindHandshake = 2
	kindRetry     = 3
)

// first is the first byte of a long header.
func (q quic) first(kind, low byte) byte { return 0xc0 | (kind+q.shift)&3<<4 | low }

// expand is HKDF-Expand-Label (RFC 8446 section 7.1).
func expand(secret []byte, label string, size int) []byte {
	info := cat(u16(uint16(size)), vec8([]byte("tls13 "+label)), vec8())
	b, err := hkdf.Expand(sha256.New, secret, string(info), size)
	if err != nil {
		panic(err) // the sizes are those of the specification
	}
	return b
}

// keys seal the Initial packets of one side.
type keys struct{ key, iv, hp []byte }

func (q quic) keys(from int, id []byte) keys {
	initial, err := hkdf.Extract(sha256.New, id, unhex(q.salt))
	if err != nil {
		panic(err) // the sizes are those of the specification
	}
	secret := expand(initial, [2]string{"client in", "server in"}[from], 32)
	return keys{expand(secret, q.label+"key", 16), expand(secret, q.label+"iv", 12), expand(secret, q.label+"hp", 16)}
}

func gcm(key []byte) cipher.AEAD {
	block := blockOf(key)
	g, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // AES has the right block
	}
	return g
}

func blockOf(key []byte) cipher.Block {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // the key has the right size
	}
	return block
}

// varint2 is a number in two bytes (RFC 9000 section 16).
func varint2(v int) []byte { return u16(0x4000 | uint16(v)) }

// seal makes an Initial packet. The header ends with the packet number, of
// which two bytes or more are sent.
func (k keys) seal(header []byte, number uint32, numberSize int, frames []byte) []byte {
	nonce := slices.Clone(k.iv)
	low := binary.BigEndian.Uint32(nonce[8:]) ^ number
	binary.BigEndian.PutUint32(nonce[8:], low)
	p := gcm(k.key).Seal(slices.Clone(header), nonce, frames, header)
	at := len(header) - numberSize
	var mask [16]byte
	blockOf(k.hp).Encrypt(mask[:], p[at+4:at+20])
	p[0] ^= mask[0] & 0x0f
	for i := range numberSize {
		p[at+i] ^= mask[1+i]
	}
	return p
}

// initial makes an Initial packet with a packet number of two bytes; key is the
// id that the keys follow from.
func (q quic) initial(from int, key, dst, src, token []byte, number uint32, frames []byte) []byte {
	const numberSize, tag = 2, 16
	header := cat(u8(q.first(kindInitial, numberSize-1)), u32(q.number), vec8(dst), vec8(src), varint2(len(token)), token,
		varint2(numberSize+len(frames)+tag), u16(uint16(number)))
	return q.keys(from, key).seal(header, number, numberSize, frames)
}

// handshake makes a Handshake packet, sealed with keys that nobody has.
func (q quic) handshake(t *trace, dst, src []byte, n int) []byte {
	return cat(u8(q.first(kindHandshake, 1)), u32(q.number), vec8(dst), vec8(src), varint2(n), t.noise(n))
}

// retry makes a Retry packet (RFC 9001 section 5.8).
func (q quic) retry(low byte, dst, src, token, asked []byte) []byte {
	p := cat(u8(q.first(kindRetry, low)), u32(q.number), vec8(dst), vec8(src), token)
	return gcm(unhex(q.retryKey)).Seal(p, unhex(q.retryNonce), nil, cat(vec8(asked), p))
}

// Frames of QUIC (RFC 9000 section 19).

func cryptoFrame(offset int, data []byte) []byte {
	return cat(u8(6), varint2(offset), varint2(len(data)), data)
}

func ackFrame(largest byte) []byte { return u8(2, largest, 0, 0, largest) }

// padded fills frames up, so that their datagram has size bytes with overhead
// around them.
func padded(frames []byte, overhead, size int) []byte {
	return cat(frames, make([]byte, max(0, size-overhead-len(frames))))
}
