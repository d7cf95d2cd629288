package capture

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

const hintCopy = "copy it again"

// decoder reads the frames of one file. It sets Bytes, Time, Wire and Link.
type decoder interface {
	next(f *Frame) error
	// more is next where a frame that is whole and sound is the next thing in
	// the window of the input, and else takes nothing and is false.
	more(f *Frame) bool
}

// opened is one file being read.
type opened struct {
	name    string
	in      *input
	dec     decoder
	close   func() error
	format  string // gzip, zstd or empty
	frames  uint64 // read from it
	pending Frame  // the first frame, when it was read to learn its time
	waiting bool   // pending is to be delivered
	ended   error  // what read returns from now on
}

// read gives the next frame, or io.EOF, or an error that names the file.
func (o *opened) read(f *Frame) error {
	if o.waiting {
		*f, o.waiting = o.pending, false
		return nil
	}
	if o.ended != nil {
		return o.ended
	}
	err := o.dec.next(f)
	if err == nil {
		o.frames++
		return nil
	}
	if o.ended = err; err != io.EOF {
		o.ended = placed(err, o.name, o.in, o.frames)
	}
	return o.ended
}

// counted counts what passes through, so that progress can be shown.
type counted struct {
	r io.Reader
	n *atomic.Int64
}

func (c counted) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n.Add(int64(n))
	return n, err
}

// openStream finds out what raw holds and prepares in for it. The error is a
// *ForeignError, or says what is wrong with the first bytes.
func openStream(name string, raw io.Reader, in *input, stats *Stats, last Time) (*opened, error) {
	o := &opened{name: name, in: in, close: func() error { return nil }}
	head, err := readHead(raw)
	if err != nil {
		return nil, readError(name, err)
	}
	kind := sniff(head)
	switch kind {
	case contentGzip:
		o.format = "gzip"
		br := bufio.NewReaderSize(rest(head, raw), 64<<10)
		z, err := gzip.NewReader(br)
		if err != nil {
			return nil, &ForeignError{File: name, Seems: "gzip data cut off or damaged at its beginning", Hint: hintCopy}
		}
		z.Multistream(false)
		raw, o.close = &members{Reader: z, src: br}, z.Close
	case contentZstd:
		o.format = "zstd"
		z, err := zstd.NewReader(rest(head, raw), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, readError(name, err)
		}
		raw, o.close = z, func() error { z.Close(); return nil }
	}
	if o.format != "" {
		c := &compressed{r: raw, format: o.format}
		raw = c
		head, err = readHead(c)
		kind = sniff(head)
		if err != nil || len(head) < pcapHeaderSize && c.err != nil && !errors.Is(c.err, io.EOF) {
			o.close()
			return nil, &ForeignError{File: name, Seems: o.format + " data cut off or damaged at its beginning", Hint: hintCopy}
		}
	}
	in.reset(raw, head)
	switch kind {
	case contentPcap:
		o.dec, err = newPcapReader(in)
	case contentPcapng:
		o.dec, err = newPcapngReader(in, stats, last)
	default:
		err = describeForeign(name, head, o.format)
	}
	if err != nil {
		o.close()
		return nil, placed(err, name, in, 0)
	}
	return o, nil
}

// readHead reads the first bytes of a stream: as many as any format's header
// needs, and more where that does not tell what it is. It does not wait for
// more than the header of a capture that is being written to a pipe.
func readHead(r io.Reader) ([]byte, error) {
	head := make([]byte, headSize)
	n, err := io.ReadAtLeast(r, head, pcapHeaderSize)
	if err == nil && sniff(head[:n]) == contentForeign {
		var more int
		more, err = io.ReadFull(r, head[n:])
		n += more
	}
	if errors.Is(err, io.EOF) || err == io.ErrUnexpectedEOF {
		err = nil
	}
	return head[:n], err
}

func rest(head []byte, r io.Reader) io.Reader {
	return io.MultiReader(bytes.NewReader(head), r)
}

// members reads the members of a gzip file one behind the other (pigz and bgzip
// write many). The library would do so too, but could not tell a few odd bytes
// at the end from a file that was cut off.
type members struct {
	*gzip.Reader
	src *bufio.Reader
}

func (m *members) Read(b []byte) (int, error) {
	n, err := m.Reader.Read(b)
	if err != io.EOF {
		return n, err
	}
	switch next, err := m.src.Peek(2); {
	case len(next) == 0:
		return n, err
	case len(next) == 2 && next[0] == 0x1f && next[1] == 0x8b:
	default:
		return n, errTrailing
	}
	if err := m.Reader.Reset(m.src); err != nil {
		return n, err
	}
	m.Reader.Multistream(false)
	return n, nil
}

// compressed turns what decompressors say into what input understands.
type compressed struct {
	r      io.Reader
	format string
	err    error
}

func (c *compressed) Read(b []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.r.Read(b)
	var disk *fs.PathError
	switch {
	case err == nil, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &disk):
	case errors.Is(err, zstd.ErrMagicMismatch): // the first magic was there, or nobody had called the decoder
		err = errTrailing
	default:
		err = damage(c.format + ": " + err.Error())
	}
	c.err = err
	return n, err
}

// errTrailing ends compressed data that has something else behind it. To input
// it is a clean end of the stream.
const errTrailing = trailing("bytes behind the end of the compressed data")

type trailing string

func (t trailing) Error() string   { return string(t) }
func (trailing) Is(err error) bool { return err == io.EOF }

// placed gives an error of a decoder or of openStream its file, offset and number of frames.
func placed(err error, name string, in *input, frames uint64) error {
	var d damage
	var v otherVersion
	var f *ForeignError
	switch {
	case errors.As(err, &f):
		return err
	case errors.As(err, &v) && in.record == 0:
		return &ForeignError{File: name, Seems: "a capture of " + string(v), Hint: hintConvert}
	case errors.As(err, &v):
		return &DamagedError{File: name, Offset: in.record, Frames: frames, What: string(v) + " is not supported"}
	case errors.As(err, &d):
		return &DamagedError{File: name, Offset: in.record, Frames: frames, What: string(d)}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &TruncatedError{File: name, Offset: in.record, Frames: frames}
	}
	return readError(name, err)
}
