package beacon

import (
	"math"
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

// occupied is a bin with the number of its intervals.
type occupied struct {
	bin   int32
	count float32
}

// histogram is the scratch form of a set of intervals. It lives on the stack
// of one fit. After seal the occupied bins stand in a row.
type histogram struct {
	dense [bins]float32
	below [bins + 1]float32 // below[b] is the sum of dense[:b]
	held  [bins]occupied
	used  int // of held
	n     float64
}

func (h *histogram) include(o *history) {
	for i, c := range o.count {
		h.dense[i] += float32(c)
	}
}

func (h *histogram) seal() {
	h.used = 0
	for b, c := range h.dense {
		h.below[b+1] = h.below[b] + c
		if c > 0 {
			h.held[h.used] = occupied{int32(b), c}
			h.used++
		}
	}
	h.n = float64(h.below[bins])
}

// around returns how many intervals lie within half bins of bin b.
func (h *histogram) around(b, half int) float32 {
	return h.below[min(b+half+1, bins)] - h.below[max(b-half, 0)]
}

// span returns the first and the last occupied bin.
func (h *histogram) span() (lo, hi int) {
	return int(h.held[0].bin), int(h.held[h.used-1].bin)
}

// median returns the bin of the middle interval.
func (h *histogram) median() int {
	want := float32(h.n / 2)
	for _, o := range h.held[:h.used] {
		if h.below[o.bin+1] > want {
			return int(o.bin)
		}
	}
	return bins - 1
}

// peaks returns the two bins around which most intervals lie, the second well
// away from the first; -1 for none.
func (h *histogram) peaks(half int) [2]int {
	best := [2]int{-1, -1}
	var most [2]float32
	lo, hi := h.span()
	for b := lo; b <= hi; b++ {
		if c := h.around(b, half); c > most[0] {
			best[0], most[0] = b, c
		}
	}
	for b := lo; b <= hi; b++ {
		if b >= best[0]-2*half && b <= best[0]+2*half {
			continue
		}
		if c := h.around(b, half); c > most[1] {
			best[1], most[1] = b, c
		}
	}
	return best
}
