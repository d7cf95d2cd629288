package capture

import (
	"errors"
	"io"
)

// input is a window on a stream. What take and peek return stays in place
// until the next call that asks for bytes, so frames are lent without a copy.
type input struct {
	r          io.Reader
	buf        []byte
	start, end int   // buf[start:end] was read and not consumed
	offset     int64 // position of buf[start] in the stream
	record     int64 // where the record being read begins, for errors
	err        error // why r gives no more, once it said so
}

// inputSize leaves room for a read of full size behind the largest remainder.
const inputSize = readSize + maxPacketBlock

// reset begins a new stream whose first bytes were read already.
func (in *input) reset(r io.Reader, head []byte) {
	if in.buf == nil {
		in.buf = make([]byte, inputSize)
	}
	*in = input{r: r, buf: in.buf, end: copy(in.buf, head)}
}

// peek returns the next n bytes without consuming them; n is at most
// maxPacketBlock. It returns nil when the stream ends before.
func (in *input) peek(n int) []byte {
	if in.end-in.start < n && !in.fill(n) {
		return nil
	}
	return in.buf[in.start : in.start+n]
}

// window is what was read and not consumed.
func (in *input) window() []byte { return in.buf[in.start:in.end] }

// advance consumes n bytes that peek returned.
func (in *input) advance(n int) {
	in.start += n
	in.offset += int64(n)
}

// begin notes that a record starts here.
func (in *input) begin() { in.record = in.offset }

// fill reads until n bytes are there.
func (in *input) fill(n int) bool {
	copy(in.buf, in.buf[in.start:in.end])
	in.end -= in.start
	in.start = 0
	for idle := 0; in.end < n; {
		if in.err != nil {
			return false
		}
		var got int
		got, in.err = in.r.Read(in.buf[in.end:min(in.end+readSize, len(in.buf))])
		in.end += got
		if got > 0 {
			idle = 0
		} else if idle++; in.err == nil && idle == 100 {
			in.err = io.ErrNoProgress
		}
	}
	return true
}

// skip consumes n bytes and reports whether they were there.
func (in *input) skip(n int64) bool {
	for {
		have := min(int64(in.end-in.start), n)
		in.advance(int(have))
		if n -= have; n == 0 {
			return true
		}
		if !in.fill(1) {
			return false
		}
	}
}

// ended tells how the stream ended when peek found too little: io.EOF at a
// clean end, io.ErrUnexpectedEOF in the middle of something, else the error of
// the reader.
func (in *input) ended() error {
	switch {
	case errors.Is(in.err, io.ErrUnexpectedEOF):
		return io.ErrUnexpectedEOF
	case !errors.Is(in.err, io.EOF):
		return in.err
	case in.start == in.end:
		return io.EOF
	}
	return io.ErrUnexpectedEOF
}
