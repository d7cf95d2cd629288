// Package observe turns packets into observations: it keeps the flows of a
// shard, lets stream put their bytes in order and a parser read them, and says
// what was understood with the names, the service and the visibility that
// belong to it.
//
// What a person's privacy setting keeps back never gets past this package:
// flows of excluded subnets are not followed at all, and no content is kept.
package observe

import (
	"net/netip"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/dedup"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/packet"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/protocol/builtin"
	"github.com/hookhound/hookhound/pkg/stream"
)

// Shard observes a part of all conversations. It is not safe for concurrent
// use.
type Shard struct {
	opt        *Options
	number     uint8
	table      *flow.Table[conversation]
	handshakes *flow.Handshakes
	pool       *stream.Pool
	copies     *dedup.Table
	*shared
	stats Stats

	// What is being worked on.
	now      capture.Time
	frame    uint64
	cur      *flow.Flow[conversation]
	due      func(f *flow.Flow[conversation], at capture.Time)
	handover handover
}

// shared is what the shards of one worker share: all of it is memory that they
// take turns to use, or that makes things faster without changing them. With
// one for each shard, a network's names and hellos would be learnt anew in each,
// and what a short flow leaves behind would have left the processor's cache
// when the next flow of the same shard takes it up.
type shared struct {
	protocols []protocol.Protocol
	overUDP   []protocol.DatagramProtocol
	names     names
	out, lent []Item // what was observed, and what Take gave away
	guard     guard
	renew     func() // makes protocols and overUDP anew
}

// Shards makes every step-th shard, beginning with first; the others are nil.
// They share memory, so all of them belong to one goroutine.
func Shards(opt *Options, first, step int) (list [flow.Shards]*Shard) {
	own := &shared{}
	tcp, udp := opt.Protocols, opt.OverUDP
	if tcp == nil {
		tcp = builtin.List
	}
	if udp == nil {
		udp = builtin.OverUDP
	}
	own.renew = func() { own.protocols, own.overUDP = tcp(), udp() }
	own.renew()
	for i := first; i < flow.Shards; i += step {
		list[i] = newShard(opt, uint8(i), own)
	}
	return list
}

func newShard(opt *Options, number uint8, own *shared) *Shard {
	s := &Shard{
		shared:     own,
		opt:        opt,
		number:     number,
		handshakes: flow.NewHandshakes(limit.Handshakes),
		pool:       stream.NewPool(max(opt.StreamMemory/flow.Shards, minPool), limit.ConnMemory),
	}
	s.copies = dedup.New(opt.Seed)
	s.table = flow.New(max(opt.Flows/flow.Shards, 1), s.closed)
	s.due = s.deadline
	return s
}

// minPool is the least that a shard gets of the memory for streams.
const minPool = 64 << 10

// Stats returns the counters.
func (s *Shard) Stats() Stats {
	st := s.stats
	st.Flows = s.table.Stats()
	st.Stream = s.pool.Stats
	st.Copies = s.copies.Stats()
	return st
}

// Take hands over what all shards that were made together have observed since
// the last call, of each in its order. The slice is lent until the next call.
func (s *Shard) Take() []Item {
	clear(s.lent) // let go of what it pointed to
	s.out, s.lent = s.lent[:0], s.out
	return s.lent
}

// Advance does what is due at or before now.
func (s *Shard) Advance(now capture.Time) {
	defer s.caught(nil)
	s.advance(now)
}

func (s *Shard) advance(now capture.Time) {
	s.frame = 0
	if s.table.Next() <= now {
		s.table.Advance(now, s.due)
	}
	s.now = now
}

// Close ends all flows: the input has ended at now.
func (s *Shard) Close(now capture.Time) {
	s.Advance(now)
	defer s.caught(nil)
	s.frame = ^uint64(0)
	s.table.CloseAll(now, flow.Finished)
}

// Packet takes the next packet of the shard.
func (s *Shard) Packet(p *packet.Packet) {
	at := place{shard: s}
	at.side = s.keyOf(&at.key, p)
	at.mark = s.table.Mark(&at.key)
	at.copy = s.copies.Mark(p)
	s.packet(p, &at)
}

// packet is Packet with what is known of p's flow.
func (s *Shard) packet(p *packet.Packet, at *place) {
	s.advance(p.Clock)
	s.frame = p.Number
	key, side := &at.key, at.side
	if s.copies.Duplicate(p, at.copy) {
		s.copied(p, at)
		return
	}
	if p.Protocol == packet.ProtoTCP && p.Flags.Has(packet.SYN) {
		s.remember(key, side, p)
	}
	f := s.table.FindGuessed(key, at.mark, at.guess)
	if f != nil && f.State.phase == done {
		if !p.Flags.Has(packet.SYN) {
			return // late; it does not prolong the flow
		}
		s.table.Close(f, flow.Reused, s.now)
		f = nil
	}
	if f == nil {
		if f = s.open(key, side, p); f == nil {
			return
		}
	}
	if f.State.phase == ignored {
		s.table.Touch(f, s.now)
		return
	}
	s.counted(p)
	if s.give(f, side, p) {
		// Another connection has begun on the same ports.
		s.table.Close(f, flow.Reused, s.now)
		if f = s.open(key, side, p); f == nil || f.State.phase == ignored {
			return
		}
		s.give(f, side, p)
	}
	s.table.Touch(f, s.now)
	if bare(p) && f.State.tcp.Due() >= f.State.planned {
		return // it cannot have brought anything nearer
	}
	s.after(f)
}

// copied counts a packet that a mirror has shown twice.
func (s *Shard) copied(p *packet.Packet, at *place) {
	if f := s.table.FindGuessed(&at.key, at.mark, at.guess); f != nil && p.Length > 0 {
		f.State.rarely().copied += uint64(p.Length)
	}
}

// bare tells whether a packet is nothing but an acknowledgement.
func bare(p *packet.Packet) bool {
	const others = packet.SYN | packet.FIN | packet.RST
	return p.Length == 0 && p.Protocol == packet.ProtoTCP && p.Flags&others == 0
}

// counted adds a packet that belongs to a flow to the counters of the shard.
func (s *Shard) counted(p *packet.Packet) {
	s.stats.Bytes += uint64(len(p.Payload))
	s.stats.Cut += uint64(cutOf(p))
}

// give hands a packet to its flow, and tells whether it belongs to another
// connection that has begun on the same ports; then nothing of it was taken.
// It is counted first: what its bytes make known is told with it.
func (s *Shard) give(f *flow.Flow[conversation], side flow.Side, p *packet.Packet) (another bool) {
	c := &f.State
	last := c.last
	c.count(s.now, side, p)
	if p.Protocol != packet.ProtoTCP {
		s.datagram(f, side, p)
		return false
	}
	if s.segment(f, side, p) {
		c.uncount(side, p, last)
		return true
	}
	return false
}

// segment gives a TCP segment to the flow's stream, and tells whether it
// belongs to another connection that has begun on the same ports.
func (s *Shard) segment(f *flow.Flow[conversation], side flow.Side, p *packet.Packet) (another bool) {
	s.cur = f
	another = f.State.tcp.Segment(p, side, s.pool, s)
	s.cur = nil
	return another
}

// remember notes the SYN or SYN-ACK of a connection.
func (s *Shard) remember(key *flow.Key, side flow.Side, p *packet.Packet) {
	if p.Flags.Has(packet.ACK) {
		s.handshakes.SYNACK(key, side, p.Seq, p.Ack, s.now)
	} else {
		s.handshakes.SYN(key, side, p.Seq, s.now)
	}
}

// open begins a flow with a packet that carries payload: a bare SYN costs none.
func (s *Shard) open(key *flow.Key, side flow.Side, p *packet.Packet) *flow.Flow[conversation] {
	tcp := p.Protocol == packet.ProtoTCP
	if p.Length == 0 && tcp {
		if !p.Flags.Has(packet.SYN) {
			s.stats.Stray++
		}
		return nil
	}
	f := s.table.Open(key, s.now)
	c := &f.State
	c.begin(s.now, p.Time)
	c.carriedBy(p)
	for i := range int(p.VLANs) {
		if i < len(p.VLAN) {
			c.vlan[i], c.vlans = p.VLAN[i], uint8(i+1)
		}
	}
	switch {
	case s.excluded(key):
		c.phase = ignored
		c.planned = c.next(f)
		s.table.Schedule(f, c.planned)
		s.stats.Excluded++
	case !tcp:
		c.client = side
	default:
		s.beginTCP(f, key, side, p)
	}
	return f
}

// beginTCP uses what the handshake told.
func (s *Shard) beginTCP(f *flow.Flow[conversation], key *flow.Key, sender flow.Side, p *packet.Packet) {
	c := &f.State
	h, ok := s.handshakes.Take(key, s.now)
	c.midstream, c.astray = !ok, !ok
	if !ok {
		c.client = s.guess(key)
		return
	}
	for side := range flow.Side(2) {
		if h.Has[side] && (side == sender || !contradicts(p, h.ISN[side])) {
			c.tcp.Begin(side, h.ISN[side])
		}
	}
	c.client = h.Initiator
}

// contradicts tells whether an acknowledgement cannot belong to the initial
// sequence number that was noted: a server may have answered several SYNs with
// several numbers, and the client's first data shows which one counts.
func contradicts(p *packet.Packet, isn packet.Seq) bool {
	d := isn.Add(1).Distance(p.Ack)
	return p.Flags.Has(packet.ACK) && (d < 0 || d > limit.Window)
}

// guess picks the client where no handshake was seen: the side at home, or
// else the one with the higher port.
func (s *Shard) guess(key *flow.Key) flow.Side {
	a, b := contains(s.opt.Home, key.Addr[0].Std()), contains(s.opt.Home, key.Addr[1].Std())
	switch {
	case a && !b:
		return 0
	case b && !a:
		return 1
	case key.Port[0] > key.Port[1]:
		return 0
	}
	return 1
}

func (s *Shard) excluded(key *flow.Key) bool {
	if len(s.opt.Exclude) == 0 {
		return false
	}
	return contains(s.opt.Exclude, key.Addr[0].Std()) || contains(s.opt.Exclude, key.Addr[1].Std())
}

func contains(list []netip.Prefix, a netip.Addr) bool {
	for _, p := range list {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
