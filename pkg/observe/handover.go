package observe

import (
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// maxHandovers is how often a conversation may turn into another protocol: a
// proxy behind a proxy with TLS inside takes three. A client that opens tunnel
// after tunnel on one connection is read no further.
const maxHandovers = 4

// Handover is called by a parser whose connection goes on in another protocol.
func (s *Shard) Handover(rest *stream.Chunk) {
	c := &s.cur.State
	k := c.spoke()
	c.parser, c.tries, c.probe = nil, [2]uint8{}, nil
	if k.handovers == maxHandovers {
		c.phase = opaque
		return
	}
	k.handovers++
	c.phase = probing
	if rest != nil && len(rest.Bytes) > 0 {
		s.Chunk(rest)
	}
}

var _ protocol.Facts = (*Shard)(nil)
