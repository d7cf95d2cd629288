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
	places [lookahead]place
	sum    uint64 // of what was fetched, so that it is
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

// Packets takes the next packets of all the shards of a worker.
func (a *Ahead) Packets(shards *[flow.Shards]*Shard, list []packet.Packet) {
	for len(list) > 0 {
		n := min(len(list), lookahead)
		a.fetch(shards, list[:n])
		for i := range list[:n] {
			at := &a.places[i]
			at.shard.packet(&list[i], at)
		}
		list = list[n:]
	}
}

func (a *Ahead) fetch(shards *[flow.Shards]*Shard, list []packet.Packet) {
	for i := range list {
		p, at := &list[i], &a.places[i]
		s := shards[flow.Shard(p.Src, p.Dst)]
		at.shard = s
		at.side = at.key.Set(p)
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
