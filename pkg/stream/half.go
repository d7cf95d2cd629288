package stream

import (
	"bytes"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/packet"
)

// half is one direction of a connection: what one side sent. It holds indexes
// into the pool and no pointers, since there are as many as twice the flows.
type half struct {
	due    capture.Time // when wait ends
	next   packet.Seq   // the next byte to give out
	start  packet.Seq   // the first byte of the stream as far as it is known
	acked  packet.Seq   // the highest number that the peer acknowledged
	mark   packet.Seq   // the acknowledgement that began the wait for acknowledged bytes
	fin    packet.Seq   // where the stream ends
	cand   packet.Seq   // where another stream, or a jump, would go on
	gapEnd packet.Seq   // the end of the last gap ...
	gapLen uint32       // ... and its length
	first  int32        // held pieces, by sequence number, without overlap
	last   int32
	held   int32 // how many
	is     marks
	wait   wait
	tries  uint8 // segments in a row at cand
}

// marks are the facts known of a half.
type marks uint16

const (
	known     marks = 1 << iota // next has a meaning
	handshake                   // start is from a SYN
	firm                        // something was given out, so next cannot move back
	byEmpty                     // next is from an own empty segment, which may be a probe
	seen                        // a segment of this side was captured
	hasAck                      // acked has a meaning
	hasFin                      // fin has a meaning
	ended                       // all up to fin was given out; next is fin+1
	rejected                    // this side reset the connection
	hasSyn                      // cand is from a SYN that does not belong here
)

// wait is what a deadline is for.
type wait uint8

const (
	nothing wait = iota
	forAcked
	forSilent
	forRefused
)

func (h *half) has(m marks) bool { return h.is&m == m }

// open tells whether something is known to stand behind a hole.
func (h *half) open() bool { return h.first != 0 || h.is&(hasFin|ended) == hasFin }

// ackedAhead tells whether the peer has bytes that were not captured yet.
func (h *half) ackedAhead() bool {
	return h.is&(hasAck|ended) == hasAck && h.next.Before(h.acked)
}

// learn sets where the stream goes on, before anything of it was given out.
func (h *half) learn(next packet.Seq, how marks) {
	if d := next.Distance(h.acked); how == handshake || d > limit.Window || d < -limit.Window {
		h.is &^= hasAck // it was of another connection
	}
	h.next, h.start = next, next
	h.is = h.is&^byEmpty | known | how
}

// ack notes a number that the peer acknowledged.
func (h *half) ack(a packet.Seq, st *Stats) {
	switch d := h.next.Distance(a); {
	case !h.has(known), !h.has(firm) && h.has(byEmpty) && h.first == 0 && d == 1:
		// Everything before a is with the peer: a stream that was not seen yet
		// goes on there. The second case is the answer to a keep-alive probe.
		h.learn(a, 0)
	case d > limit.Window || d < -limit.Window:
		st.StrayAcks++
		return
	}
	if !h.has(hasAck) || h.acked.Before(a) {
		h.acked = a
		h.is |= hasAck
	}
}

// acknowledged notes what a segment of the peer acknowledges.
func (h *half) acknowledged(p *packet.Packet, st *Stats) {
	if p.Flags&packet.ACK == 0 || h.acked == p.Ack && h.has(known|hasAck) {
		return
	}
	h.ack(p.Ack, st)
	h.arm(p.Clock, p.Clock, false)
}

// segment is what of a captured segment is still to be placed.
type segment struct {
	bytes   []byte // what was captured
	seq     packet.Seq
	n       int // length on the wire, len(bytes) or more
	aligned bool
	time    capture.Time
	frame   uint64
}

// cutFront takes k bytes off the front.
func (s *segment) cutFront(k int) {
	s.bytes = s.bytes[min(k, len(s.bytes)):]
	s.seq = s.seq.Add(k)
	s.n -= k
	s.aligned = false
}

// front is the first k bytes of it.
func (s *segment) front(k int) segment {
	f := *s
	f.bytes, f.n = s.bytes[:min(k, len(s.bytes))], k
	return f
}

// run is one call's work on one half: who asks, where the bytes go, and the
// frame and moment that gaps are given out with.
type run struct {
	*half
	conn  *Conn
	pool  *Pool
	out   Receiver
	side  flow.Side
	clock capture.Time
	time  capture.Time
	frame uint64

	stored, overlaps, differs bool
}

// place gives out or holds what is new in s.
func (r *run) place(s segment) {
	for s.n > 0 {
		d := r.next.Distance(s.seq)
		switch {
		case d < 0:
			old := min(-d, s.n)
			r.late(s.seq, old)
			s.cutFront(old)
		case d == 0:
			r.inOrder(&s)
			return
		default:
			if s = r.hold(s); s.n > 0 {
				r.makeRoom(s.seq)
			}
		}
	}
}

// inOrder gives out s, which begins at next, and what waited for it.
func (r *run) inOrder(s *segment) {
	for s.n > 0 && r.first != 0 {
		if k := s.seq.Distance(r.pool.blocks[r.first].seq); k > 0 {
			f := s.front(min(k, s.n))
			r.give(&f)
			s.cutFront(f.n)
			continue
		}
		k := r.compare(r.first, s)
		r.pop()
		s.cutFront(k)
	}
	if s.n > 0 {
		r.give(s)
	}
	r.drain()
}

// give hands the payload of p, which begins at next, to the receiver.
func give(h *half, side flow.Side, p *packet.Packet, pool *Pool, out Receiver) {
	h.moveTo(p.Seq.Add(p.Length))
	pool.Stats.Bytes += uint64(p.Length)
	c := &pool.chunk // field by field: a literal is built elsewhere and copied
	c.Bytes, c.Gap, c.Side, c.Aligned = p.Payload, 0, side, true
	c.Time, c.Frame, c.Clock = p.Time, p.Number, p.Clock
	out.Chunk(c)
	c.Bytes = nil
}

// give hands s, which begins at next, to the receiver.
func (r *run) give(s *segment) {
	if len(s.bytes) > 0 {
		r.pool.chunk = Chunk{
			Bytes: s.bytes, Side: r.side, Aligned: s.aligned,
			Time: s.time, Frame: s.frame, Clock: r.clock,
		}
		r.pool.Stats.Bytes += uint64(len(s.bytes))
		r.is &^= hasSyn // the old stream is alive
		r.moveTo(s.seq.Add(len(s.bytes)))
		r.out.Chunk(&r.pool.chunk)
		r.pool.chunk.Bytes = nil
	}
	if cut := s.n - len(s.bytes); cut > 0 {
		r.pool.Stats.CutBytes += uint64(cut)
		r.moveTo(s.seq.Add(s.n))
		r.gap(cut, s.time, s.frame)
	}
}

func (r *run) gap(n int, t capture.Time, frame uint64) {
	r.pool.chunk = Chunk{Gap: n, Side: r.side, Time: t, Frame: frame, Clock: r.clock}
	r.out.Chunk(&r.pool.chunk)
}

// moveTo sets next, and forgets numbers that fall too far behind it to be
// compared any more.
func (h *half) moveTo(next packet.Seq) {
	h.next = next
	h.is |= firm
	h.tries = 0
	if h.acked.Distance(next) > limit.Window {
		h.is &^= hasAck
	}
	if h.gapLen != 0 && h.gapEnd.Distance(next) > limit.Window {
		h.gapLen = 0
	}
}

// skip gives out the hole up to to as a gap, then what waited behind it.
func (r *run) skip(to packet.Seq, why *uint64) {
	n := uint32(to - r.next) // a jump may go further than Distance can tell
	*why++
	r.pool.Stats.Holes++
	r.pool.Stats.HoleBytes += uint64(n)
	r.gapEnd, r.gapLen = to, n
	r.moveTo(to)
	r.gap(int(n), r.time, r.frame)
	r.drain()
}

// drain gives out held pieces as long as they follow, and then the end.
func (r *run) drain() {
	for r.first != 0 && r.pool.blocks[r.first].seq == r.next {
		r.pop()
	}
	if r.is&(hasFin|ended) == hasFin && r.next == r.fin {
		r.moveTo(r.fin.Add(1))
		r.is |= ended
	}
}

// pop gives out the first held piece, which begins at next, and frees it.
func (r *run) pop() {
	i := r.first
	b := &r.pool.blocks[i]
	s := segment{
		bytes: r.pool.bytes(i), seq: b.seq, n: int(b.n), aligned: b.aligned,
		time: b.time, frame: b.frame,
	}
	r.give(&s)
	r.unlink()
}

// unlink frees the first held piece.
func (r *run) unlink() {
	i := r.first
	if r.first = r.pool.blocks[i].next; r.first == 0 {
		r.last = 0
	}
	r.held--
	r.pool.put(i)
}

// hold stores what of s is not held yet, and returns what found no room.
func (r *run) hold(s segment) segment {
	p := r.pool
	prev, cur := int32(0), r.first
	if r.last != 0 && !s.seq.Before(p.blocks[r.last].end()) {
		prev, cur = r.last, 0 // the common case: behind all others
	}
	for s.n > 0 {
		for cur != 0 && !s.seq.Before(p.blocks[cur].end()) {
			prev, cur = cur, p.blocks[cur].next
		}
		room := s.n
		if cur != 0 {
			ahead := s.seq.Distance(p.blocks[cur].seq)
			if ahead <= 0 {
				s.cutFront(r.compare(cur, &s))
				continue
			}
			room = min(room, ahead)
		}
		i := r.block()
		if i == 0 {
			break
		}
		b := &p.blocks[i]
		*b = block{time: s.time, clock: r.clock, frame: s.frame, seq: s.seq, aligned: s.aligned, next: cur}
		if len(s.bytes) == 0 {
			b.cut, b.n = true, int32(room)
		} else {
			b.n = int32(copy(p.room(i)[:min(room, BlockSize)], s.bytes))
		}
		r.link(prev, i)
		prev = i
		s.cutFront(int(b.n))
		r.stored = true
	}
	return s
}

// block takes a block within the limits of the pool and of the connection.
func (r *run) block() int32 {
	if r.conn.half[0].held+r.conn.half[1].held >= r.pool.share {
		return 0
	}
	return r.pool.take()
}

// link puts block i behind prev; its own next is set already.
func (r *run) link(prev, i int32) {
	if prev == 0 {
		r.first = i
	} else {
		r.pool.blocks[prev].next = i
	}
	if r.pool.blocks[i].next == 0 {
		r.last = i
	}
	r.held++
}

// makeRoom gives up the oldest hole of this half, so that what stands behind
// it leaves the memory; a segment at seq that stands before all that is held
// needs no memory then.
func (r *run) makeRoom(seq packet.Seq) {
	if r.first != 0 && r.pool.blocks[r.first].seq.Before(seq) {
		seq = r.pool.blocks[r.first].seq
	}
	r.skip(seq, &r.pool.Stats.SkippedByMemory)
}

// compare notes whether s, which begins within held piece i, says the same,
// and returns how many bytes of s the piece covers.
func (r *run) compare(i int32, s *segment) int {
	b := &r.pool.blocks[i]
	at := b.seq.Distance(s.seq)
	n := min(int(b.n)-at, s.n)
	r.overlaps = true
	if !b.cut {
		k := min(n, len(s.bytes))
		if !bytes.Equal(r.pool.bytes(i)[at:at+k], s.bytes[:k]) {
			r.differs = true
		}
	}
	return n
}

// late counts old bytes that come too late for the last gap.
func (r *run) late(seq packet.Seq, n int) {
	if r.gapLen == 0 {
		return
	}
	from := max(r.gapEnd.Distance(seq), -int(r.gapLen))
	to := min(r.gapEnd.Distance(seq.Add(n)), 0)
	if from < to {
		r.pool.Stats.LateBytes += uint64(to - from)
	}
}
