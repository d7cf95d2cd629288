package detect

// index finds the slot of a pair by the hash of its key: open addressing with
// linear probing, at most three quarters full, without tombstones. A cell
// holds half of the hash, so that growing and removing look at no pair, and
// nearly every probe that is not the right one ends without looking at one. A
// Go map would read from three places in memory where this reads from one.
type index struct {
	cells []cell // a power of two; nil while there are none
	used  int
}

// cell is a tag and a slot; slots begin at 1, so that 0 is none.
type cell uint64

func (e cell) tag() uint32  { return uint32(e >> 32) }
func (e cell) slot() uint32 { return uint32(e) }

// tagOf is what a cell keeps of a hash.
func tagOf(hash uint64) uint32 { return uint32(hash >> 32) }

// home is where a tag's probing begins, and after the place behind i.
func (x *index) home(tag uint32) uint32 { return tag & uint32(len(x.cells)-1) }
func (x *index) after(i uint32) uint32  { return (i + 1) & uint32(len(x.cells)-1) }

func (x *index) insert(tag, slot uint32) {
	if x.used >= len(x.cells)/4*3 {
		old := x.cells
		x.cells = make([]cell, max(64, 2*len(old)))
		for _, e := range old {
			if e != 0 {
				x.place(e)
			}
		}
	}
	x.place(cell(tag)<<32 | cell(slot))
	x.used++
}

func (x *index) place(e cell) {
	i := x.home(e.tag())
	for x.cells[i] != 0 {
		i = x.after(i)
	}
	x.cells[i] = e
}

// remove takes out a cell that is there, and moves those behind it up, so
// that no probing ends too early.
func (x *index) remove(tag, slot uint32) {
	gap := x.home(tag)
	for x.cells[gap].slot() != slot {
		gap = x.after(gap)
	}
	for i := x.after(gap); x.cells[i] != 0; i = x.after(i) {
		// e may fill the gap unless its home lies behind the gap, seen from
		// the gap around the circle.
		e := x.cells[i]
		mask := uint32(len(x.cells) - 1)
		if (i-x.home(e.tag()))&mask >= (i-gap)&mask {
			x.cells[gap] = e
			gap = i
		}
	}
	x.cells[gap] = 0
	x.used--
}
