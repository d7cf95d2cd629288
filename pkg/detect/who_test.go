package detect

import (
	"strconv"
	"testing"

	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
)

// TestWhos: what was remembered of one hello is never told of another, though
// there are more than places for them.
func TestWhos(t *testing.T) {
	w := New(DefaultOptions(), nil).whos
	hello := func(i int) *protocol.Hello {
		s := strconv.Itoa(i)
		return &protocol.Hello{
			Fingerprint: protocol.Fingerprint{JA3: "a" + s, JA4: "b" + s, JA4Raw: "c" + s, JA4Stable: "d" + s},
			JA3S:        "e" + s, Version: "1." + s,
		}
	}
	for i := range 4 * limit.Programs {
		h := hello(i)
		if i%2 == 1 { // in the place of the one before
			h.Fingerprint.JA4, h.JA3S = "b"+strconv.Itoa(i-1), "e"+strconv.Itoa(i-1)
		}
		want := who{h.Fingerprint, h.JA3S, h.Version}
		want.fingerprint.JA3 = ""
		if got := w.of(h); *got != want {
			t.Fatalf("hello %d: %+v of %+v", i, *got, *h)
		}
	}
	a, b := hello(1), hello(1)
	b.Fingerprint.JA3 = "another" // of a program that shuffles
	if w.of(a) != w.of(b) {
		t.Error("hellos that say the same are kept twice")
	}
	if n := testing.AllocsPerRun(100, func() { w.of(b) }); n != 0 {
		t.Errorf("%v allocations a hello that is known, want 0", n)
	}
}
