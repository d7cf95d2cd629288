package main

import (
	"strings"
	"testing"
	"time"
)

func TestFloors(t *testing.T) {
	floors, err := parseFloors("handshake=2.2,bulk=1")
	if err != nil || floors["handshake"] != 2.2 || floors["bulk"] != 1 || len(floors) != 2 {
		t.Errorf("floors %v, error %v", floors, err)
	}
	for _, wrong := range []string{"handshake", "handshake=fast", "=,"} {
		if _, err := parseFloors(wrong); err == nil {
			t.Errorf("%q was taken", wrong)
		}
	}
}

// TestRatio compares the least times, and the medians beside them.
func TestRatio(t *testing.T) {
	of := func(seconds ...int) (all []use) {
		for _, s := range seconds {
			all = append(all, use{cpu: time.Duration(s) * time.Second, wall: time.Second, peak: int64(s) << 10})
		}
		return all
	}
	tb := &table{name: "made-up", frames: 8e6, bytes: 1e9, load: "0.00"}
	tb.costs = [commands][]use{of(5, 2, 4), of(4, 9, 8), of(6, 6, 6)}
	if got := tb.ratio(sensor); got != 2 {
		t.Errorf("ratio %v, want 2", got)
	}
	var out strings.Builder
	tb.print(&out)
	words := strings.Join(strings.Fields(out.String()), " ")
	if want := "| hookhound replay | 4.00 | 8.00 | 2.00 | 2.00 | 2.00 | 2.0 | 1.00 | 9 |"; !strings.Contains(words, want) {
		t.Errorf("%s\nlacks %s", words, want)
	}
}
