package tlswire

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// TestMayHoldGREASE: none of four numbers is overlooked, wherever it stands and
// whatever stands beside it; and numbers that are common are not suspected.
func TestMayHoldGREASE(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var b [8]byte
	for range 100_000 {
		binary.LittleEndian.PutUint64(b[:], rnd.Uint64())
		at, nibble := 2*rnd.IntN(4), byte(rnd.IntN(16))
		b[at], b[at+1] = nibble<<4|0xa, nibble<<4|0xa
		if four := binary.LittleEndian.Uint64(b[:]); !mayHoldGREASE(four) {
			t.Fatalf("GREASE at byte %d of %x is overlooked", at, b)
		}
	}
	for _, common := range [][8]byte{
		{0x13, 0x01, 0x13, 0x02, 0x13, 0x03, 0xc0, 0x2b},
		{0x00, 0x00, 0x00, 0x17, 0x00, 0x18, 0x11, 0xec},
		{0x04, 0x03, 0x08, 0x04, 0x04, 0x01, 0x05, 0x03},
	} {
		if mayHoldGREASE(binary.LittleEndian.Uint64(common[:])) {
			t.Errorf("%x is suspected", common)
		}
	}
}
