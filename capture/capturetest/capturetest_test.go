package capturetest_test

import (
	"bytes"
	"testing"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/capture/capturetest"
)

func TestPoisonedDestroysWhatWasLent(t *testing.T) {
	mine := []byte{1, 2, 3}
	src := capturetest.Poisons(capturetest.New(
		capture.Frame{Bytes: mine}, capture.Frame{Tick: true, Time: 5}, capture.Frame{Bytes: []byte{9}}))
	var f capture.Frame
	if err := src.Next(&f); err != nil || f.Number != 1 {
		t.Fatalf("first frame: number %d, error %v", f.Number, err)
	}
	kept := f.Bytes
	if err := src.Next(&f); err != nil || !f.Tick || f.Number != 0 {
		t.Fatalf("the tick came as %+v, %v", f, err)
	}
	if want := []byte{capturetest.Poison, capturetest.Poison, capturetest.Poison}; !bytes.Equal(kept, want) {
		t.Errorf("kept bytes are %v, want them poisoned", kept)
	}
	if !bytes.Equal(mine, []byte{1, 2, 3}) {
		t.Errorf("the caller's own frame was overwritten: %v", mine)
	}
}

func TestWriterIsReadBack(t *testing.T) {
	frames := []capture.Frame{
		{Bytes: []byte("first"), Time: 1_700_000_000_123_456_789, Wire: 5, Link: capture.LinkSLL2},
		{Bytes: []byte("cut"), Time: 1_700_000_001_000_000_001, Wire: 1500, Link: capture.LinkSLL2},
		{Bytes: bytes.Repeat([]byte{7}, 100_000), Time: 1_700_000_002_000_000_000, Wire: 100_000, Link: capture.LinkSLL2},
		{Time: 1<<32*1e9 - 1, Link: capture.LinkSLL2},
	}
	var file bytes.Buffer
	w := capturetest.NewWriter(&file, capture.LinkSLL2)
	for _, f := range frames {
		if err := w.Write(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	src, err := capture.Open([]string{"-"}, capture.Options{Stdin: &file})
	if err != nil {
		t.Fatal(err)
	}
	got, err := capturetest.Owned(src)
	if err != nil || len(got) != len(frames) {
		t.Fatalf("%d frames, %v; want %d", len(got), err, len(frames))
	}
	for i, want := range frames {
		g := got[i]
		if !bytes.Equal(g.Bytes, want.Bytes) || g.Time != want.Time || g.Wire != want.Wire ||
			g.Link != want.Link || g.Number != uint64(i+1) {
			t.Errorf("frame %d: %v %d/%d bytes link %d number %d", i, g.Time, len(g.Bytes), g.Wire, g.Link, g.Number)
		}
	}
}
