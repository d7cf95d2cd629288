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

// shard holds the pairs of a part of all clients, at most its limit. The pairs
// form a ring in the order of their last call, head being the sentinel between
// the newest (head.prev) and the longest silent (head.next).
type shard struct {
	pairs map[pairKey]*pair
	limit int
	head  *pair
}

func newShard(limit int) shard {
	h := &pair{}
	h.prev, h.next = h, h
	return shard{pairs: make(map[pairKey]*pair), limit: limit, head: h}
}

// makeRoom takes out the longest silent pair when the shard is full, and
// returns it. Without the limit a client that calls a million names would keep
// our memory.
func (s *shard) makeRoom() *pair {
	if len(s.pairs) < s.limit {
		return nil
	}
	p := s.head.next
	p.unlink()
	delete(s.pairs, p.key)
	return p
}

func (s *shard) open(key pairKey) *pair {
	p := &pair{key: key}
	p.prev, p.next = p, p
	s.pairs[key] = p
	return p
}

// touch makes p the newest.
func (s *shard) touch(p *pair) {
	p.unlink()
	p.prev, p.next = s.head.prev, s.head
	p.prev.next, s.head.prev = p, p
}

func (p *pair) unlink() {
	p.prev.next, p.next.prev = p.next, p.prev
	p.prev, p.next = p, p
}
