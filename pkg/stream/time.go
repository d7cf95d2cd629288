package stream

import (
	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/packet"
)

// Due is when Advance must be called, Never when nothing waits. It can change
// with each call of Segment and Advance.
//
// For chunks of all connections to leave in the order of their clock, the
// owner calls Advance for whatever is due before it takes a packet of that
// moment or a later one. A connection whose owner forgets catches up at its
// next segment.
func (c *Conn) Due() capture.Time {
	due := capture.Never
	if c.half[0].wait != nothing {
		due = c.half[0].due
	}
	if c.half[1].wait != nothing {
		due = min(due, c.half[1].due)
	}
	return due
}

// Advance gives out what has waited long enough at now: holes become gaps,
// with the deadline, not now, as their Clock and Time, and no Frame.
func (c *Conn) Advance(now capture.Time, pool *Pool, out Receiver) {
	for due := c.Due(); due <= now && due != capture.Never; due = c.Due() {
		side := flow.Side(0)
		if c.half[0].wait == nothing || c.half[0].due != due {
			side = 1
		}
		r := run{
			half: &c.half[side], conn: c, pool: pool, out: out, side: side,
			clock: due, time: due,
		}
		r.expire()
	}
}

// Close gives out all that is held, holes as gaps, and returns the memory to
// the pool. What was due at now comes first.
func (c *Conn) Close(now capture.Time, pool *Pool, out Receiver) {
	c.Advance(now, pool, out)
	for side := range c.half {
		r := run{
			half: &c.half[side], conn: c, pool: pool, out: out, side: flow.Side(side),
			clock: now, time: now,
		}
		r.flush(&pool.Stats.SkippedAtClose)
	}
}

// arm sets the deadline after something changed at now. since is when the
// first held piece began to wait; moved tells that the stream went on.
func (h *half) arm(now, since capture.Time, moved bool) {
	switch {
	case h.ackedAhead():
		if h.wait == forAcked && h.next.Before(h.mark) {
			return
		}
		// Bytes that were acknowledged while others were waited for wait from
		// now on: at most twice AckedHole in all.
		h.wait, h.mark, h.due = forAcked, h.acked, now.Add(AckedHole)
	case h.open():
		if !moved && (h.wait == forSilent || h.wait == forRefused) {
			return
		}
		// As long as the stream goes on in order, nothing is missing yet.
		h.wait, h.due = forSilent, max(now, since.Add(SilentHole))
	default:
		h.wait = nothing
	}
}

// expire acts on the deadline that has come.
func (r *run) expire() {
	st := &r.pool.Stats
	switch r.wait {
	case forAcked:
		for !r.has(ended) && r.next.Before(r.mark) {
			to := r.mark
			if r.open() {
				// The same hole may have been acknowledged further since.
				to = r.holeEnd()
				if r.acked.Before(to) {
					to = r.acked
				}
			}
			r.skip(to, &st.SkippedByAck)
		}
	case forSilent:
		if r.has(hasAck) && r.acked == r.next {
			r.wait, r.due = forRefused, r.due.Add(RefusedHole-SilentHole)
			return
		}
		r.skip(r.holeEnd(), &st.SkippedByTime)
	case forRefused:
		r.discard()
	}
	r.wait = nothing
	since := r.clock
	if r.first != 0 {
		since = min(since, r.pool.blocks[r.first].clock)
	}
	r.arm(r.clock, since, true)
}

// holeEnd is where the first hole ends; there must be something behind it.
func (r *run) holeEnd() packet.Seq {
	if r.first != 0 {
		return r.pool.blocks[r.first].seq
	}
	return r.fin
}

// flush gives out everything that is known of the stream.
func (r *run) flush(why *uint64) {
	for r.open() {
		r.skip(r.holeEnd(), why)
	}
	if r.ackedAhead() {
		r.skip(r.acked, why)
	}
	r.wait = nothing
}

// discard throws away what is held, and an end that was not reached.
func (r *run) discard() {
	for r.first != 0 {
		r.pool.Stats.Discarded += uint64(r.pool.blocks[r.first].n)
		r.unlink()
	}
	if !r.has(ended) {
		r.is &^= hasFin
	}
}
