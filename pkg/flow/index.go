package flow

import (
	"encoding/binary"
	"hash/maphash"
)

// index finds the slot of a key: open addressing with linear probing, at most
// three quarters full, without tombstones. An entry holds 32 bits of the hash,
// so that growing and removing read no flow, and nearly every probe that is
// not the right one ends without reading one. A shard of 16,384 flows doubles
// its index in about a millisecond.
//
// What is found does not depend on the hash. Hence it can, and does, begin
// with a secret that differs from run to run: without one, an attacker who
// chooses ports and addresses lines up thousands of flows behind one another,
// and each packet of theirs walks through all of them.
type index struct {
	entries      []entry // a power of two
	used         int
	seed0, seed1 uint64
}

// entry is a tag and a slot; slots begin at 1, so that 0 is none.
type entry uint64

func (e entry) tag() uint32  { return uint32(e >> 32) }
func (e entry) slot() uint32 { return uint32(e) }

// secret is a number that nobody outside can know.
func secret() uint64 { return new(maphash.Hash).Sum64() }

func newIndex() index {
	return index{entries: make([]entry, slabSize), seed0: secret(), seed1: secret()}
}

// tag is what an entry keeps of a key's hash.
func (x *index) tag(k *Key) uint32 { return uint32(k.mix(x.seed0, x.seed1) >> 32) }

// home is where a tag's probing begins, and after the place behind i.
func (x *index) home(tag uint32) uint32 { return tag & uint32(len(x.entries)-1) }
func (x *index) after(i uint32) uint32  { return (i + 1) & uint32(len(x.entries)-1) }

func (x *index) insert(tag, slot uint32) {
	if x.used >= len(x.entries)/4*3 {
		old := x.entries
		x.entries = make([]entry, 2*len(old))
		for _, e := range old {
			if e != 0 {
				x.place(e)
			}
		}
	}
	x.place(entry(tag)<<32 | entry(slot))
	x.used++
}

func (x *index) place(e entry) {
	i := x.home(e.tag())
	for x.entries[i] != 0 {
		i = x.after(i)
	}
	x.entries[i] = e
}

// remove takes out an entry that is there, and moves those behind it up, so
// that no probing ends too early.
func (x *index) remove(tag, slot uint32) {
	gap := x.home(tag)
	for x.entries[gap].slot() != slot {
		gap = x.after(gap)
	}
	for i := x.after(gap); x.entries[i] != 0; i = x.after(i) {
		// e may fill the gap unless its home lies behind the gap, seen from
		// the gap around the circle.
		e := x.entries[i]
		mask := uint32(len(x.entries) - 1)
		if (i-x.home(e.tag()))&mask >= (i-gap)&mask {
			x.entries[gap] = e
			gap = i
		}
	}
	x.entries[gap] = 0
	x.used--
}

// equal is *a == *b, without the calls that the compiler makes of it.
func equal(a, b *Key) bool {
	var differ uint64
	for i := range a.Addr {
		x, y := &a.Addr[i], &b.Addr[i]
		differ |= binary.LittleEndian.Uint64(x[:8]) ^ binary.LittleEndian.Uint64(y[:8])
		differ |= binary.LittleEndian.Uint64(x[8:]) ^ binary.LittleEndian.Uint64(y[8:])
	}
	return differ == 0 && a.Port == b.Port && a.Protocol == b.Protocol && a.Space == b.Space
}
