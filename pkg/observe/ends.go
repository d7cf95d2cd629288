package observe

import (
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/packet"
)

// after looks at what a packet or a deadline has changed: whether the flow is
// over, and when it must be looked at next.
func (s *Shard) after(f *flow.Flow[conversation]) {
	c := &f.State
	switch {
	case c.phase == done:
		return
	case f.Key.Protocol != packet.ProtoTCP || !c.tcp.Closed():
		c.resetting = false
	case !c.tcp.WasReset():
		s.finish(f, flow.Ended)
	case !c.resetting:
		c.resetting, c.ends = true, s.now.Add(afterReset)
	case s.now >= c.ends:
		s.finish(f, flow.Reset)
	}
	// Nothing falls due at a moment that may have been told of already, nor in
	// the past: a late packet can make a parser wait for what is over.
	// What moves later is found out when the earlier moment comes.
	if at := max(c.next(f), s.now.Add(1)); at < c.planned {
		c.planned = at
		s.table.Schedule(f, at)
	}
}

// deadline is called when a flow is due.
func (s *Shard) deadline(f *flow.Flow[conversation], at capture.Time) {
	defer s.caught(f)
	s.now = max(s.now, at)
	c := &f.State
	c.planned = capture.Never
	if at >= f.Last.Add(c.patience(f)) {
		why := flow.Idle
		if c.phase == done {
			why = c.why
		}
		s.table.Close(f, why, at)
		return
	}
	if c.phase == ignored || c.phase == done {
		c.planned = c.next(f)
		s.table.Schedule(f, c.planned)
		return
	}
	s.cur = f
	if c.tcp.Due() <= at {
		c.tcp.Advance(at, s.pool, s)
	}
	if c.parserDue() <= at {
		if c.parser != nil {
			c.parser.Advance(at, s)
			if s.handover.done {
				s.handOn(c, false)
			}
		} else {
			c.rare.udp.parser.Advance(at, s)
		}
	}
	s.cur = nil
	if c.interim <= at && f.Key.Protocol == packet.ProtoTCP {
		s.opaqueExchange(f, true)
	}
	s.after(f)
}

// closed is called by the table when a flow leaves it.
func (s *Shard) closed(f *flow.Flow[conversation], why flow.Reason, at capture.Time) {
	c := &f.State
	if c.phase == done || c.phase == ignored {
		return // finish has let go of all, or there never was anything
	}
	now, cur := s.now, s.cur
	s.now = at
	func() {
		// The table and the other flows that it closes go on.
		defer s.caught(f)
		s.finish(f, why)
	}()
	s.now, s.cur = now, cur
}

// finish gives out what is left of a flow. It stays in the table for a while,
// so that what arrives late opens no other.
func (s *Shard) finish(f *flow.Flow[conversation], why flow.Reason) {
	c := &f.State
	cur := s.cur
	s.cur = f
	c.tcp.Close(s.now, s.pool, s)
	switch {
	case c.parser != nil:
		c.parser.Close(s.now, s)
		s.handover = handover{}
	case c.rare != nil && c.rare.udp.parser != nil:
		c.rare.udp.parser.Close(s.now, s)
	}
	if c.phase != reading && f.Key.Protocol == packet.ProtoTCP {
		s.opaqueExchange(f, false)
	}
	s.flow(f, why)
	s.cur = cur
	c.phase, c.why = done, why
	c.parser, c.conn, c.hello, c.name, c.rare = nil, nil, nil, nil, nil
}

// Lifetimes of flows that are silent, in packet time.
const (
	readable = 24 * time.Hour // a parser reads it: beats can be hours apart inside one connection
	unread   = time.Hour      // TCP that no parser could read
	lingers  = time.Second    // a closed flow, for what arrives late
	opening  = time.Minute    // TCP of which too little was seen to choose a parser

	// little is how many bytes a conversation must have had to be kept for
	// long. Flows that never end cost memory; a flood of them has to send this
	// much in each. What comes later opens the flow anew.
	little = 256

	// afterReset is how long a connection that was reset is still read: what
	// the other side had sent is under way, and a forged reset is taken back
	// when its supposed sender goes on.
	afterReset = time.Second
)
