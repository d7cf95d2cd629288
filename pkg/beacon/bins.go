package beacon

import (
	"math"
	"math/bits"
	"time"
)

const (
	// binWidth is the width of a bin in nats of the interval: 4.6 %. It is what
	// the finest rhythm is told by, and the reason why a beat of an exact
	// beacon is worth about 3.5 nats and not endlessly many.
	binWidth = 0.045

	// bins covers intervals from shortest to 3.7 days; what is shorter or
	// longer counts in the first or last bin.
	bins = 384

	shortest = 10 * time.Millisecond
)

// binOf returns the bin of an interval.
func binOf(d time.Duration) int {
	if d <= shortest {
		return 0
	}
	b := int(math.Log(float64(d)/float64(shortest)) / binWidth)
	return min(b, bins-1)
}

// middle returns the interval in the middle of a bin, in nanoseconds.
func middle(b int) float64 {
	return float64(shortest) * math.Exp((float64(b)+0.5)*binWidth)
}

// history counts the intervals that have left the ring. Its memory is one
// slice, made when the first one leaves.
type history struct {
	count []uint16
	n     uint32
}

// add counts one interval. A bin that is full halves the whole history: old
// intervals fade, new ones are never refused.
func (h *history) add(b int) {
	if h.count == nil {
		h.count = make([]uint16, bins)
	}
	if h.count[b] == math.MaxUint16 {
		h.n = 0
		for i := range h.count {
			h.count[i] /= 2
			h.n += uint32(h.count[i])
		}
	}
	h.count[b]++
	h.n++
}

func (h *history) reset() {
	clear(h.count)
	h.n = 0
}

// longest returns the longest interval counted, 0 for none.
func (h *history) longest() time.Duration {
	for b := len(h.count) - 1; b >= 0; b-- {
		if h.count[b] > 0 {
			return time.Duration(middle(b))
		}
	}
	return 0
}

// occupied is a bin with the number of its intervals, and of those before it.
type occupied struct {
	bin          int32
	count, below float32
}

// histogram is the scratch form of a set of intervals. It lives on the stack
// of one fit. After seal the occupied bins stand in a row.
type histogram struct {
	dense [bins]float32
	set   [bins / 64]uint64 // bit b%64 of set[b/64]: bin b is occupied
	held  [bins]occupied
	used  int // of held
	n     float64
}

func (h *histogram) add(b int, count float32) {
	h.dense[b] += count
	h.set[b/64] |= 1 << (b % 64)
}

func (h *histogram) include(o *history) {
	for i, c := range o.count {
		if c > 0 {
			h.add(i, float32(c))
		}
	}
}

// reset empties a histogram that was sealed.
func (h *histogram) reset() {
	for _, o := range h.held[:h.used] {
		h.dense[o.bin] = 0
	}
	h.set, h.used, h.n = [bins / 64]uint64{}, 0, 0
}

func (h *histogram) seal() {
	sum := float32(0)
	for i, word := range h.set {
		for ; word != 0; word &= word - 1 {
			b := i*64 + bits.TrailingZeros64(word)
			h.held[h.used] = occupied{int32(b), h.dense[b], sum}
			h.used++
			sum += h.dense[b]
		}
	}
	h.n = float64(sum)
}

// window counts the intervals around bins. It only goes right.
type window struct {
	held     []occupied
	from, to int // the occupied bins inside
}

// around returns how many intervals lie within half bins of bin b.
func (w *window) around(b, half int) float32 {
	for w.to < len(w.held) && int(w.held[w.to].bin) <= b+half {
		w.to++
	}
	for w.from < w.to && int(w.held[w.from].bin) < b-half {
		w.from++
	}
	if w.from == w.to {
		return 0
	}
	last := &w.held[w.to-1]
	return last.below + last.count - w.held[w.from].below
}

// span returns the first and the last occupied bin.
func (h *histogram) span() (lo, hi int) {
	return int(h.held[0].bin), int(h.held[h.used-1].bin)
}

// median returns the bin of the middle interval.
func (h *histogram) median() int {
	want := float32(h.n / 2)
	for _, o := range h.held[:h.used] {
		if o.below+o.count > want {
			return int(o.bin)
		}
	}
	return bins - 1
}

// peaks returns the two bins around which most intervals lie, the second well
// away from the first; -1 for none. Going right, the number around a bin grows
// only where an occupied bin comes into reach, so the first of the best is
// always such a place, or the first place of all.
func (h *histogram) peaks(half int) [2]int {
	best := [2]int{-1, -1}
	var most [2]float32
	lo, hi := h.span()
	held := h.held[:h.used]
	near := window{held: held}
	for _, o := range held {
		b := max(lo, int(o.bin)-half)
		if c := near.around(b, half); c > most[0] {
			best[0], most[0] = b, c
		}
	}
	from, to := best[0]-2*half, best[0]+2*half
	near = window{held: held}
	for _, o := range held {
		b := max(lo, int(o.bin)-half)
		if b >= from && b <= to {
			b = min(to+1, hi) // the first place behind those left out
			if b <= to {
				continue
			}
		}
		if c := near.around(b, half); c > most[1] {
			best[1], most[1] = b, c
		}
	}
	return best
}
