package detect

import (
	"hash/maphash"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hookhound/hookhound/pkg/catalog"
)

// TestTwins: pairs whose keys have one hash are found and taken out like any.
func TestTwins(t *testing.T) {
	for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		s := newShard(10)
		var key [3]pairKey
		var p [3]*pair
		for i := range key {
			key[i] = pairKey{"default", netip.MustParseAddr("10.0.0.5"), strconv.Itoa(i)}
			p[i] = s.open(&key[i], 7)
			s.touch(p[i])
		}
		for n, gone := range order {
			s.unlink(p[gone])
			s.remove(p[gone])
			p[gone] = nil
			for i := range key {
				if got := s.find(&key[i], 7); got != p[i] {
					t.Errorf("%v: pair %d is %p, want %p", order[:n+1], i, got, p[i])
				}
			}
			if want := len(order) - n - 1; s.held() != want || s.index.used != want {
				t.Errorf("%v: %d pairs are held and %d found, want %d", order[:n+1], s.held(), s.index.used, want)
			}
		}
	}
}

// TestShardIsLikeAMap compares a shard with a map and a list that do the same
// slowly: what is found, what makes room, and how much is set aside for it.
func TestShardIsLikeAMap(t *testing.T) {
	const limit, names = 40, 100
	rnd := rand.New(rand.NewPCG(1, 2))
	s := newShard(limit)
	seed := maphash.MakeSeed()
	webhook := &extra{service: &catalog.Service{}}
	known := map[pairKey]*pair{}
	var calls [2][]pairKey // by the last call of each, oldest first
	forget := func(k pairKey) {
		for r := range calls {
			if i := slices.Index(calls[r], k); i >= 0 {
				calls[r] = slices.Delete(calls[r], i, i+1)
			}
		}
	}
	for step := range 20_000 {
		// Some names are called more often, and now and then one changes sides.
		n := min(rnd.IntN(names), rnd.IntN(names))
		k := pairKey{"default", netip.AddrFrom4([4]byte{10, 0, 0, byte(n)}), strconv.Itoa(n)}
		hash := k.hash(seed)
		if n%3 == 0 {
			hash = 0x1234 << 32 // many meet there
		}
		p := s.find(&k, hash)
		if p != known[k] {
			t.Fatalf("step %d: found %p, want %p", step, p, known[k])
		}
		if p == nil {
			gone := s.makeRoom()
			if (gone != nil) != (len(known) == limit) {
				t.Fatalf("step %d: room was made: %v, with %d pairs", step, gone != nil, len(known))
			}
			if gone != nil {
				list := calls[0]
				if 2*len(calls[1]) > limit || len(list) == 0 {
					list = calls[1]
				}
				if gone.key != list[0] {
					t.Fatalf("step %d: %v made room, want %v", step, gone.key, list[0])
				}
				delete(known, list[0])
				forget(list[0])
			}
			p = s.open(&k, hash)
			known[k] = p
		}
		if p.extra = nil; (n+step/5000)%4 == 0 {
			p.extra = webhook
		}
		s.touch(p)
		forget(k)
		r := 0
		if p.webhook() {
			r = 1
		}
		calls[r] = append(calls[r], k)
		if s.held() != len(known) || s.index.used != len(known) || s.made > limit {
			t.Fatalf("step %d: %d held, %d found, %d made, want %d", step, s.held(), s.index.used, s.made, len(known))
		}
		if step%100 == 0 {
			var got []pairKey
			for p := range s.outside() {
				got = append(got, p.key)
			}
			byName := func(a, b pairKey) int { return strings.Compare(a.service, b.service) }
			if want := slices.SortedFunc(slices.Values(calls[0]), byName); !slices.Equal(slices.SortedFunc(slices.Values(got), byName), want) {
				t.Fatalf("step %d: outside the catalogue are %v, want %v", step, got, want)
			}
		}
	}
	for r := range s.rings {
		if n := cap(s.rings[r].log); n > 4*limit {
			t.Errorf("a log has room for %d calls of %d pairs", n, limit)
		}
	}
}

// TestFold holds the shards of pairs: limits act by them, so they are the same
// in every process and release. The value is FNV-1a of site and address.
func TestFold(t *testing.T) {
	k := pairKey{"default", netip.MustParseAddr("10.0.0.5"), "a"}
	other := pairKey{"default", netip.MustParseAddr("10.0.0.5"), "b"}
	if k.fold() != other.fold() {
		t.Error("pairs of one client are in two shards")
	}
	const want = 0xbb87561d
	if got := k.fold(); got != want {
		t.Errorf("fold is %#x, want %#x", got, want)
	}
}
