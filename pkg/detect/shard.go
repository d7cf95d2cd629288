package detect

import (
	"cmp"
	"hash/maphash"
	"iter"
	"net/netip"
	"strings"
)

// pairKey is one client and one service.
type pairKey struct {
	site    string
	client  netip.Addr
	service string
}

// hash is where a table keeps the pair. Its seed is another in each process, so
// that nobody can choose names that meet there; nothing that is told depends on it.
func (k *pairKey) hash(seed maphash.Seed) uint64 {
	const mix = 0x9e3779b97f4a7c15 // 2^64 over the golden ratio
	b := k.client.As16()
	h := maphash.String(seed, k.site)
	h = h*mix ^ maphash.Bytes(seed, b[:])
	return h*mix ^ maphash.String(seed, k.service)
}

// fold reduces site and client to a number that is the same in every process.
func (k *pairKey) fold() uint32 {
	h := fnv1a(fnvBasis, k.site)
	for _, b := range k.client.As16() {
		h = (h ^ uint32(b)) * fnvPrime
	}
	return h
}

// FNV-1a of 32 bits.
const (
	fnvBasis uint32 = 2166136261
	fnvPrime uint32 = 16777619
)

func fnv1a(h uint32, s string) uint32 {
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * fnvPrime
	}
	return h
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
	pairs map[uint64]*pair // by the hashes of their keys, those of one hash linked
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
	s := shard{pairs: make(map[uint64]*pair), limit: limit}
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
	if s.held() < s.limit {
		return nil
	}
	r := &s.rings[0]
	if 2*s.rings[1].n > s.limit || r.n == 0 {
		r = &s.rings[1]
	}
	p := r.head.next
	s.unlink(p)
	s.remove(p)
	return p
}

// held is how many pairs there are.
func (s *shard) held() int { return s.rings[0].n + s.rings[1].n }

// outside visits the pairs outside the catalogue, the longest silent first.
func (s *shard) outside() iter.Seq[*pair] {
	return func(yield func(*pair) bool) {
		head := s.rings[0].head
		for p := head.next; p != head && yield(p); p = p.next {
		}
	}
}

// find returns the pair with the key, which has the hash, or nil.
func (s *shard) find(key *pairKey, hash uint64) *pair {
	p := s.pairs[hash]
	for p != nil && p.key != *key {
		p = p.twin
	}
	return p
}

// open makes a pair that is not there yet. It has to be touched next.
func (s *shard) open(key *pairKey, hash uint64) *pair {
	p := &pair{key: *key, hash: hash, twin: s.pairs[hash]}
	s.pairs[hash] = p
	return p
}

func (s *shard) remove(p *pair) {
	first := s.pairs[p.hash]
	switch {
	case first != p:
		for first.twin != p {
			first = first.twin
		}
		first.twin = p.twin
	case p.twin != nil:
		s.pairs[p.hash] = p.twin
	default:
		delete(s.pairs, p.hash)
	}
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
