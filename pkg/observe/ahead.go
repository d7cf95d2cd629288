package observe

import (
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/packet"
)

// lookahead is how many packets are looked at together before their turn.
const lookahead = 16

// Ahead gives packets to their shards. A packet's flow has mostly left the
// processor's cache since the one before, and with thousands of flows waiting for
// memory is a good part of what a packet costs. So the flows of many packets are
// fetched together first, all of them at the same time, in steps of which each
// needs what the one before has brought. Nothing is decided then.
type Ahead struct {
	places   [lookahead]place
	sum      uint64 // of what was fetched, so that it is
	fetching bool
	blind    int // packets for which nothing is fetched
}

// place is what was found out about a packet before its turn.
type place struct {
	shard *Shard
	guess *flow.Flow[conversation]
	due   *flow.Flow[conversation]
	mark  flow.Mark
	copy  uint64 // the mark that a copy of the packet has too
	side  flow.Side
	key   flow.Key
}

// Packets takes the next packets of all the shards of a worker. A packet that
// makes a shard panic takes its flow with it, and the others go on.
func (a *Ahead) Packets(shards *[flow.Shards]*Shard, list []packet.Packet) {
	if len(list) == 0 {
		return
	}
	g := &shardOf(shards, &list[0]).guard // of all of them
	for g.list, g.next = list, 0; g.next < len(list); {
		a.some(shards, g)
	}
	g.list, g.next = nil, 0
}

func shardOf(shards *[flow.Shards]*Shard, p *packet.Packet) *Shard {
	return shards[flow.Shard(p.Src, p.Dst)]
}

// some takes packets up to the end or to a panic. One guard serves them all, so
// that it costs a packet nothing.
func (a *Ahead) some(shards *[flow.Shards]*Shard, g *guard) {
	defer a.caught(shards, g)
	for g.next < len(g.list) {
		if a.blind > 0 {
			a.blind--
			p := &g.list[g.next]
			shardOf(shards, p).Packet(p)
			g.next++
			continue
		}
		list := g.list[g.next:min(len(g.list), g.next+lookahead)]
		a.fetching = true
		a.fetch(shards, list)
		a.fetching = false
		for i := range list {
			at := &a.places[i]
			at.shard.packet(&list[i], at)
			g.next++
		}
	}
}

// caught goes on behind the packet that brought a panic about.
func (a *Ahead) caught(shards *[flow.Shards]*Shard, g *guard) {
	what := recover()
	switch {
	case what == nil:
	case a.fetching:
		// Nothing was decided. Each packet will show in its own turn whether
		// it was the one.
		a.fetching, a.blind = false, lookahead
	default:
		p := &g.list[g.next]
		shardOf(shards, p).caughtAt(p, what)
		g.next++
	}
}

func (a *Ahead) fetch(shards *[flow.Shards]*Shard, list []packet.Packet) {
	for i := range list {
		p, at := &list[i], &a.places[i]
		s := shards[flow.Shard(p.Src, p.Dst)]
		at.shard = s
		at.side = s.keyOf(&at.key, p)
		at.mark = s.table.Mark(&at.key)
		at.copy = s.copies.Mark(p)
	}
	places := a.places[:len(list)]
	// What is due in the shards of these packets comes before them.
	now := list[len(list)-1].Clock
	sum := a.sum
	for i := range places {
		at := &places[i]
		at.guess = at.shard.table.Guess(at.mark)
		sum += at.shard.copies.Fetch(at.copy)
		at.due = at.shard.table.First(now)
	}
	for i := range places {
		at := &places[i]
		if at.guess == nil {
			sum += uint64(at.shard.handshakes.Fetch(&at.key))
			continue
		}
		sum += at.guess.Fetch() + at.guess.State.fetch()
	}
	for i := range places {
		if f := places[i].due; f != nil {
			sum += f.Fetch() + f.State.fetch()
		}
	}
	for i := range places {
		if f := places[i].guess; f != nil && f.State.parser != nil {
			sum += uint64(f.State.parser.Due())
		}
	}
	a.sum = sum
}
