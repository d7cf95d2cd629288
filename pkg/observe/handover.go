package observe

import (
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/stream"
)

// handover is what a parser that ends has left, while it returns.
type handover struct {
	done bool
	over bool         // nothing is read any more
	rest stream.Chunk // without bytes when nothing is left
}

// Handover is called by a parser whose connection goes on in another protocol,
// or which finds that it is not its own. What is left is read when the parser
// has returned.
func (s *Shard) Handover(rest *stream.Chunk) {
	s.handover.done = true
	if rest != nil {
		s.handover.rest = *rest
	}
}

// GiveUp is called by a parser that has had enough of its connection.
func (s *Shard) GiveUp() { s.handover.done, s.handover.over = true, true }

// handOn looks for the next parser of a conversation, after the chunk with
// which the last one ended. One that ended at a gap has lost its place, so that
// the next may begin with any segment.
func (s *Shard) handOn(c *conversation, atGap bool) {
	rest, over := s.handover.rest, s.handover.over
	s.handover = handover{}
	if told := c.reported > 0 || !over; c.phase == reading && told {
		r := c.rarely()
		r.base, r.read, r.since = c.reported, c.bytes, c.last
		if n := uint64(len(rest.Bytes)); n > 0 {
			r.read[rest.Side] -= min(n, r.read[rest.Side])
			r.since = rest.Time
		}
	}
	c.phase, c.parser, c.tries = probing, nil, [2]uint8{}
	c.astray = atGap
	if c.handed++; over || c.handed > limit.Handovers {
		c.phase = opaque
	} else if len(rest.Bytes) > 0 {
		s.choose(c, &rest)
	}
}
