// Package jsonsink writes observations and detections as JSON lines: one object
// a line, UTF-8, in the names of package event.
package jsonsink

import (
	"bufio"
	"fmt"
	"io"

	"github.com/hookhound/hookhound/pkg/event"
)

// Sink writes to one stream. It is not safe for concurrent use.
type Sink struct {
	w   *bufio.Writer
	enc *event.Encoder
}

// New makes a sink. What it writes stays in its buffer until Flush, or until
// the buffer is full.
func New(w io.Writer, enc *event.Encoder) *Sink {
	return &Sink{w: bufio.NewWriterSize(w, 64<<10), enc: enc}
}

// Observation writes one observation.
func (s *Sink) Observation(o *event.Observation) error { return s.line(s.enc.Observation(o)) }

// Detection writes one detection.
func (s *Sink) Detection(d *event.Detection) error { return s.line(s.enc.Detection(d)) }

// Flush passes on what is in the buffer.
func (s *Sink) Flush() error { return failed(s.w.Flush()) }

func (s *Sink) line(b []byte, err error) error {
	if err != nil {
		return err
	}
	_, err = s.w.Write(append(b, '\n'))
	return failed(err)
}

func failed(err error) error {
	if err != nil {
		return fmt.Errorf("output: %w", err)
	}
	return nil
}
