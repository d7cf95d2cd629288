package stream

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/packet"
)

const millisecond capture.Time = 1e6

// mostInput bounds what one fuzz input may ask for, so that there can be many.
const mostInput = 900

// record is a Receiver that writes down what it gets and checks what must hold
// for any input: the bytes are those of their place in the stream, and no
// moment comes before an earlier one.
type record struct {
	t     *testing.T
	conn  *Conn
	shift [2]packet.Seq
	begun [2]bool
	pos   [2]int
	clock capture.Time
	total [2]int // bytes and gaps
	log   strings.Builder
	runs  [2][]stretch
}

// stretch is bytes or a gap, as long as they go on.
type stretch struct {
	gap bool
	n   int
}

func join(runs []stretch, gap bool, n int) []stretch {
	if k := len(runs); k > 0 && runs[k-1].gap == gap {
		runs[k-1].n += n
		return runs
	}
	return append(runs, stretch{gap, n})
}

func (r *record) Chunk(c *Chunk) {
	side := c.Side
	if !r.begun[side] {
		r.begun[side] = true
		r.pos[side] = r.shift[side].Distance(r.conn.half[side].start)
	}
	if c.Clock < r.clock {
		r.t.Errorf("clock runs back from %d to %d", r.clock, c.Clock)
	}
	if c.Clock < c.Time {
		r.t.Errorf("given out at %d, captured at %d", c.Clock, c.Time)
	}
	r.clock = c.Clock
	n := c.Gap + len(c.Bytes)
	if c.Gap < 0 || n == 0 || c.Gap > 0 && len(c.Bytes) > 0 {
		r.t.Errorf("chunk of %d bytes and a gap of %d", len(c.Bytes), c.Gap)
	}
	for i, b := range c.Bytes {
		if b != pattern(r.pos[side]+i) {
			r.t.Fatalf("side %d: byte at %d is wrong", side, r.pos[side]+i)
		}
	}
	fmt.Fprintf(&r.log, "%d %d %d+%d gap %d %v %d %d\n",
		c.Clock, side, r.pos[side], len(c.Bytes), c.Gap, c.Aligned, c.Time, c.Frame)
	r.pos[side] += n
	r.total[side] += n
	r.runs[side] = join(r.runs[side], c.Gap > 0, n)
}

// check walks what a connection holds.
func check(t *testing.T, c *Conn, p *Pool) {
	t.Helper()
	var held int32
	for side := range c.half {
		h := &c.half[side]
		var n, last int32
		for i := h.first; i != 0; i = p.blocks[i].next {
			b := &p.blocks[i]
			if !h.next.Before(b.seq) {
				t.Fatalf("side %d: held piece %d is not behind next", side, i)
			}
			if last != 0 && b.seq.Before(p.blocks[last].end()) {
				t.Fatalf("side %d: held pieces overlap", side)
			}
			last = i
			n++
		}
		if n != h.held || last != h.last {
			t.Fatalf("side %d: %d pieces, said to be %d; last %d, said to be %d", side, n, h.held, last, h.last)
		}
		if h.open() && h.wait == nothing {
			t.Fatalf("side %d: a hole and no deadline", side)
		}
		if h.wait != nothing && !h.open() && !h.ackedAhead() {
			t.Fatalf("side %d: a deadline for nothing", side)
		}
		held += n
	}
	if held != p.used || held > p.limit || held > p.share {
		t.Fatalf("%d blocks held, %d in use, limits %d and %d", held, p.used, p.limit, p.share)
	}
}

// sending is a segment as a true sender made it, at the moment at which it was
// captured.
type sending struct {
	packet.Packet
	side flow.Side
	at   int // first byte, from 1
}

func bytesOf(at, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = pattern(at + i)
	}
	return b
}

// conversation makes a stream of side 0 out of fuzz input: cut into segments,
// some captured late, twice, again in other pieces, cut by a snap length or
// never; with acknowledgements of side 1 where acks is true, which the capture
// may see before the data, but by less than AckedHole. It returns what was
// captured, in that order, and what a reader must get.
func conversation(data []byte, acks bool) ([]sending, []stretch) {
	var all []sending
	at := 1
	now := millisecond
	seenAt := []bool{true} // byte was captured; index from 1
	add := func(from, n int, delay byte) {
		all = append(all, sending{at: from, Packet: packet.Packet{
			Time: now + capture.Time(delay%10)*millisecond, Payload: bytesOf(from, n), Length: n, Flags: packet.PSH,
		}})
		for i := from; i < from+n; i++ {
			seenAt[i] = true
		}
	}
	for len(data) >= 3 && now < 1200*millisecond {
		how, size, delay := data[0], int(data[1])+1, data[2]
		data = data[3:]
		if size > 240 {
			size *= 12 // longer than a block
		}
		now += millisecond
		seenAt = append(seenAt, make([]bool, size)...)
		lost := how&7 == 0
		if !lost {
			add(at, size, delay)
		}
		if how&8 != 0 && !lost { // twice, later
			add(at, size, delay/2+how>>4)
		}
		if how&16 != 0 { // again from some earlier place on; this may mend a loss
			back := min(int(delay)*4, at-1)
			add(at-back, back+size/2, how>>5)
		}
		at += size
		if acks && how&32 == 0 {
			all = append(all, sending{side: 1, Packet: packet.Packet{
				Time: now + capture.Time(how>>6)*millisecond, Ack: packet.Seq(at), Flags: packet.ACK,
			}})
		}
	}
	all = append(all, sending{at: at, Packet: packet.Packet{Time: now + capture.Time(at%5)*millisecond, Flags: packet.FIN}})
	slices.SortStableFunc(all, func(a, b sending) int { return int(a.Time - b.Time) })
	var want []stretch
	for _, ok := range seenAt[1:] {
		want = join(want, !ok, 1)
	}
	return all, want
}

func replay(t *testing.T, all []sending, pool *Pool, shift packet.Seq) *record {
	var c Conn
	r := &record{t: t, conn: &c, shift: [2]packet.Seq{shift, ^shift}}
	c.Begin(0, shift)
	c.Begin(1, ^shift)
	var clock capture.Time
	for i, s := range all {
		p := s.Packet
		p.Number = uint64(i + 1)
		clock = max(clock, p.Time)
		p.Clock = clock
		p.Seq = r.shift[s.side].Add(s.at)
		if s.side == 1 {
			p.Seq = r.shift[1].Add(1)
		}
		p.Ack += r.shift[s.side.Other()]
		p.Payload = slices.Clone(p.Payload)
		if c.Segment(&p, s.side, pool, r) {
			t.Fatal("one connection was taken for two")
		}
		for i := range p.Payload {
			p.Payload[i] = 0xDB
		}
		check(t, &c, pool)
	}
	c.Close(clock, pool, r)
	check(t, &c, pool)
	if pool.used != 0 {
		t.Fatalf("%d blocks are not given back", pool.used)
	}
	if !c.Ended(0) {
		t.Error("the end was not reached")
	}
	return r
}

func seeds(f *testing.F) {
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 60 {
		b := make([]byte, 9+i*i/4)
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		f.Add(b)
	}
	f.Add([]byte{0, 1, 1, 1, 1, 1, 0, 9, 9, 255, 255, 255, 16, 0, 3, 8, 8, 200})
}

// FuzzLoss: what comes out is the stream, with a gap for exactly the bytes that
// no segment brought, however it was cut, mixed up and repeated, and wherever
// its numbers begin.
func FuzzLoss(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		data = data[:min(len(data), mostInput)]
		for _, acks := range []bool{false, true} {
			all, want := conversation(data, acks)
			first := ""
			for _, shift := range shifts[:4] {
				pool := NewPool(4<<20, 4<<20)
				r := replay(t, all, pool, shift)
				if !slices.Equal(r.runs[0], want) {
					t.Fatalf("acknowledgements %v, shift %#x: got %v, want %v", acks, uint32(shift), r.runs[0], want)
				}
				if st := &pool.Stats; int(st.Bytes+st.HoleBytes+st.CutBytes) != r.total[0] || st.OverlapDiffers != 0 {
					t.Fatalf("%d bytes and gaps given out, counters %+v", r.total[0], *st)
				}
				if first == "" {
					first = r.log.String()
				} else if r.log.String() != first {
					t.Fatalf("shift %#x changes the output", uint32(shift))
				}
			}
		}
	})
}

// FuzzMemory: with hardly any memory the stream keeps its length and its
// bytes keep their places.
func FuzzMemory(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		data = data[:min(len(data), mostInput)]
		all, want := conversation(data, len(data)%2 == 0)
		length := 0
		for _, s := range want {
			length += s.n
		}
		for blocks := range 5 {
			first := ""
			for _, shift := range shifts[1:3] {
				pool := NewPool(blocks*BlockSize, 3*BlockSize)
				r := replay(t, all, pool, shift)
				if r.total[0] != length {
					t.Fatalf("%d blocks: %d bytes and gaps given out of %d", blocks, r.total[0], length)
				}
				if first == "" {
					first = r.log.String()
				} else if r.log.String() != first {
					t.Fatalf("%d blocks: shift %#x changes the output", blocks, uint32(shift))
				}
			}
		}
	})
}

// FuzzAnything: whatever is captured, nothing breaks, no bytes are out of
// place, the memory keeps its limits, and the first numbers do not matter.
func FuzzAnything(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		data = data[:min(len(data), mostInput)]
		first := ""
		for _, shift := range shifts {
			got := anything(t, data, shift)
			if first == "" {
				first = got
			} else if got != first {
				t.Fatalf("shift %#x changes the output from\n%s\nto\n%s", uint32(shift), first, got)
			}
		}
	})
}

func anything(t *testing.T, data []byte, shift packet.Seq) string {
	var c Conn
	pool := NewPool(6*BlockSize, 6*BlockSize)
	r := &record{t: t, conn: &c, shift: [2]packet.Seq{shift, shift * 3}}
	var log strings.Builder
	var clock capture.Time
	base := [2]int{}
	for i := 0; len(data) >= 6; i++ {
		d := data[:6]
		data = data[6:]
		side := flow.Side(d[0] & 1)
		// Small steps, so that segments meet; at times a wide one.
		at, n := base[side]+int(d[2])*16-512, int(d[3])*10
		if d[0]&2 != 0 {
			at, n = base[side]+int(d[2]%8), int(d[3]%4)
		}
		if d[1] == 0xF1 {
			at += 1 << 27
		}
		if d[1]&0xC0 == 0 {
			base[side] = at + n
		}
		p := packet.Packet{Number: uint64(i + 1), Length: n, Flags: packet.Flags(d[4]) & (packet.FIN | packet.SYN | packet.RST | packet.ACK)}
		if d[4]&0x60 != 0 {
			p.Flags &^= packet.SYN | packet.RST // or hardly anything would last
		}
		wait := capture.Time(d[5]) * millisecond
		if d[5] > 250 {
			wait *= 40
		}
		p.Time = clock + wait
		if d[5] == 128 {
			p.Time -= 500 * millisecond // a late frame
		}
		clock = max(clock, p.Time)
		p.Clock = clock
		first := at
		if p.Flags.Has(packet.SYN) {
			first++
		}
		p.Payload = bytesOf(first, n)
		if d[0]&0xF0 == 0xF0 {
			p.Payload = p.Payload[:n/2]
		}
		p.Seq = r.shift[side].Add(at)
		p.Ack = r.shift[side.Other()].Add(base[side.Other()] + int(int8(d[0]))/8*int(d[5]%3))
		for range int(d[5] % 2) { // a timer's call, or none
			c.Advance(clock, pool, r)
			if c.Due() <= clock {
				t.Fatal("due in the past after Advance")
			}
		}
		if c.Segment(&p, side, pool, r) {
			c.Close(clock, pool, r)
			fmt.Fprintln(&r.log, "restart")
			c = Conn{}
			r.begun = [2]bool{}
			if c.Segment(&p, side, pool, r) {
				t.Fatal("a fresh connection refuses its first packet")
			}
		}
		check(t, &c, pool)
		if c.Due() <= clock {
			t.Fatal("due in the past after Segment")
		}
	}
	c.Close(clock, pool, r)
	check(t, &c, pool)
	if c.Due() != capture.Never || pool.used != 0 {
		t.Fatalf("after Close %d blocks in use, due %d", pool.used, c.Due())
	}
	st := &pool.Stats
	if int(st.Bytes+st.HoleBytes+st.CutBytes) != r.total[0]+r.total[1] {
		t.Fatalf("%v bytes and gaps given out, counters %+v", r.total, *st)
	}
	fmt.Fprintf(&log, "%s%+v", r.log.String(), *st)
	return log.String()
}
