package pipeline

import (
	"time"

	"github.com/hookhound/hookhound/capture"
)

// leap is how far ahead of the clock a frame may be before the next one is asked
// whether that is so. Captures have pauses of any length; but one frame with a
// wrong time, years ahead, would move the clock for good: all that follows would
// be late, and nothing would fall due any more.
const leap = time.Hour

// steady passes on the frames of a source, without leaps of the clock that a
// single frame alone stands for: that frame gets the time of the clock instead.
type steady struct {
	src    Source
	clock  capture.Time
	begun  bool
	ahead  uint64 // frames whose time was not believed
	buf    []byte // the bytes of a frame that waits for the next
	second capture.Frame
	queued bool  // second is to be given out
	err    error // and behind it, this
}

// Next gives the next frame. Its bytes are lent until the next call.
func (s *steady) Next(f *capture.Frame) error {
	switch {
	case s.queued:
		*f, s.queued = s.second, false
	case s.err != nil:
		return s.err
	default:
		if err := s.src.Next(f); err != nil {
			return err
		}
	}
	if s.begun && !f.Tick && f.Time.Sub(s.clock) > leap {
		s.ask(f)
	}
	s.clock, s.begun = max(s.clock, f.Time), true
	return nil
}

// ask lets the frame behind f say whether the clock has leapt. Where there is
// none, f is believed.
func (s *steady) ask(f *capture.Frame) {
	s.buf = append(s.buf[:0], f.Bytes...)
	f.Bytes = s.buf
	if s.err = s.src.Next(&s.second); s.err != nil {
		return
	}
	s.queued = true
	if s.second.Time.Sub(s.clock) <= leap {
		f.Time = s.clock
		s.ahead++
	}
}
