package observe

import (
	"time"

	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/packet"
	"github.com/hookhound/hookhound/pkg/protocol"
)

// dialogue is a UDP conversation that somebody reads.
type dialogue struct {
	parser protocol.DatagramParser
	idle   time.Duration // how long it may be silent
}

// datagram gives a UDP packet to the parser of its conversation.
func (s *Shard) datagram(f *flow.Flow[conversation], side flow.Side, p *packet.Packet) {
	c := &f.State
	if cut := uint64(cutOf(p)); cut > 0 {
		c.lost += cut
		s.stats.Lost += cut
	}
	d := protocol.Datagram{
		Bytes: p.Payload, Length: p.Length, Side: side,
		Time: p.Time, Frame: p.Number, Clock: s.now,
	}
	s.cur = f
	switch c.phase {
	case probing:
		s.chooseDatagrams(c, p, &d)
	case reading:
		c.rare.udp.parser.Datagram(&d, s)
	}
	s.cur = nil
}

// chooseDatagrams looks for the parser of a conversation.
func (s *Shard) chooseDatagrams(c *conversation, p *packet.Packet, d *protocol.Datagram) {
	for i := range s.overUDP {
		x := &s.overUDP[i]
		if x.Probe(d.Bytes, p.SrcPort, p.DstPort) != protocol.Yes {
			continue
		}
		parser := x.New()
		c.rarely().udp, c.phase = dialogue{parser, x.Idle}, reading
		if o, ok := parser.(oriented); ok {
			o.Orient(c.client)
		}
		parser.Datagram(d, s)
		return
	}
	c.tries[0]++
	if c.tries[0] == limit.ProbeDatagrams {
		c.phase = opaque
	}
}

// datagramIdle is how long a UDP conversation may be silent that nobody reads.
const datagramIdle = 2 * time.Minute
