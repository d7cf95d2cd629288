package detect

import (
	"cmp"
	"encoding/binary"
	"hash/maphash"
	"iter"
	"math/bits"
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
// that nobody can choose names or addresses that meet there; nothing that is
// told depends on it.
func (k *pairKey) hash(seed maphash.Seed) uint64 {
	b := k.client.As16()
	x := maphash.String(seed, k.site) ^ binary.LittleEndian.Uint64(b[:8])
	y := maphash.String(seed, k.service) ^ binary.LittleEndian.Uint64(b[8:])
	hi, lo := bits.Mul64(x, y)
	return hi ^ lo ^ x ^ bits.RotateLeft64(y, 32) // not the same for all where one of them is zero
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

// slabSize is how many pairs are made at once.
const slabSize = 64

// shard holds the pairs of a part of all clients, at most its limit.
type shard struct {
	index index
	slabs []*[slabSize]pair // pairs stay where they are
	made  uint32            // slots that were ever used
	free  []uint32          // of those, the ones that are not
	limit int
	rings [2]ring // services outside the catalogue, and in it
}

func newShard(limit int) shard { return shard{limit: limit} }

// at returns the pair in a slot.
func (s *shard) at(slot uint32) *pair {
	return &s.slabs[(slot-1)/slabSize][(slot-1)%slabSize]
}

// makeRoom takes out a pair when the shard is full, and returns it; it may be
// looked at until the next one is opened. Without the limit a client that calls
// a million names would keep our memory.
//
// The pairs in the catalogue and those outside share the limit by halves: of
// whichever has more than its half the longest silent one goes. Otherwise a
// program could hide its beacon behind a flood of names that it calls between
// two beats.
func (s *shard) makeRoom() *pair {
	if s.held() < s.limit {
		return nil
	}
	number := uint8(0)
	if 2*s.rings[1].n > s.limit || s.rings[0].n == 0 {
		number = 1
	}
	p := s.oldest(number)
	s.unlink(p)
	s.remove(p)
	return p
}

// held is how many pairs there are.
func (s *shard) held() int { return s.rings[0].n + s.rings[1].n }

// outside visits the pairs outside the catalogue, in no order that means
// anything.
func (s *shard) outside() iter.Seq[*pair] {
	return func(yield func(*pair) bool) {
		for slot := uint32(1); slot <= s.made; slot++ {
			if p := s.at(slot); p.listed && p.ring == 0 && !yield(p) {
				return
			}
		}
	}
}

// find returns the pair with the key, which has the hash, or nil.
func (s *shard) find(key *pairKey, hash uint64) *pair {
	x := &s.index
	if len(x.cells) == 0 {
		return nil
	}
	tag := tagOf(hash)
	for i := x.home(tag); x.cells[i] != 0; i = x.after(i) {
		if e := x.cells[i]; e.tag() == tag {
			if p := s.at(e.slot()); p.key == *key {
				return p
			}
		}
	}
	return nil
}

// open makes a pair that is not there yet. It has to be touched next.
func (s *shard) open(key *pairKey, hash uint64) *pair {
	var slot uint32
	if n := len(s.free); n > 0 {
		slot, s.free = s.free[n-1], s.free[:n-1]
	} else {
		if s.made%slabSize == 0 {
			s.slabs = append(s.slabs, new([slabSize]pair))
		}
		s.made++
		slot = s.made
	}
	p := s.at(slot)
	*p = pair{key: *key, slot: slot, tag: tagOf(hash)}
	s.index.insert(p.tag, slot)
	return p
}

// remove takes out a pair. It may be looked at until the next one is opened.
func (s *shard) remove(p *pair) {
	s.index.remove(p.tag, p.slot)
	s.free = append(s.free, p.slot)
}
