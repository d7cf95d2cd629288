package observe

import (
	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// probe holds the first bytes of a conversation while they are too few to
// choose a parser by.
type probe struct {
	bytes [2][protocol.ProbeBytes]byte
	n     [2]int
	chunk [2]stream.Chunk // when and how the first of them came
	first flow.Side       // which side was first
}

// Chunk takes the next bytes of the flow that is being worked on.
func (s *Shard) Chunk(k *stream.Chunk) {
	c := &s.cur.State
	if k.Gap > 0 {
		c.lost += uint64(k.Gap)
		s.stats.Lost += uint64(k.Gap)
	}
	switch c.phase {
	case reading, leading:
		c.parser.Chunk(k, s)
		if s.handover.done {
			s.handOn(c, k.Gap > 0)
		}
	case probing:
		s.choose(c, k)
	}
}

// choose looks for the parser of a conversation.
func (s *Shard) choose(c *conversation, k *stream.Chunk) {
	if k.Gap > 0 {
		// What was gathered is not followed by what comes next.
		if p := c.probe(); p != nil {
			p.n[k.Side] = 0
		}
		c.midstream, c.astray = true, true
		return
	}
	if c.astray && !k.Aligned {
		return
	}
	b := k.Bytes
	if p := c.probe(); p != nil && p.n[k.Side] > 0 {
		b = p.extend(k)
	}
	more := false
	for i := range s.protocols {
		p := &s.protocols[i]
		switch p.Probe(b, c.astray) {
		case protocol.Yes:
			s.start(c, p, k)
			return
		case protocol.More:
			more = true
		}
	}
	if more {
		c.gather(k)
		return
	}
	s.rejected(c, k)
}

// rejected notes that a side's bytes are nobody's.
func (s *Shard) rejected(c *conversation, k *stream.Chunk) {
	if p := c.probe(); p != nil {
		p.n[k.Side] = 0
	}
	c.tries[k.Side]++
	most := uint8(1)
	if c.astray {
		most = limit.ProbeSegments
	}
	// The other side may still say what this is; but not for ever.
	if c.tries[k.Side] >= most && (c.tries[k.Side.Other()] >= most || c.tries[k.Side] >= limit.ProbeSegments) {
		c.phase = opaque
		if c.rare != nil {
			c.rare.probe = nil
		}
	}
}

// oriented is a parser that wants to be told who the client is before it can
// find out.
type oriented interface{ Orient(client flow.Side) }

// start lets a parser read on, beginning with what was gathered.
func (s *Shard) start(c *conversation, kind *protocol.Protocol, k *stream.Chunk) {
	p := kind.New()
	c.parser, c.phase = p, leading
	if !kind.Prelude {
		c.phase, c.interim = reading, capture.Never
		c.reported = 0 // what was told of it as one whole connection has no number here
		if c.rare != nil {
			c.reported = c.rare.base
		}
	}
	if o, ok := p.(oriented); ok {
		o.Orient(c.client)
	}
	if held := c.probe(); held != nil {
		c.rare.probe = nil
		for _, side := range [2]flow.Side{held.first, held.first.Other()} {
			if n := held.n[side]; n > 0 {
				h := held.chunk[side]
				h.Bytes = held.bytes[side][:n]
				s.Chunk(&h)
			}
		}
	}
	s.Chunk(k)
}

// probe is what was gathered, nil for nothing.
func (c *conversation) probe() *probe {
	if c.rare == nil {
		return nil
	}
	return c.rare.probe
}

// gather keeps a copy of a chunk that was too short to tell.
func (c *conversation) gather(k *stream.Chunk) {
	r := c.rarely()
	if r.probe == nil {
		r.probe = &probe{first: k.Side}
	}
	p := r.probe
	if p.n[k.Side] == 0 {
		p.chunk[k.Side] = *k
	}
	p.n[k.Side] += copy(p.bytes[k.Side][p.n[k.Side]:], k.Bytes)
}

// extend returns what was gathered of a side with the new bytes behind, as
// much as a probe looks at.
func (p *probe) extend(k *stream.Chunk) []byte {
	b := p.bytes[k.Side]
	n := p.n[k.Side] + copy(b[p.n[k.Side]:], k.Bytes)
	return b[:n]
}
