package pipeline

import (
	"io"
	"slices"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/capture/capturetest"
)

func TestLeapsAreConfirmedByTheNextFrame(t *testing.T) {
	const h = capture.Time(time.Hour)
	for name, c := range map[string]struct {
		in, want []capture.Time
		ahead    uint64
	}{
		"a pause":                     {[]capture.Time{0, 1, 5 * h, 5*h + 1}, []capture.Time{0, 1, 5 * h, 5*h + 1}, 0},
		"a pause behind a pause":      {[]capture.Time{0, 5 * h, 9 * h, 9*h + 1}, []capture.Time{0, 5 * h, 9 * h, 9*h + 1}, 0},
		"one wrong time":              {[]capture.Time{0, 1, 50_000 * h, 2, 3}, []capture.Time{0, 1, 1, 2, 3}, 1},
		"two wrong times, far apart":  {[]capture.Time{0, 900 * h, 1, 2, 800 * h, 3}, []capture.Time{0, 0, 1, 2, 2, 3}, 2},
		"the last frame is believed":  {[]capture.Time{0, 1, 5 * h}, []capture.Time{0, 1, 5 * h}, 0},
		"the first frame is believed": {[]capture.Time{5 * h, 5*h + 1}, []capture.Time{5 * h, 5*h + 1}, 0},
	} {
		for _, together := range []int{1, 2, 3, 100} {
			var frames []capture.Frame
			for i, at := range c.in {
				frames = append(frames, capture.Frame{Time: at, Number: uint64(i + 1), Bytes: []byte{byte(i)}})
			}
			s := newWindow(capturetest.Poisons(capturetest.New(frames...)))
			if together > 1 {
				s = newWindow(&lending{source: capturetest.New(frames...), most: together})
			}
			var got []capture.Time
			for i := 0; ; i++ {
				f, err := s.next()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				if f.Number != uint64(i+1) || len(f.Bytes) != 1 || f.Bytes[0] != byte(i) {
					t.Errorf("%s: frame %d holds %v in place %d", name, f.Number, f.Bytes, i+1)
				}
				got = append(got, f.Time)
			}
			if !slices.Equal(got, c.want) || s.ahead != c.ahead {
				t.Errorf("%s, %d lent together: times %v, want %v; %d not believed, want %d", name, together, got, c.want, s.ahead, c.ahead)
			}
		}
	}
}

// lending lends as many frames together as it says, and destroys them all when
// it is asked for another.
type lending struct {
	source *capturetest.Frames
	most   int
	lent   [][]byte
}

func (l *lending) Next(f *capture.Frame) error {
	for _, b := range l.lent {
		for i := range b {
			b[i] = capturetest.Poison
		}
	}
	l.lent = nil
	return l.lend(f)
}

func (l *lending) More(f *capture.Frame) bool { return len(l.lent) < l.most && l.lend(f) == nil }

func (l *lending) lend(f *capture.Frame) error {
	if err := l.source.Next(f); err != nil {
		return err
	}
	f.Bytes = slices.Clone(f.Bytes)
	l.lent = append(l.lent, f.Bytes)
	return nil
}
