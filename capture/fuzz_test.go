package capture_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"
	"testing/iotest"

	"github.com/hookhound/hookhound/capture"
)

// FuzzFiles reads any bytes as a capture: at once, byte by byte, and in pieces
// that fall across every boundary. The frames, the counters and the error must
// be the same; no frame is longer than the limit, and together they are no
// longer than the uncompressed file (which is not known for compressed ones).
func FuzzFiles(f *testing.F) {
	for _, o := range orders {
		f.Add(join(pcapHeader(o, micro, 2, 4, 1), record(o, 1, 2, 3, 4, 0, []byte("abc")), record(o, 1, 2, 1<<31, 4, 0, nil)))
		f.Add(join(pcapHeader(o, modified, 2, 3, 0x24000001), record(o, 1, 2, 3, 2, 8, []byte("abc"))))
		f.Add(join(section(o), describe(o, 1, 3, option(o, 9, []byte{0x9f}), option(o, 14, o.AppendUint64(nil, 1<<62))),
			enhanced(o, 0, 1<<60, 9, []byte("abc")), simple(o, 7, []byte("abc")), obsolete(o, 0, 5, 3, []byte("xyz")),
			block(o, 10, make([]byte, 24)), statistics(o, 0, option(o, 4, o.AppendUint64(nil, 9))), section(orders["big-endian"])))
	}
	f.Add([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"))
	f.Add([]byte("text"))
	f.Fuzz(func(t *testing.T, file []byte) {
		want := outcome(t, bytes.NewReader(file))
		for name, r := range map[string]io.Reader{
			"byte by byte":         iotest.OneByteReader(bytes.NewReader(file)),
			"by halves":            iotest.HalfReader(bytes.NewReader(file)),
			"data with its error":  iotest.DataErrReader(bytes.NewReader(file)),
			"in pieces of 7 bytes": pieces{bytes.NewReader(file), 7},
		} {
			if got := outcome(t, r); got != want {
				t.Errorf("%s:\n%s\nat once:\n%s", name, got, want)
			}
		}
	})
}

type pieces struct {
	r io.Reader
	n int
}

func (p pieces) Read(b []byte) (int, error) { return p.r.Read(b[:min(len(b), p.n)]) }

// outcome tells all that reading gave.
func outcome(t *testing.T, r io.Reader) string {
	res := readStream(t, r)
	var out bytes.Buffer
	for _, f := range res.frames {
		if len(f.Bytes) > capture.MaxFrame {
			t.Fatalf("a frame of %d bytes", len(f.Bytes))
		}
		if int(f.Wire) < len(f.Bytes) || f.Time == capture.Never || f.Time == capture.Always {
			t.Fatalf("a frame of %d bytes on the wire, %d captured, at %d", f.Wire, len(f.Bytes), f.Time)
		}
		fmt.Fprintf(&out, "%d %d %d %d %x\n", f.Number, f.Time, f.Link, f.Wire, f.Bytes)
	}
	fmt.Fprintf(&out, "%+v %v", res.stats, res.err)
	return out.String()
}
