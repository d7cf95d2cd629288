package observe

import (
	"bytes"
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/packet"
	"github.com/hookhound/hookhound/pkg/stream"
)

// Panic is a fault of the sensor's own that was caught, with what a bug report
// needs. The flow that brought it about is followed no more.
type Panic struct {
	// Time, Frame and Shard are its place in the order of all observations.
	Time  capture.Time
	Frame uint64
	Shard uint8

	Flow  flow.Key // whose bytes brought it about; zero where no flow was at hand
	What  string   // the value of the panic
	Stack string
	// Packets are the last ones of the flow that were at hand, with their own
	// bytes. Where a packet brought the panic about, it is the last.
	Packets []packet.Packet
}

// guard is what the shards of one worker keep for the case that one panics.
type guard struct {
	list   []packet.Packet // what is being worked on, lent; nil otherwise
	next   int             // the packet of list whose turn it is
	panics []Panic         // since the last call of Panics
	kept   int             // panics that went there so far
}

// Panics hands over what was caught in the shards that were made together since
// the last call: at most limit.Panics over all calls, while Stats count all.
func (s *Shard) Panics() []Panic {
	list := s.guard.panics
	s.guard.panics = nil
	return list
}

// caught is deferred around work on a flow that the table has asked for; nil
// where that is not known.
func (s *Shard) caught(f *flow.Flow[conversation]) {
	if what := recover(); what != nil {
		s.panicked(f, s.guard.next, what)
	}
}

// caughtAt is for a panic in the turn of the packet p of guard.list.
func (s *Shard) caughtAt(p *packet.Packet, what any) {
	var f *flow.Flow[conversation]
	attempt(func() {
		var key flow.Key
		s.keyOf(&key, p)
		f = s.table.Find(&key)
	})
	s.panicked(f, s.guard.next+1, what)
}

// panicked makes the shard fit to go on after a panic. Packets before the given
// place of guard.list may have had a part in it. It is called while the stack
// still shows where the panic was.
func (s *Shard) panicked(f *flow.Flow[conversation], before int, what any) {
	s.stats.Panics++
	s.cur, s.handover = nil, handover{}
	attempt(func() { s.keep(f, before, what) })
	if f != nil {
		attempt(func() { s.drop(f) })
	}
	// What parsers take turns to use may have been left half done. Those of
	// other flows that are open go on with the old.
	attempt(s.shared.renew)
}

// attempt does what may panic too, since something was half done. That is no
// other fault than the one that was counted.
func attempt(do func()) {
	defer func() { _ = recover() }()
	do()
}

// drop lets go of a flow without asking its parser, which might panic again. The
// flow stays, ignored, so that its next packets do not open it anew.
func (s *Shard) drop(f *flow.Flow[conversation]) {
	c := &f.State
	s.stats.Dropped++
	c.phase = ignored
	c.parser, c.conn, c.hello, c.name, c.rare = nil, nil, nil, nil, nil
	s.table.Touch(f, s.now)
	c.planned = c.next(f)
	s.table.Schedule(f, c.planned)
	// What the stream holds goes back to the pool and to nobody. It may be in
	// disorder, so its counters for this are not to be believed.
	st := s.pool.Stats
	defer func() { s.pool.Stats = st }()
	c.tcp.Close(s.now, s.pool, nobody{})
}

// nobody takes what nobody wants.
type nobody struct{}

func (nobody) Chunk(*stream.Chunk) {}

// keep notes a panic with the packets of its flow.
func (s *Shard) keep(f *flow.Flow[conversation], before int, what any) {
	g := &s.guard
	if g.kept >= limit.Panics {
		return
	}
	g.kept++
	p := Panic{Time: s.now, Frame: s.frame, Shard: s.number, What: WordsOf(what), Stack: StackOf()}
	before = min(before, len(g.list))
	if f != nil {
		p.Flow = f.Key
	} else if before > 0 && before == g.next+1 {
		s.keyOf(&p.Flow, &g.list[g.next])
	}
	room := limit.PanicEvidence
	for i := before - 1; i >= 0 && room > 0; i-- {
		q := g.list[i]
		var key flow.Key
		if s.keyOf(&key, &q); key != p.Flow {
			continue
		}
		if len(q.Payload) > room && len(p.Packets) > 0 {
			break
		}
		q.Payload = bytes.Clone(q.Payload[:min(len(q.Payload), room)])
		room -= len(q.Payload) + 64 // an acknowledgement takes room too
		p.Packets = append(p.Packets, q)
	}
	slices.Reverse(p.Packets)
	g.panics = append(g.panics, p)
}

// WordsOf is a panic's value in words, on one line and not too many.
func WordsOf(what any) string {
	text := fmt.Sprint(what)
	text = fmt.Sprintf("%+q", text[:min(len(text), limit.PanicWhat)])
	return text[1 : len(text)-1]
}

// StackOf is the stack of the panic that is being recovered from, without what
// stands above the place where it happened.
func StackOf() string {
	b := debug.Stack()
	if i := bytes.Index(b, []byte("\npanic(")); i >= 0 {
		b = b[i+1:]
	}
	return string(b[:min(len(b), limit.PanicStack)])
}
