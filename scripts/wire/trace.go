package main

import (
	"crypto/sha256"
	"encoding/binary"
	"io"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

// The directions of a conversation.
const (
	client = 0
	server = 1
)

// trace is a capture while it is made.
type trace struct {
	at     time.Duration // since the capture's beginning; moved by whoever sends
	via    carrier       // how packets travel from here on
	snap   int           // what is kept of each frame, 0 for all
	frames []frame

	label string // the noise follows from it
	drawn uint64 // pieces of noise so far
	hosts uint64 // conversations so far
}

type frame struct {
	at    time.Duration
	bytes []byte
}

func newTrace(label string) *trace { return &trace{via: ethernet(), label: label} }

// wait lets time pass.
func (t *trace) wait(d time.Duration) { t.at += d }

// send puts an IP packet into frames. More than one frame follow each other as
// fast as on a wire.
func (t *trace) send(from int, ip []byte) {
	for i, b := range t.via(from, ip) {
		t.frames = append(t.frames, frame{t.at + time.Duration(i)*4*time.Microsecond, b})
	}
}

// overtake lets frame i come before the n frames that were before it; its time
// goes along.
func (t *trace) overtake(i, n int) {
	f := t.frames[i]
	copy(t.frames[i-n+1:i+1], t.frames[i-n:i])
	t.frames[i-n] = f
}

// start is when each capture begins.
func start() time.Time { return time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC) }

func (t *trace) write(out io.Writer) error {
	w := pcapgo.NewWriter(out)
	limit := 1 << 18
	if t.snap > 0 {
		limit = t.snap
	}
	if err := w.WriteFileHeader(uint32(limit), layers.LinkTypeEthernet); err != nil {
		return err
	}
	for _, f := range t.frames {
		kept := f.bytes[:min(len(f.bytes), limit)]
		about := gopacket.CaptureInfo{Timestamp: start().Add(f.at), CaptureLength: len(kept), Length: len(f.bytes)}
		if err := w.WritePacket(about, kept); err != nil {
			return err
		}
	}
	return nil
}

// noise is n bytes that mean nothing, as encrypted ones do. They are the same
// each time.
func (t *trace) noise(n int) []byte {
	var b []byte
	for len(b) < n {
		var seed [8]byte
		binary.BigEndian.PutUint64(seed[:], t.drawn)
		sum := sha256.Sum256(append(seed[:], t.label...))
		b = append(b, sum[:]...)
		t.drawn++
	}
	return b[:n:n]
}

// serialize joins layers; lengths and checksums are filled in.
func serialize(all ...gopacket.SerializableLayer) []byte {
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, all...); err != nil {
		panic(err) // nothing in it comes from outside
	}
	return append([]byte(nil), b.Bytes()...)
}
