package main

import (
	"math/rand/v2"
	"time"
)

// The sides of a connection.
const (
	client = 0
	server = 1
)

// conn is a TCP connection as its segments see it.
type conn struct {
	end    [2]endpoint
	next   [2]uint32 // sequence numbers
	clock  [2]uint32 // what each side's timestamps begin with, in ms
	stamps bool      // both sides use the timestamp option
	udp    bool      // no TCP at all: a segment is a datagram
}

func newConn(r *rand.Rand, from, to endpoint, stamps bool) conn {
	c := conn{end: [2]endpoint{from, to}, stamps: stamps}
	c.next = [2]uint32{r.Uint32(), r.Uint32()}
	c.clock = [2]uint32{r.Uint32(), r.Uint32()}
	return c
}

// segmentSize is how many bytes fit into one segment of an Ethernet frame.
func (c *conn) segmentSize() int {
	if c.stamps {
		return 1460 - stampsLen
	}
	return 1460
}

// segment is one TCP segment, before it has a time.
type segment struct {
	from     int
	flags    byte
	seq, ack uint32
	data     []byte
}

// segment makes the next segment of a side.
func (c *conn) segment(from int, flags byte, data []byte) segment {
	s := segment{from: from, flags: flags, seq: c.next[from], data: data}
	if flags&ack != 0 {
		s.ack = c.next[1-from]
	}
	c.next[from] += uint32(len(data))
	if flags&(syn|fin) != 0 {
		c.next[from]++
	}
	return s
}

// script is a whole connection: what is sent, and when.
type script struct {
	conn
	number int // of the script, for the order of what happens at one time
	steps  []step
	slab   []byte // what the segments carry; it never moves while they are made
	at     time.Duration
	played int
}

type step struct {
	at time.Duration
	segment
}

// slabSize is above what one scripted connection sends in all.
const slabSize = 32 << 10

func (s *script) reset(number int, at time.Duration, c conn) {
	if s.slab == nil {
		s.slab = make([]byte, 0, slabSize)
	}
	s.conn, s.number, s.at, s.played = c, number, at, 0
	s.steps, s.slab = s.steps[:0], s.slab[:0]
}

// wait lets time pass: between half of d and one and a half.
func (s *script) wait(r *rand.Rand, d time.Duration) {
	s.at += d/2 + time.Duration(r.Int64N(int64(d)+1))
}

// control sends a segment without data.
func (s *script) control(from int, flags byte) {
	s.steps = append(s.steps, step{s.at, s.segment(from, flags, nil)})
}

// send sends what fill appends, in as many segments as it needs.
func (s *script) send(from int, fill func(b []byte) []byte) {
	begin := len(s.slab)
	s.slab = fill(s.slab)
	data := s.slab[begin:]
	for len(data) > 0 {
		n := min(len(data), s.segmentSize())
		flags := byte(ack)
		if n == len(data) {
			flags |= psh
		}
		s.steps = append(s.steps, step{s.at, s.segment(from, flags, data[:n])})
		s.at += 12 * time.Microsecond // a full frame at 1 Gbit/s
		data = data[n:]
	}
}

// end puts a FIN on the segment that a side has just sent.
func (s *script) end(from int) {
	s.steps[len(s.steps)-1].flags |= fin
	s.next[from]++
}

// shuffle makes some segments overtake the one before them.
func (s *script) shuffle(r *rand.Rand, share float64) {
	for i := 1; i < len(s.steps); i++ {
		a, b := &s.steps[i-1], &s.steps[i]
		if a.from == b.from && len(a.data) > 0 && len(b.data) > 0 && b.flags&fin == 0 && r.Float64() < share {
			a.segment, b.segment = b.segment, a.segment
			i++
		}
	}
}

// noise appends n bytes that mean nothing, as encrypted ones do.
func noise(b []byte, r *rand.Rand, n int) []byte {
	for ; n >= 8; n -= 8 {
		v := r.Uint64()
		b = append(b, byte(v), byte(v>>8), byte(v>>16), byte(v>>24), byte(v>>32), byte(v>>40), byte(v>>48), byte(v>>56))
	}
	for v := r.Uint64(); n > 0; n-- {
		b = append(b, byte(v))
		v >>= 8
	}
	return b
}
