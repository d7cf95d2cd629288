package dnswire

import (
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/limit"
)

// query is a question that was asked and not answered yet.
type query struct {
	name uint64 // its sum
	id   uint16
	kind uint16
	side flow.Side
}

// pending are the queries of a conversation that are not answered, oldest
// first.
type pending struct {
	list  []query
	asked [2]bool // by side: it has sent a query
}

// ask notes a query. One that is repeated is one.
func (p *pending) ask(q query) {
	p.asked[q.side] = true
	for _, x := range p.list {
		if x == q {
			return
		}
	}
	if len(p.list) == limit.DNSPending {
		copy(p.list, p.list[1:])
		p.list = p.list[:limit.DNSPending-1]
	}
	p.list = append(p.list, q)
}

// answer takes back the query that is answered, and tells whether there was
// one.
func (p *pending) answer(q query) bool {
	for i, x := range p.list {
		if x == q {
			p.list = append(p.list[:i], p.list[i+1:]...)
			return true
		}
	}
	return false
}
