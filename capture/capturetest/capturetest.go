// Package capturetest helps tests and scripts with frames: a source that gives
// frames from memory, one that destroys lent bytes as soon as it may, and a
// writer of capture files.
package capturetest

import (
	"encoding/binary"
	"io"
	"slices"

	"github.com/hookhound/hookhound/capture"
)

// Source is anything that gives frames.
type Source interface {
	Next(*capture.Frame) error
}

// Frames is a source that gives frames from memory, numbered from 1 where they
// have no number of their own, and then io.EOF.
type Frames struct {
	frames []capture.Frame
	next   int
}

// New gives the frames in their order.
func New(frames ...capture.Frame) *Frames { return &Frames{frames: frames} }

// Next gives the next frame.
func (s *Frames) Next(f *capture.Frame) error {
	if s.next == len(s.frames) {
		return io.EOF
	}
	*f = s.frames[s.next]
	s.next++
	if f.Number == 0 && !f.Tick {
		f.Number = uint64(s.next)
	}
	f.Wire = max(f.Wire, uint32(len(f.Bytes)))
	return nil
}

// Poison is what Poisoned writes over bytes that are no longer lent.
const Poison = 0xdb

// Poisoned passes the frames of another source on and overwrites the bytes of
// each at the next call, so that whoever kept them fails at once. Each frame
// has memory of its own: stale bytes stay poisoned for ever.
type Poisoned struct {
	source Source
	lent   []byte
}

// Poisons wraps a source.
func Poisons(s Source) *Poisoned { return &Poisoned{source: s} }

// Next gives the next frame and destroys the one before.
func (p *Poisoned) Next(f *capture.Frame) error {
	for i := range p.lent {
		p.lent[i] = Poison
	}
	p.lent = nil
	if err := p.source.Next(f); err != nil {
		return err
	}
	p.lent = slices.Clone(f.Bytes)
	f.Bytes = p.lent[:len(p.lent):len(p.lent)]
	return nil
}

// Owned reads a source to its end and returns copies of its frames.
func Owned(s Source) ([]capture.Frame, error) {
	var all []capture.Frame
	for {
		var f capture.Frame
		switch err := s.Next(&f); err {
		case nil:
			f.Bytes = slices.Clone(f.Bytes)
			all = append(all, f)
		case io.EOF:
			return all, nil
		default:
			return all, err
		}
	}
}

// Writer writes a pcap file with nanosecond times, little-endian. The file
// begins with the first frame, or with Flush where there is none.
type Writer struct {
	w     io.Writer
	link  capture.LinkType
	buf   []byte
	begun bool
}

// NewWriter writes frames of the given link type to w.
func NewWriter(w io.Writer, link capture.LinkType) *Writer {
	return &Writer{w: w, link: link}
}

// flushAt is how many bytes gather before they are written.
const flushAt = 64 << 10

// Write adds a frame; of it, Time, Bytes and Wire are used. Times before 1970
// and after 2106 cannot be told in this format and become its ends.
func (w *Writer) Write(f capture.Frame) error {
	w.begin()
	sec, nsec := int64(f.Time)/1e9, int64(f.Time)%1e9
	if f.Time < 0 {
		sec, nsec = 0, 0
	} else if sec > 1<<32-1 {
		sec, nsec = 1<<32-1, 1e9-1
	}
	le := binary.LittleEndian
	w.buf = le.AppendUint32(w.buf, uint32(sec))
	w.buf = le.AppendUint32(w.buf, uint32(nsec))
	w.buf = le.AppendUint32(w.buf, uint32(len(f.Bytes)))
	w.buf = le.AppendUint32(w.buf, max(f.Wire, uint32(len(f.Bytes))))
	w.buf = append(w.buf, f.Bytes...)
	if len(w.buf) < flushAt {
		return nil
	}
	return w.Flush()
}

func (w *Writer) begin() {
	if w.begun {
		return
	}
	w.begun = true
	le := binary.LittleEndian
	w.buf = le.AppendUint32(w.buf, 0xa1b23c4d)
	w.buf = le.AppendUint16(w.buf, 2)
	w.buf = le.AppendUint16(w.buf, 4)
	w.buf = le.AppendUint64(w.buf, 0)
	w.buf = le.AppendUint32(w.buf, capture.MaxFrame)
	w.buf = le.AppendUint32(w.buf, uint32(w.link))
}

// Flush writes what has gathered. Call it behind the last frame.
func (w *Writer) Flush() error {
	w.begin()
	_, err := w.w.Write(w.buf)
	w.buf = w.buf[:0]
	return err
}
