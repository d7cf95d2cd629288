package beacon

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
	"unsafe"

	"github.com/hookhound/hookhound/capture"
)

// footprint is the memory of a series in bytes.
func footprint(s *Series) int {
	n := int(unsafe.Sizeof(*s)) + cap(s.ring.buf)*int(unsafe.Sizeof(event{}))
	if s.long != nil {
		n += int(unsafe.Sizeof(*s.long))
		n += 2 * (cap(s.long.whole.intervals.count) + cap(s.long.part.intervals.count))
	}
	return n
}

// busy makes a series that uses all that a series can use: a rhythm in a
// cluster of sizes among other calls, for long.
func busy(calls int) *Series {
	s := &Series{}
	r := rand.New(rand.NewPCG(1, 1))
	now, next := 0.0, 0.0
	for range calls {
		if next <= now {
			next += 30 * (0.9 + 0.2*r.Float64())
			s.Add(capture.Time(now*1e9), 400, 300)
		} else {
			s.Add(capture.Time(now*1e9), 3000+uint64(r.IntN(4000)), 90000)
		}
		now = min(next, now+25*r.ExpFloat64())
	}
	return s
}

func TestMemory(t *testing.T) {
	var s Series
	for i := range 3 {
		s.Add(capture.Time(i)*capture.Time(time.Minute), 1, 1)
	}
	if n := footprint(&s); n > 200 {
		t.Errorf("three calls take %d bytes, want at most 200", n)
	} else {
		t.Logf("three calls take %d bytes", n)
	}
	full := busy(5000)
	if full.long.whole.intervals.n == 0 || full.long.part.intervals.n == 0 {
		t.Fatalf("the series made is not full: %d and %d old intervals", full.long.whole.intervals.n, full.long.part.intervals.n)
	}
	if n := footprint(full); n > 4096 {
		t.Errorf("a full series takes %d bytes, want at most 4096", n)
	} else {
		t.Logf("a full series takes %d bytes", n)
	}
}

func TestAllocations(t *testing.T) {
	s := busy(3000)
	now := s.last
	add := func(up uint64) {
		now = now.Add(17 * time.Second)
		s.Add(now, up, 300)
	}
	if n := testing.AllocsPerRun(500, func() { add(400); add(5000); add(5000) }); n != 0 {
		t.Errorf("Add allocates %v times, want 0", n)
	}
	var sink Score
	if n := testing.AllocsPerRun(100, func() { sink = s.Score() }); n != 0 {
		t.Errorf("Score allocates %v times, want 0", n)
	}
	if sink.Count == 0 {
		t.Error("no beats counted")
	}
}

func TestHistoryFades(t *testing.T) {
	var h history
	h.add(3)
	for range 3 * math.MaxUint16 {
		h.add(7)
	}
	sum := 0
	for _, c := range h.count {
		sum += int(c)
	}
	if int(h.n) != sum || h.count[7] < math.MaxUint16/2 || h.count[3] != 0 {
		t.Errorf("n %d, sum %d, bin 7 %d, bin 3 %d", h.n, sum, h.count[7], h.count[3])
	}
}

// drawn makes a mixed series of calls for the properties below.
func drawn(seed uint64) []call {
	r := rand.New(rand.NewPCG(seed, 9))
	c := sized(r, renewal(r, 0, 40000, sleepBoth(r, 60+40*r.Float64(), 0.3)), 0.1)
	if seed%2 == 0 {
		c = append(c, browsing(r, 40000, 4)...)
	}
	return c
}

func plain(s Score) Score {
	s.First, s.Last = 0, 0
	return s
}

func TestAskingChangesNothing(t *testing.T) {
	for seed := range uint64(4) {
		var often, once Series
		for _, c := range drawn(seed) {
			at := capture.Time(c.t * 1e9)
			often.Add(at, c.up, c.down)
			often.Score()
			often.Expect()
			often.AppendBeats(nil, 64)
			once.Add(at, c.up, c.down)
		}
		if a, b := often.Score(), once.Score(); a != b {
			t.Errorf("seed %d: asked often %+v, once %+v", seed, a, b)
		}
	}
}

func TestShiftChangesNothing(t *testing.T) {
	for seed := range uint64(4) {
		var here, there Series
		for _, c := range drawn(seed) {
			at := capture.Time(c.t * 1e9)
			here.Add(at, c.up, c.down)
			there.Add(at+1_700_000_000_123_456_789, c.up, c.down)
		}
		if a, b := plain(here.Score()), plain(there.Score()); a != b {
			t.Errorf("seed %d: %+v, shifted %+v", seed, a, b)
		}
		if here.Expect() != there.Expect() {
			t.Errorf("seed %d: expects %v, shifted %v", seed, here.Expect(), there.Expect())
		}
	}
}

// Neighbours told the other way round end in the same ring, so once the next
// fit is made the score is the same.
func TestLateHarmsNothing(t *testing.T) {
	minute := capture.Time(time.Minute)
	var right, swapped Series
	for i := capture.Time(0); i < 100; i += 2 {
		right.Add(i*minute, 400, 300)
		right.Add((i+1)*minute, 400, 300)
		swapped.Add((i+1)*minute, 400, 300)
		if swapped.Add(i*minute, 400, 300) {
			t.Fatal("a late exchange began a new beat")
		}
	}
	for _, s := range []*Series{&right, &swapped} {
		for i := capture.Time(100); i < 116; i++ {
			s.Add(i*minute, 400, 300)
		}
	}
	if a, b := right.Score(), swapped.Score(); a != b || a.Count != 116 {
		t.Errorf("in order %+v, swapped %+v", a, b)
	}
	// Far too late: the ring no longer reaches back.
	for i := capture.Time(116); i < 400; i++ {
		right.Add(i*minute, 400, 300)
	}
	before := right.Score()
	for i := range capture.Time(50) {
		if right.Add(i*minute+1e9, 400, 300) {
			t.Fatal("an exchange from before the ring began a new beat")
		}
	}
	if after := right.Score(); after != before {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

func TestOdd(t *testing.T) {
	cases := map[string]func(i int) (capture.Time, uint64, uint64){
		"same time":    func(int) (capture.Time, uint64, uint64) { return 5e18, 10, 10 },
		"same time, 0": func(int) (capture.Time, uint64, uint64) { return 0, 0, 0 },
		"nanoseconds":  func(i int) (capture.Time, uint64, uint64) { return capture.Time(i), 10, 10 },
		"end and start": func(i int) (capture.Time, uint64, uint64) {
			return []capture.Time{capture.Always, 0, capture.Never}[i%3], 1, 1
		},
		"centuries": func(i int) (capture.Time, uint64, uint64) { return capture.Time(i%200) * 4e16, 1, 1 },
		"gap": func(i int) (capture.Time, uint64, uint64) {
			return capture.Time(i/100)*9e17 + capture.Time(i)*6e10, 1, 1
		},
		"huge sizes": func(i int) (capture.Time, uint64, uint64) {
			return capture.Time(i) * 6e10, math.MaxUint64, math.MaxUint64 - uint64(i)
		},
		"no sizes":  func(i int) (capture.Time, uint64, uint64) { return capture.Time(i) * 6e10, 0, 0 },
		"backwards": func(i int) (capture.Time, uint64, uint64) { return capture.Time(1000-i) * 6e10, 5, 5 },
	}
	for name, at := range cases {
		t.Run(name, func(t *testing.T) {
			var s Series
			for i := range 400 {
				s.Add(at(i))
				check(t, &s)
			}
		})
	}
	t.Run("none and one", func(t *testing.T) {
		var s Series
		if sc := s.Score(); sc != (Score{}) {
			t.Errorf("empty series scores %+v", sc)
		}
		if b := s.AppendBeats(nil, 9); len(b) != 0 || s.Expect() != 24*time.Hour {
			t.Errorf("empty series has beats %v, expects %v", b, s.Expect())
		}
		if !s.Add(1e18, 7, 9) {
			t.Error("the first exchange began no beat")
		}
		sc := s.Score()
		if sc.Total != 0 || sc.Count != 1 || sc.First != 1e18 || sc.Last != 1e18 || sc.UpMedian != 7 || sc.DownMedian != 9 {
			t.Errorf("one exchange: %+v", sc)
		}
	})
	t.Run("huge sizes are bounded", func(t *testing.T) {
		var s Series
		s.Add(0, math.MaxUint64, 1)
		s.Add(1, math.MaxUint64, 1)
		if b := s.AppendBeats(nil, 9); len(b) != 1 || b[0].Up != math.MaxUint32 || b[0].Down != 2 {
			t.Errorf("beats %+v", b)
		}
	})
}

// check holds what is true of every series.
func check(t *testing.T, s *Series) {
	t.Helper()
	sc := s.Score()
	for name, v := range map[string]float64{"total": sc.Total, "timing": sc.Timing, "size": sc.Size, "missed": sc.Missed, "broken": sc.Broken} {
		if !(v >= 0 && v <= 1) {
			t.Fatalf("%s is %v: %+v", name, v, sc)
		}
	}
	if math.IsNaN(sc.Jitter) || sc.Jitter < 0 || math.IsNaN(sc.Nats) || math.IsInf(sc.Nats, 0) || math.IsNaN(sc.PerInterval) {
		t.Fatalf("%+v", sc)
	}
	if sc.Interval < 0 || sc.Count < 0 || sc.Last < sc.First || (sc.Shape == None) != (sc.Interval == 0) {
		t.Fatalf("%+v", sc)
	}
	if d := s.Expect(); d < time.Hour || d > 7*24*time.Hour {
		t.Fatalf("expects %v", d)
	}
	beats := s.AppendBeats(nil, 64)
	if len(beats) > 64 || len(beats) > sc.Count {
		t.Fatalf("%d beats of %d", len(beats), sc.Count)
	}
	for i, b := range beats {
		if b.Exchanges < 1 || b.Time < sc.First || b.Time > sc.Last || i > 0 && b.Time <= beats[i-1].Time {
			t.Fatalf("beats %+v", beats)
		}
	}
}

func TestBeats(t *testing.T) {
	var s Series
	began := 0
	for i := range 200 {
		at := capture.Time(i) * capture.Time(30*time.Second)
		if s.Add(at, 100, 10) {
			began++
		}
		if s.Add(at+2e8, 50, 5) {
			t.Fatal("the second call of a beat began a beat")
		}
	}
	if sc := s.Score(); began != 200 || sc.Count != 200 {
		t.Errorf("%d beats began, %d counted, want 200", began, sc.Count)
	}
	have := s.AppendBeats([]Beat{{Up: 1}}, 10)
	if len(have) != 11 || have[0].Up != 1 {
		t.Fatalf("%d beats", len(have))
	}
	for i, b := range have[1:] {
		want := Beat{capture.Time(190+i) * capture.Time(30*time.Second), 150, 15, 2}
		if b != want {
			t.Errorf("beat %d is %+v, want %+v", i, b, want)
		}
	}
}

func TestExpect(t *testing.T) {
	for _, c := range []struct {
		period time.Duration
		want   time.Duration
	}{
		{time.Second, time.Hour},
		{time.Minute, time.Hour},
		{4 * time.Minute, 2 * time.Hour},
		{10 * time.Minute, 24 * time.Hour},
		{2 * time.Hour, 60 * time.Hour},
		{12 * time.Hour, 7 * 24 * time.Hour},
	} {
		var s Series
		for i := range 20 {
			s.Add(capture.Time(i)*capture.Time(c.period), 100, 100)
		}
		if d := s.Expect().Round(time.Minute); d != c.want {
			t.Errorf("period %v expects %v, want %v", c.period, d, c.want)
		}
	}
}

// TestNote: a series that is fitted when somebody asks shows what one shows
// whose latest fit came just then.
func TestNote(t *testing.T) {
	for _, f := range append(beaconFamilies(), randomFamilies()...) {
		calls := f.make(rand.New(rand.NewPCG(8, 3)), 2*day)
		var added, noted Series
		for i, c := range calls {
			at := capture.Time(c.t * 1e9)
			fits := added.wait == 0
			added.Add(at, c.up, c.down)
			noted.Note(at, c.up, c.down)
			// Marks that were followed before may be others of the same size.
			if n := int(noted.ring.n); i > 40 || n < enough || !fits || added.long.mark != (size{}) {
				continue
			}
			asked := noted
			asked.ring.buf, asked.long = append([]event(nil), noted.ring.buf...), nil
			asked.Fit()
			if a, b := added.Score(), asked.Score(); a != b {
				t.Fatalf("%s, call %d: %+v when added, %+v when noted", f.name, i, a, b)
			}
			if a, b := added.Expect(), asked.Expect(); a != b {
				t.Fatalf("%s, call %d: expects %v when added, %v when noted", f.name, i, a, b)
			}
		}
		if noted.long != nil && len(calls) < ringSize {
			t.Errorf("%s: fitted though nobody asked", f.name)
		}
		noted.Fit()
		if a, b := added.Score(), noted.Score(); a.Timing-b.Timing > 0.25 || b.Timing-a.Timing > 0.25 || a.First != b.First || a.Last != b.Last {
			t.Errorf("%s, %d calls: %+v when added, %+v when noted", f.name, len(calls), a, b)
		}
	}
}

// TestPeaks compares peaks with the same by looking at every bin.
func TestPeaks(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 9))
	for range 3000 {
		var h histogram
		for wide := 1 + r.IntN(bins); h.dense[0] == 0 && r.IntN(12) > 0; {
			h.add((100+r.IntN(wide))%bins, float32(1+r.IntN(3)))
		}
		h.add(r.IntN(bins), 1)
		h.seal()
		half := 1 + r.IntN(14)
		want, lo, hi := [2]int{-1, -1}, int(h.held[0].bin), int(h.held[h.used-1].bin)
		for i := range want {
			most := float32(0)
			for b := lo; b <= hi; b++ {
				if i == 1 && b >= want[0]-2*half && b <= want[0]+2*half {
					continue
				}
				c := float32(0)
				for _, v := range h.dense[max(b-half, 0):min(b+half+1, bins)] {
					c += v
				}
				if c > most {
					want[i], most = b, c
				}
			}
		}
		if got := h.peaks(half); got != want {
			t.Fatalf("peaks %v, want %v, %d bins to either side of %v", got, want, half, h.held[:h.used])
		}
	}
}
