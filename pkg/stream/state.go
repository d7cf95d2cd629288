package stream

import (
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/packet"
)

// Closed tells that both ends were given out, or that the connection was
// reset. After a reset the other side's segments in flight may still come, and
// a forged reset is revoked by its side's next segment, so its owner keeps the
// connection for a moment longer.
func (c *Conn) Closed() bool {
	return c.WasReset() || c.half[0].has(ended) && c.half[1].has(ended)
}

// WasReset tells that a side reset the connection.
func (c *Conn) WasReset() bool { return (c.half[0].is|c.half[1].is)&rejected != 0 }

// Ended tells that the side's stream was given out up to its FIN.
func (c *Conn) Ended(side flow.Side) bool { return c.half[side&1].has(ended) }

// Seen tells that a segment of the side was captured.
func (c *Conn) Seen(side flow.Side) bool { return c.half[side&1].has(seen) }

// OneWay tells that segments of one side only were captured.
func (c *Conn) OneWay() bool { return c.Seen(0) != c.Seen(1) }

// FromStart tells that the side's SYN was seen, so that its first chunk is the
// beginning of its stream.
func (c *Conn) FromStart(side flow.Side) bool { return c.half[side&1].has(handshake) }

// MidStream tells that the connection was picked up after its handshake.
func (c *Conn) MidStream() bool { return !c.FromStart(0) && !c.FromStart(1) }

// verdict is whether a packet is part of a connection.
type verdict uint8

const (
	ours verdict = iota
	doubtful
	another
)

// belonging looks for signs of another connection between the same endpoints.
func belonging(c *Conn, h, peer *half, p *packet.Packet) verdict {
	if p.Flags&packet.RST != 0 {
		return ours
	}
	if p.Flags&packet.SYN == 0 {
		if h.has(hasSyn) && p.Seq == h.cand && h.next != h.cand {
			return another // the sender goes on from its new number
		}
		if peer.has(hasSyn) && p.Flags&packet.ACK != 0 && p.Ack == peer.cand && peer.next != peer.cand &&
			(!h.has(known) || p.Seq != h.next) {
			return another // the peer accepts the new number
		}
		return ours
	}
	start := p.Seq.Add(1)
	if !h.has(known) || start == h.start || !h.has(handshake) && !h.has(firm) && h.first == 0 {
		return ours
	}
	if c.Closed() {
		return another
	}
	if p.Flags&packet.ACK != 0 && peer.has(hasSyn) {
		if d := peer.cand.Distance(p.Ack); d >= 0 && d <= limit.FastOpen {
			return another // the answer to the peer's new SYN
		}
	}
	h.cand, h.tries = start, 0
	h.is |= hasSyn
	return doubtful
}

// reset ends the connection if the number of the RST is one that the receiver
// would accept (RFC 5961 section 3: exactly the one that it expects). The
// receiver expects next; where bytes were not captured it may be further, at
// the end of what is held or at its own last acknowledgement. Others are
// ignored, so that a forged RST does not blind the sensor.
func (r *run) reset(p *packet.Packet, peer *half) {
	h := r.half
	var valid bool
	switch {
	case !h.has(known):
		// The answer to a SYN, or all that was captured.
		valid = !peer.has(known) || p.Flags&packet.ACK != 0 && p.Ack == peer.next
	default:
		valid = p.Seq == h.next || h.has(hasAck) && p.Seq == h.acked ||
			r.last != 0 && p.Seq == r.pool.blocks[r.last].end()
	}
	switch {
	case r.conn.WasReset():
		r.pool.Stats.AfterReset++ // one for each segment that was in flight
		return
	case !valid:
		r.pool.Stats.BadResets++
		return
	}
	r.pool.Stats.Resets++
	h.is |= rejected
	r.flush(&r.pool.Stats.SkippedAtClose)
	other := *r
	other.half, other.side = peer, r.side.Other()
	other.flush(&r.pool.Stats.SkippedAtClose)
}

// revoke tells whether a segment of the side that sent a reset shows that it
// was forged: the side goes on where it was. What the other side had in flight
// is taken as before.
func (r *run) revoke(p *packet.Packet) bool {
	h := r.half
	if h.has(known) && p.Length > 0 && p.Seq == h.next {
		h.is &^= rejected
		r.pool.Stats.ResetsRevoked++
		return true
	}
	r.pool.Stats.AfterReset++
	return false
}
