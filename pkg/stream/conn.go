package stream

import (
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/packet"
)

// Conn is one TCP connection: two directions. The zero value is ready. It
// holds no memory of its own; segments that wait are in the Pool, which must
// be the same in every call.
//
// A side whose SYN was not seen is picked up at its first segment, or at the
// peer's acknowledgement if that comes first. Until its first bytes are given
// out, a segment from before that place moves it back; after that such
// segments count as retransmitted.
//
// A missing FIN that the peer acknowledged shows as a gap of one byte at the
// end, since nothing tells it from a byte.
type Conn struct {
	half [2]half
}

// Begin tells the initial sequence number of a side from its SYN: the first
// byte of its stream is isn+1. It comes before the side's first segment.
func (c *Conn) Begin(side flow.Side, isn packet.Seq) {
	c.half[side&1].learn(isn.Add(1), handshake)
	c.half[side&1].is |= seen
}

// Segment takes the next segment of the connection as it was captured and
// gives out what it completes. Deadlines that have passed come first.
//
// It returns true when p belongs to another connection between the same
// endpoints: then nothing of p was taken. The caller closes this connection
// and gives p to a new one, which learns both starts from p. A SYN on a living
// connection makes that so only when the peer or the sender's next segment
// confirms it, since an endpoint too ignores it until then (RFC 5961 section 4)
// and anyone can forge one.
func (c *Conn) Segment(p *packet.Packet, side flow.Side, pool *Pool, out Receiver) (restart bool) {
	side &= 1
	h, peer := &c.half[side], &c.half[side.Other()]
	pool.Stats.Segments++
	if c.Due() <= p.Clock {
		c.Advance(p.Clock, pool, out)
	}
	if smooth(h, p) {
		peer.acknowledged(p, &pool.Stats)
		if p.Length > 0 {
			give(h, side, p, pool, out)
		}
		return false
	}
	switch belonging(c, h, peer, p) {
	case another:
		return true
	case doubtful:
		pool.Stats.OtherHandshake++
		return false
	}
	h.is |= seen
	r := run{
		half: h, conn: c, pool: pool, out: out, side: side,
		clock: p.Clock, time: p.Time, frame: p.Number,
	}
	if p.Flags&packet.RST != 0 {
		r.reset(p, peer)
		return false
	}
	if h.has(rejected) && !r.revoke(p) {
		return false
	}
	s := segment{
		bytes: p.Payload, seq: p.Seq, n: max(p.Length, len(p.Payload)), aligned: true,
		time: p.Time, frame: p.Number,
	}
	if p.Flags&packet.SYN != 0 {
		s.seq = s.seq.Add(1)
		if !h.has(handshake) && !h.has(firm) {
			h.learn(s.seq, handshake)
		}
	}
	before := h.next
	if !r.plausible(&s, p.Flags) {
		return false
	}
	peer.acknowledged(p, &pool.Stats)
	if s.n > 0 || p.Flags&packet.FIN != 0 {
		r.data(s, p.Flags&packet.FIN != 0)
	}
	h.arm(p.Clock, p.Clock, h.next != before)
	return false
}

// smooth tells whether p is the common case, which Segment takes by a short
// way: the next bytes of a side that lacks nothing and whose place is certain,
// or none, with no sign of a beginning or an end.
func smooth(h *half, p *packet.Packet) bool {
	const certain = handshake | firm
	return p.Seq == h.next && h.is&^(byEmpty|certain|hasAck) == known|seen && h.is&certain != 0 && h.wait == nothing &&
		p.Flags&(packet.SYN|packet.FIN|packet.RST) == 0 && p.Length == len(p.Payload)
}

// plausible tells whether a segment's place in the stream can be believed; it
// learns the place of a side that was not known before.
func (r *run) plausible(s *segment, flags packet.Flags) bool {
	h, st := r.half, &r.pool.Stats
	empty := s.n == 0 && flags&packet.FIN == 0
	soft := h.is&(firm|handshake) == 0
	d := h.next.Distance(s.seq)
	switch {
	case !h.has(known):
		h.learn(s.seq, emptyMark(empty))
	case d == -1 && s.n <= 1 && flags&packet.FIN == 0:
		st.KeepAlives++
		s.n, s.bytes = 0, nil
	case soft && !h.open() && (empty || d > limit.Window || d < -limit.Window || d == 1 && h.has(byEmpty)):
		h.learn(s.seq, emptyMark(empty))
	case soft && d < 0 && d >= -limit.Window:
		h.learn(s.seq, 0)
	case d > limit.Window || d < -limit.Window:
		st.Outside++
		return s.n > 0 && r.jump(s)
	}
	return true
}

func emptyMark(empty bool) marks {
	if empty {
		return byEmpty
	}
	return 0
}

// jump goes on at s, far away, when enough segments in a row are there.
func (r *run) jump(s *segment) bool {
	h := r.half
	if s.seq != h.cand {
		h.tries = 0
	}
	h.tries++
	h.cand = s.seq.Add(s.n)
	h.is &^= hasSyn
	if h.tries < ResyncSegments {
		return false
	}
	r.pool.Stats.Jumps++
	if h.has(ended) {
		h.next = h.fin // it was none
	}
	h.is &^= hasAck | hasFin | ended
	h.wait = nothing
	r.flush(&r.pool.Stats.SkippedByJump)
	r.skip(s.seq, &r.pool.Stats.SkippedByJump)
	return true
}

// data takes the payload and the FIN of a segment.
func (r *run) data(s segment, fin bool) {
	h, st := r.half, &r.pool.Stats
	end := s.seq.Add(s.n)
	if h.has(ended) && s.n > 0 && s.seq == h.fin && !(h.has(hasAck) && h.fin.Before(h.acked)) {
		// Who ended his stream sends nothing more: the FIN was forged. Its
		// receiver has not acknowledged it.
		st.FinsTakenBack++
		h.is &^= hasFin | ended
		h.next = h.fin
	}
	if h.has(hasFin) {
		if over := h.fin.Distance(end); over > 0 {
			st.AfterFin++
			s.n = max(s.n-over, 0)
			s.bytes = s.bytes[:min(s.n, len(s.bytes))]
		}
	}
	was := s.n
	fresh := h.next.Before(end)
	if fin && !h.has(hasFin) && !end.Before(h.next) && !r.heldBeyond(end) {
		h.fin = end
		h.is |= hasFin
	}
	r.place(s)
	r.drain()
	if r.stored {
		st.OutOfOrder++
	}
	if r.overlaps {
		st.Overlaps++
	}
	if r.differs {
		st.OverlapDiffers++
	}
	if was > 0 && !fresh || r.overlaps && !r.stored && h.next.Before(end) {
		st.Retransmitted++
	}
}

// heldBeyond tells whether bytes behind end are held.
func (r *run) heldBeyond(end packet.Seq) bool {
	return r.last != 0 && end.Before(r.pool.blocks[r.last].end())
}
