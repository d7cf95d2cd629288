package dnswire

import (
	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/protocol"
)

// conversation is what datagrams and streams have in common.
type conversation struct {
	pending pending
	client  flow.Side
	known   bool // which side is the client
	// strict: an answer that fits no query is not believed where queries are
	// seen.
	strict bool
}

// seen is when and from where a message came.
type seen struct {
	side  flow.Side
	time  capture.Time // of the packet
	clock capture.Time
	frame uint64
}

// message takes a message, and tells whether it has a header and a question.
func (v *conversation) message(m *message, b []byte, s seen, out protocol.Facts) (ok bool) {
	next, ok := m.begin(b)
	if !ok {
		return false
	}
	if m.flags&flagResponse == 0 {
		v.isClient(s.side, out)
		if m.opcode() == 0 {
			v.pending.ask(query{m.question.sum, m.id, m.kind, s.side})
		}
		return true
	}
	client := s.side.Other()
	asked := v.pending.answer(query{m.question.sum, m.id, m.kind, client})
	if !asked && v.strict && v.pending.asked[client] {
		return true
	}
	a := m.answer(next)
	if a == nil {
		return true
	}
	v.isClient(client, out)
	a.Known, a.Time, a.Frame, a.Asked = s.clock, s.time, s.frame, asked
	out.Answer(a)
	return true
}

// isClient says who asked. Two resolvers may ask each other.
func (v *conversation) isClient(side flow.Side, out protocol.Facts) {
	if v.known && v.client == side {
		return
	}
	v.client, v.known = side, true
	out.Client(side)
}

// forget makes it new again.
func (v *conversation) forget() {
	*v = conversation{pending: pending{list: v.pending.list[:0]}, strict: v.strict}
}
