package capture_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/capture/capturetest"
)

// The functions of this file write capture files field by field, also wrong ones.

type byteOrder interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

var orders = map[string]byteOrder{"little-endian": binary.LittleEndian, "big-endian": binary.BigEndian}

const (
	micro    = 0xa1b2c3d4
	nano     = 0xa1b23c4d
	modified = 0xa1b2cd34
)

func pcapHeader(o byteOrder, magic uint32, major, minor uint16, link uint32) []byte {
	b := o.AppendUint32(nil, magic)
	b = o.AppendUint16(b, major)
	b = o.AppendUint16(b, minor)
	b = o.AppendUint32(b, 0)
	b = o.AppendUint32(b, 0)
	b = o.AppendUint32(b, 64) // a snap length that the frames need not respect
	return o.AppendUint32(b, link)
}

func record(o byteOrder, sec, frac, captured, wire uint32, extra int, data []byte) []byte {
	b := o.AppendUint32(nil, sec)
	b = o.AppendUint32(b, frac)
	b = o.AppendUint32(b, captured)
	b = o.AppendUint32(b, wire)
	b = append(b, make([]byte, extra)...)
	return append(b, data...)
}

func block(o byteOrder, kind uint32, body []byte) []byte {
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	b := o.AppendUint32(nil, kind)
	b = o.AppendUint32(b, uint32(len(body))+12)
	b = append(b, body...)
	return o.AppendUint32(b, uint32(len(body))+12)
}

func section(o byteOrder) []byte {
	b := o.AppendUint32(nil, 0x1a2b3c4d)
	b = o.AppendUint16(b, 1)
	b = o.AppendUint16(b, 0)
	return block(o, 0x0a0d0d0a, o.AppendUint64(b, 1<<64-1))
}

func option(o byteOrder, code uint16, value []byte) []byte {
	b := o.AppendUint16(nil, code)
	b = o.AppendUint16(b, uint16(len(value)))
	b = append(b, value...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func describe(o byteOrder, link capture.LinkType, snap uint32, options ...[]byte) []byte {
	b := o.AppendUint16(nil, uint16(link))
	b = o.AppendUint16(b, 0)
	b = o.AppendUint32(b, snap)
	return block(o, 1, append(b, bytes.Join(options, nil)...))
}

func enhanced(o byteOrder, id uint32, ts uint64, wire uint32, data []byte, options ...[]byte) []byte {
	b := o.AppendUint32(nil, id)
	b = o.AppendUint32(b, uint32(ts>>32))
	b = o.AppendUint32(b, uint32(ts))
	b = o.AppendUint32(b, uint32(len(data)))
	b = o.AppendUint32(b, wire)
	b = append(b, data...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return block(o, 6, append(b, bytes.Join(options, nil)...))
}

func simple(o byteOrder, wire uint32, data []byte) []byte {
	return block(o, 3, append(o.AppendUint32(nil, wire), data...))
}

func obsolete(o byteOrder, id uint16, ts uint64, wire uint32, data []byte) []byte {
	b := o.AppendUint16(nil, id)
	b = o.AppendUint16(b, 0xffff)
	b = o.AppendUint32(b, uint32(ts>>32))
	b = o.AppendUint32(b, uint32(ts))
	b = o.AppendUint32(b, uint32(len(data)))
	b = o.AppendUint32(b, wire)
	return block(o, 2, append(b, data...))
}

func statistics(o byteOrder, id uint32, options ...[]byte) []byte {
	b := o.AppendUint32(nil, id)
	b = o.AppendUint64(b, 0)
	return block(o, 5, append(b, bytes.Join(options, nil)...))
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// result is all that reading gives.
type result struct {
	frames []capture.Frame
	stats  capture.Stats
	err    error // of Open, or of the only problem
}

// readStream reads a stream of bytes to its end, its lent bytes poisoned.
func readStream(t testing.TB, r io.Reader) result {
	t.Helper()
	files, err := capture.Open([]string{"-"}, capture.Options{Stdin: r})
	if err != nil {
		return result{err: err}
	}
	defer files.Close()
	return readAll(t, files)
}

func readAll(t testing.TB, files *capture.Files) result {
	t.Helper()
	frames, err := capturetest.Owned(files)
	if err != nil {
		t.Fatalf("Next returned %v", err)
	}
	var f capture.Frame
	if err := files.Next(&f); err != io.EOF {
		t.Fatalf("Next behind the end returned %v", err)
	}
	res := result{frames: frames, stats: files.Stats()}
	for _, p := range files.Problems() {
		res.err = errors.Join(res.err, p.Err)
	}
	return res
}

func read(t testing.TB, file ...[]byte) result {
	t.Helper()
	return readStream(t, bytes.NewReader(join(file...)))
}

// check compares frames with what they should be; Number is checked by itself.
func check(t *testing.T, got []capture.Frame, want ...capture.Frame) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d frames, want %d", len(got), len(want))
	}
	for i, w := range want {
		g := got[i]
		if !bytes.Equal(g.Bytes, w.Bytes) || g.Time != w.Time || g.Wire != w.Wire || g.Link != w.Link || g.Tick ||
			g.Number != uint64(i+1) {
			t.Errorf("frame %d is %+v, want %+v", i+1, g, w)
		}
	}
}
