package beacon

import (
	"math"
	"time"

	"github.com/hookhound/hookhound/capture"
)

// ringSize bounds the exchanges that are remembered one by one: 2 KB.
const ringSize = 128

// event is one exchange. Sizes of 4 GiB and more count as 4 GiB less one.
type event struct {
	t        capture.Time
	up, down uint32
}

func clamp32(n uint64) uint32   { return uint32(min(n, math.MaxUint32)) }
func sum32(a, b uint32) uint32  { return clamp32(uint64(a) + uint64(b)) }
func (e *event) is(m size) bool { return m == (size{}) || m.near(size{e.up, e.down}) }

// ring holds the newest exchanges in order of time. Its capacity is a power of
// two and grows with need.
type ring struct {
	buf  []event
	few  [2]event // the first buf: most pairs have no more
	head uint16
	n    uint16
}

// at returns the exchange i, of which 0 is the oldest.
func (r *ring) at(i int) *event {
	return &r.buf[(int(r.head)+i)&(len(r.buf)-1)]
}

func (r *ring) grow() {
	if r.buf == nil {
		r.buf = r.few[:]
		return
	}
	next := make([]event, 2*len(r.buf))
	for i := range int(r.n) {
		next[i] = *r.at(i)
	}
	r.buf, r.head = next, 0
}

// insert puts e where its time belongs; there is room.
func (r *ring) insert(e event) {
	i := int(r.n)
	r.n++
	for ; i > 0 && r.at(i-1).t > e.t; i-- {
		*r.at(i) = *r.at(i - 1)
	}
	*r.at(i) = e
}

func (r *ring) pop() event {
	e := *r.at(0)
	r.head = (r.head + 1) & uint16(len(r.buf)-1)
	r.n--
	return e
}

// within counts the silences above lo and up to hi.
func (r *ring) within(lo, hi time.Duration) int {
	n := 0
	for i := 1; i < int(r.n); i++ {
		if g := gap(r.at(i).t, r.at(i-1).t); g > lo && g <= hi {
			n++
		}
	}
	return n
}

// gap is t-u, never below zero.
func gap(t, u capture.Time) time.Duration { return max(0, t.Sub(u)) }
