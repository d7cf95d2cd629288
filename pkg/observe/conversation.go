package observe

import (
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/event"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/packet"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// phase is how far a conversation has come.
type phase uint8

const (
	probing phase = iota // no parser has been chosen yet
	leading              // parser reads what stands before another protocol
	reading              // parser reads it
	opaque               // no parser can
	ignored              // nobody shall
	done                 // it is over and lingers
)

// conversation is what a shard keeps with each flow.
//
// What every packet reads or changes stands first, in three lines of a
// processor's cache with the end of what package flow keeps: with tens of
// thousands of flows, fetching those is a good part of a packet's cost.
type conversation struct {
	phase     phase
	why       flow.Reason // of done
	client    flow.Side
	midstream bool         // its beginning was not captured
	resetting bool         // the connection was reset, and ends soon
	astray    bool         // a protocol may begin with any segment, and nowhere else
	tries     [2]uint8     // probes that said no, by side
	planned   capture.Time // when the flow is looked at again
	last      capture.Time // of the newest packet, by its own time
	bytes     [2]uint64    // payload on the wire
	packets   [2]uint64
	tcp       stream.Conn
	parser    protocol.Parser

	vlans    uint8
	handed   uint8    // parsers that have handed over
	ttl      [2]uint8 // of the first packet of each side; zero: none yet
	vlan     [2]uint16
	reported uint32       // exchanges given out: the highest index and one
	ends     capture.Time // when a connection that was reset is over
	interim  capture.Time // when an opaque flow's exchange is told of, though it goes on
	first    capture.Time // of the packet that opened the flow, by its own time
	lost     uint64       // payload bytes never captured, cut included
	cut      uint64       // of those, the ones that the snap length cut off
	told     told         // state of the counters at the last exchange
	conn     *event.Conn  // what observations say of it; nil until needed, or when it changed
	hello    *protocol.Hello
	name     *name // what its server name leads to; nil without a name
	rare     *rare // what few have; nil for nothing
}

// rare is what few conversations have.
type rare struct {
	spoken spoken
	udp    dialogue      // who reads its datagrams; without a parser until somebody is found
	probe  *probe        // while probing, once a side was seen that is too short to tell
	tunnel packet.Tunnel // that carried its first packet
	base   uint32        // exchanges of parsers that have handed over
	read   [2]uint64     // payload bytes that these have told of, by side
	since  capture.Time  // when the last of them did
	copied uint64        // payload bytes that the mirror showed twice
	told   uint64        // of these, what earlier exchanges have told
}

// rarely returns the conversation's rare part, made where there is none.
func (c *conversation) rarely() *rare {
	if c.rare == nil {
		c.rare = &rare{}
	}
	return c.rare
}

// told is what of a conversation's visibility earlier exchanges have told.
type told struct {
	bytes, lost, cut uint64
}

// interimEvery is how often an exchange that stays open is told of, in packet
// time, while there is traffic.
const interimEvery = time.Minute

// begin starts with a packet of a time, which is before now where it came late.
func (c *conversation) begin(now, at capture.Time) {
	c.first, c.last = at, at
	c.interim, c.planned = now.Add(interimEvery), capture.Never
}

// fetch reads a little of every line that a packet needs.
func (c *conversation) fetch() uint64 {
	return c.packets[1] + uint64(c.tcp.Due())
}

// count adds a packet.
func (c *conversation) count(now capture.Time, side flow.Side, p *packet.Packet) {
	if c.packets[side] == 0 {
		c.ttl[side] = p.TTL
	}
	c.packets[side]++
	c.bytes[side] += uint64(p.Length)
	if cut := cutOf(p); cut > 0 {
		c.cut += uint64(cut)
	}
	c.last = max(c.last, p.Time)
	if c.phase != reading && c.interim == capture.Never && p.Length > 0 {
		c.interim = now.Add(interimEvery)
	}
}

// uncount takes back a packet that turned out to belong to another connection;
// last is what it was before.
func (c *conversation) uncount(side flow.Side, p *packet.Packet, last capture.Time) {
	c.last = last
	c.packets[side]--
	c.bytes[side] -= uint64(p.Length)
	c.cut -= uint64(cutOf(p))
}

// cutOf is how many bytes of a packet's payload the snap length cut off.
func cutOf(p *packet.Packet) int { return max(0, p.Length-len(p.Payload)) }

// patience is how long the flow may be silent.
func (c *conversation) patience(f *flow.Flow[conversation]) time.Duration {
	switch {
	case c.phase == done:
		return lingers
	case f.Key.Protocol == packet.ProtoUDP:
		if c.phase == reading {
			return c.rare.udp.idle
		}
		return datagramIdle
	case c.phase == reading:
		return readable
	case c.phase == probing, c.phase == opaque && c.bytes[0]+c.bytes[1] < little:
		return opening
	default:
		return unread
	}
}

// next is when the flow must be looked at though nothing is heard.
func (c *conversation) next(f *flow.Flow[conversation]) capture.Time {
	at := f.Last.Add(c.patience(f))
	switch c.phase {
	case done, ignored:
		return at
	case reading, leading:
		at = min(at, c.parserDue())
	}
	if f.Key.Protocol == packet.ProtoTCP {
		at = min(at, c.tcp.Due())
		if c.resetting {
			at = min(at, c.ends)
		}
		if c.phase != reading {
			at = min(at, c.interim)
		}
	}
	return at
}

// parserDue is when whoever reads the conversation wants to be called.
func (c *conversation) parserDue() capture.Time {
	switch {
	case c.parser != nil:
		return c.parser.Due()
	case c.rare != nil && c.rare.udp.parser != nil:
		return c.rare.udp.parser.Due()
	}
	return capture.Never
}
