package stream

import (
	"testing"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/packet"
)

// counter is the cheapest Receiver.
type counter struct{ bytes, gaps int }

func (c *counter) Chunk(ch *Chunk) {
	c.bytes += len(ch.Bytes)
	c.gaps += ch.Gap
}

// bulk is a transfer without an end: each call takes a 1448-byte segment, and
// after each second one an acknowledgement of all.
type bulk struct {
	conn   Conn
	pool   *Pool
	out    counter
	data   packet.Packet
	ack    packet.Packet
	number int
}

func newBulk() *bulk {
	b := &bulk{pool: NewPool(1<<20, 1<<20)}
	payload := make([]byte, 1448)
	b.data = packet.Packet{Seq: 1<<32 - 5000, Flags: packet.ACK, Payload: payload, Length: len(payload)}
	b.ack = packet.Packet{Flags: packet.ACK}
	return b
}

// send takes the segment that is ahead others on from the next.
func (b *bulk) send(ahead int) {
	p := b.data
	p.Seq = p.Seq.Add(ahead * p.Length)
	b.conn.Segment(&p, 0, b.pool, &b.out)
}

// step moves on by n segments.
func (b *bulk) step(n int) {
	b.number += n
	b.data.Seq = b.data.Seq.Add(n * b.data.Length)
	b.data.Clock += capture.Time(n) * 10_000
	b.data.Time = b.data.Clock
	if b.number%2 == 0 {
		b.ack.Ack, b.ack.Clock, b.ack.Time = b.data.Seq, b.data.Clock, b.data.Clock
		b.conn.Segment(&b.ack, 1, b.pool, &b.out)
	}
}

// swapped sends twenty segments, two of them in the wrong order.
func (b *bulk) swapped() {
	for range 9 {
		b.send(0)
		b.step(1)
	}
	b.send(1)
	b.send(0)
	b.step(2)
	for range 9 {
		b.send(0)
		b.step(1)
	}
}

func TestAllocations(t *testing.T) {
	for _, c := range []struct {
		name string
		call func(b *bulk)
	}{
		{"in order, with acknowledgements", func(b *bulk) { b.send(0); b.step(1) }},
		{"an acknowledgement", func(b *bulk) { b.conn.Segment(&b.ack, 1, b.pool, &b.out) }},
		{"a retransmission", func(b *bulk) { b.send(0); b.send(0); b.step(1) }},
		{"out of order, once the pool has grown", (*bulk).swapped},
		{"a hole that is skipped", func(b *bulk) {
			b.send(1)
			b.step(2)
			b.conn.Advance(b.data.Clock.Add(AckedHole), b.pool, &b.out)
			b.data.Clock = b.data.Clock.Add(AckedHole)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBulk()
			if n := testing.AllocsPerRun(500, func() { c.call(b) }); n != 0 {
				t.Errorf("%v allocations, want 0", n)
			}
		})
	}
}

func BenchmarkInOrder(b *testing.B) {
	s := newBulk()
	b.ReportAllocs()
	b.SetBytes(1448)
	for b.Loop() {
		s.send(0)
		s.step(1)
	}
	if s.out.gaps != 0 {
		b.Fatalf("%d bytes are missing", s.out.gaps)
	}
}

// BenchmarkReordered has 1 segment in 20 before its predecessor.
func BenchmarkReordered(b *testing.B) {
	s := newBulk()
	b.ReportAllocs()
	b.SetBytes(20 * 1448)
	for b.Loop() {
		s.swapped()
	}
	if s.out.gaps != 0 {
		b.Fatalf("%d bytes are missing", s.out.gaps)
	}
}

// BenchmarkAck is a segment without payload.
func BenchmarkAck(b *testing.B) {
	s := newBulk()
	s.send(0)
	s.step(2)
	b.ReportAllocs()
	for b.Loop() {
		s.conn.Segment(&s.ack, 1, s.pool, &s.out)
	}
}

// BenchmarkDeepHole has a hole with 600 segments behind it, and one-byte
// segments that fall between them: the most work that a segment can make.
func BenchmarkDeepHole(b *testing.B) {
	s := newBulk()
	s.send(0)
	s.step(1)
	for i := range 600 {
		p := s.data
		p.Seq, p.Payload, p.Length = p.Seq.Add(10+2*i), p.Payload[:1], 1
		s.conn.Segment(&p, 0, s.pool, &s.out)
	}
	p := s.data
	p.Seq, p.Payload, p.Length = p.Seq.Add(10+2*598), p.Payload[:1], 1
	b.ReportAllocs()
	for b.Loop() {
		s.conn.Segment(&p, 0, s.pool, &s.out)
	}
}
