package flow

import (
	"encoding/binary"
	"math/bits"

	"github.com/hookhound/hookhound/pkg/packet"
)

// Shards is how many virtual shards the traffic is split into. It is fixed,
// and not the number of workers, so that limits and results do not depend on
// how many workers there are.
const Shards = 64

// Odd numbers with about as many ones as zeros: the fractional parts of the
// square roots of 2, 3, 5 and 7.
const (
	mix0 = 0x6a09e667f3bcc909
	mix1 = 0xbb67ae8584caa73b
	mix2 = 0x3c6ef372fe94f82b
	mix3 = 0xa54ff53a5f1d36f1
)

// Shard is the shard of the conversations between two addresses, 0 to
// Shards-1, the same in whichever order they stand.
//
// It is no secret, since every run must split alike. An attacker who chooses
// addresses so that all meet in one shard gains that shard: its limits, a
// 64th of all, are then his to fill, and its worker's time. The other shards
// notice nothing.
func Shard(a, b packet.Addr) uint8 {
	// The sum is the same in either order, and unlike an exclusive or it is
	// not zero for an address that talks to itself.
	return uint8(fold(mixAddr(&a)+mixAddr(&b), mix2) >> 58)
}

func mixAddr(a *packet.Addr) uint64 {
	return fold(binary.BigEndian.Uint64(a[:8])^mix0, binary.BigEndian.Uint64(a[8:])^mix1)
}

// Hash is the same for equal keys on every machine and in every run. Collisions
// can be made at will by whoever chooses addresses and ports; so it decides
// only what is bounded and may be lost: the place in Handshakes. The names there
// and the index of a Table mix in a secret.
func (k *Key) Hash() uint64 { return k.mix(mix0, mix1) }

// mix hashes the key from two starting values.
func (k *Key) mix(s0, s1 uint64) uint64 {
	ports := uint64(k.Port[0])<<32 | uint64(k.Port[1])<<16 | uint64(k.Protocol)
	ports |= uint64(k.Space[0])<<56 | uint64(k.Space[1])<<48 | uint64(k.Space[2])<<8
	a := fold(binary.LittleEndian.Uint64(k.Addr[0][:8])^s0, binary.LittleEndian.Uint64(k.Addr[0][8:])^s1)
	b := fold(binary.LittleEndian.Uint64(k.Addr[1][:8])^s1^mix2, binary.LittleEndian.Uint64(k.Addr[1][8:])^s0^mix3)
	return fold(fold(a^ports, b)^s0, mix3^s1)
}

// fold multiplies to 128 bits and folds them together; a and b are mixed in
// once more, so that a factor that happens to be zero does not swallow the
// other.
func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo ^ a ^ bits.RotateLeft64(b, 32)
}
