package detect

import (
	"cmp"
	"net/netip"
	"strings"
)

// pairKey is one client and one service.
type pairKey struct {
	site    string
	client  netip.Addr
	service string
}

func comparePairs(a, b *pair) int {
	return cmp.Or(
		strings.Compare(a.key.site, b.key.site),
		a.key.client.Compare(b.key.client),
		strings.Compare(a.key.service, b.key.service),
	)
}

// shard holds the pairs of a part of all clients, at most its limit.
type shard struct {
	pairs map[pairKey]*pair
	limit int
	rings [2]ring // services outside the catalogue, and in it
}

// ring is a list of pairs in the order of their last call. head is the sentinel
// between the newest (head.prev) and the longest silent (head.next).
type ring struct {
	head *pair
	n    int
}

func newShard(limit int) shard {
	s := shard{pairs: make(map[pairKey]*pair), limit: limit}
	for i := range s.rings {
		h := &pair{}
		h.prev, h.next = h, h
		s.rings[i].head = h
	}
	return s
}

// makeRoom takes out a pair when the shard is full, and returns it. Without the
// limit a client that calls a million names would keep our memory.
//
// The pairs in the catalogue and those outside share the limit by halves: of
// whichever has more than its half the longest silent one goes. Otherwise a
// program could hide its beacon behind a flood of names that it calls between
// two beats.
func (s *shard) makeRoom() *pair {
	if len(s.pairs) < s.limit {
		return nil
	}
	r := &s.rings[0]
	if 2*s.rings[1].n > s.limit || r.n == 0 {
		r = &s.rings[1]
	}
	p := r.head.next
	s.unlink(p)
	delete(s.pairs, p.key)
	return p
}

func (s *shard) open(key pairKey) *pair {
	p := &pair{key: key}
	s.pairs[key] = p
	return p
}

// touch makes p the newest of its ring.
func (s *shard) touch(p *pair) {
	s.unlink(p)
	p.ring = 0
	if p.webhook() {
		p.ring = 1
	}
	r := &s.rings[p.ring]
	p.prev, p.next = r.head.prev, r.head
	p.prev.next, r.head.prev = p, p
	r.n++
}

func (s *shard) unlink(p *pair) {
	if p.next == nil {
		return // it is new
	}
	p.prev.next, p.next.prev = p.next, p.prev
	p.prev, p.next = nil, nil
	s.rings[p.ring].n--
}
