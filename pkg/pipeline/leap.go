package pipeline

import (
	"slices"
	"time"

	"github.com/hookhound/hookhound/capture"
)

// leap is how far ahead of the clock a frame may be before the next one is asked
// whether that is so. Captures have pauses of any length; but one frame with a
// wrong time, years ahead, would move the clock for good: all that follows would
// be late, and nothing would fall due any more.
const leap = time.Hour

// windowFrames is how many frames are held together at most: enough to fetch
// from memory for many of them at a time, and few enough that what was fetched
// for the last is still in the processor's nearest cache when its turn comes.
const windowFrames = 32

// lender is a source that lends several frames together: More gives another one
// as long as that leaves those before as they are (capture.Files). Any other
// source lends one at a time.
type lender interface{ More(f *capture.Frame) bool }

// window takes frames from a source, as many together as it lends. It passes
// them on without leaps of the clock that a single frame alone stands for: that
// frame gets the time of the clock instead.
type window struct {
	src   Source
	more  lender // nil where src is none
	clock capture.Time
	begun bool
	ahead uint64 // frames whose time was not believed

	list    [windowFrames]capture.Frame
	at, n   int           // list[at:n] were not taken yet
	carried bool          // held waits for the frame behind it
	held    capture.Frame // its bytes are its own
	err     error         // of the source, behind the last frame
}

func newWindow(src Source) *window {
	w := &window{src: src}
	w.more, _ = src.(lender)
	return w
}

// empty tells whether the next call of next takes back all frames that it lent.
func (w *window) empty() bool { return w.at == w.n }

// next gives the next frame. It is lent until the window is empty and next is
// called again.
func (w *window) next() (*capture.Frame, error) {
	for w.at == w.n {
		if w.err != nil {
			return nil, w.err
		}
		w.fill()
	}
	w.at++
	return &w.list[w.at-1], nil
}

// fill reads until the source would take back what it lent.
func (w *window) fill() {
	w.at, w.n = 0, 0
	if w.carried {
		w.carried = false
		w.list[0], w.n = w.held, 1
	}
	if w.err = w.src.Next(&w.list[w.n]); w.err == nil {
		w.n++
		for w.more != nil && w.n < windowFrames && w.more.More(&w.list[w.n]) {
			w.n++
		}
	}
	for i := range w.n {
		f := &w.list[i]
		if w.begun && !f.Tick && f.Time.Sub(w.clock) > leap && !w.confirmed(i) {
			return
		}
		w.clock, w.begun = max(w.clock, f.Time), true
	}
}

// confirmed lets the frame behind the i-th say whether the clock has leapt.
// Where there is none, the frame is believed. Where it was not read yet, the
// answer is false, and the i-th frame waits for the next window.
func (w *window) confirmed(i int) bool {
	f := &w.list[i]
	switch {
	case i+1 < w.n:
		if w.list[i+1].Time.Sub(w.clock) <= leap {
			f.Time = w.clock
			w.ahead++
		}
	case w.err == nil:
		w.held, w.carried, w.n = *f, true, i
		w.held.Bytes = slices.Clone(f.Bytes)
		return false
	}
	return true
}
