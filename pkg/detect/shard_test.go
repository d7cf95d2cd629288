package detect

import (
	"net/netip"
	"strconv"
	"testing"
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
			if want := len(order) - n - 1; s.held() != want {
				t.Errorf("%v: %d pairs are held, want %d", order[:n+1], s.held(), want)
			}
		}
		if len(s.pairs) != 0 {
			t.Errorf("%v: an empty shard has %d places", order, len(s.pairs))
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
