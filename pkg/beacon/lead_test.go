package beacon

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
)

// TestLateBeginnings: a rhythm is seen about as soon behind an odd beginning as
// without one. The pauses stand between the calls before the rhythm, and the
// last of them before its first beat.
func TestLateBeginnings(t *testing.T) {
	const period, told = 60.0, 0.55
	for _, c := range []struct {
		name   string
		pauses []float64 // seconds
		spread float64
		most   int // beats of the rhythm that nine in ten series need
	}{
		{"none", nil, 0.0005, 5},
		{"none", nil, 0.03, 6},
		{"none", nil, 0.10, 8},
		{"one call an hour before", []float64{3600}, 0.0005, 6},
		{"one call an hour before", []float64{3600}, 0.03, 7},
		{"one call an hour before", []float64{3600}, 0.10, 8},
		{"a first pause three times as long", []float64{180}, 0.0005, 6},
		{"a first pause three times as long", []float64{180}, 0.03, 7},
		{"a first pause of a third", []float64{18}, 0.0005, 6},
		{"a first pause of a third", []float64{18}, 0.03, 7},
		{"a slow start", []float64{66, 80}, 0.0005, 6},
		{"a slow start", []float64{66, 80}, 0.03, 7},
		{"two calls at once", []float64{0.2, 200}, 0.0005, 6},
		{"two calls at once", []float64{0.2, 200}, 0.03, 7},
		{"two calls soon after each other", []float64{10, 20}, 0.0005, 6},
		{"two calls soon after each other", []float64{10, 20}, 0.03, 7},
		{"eight calls of somebody who reads", []float64{3, 5, 40, 2, 7, 300, 11, 500}, 0.0005, 7},
		{"eight calls of somebody who reads", []float64{3, 5, 40, 2, 7, 300, 11, 500}, 0.03, 9},
	} {
		r := rand.New(rand.NewPCG(4, 4))
		var need []int
		for range 100 {
			var s Series
			now := 0.0
			add := func() { s.Add(capture.Time(now*1e9), 400, 300) }
			for _, p := range c.pauses {
				add()
				now += p
			}
			gap, n := sleepBoth(r, period, c.spread), 1
			for add(); s.Timing() < told && n < 30; n++ {
				now += gap()
				add()
			}
			need = append(need, n)
		}
		slices.Sort(need)
		t.Logf("%-36s +-%4.1f %%: %d beats, nine in ten %d, most %d", c.name, 100*c.spread, need[50], need[90], need[99])
		if need[90] > c.most {
			t.Errorf("%s, +-%.1f %%: %d beats of the rhythm were needed, want at most %d", c.name, 100*c.spread, need[90], c.most)
		}
	}
}

// TestLeadInIsNotCounted: what comes before a rhythm is neither counted nor
// listed, unless it is one of its beats off time.
func TestLeadInIsNotCounted(t *testing.T) {
	type before struct {
		pause    time.Duration // to the next call
		up, down uint64
	}
	for _, c := range []struct {
		name   string
		before []before
		beats  int // of the calls before
	}{
		{"none", nil, 0},
		{"long before", []before{{time.Hour, 400, 300}}, 0},
		{"a page is loaded", []before{{3300 * time.Millisecond, 900, 15000}}, 0},
		{"a first call with longer headers", []before{{45 * time.Second, 500, 500}}, 1},
		{"a slow start", []before{{66 * time.Second, 400, 300}, {80 * time.Second, 400, 300}}, 2},
		{"a slow start, long after another call", []before{{time.Hour, 400, 300}, {80 * time.Second, 400, 300}}, 1},
	} {
		for _, beats := range []int{12, 127, 400} { // in the ring, at its edge, and beyond
			var s Series
			now := capture.Time(0)
			var want []capture.Time
			for i, b := range c.before {
				if i >= len(c.before)-c.beats {
					want = append(want, now)
				}
				s.Add(now, b.up, b.down)
				now = now.Add(b.pause)
			}
			for range beats {
				want = append(want, now)
				s.Add(now, 400, 300)
				now = now.Add(time.Minute)
			}
			sc := s.Score()
			if sc.Count != len(want) || sc.First != want[0] || sc.Interval.Round(time.Second) != time.Minute || sc.Jitter > 0.001 {
				t.Errorf("%s, %d beats: %d counted from %v on, every %v +-%.3f; want %d from %v on",
					c.name, beats, sc.Count, sc.First, sc.Interval, sc.Jitter, len(want), want[0])
			}
			want = want[max(0, len(want)-64):]
			var got []capture.Time
			for _, b := range s.AppendBeats(nil, 64) {
				got = append(got, b.Time)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s, %d beats: %d are listed from %v on, want %d from %v on", c.name, beats, len(got), got[0], len(want), want[0])
			}
			check(t, &s)
		}
	}
}

// TestRandomCallsHaveNoLeadIn: leaving out the beginning does not make a rhythm
// of calls that have none, however often it is looked for.
func TestRandomCallsHaveNoLeadIn(t *testing.T) {
	const told = 0.5
	runs := 60
	if testing.Short() {
		runs = 15
	}
	var reached, led, all int
	for _, f := range randomFamilies() {
		r := rand.New(rand.NewPCG(6, 6))
		for range runs {
			var s Series
			most, lead := 0.0, false
			for i, c := range f.make(r, day) {
				if i == ringSize {
					break // later than this none is sought
				}
				s.Add(capture.Time(c.t*1e9), c.up, c.down)
				if v := s.Timing(); v > most {
					most, lead = v, s.long.led
				}
			}
			all++
			if most >= told {
				reached++
				if lead {
					led++
				}
			}
		}
	}
	t.Logf("of %d series %d reach %v on their way, %d of them with a lead-in", all, reached, told, led)
	if float64(led) > 0.004*float64(all) {
		t.Errorf("%d of %d series without a rhythm reach %v behind a lead-in, want at most 4 in 1,000", led, all, told)
	}
}

// TestBroken: what breaks off again and again is told from what sleeps at night.
func TestBroken(t *testing.T) {
	for _, c := range []struct {
		name      string
		run, runs int
		pause     time.Duration
		low, high float64
	}{
		{"never", 60, 1, 0, 0, 0},
		{"one night", 30, 2, 12 * time.Hour, 0, 0},
		{"some nights", 40, 3, 12 * time.Hour, 0.005, 0.02},
		{"bursts of four", 4, 25, 90 * time.Second, 0.2, 0.3},
	} {
		var s Series
		now := capture.Time(0)
		for range c.runs {
			for range c.run {
				s.Add(now, 400, 300)
				now = now.Add(2 * time.Second)
			}
			now = now.Add(c.pause)
		}
		if sc := s.Score(); sc.Shape == None || sc.Broken < c.low || sc.Broken > c.high {
			t.Errorf("%s: %.3f, want %.3f to %.3f: %+v", c.name, sc.Broken, c.low, c.high, sc)
		}
		check(t, &s)
	}
}
