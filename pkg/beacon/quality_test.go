package beacon

import (
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
)

// sample scores n series of a family, and returns the last Total of each and
// the highest that it had on the way, both sorted.
func sample(f family, seed uint64, window float64, n int) (last, peak []float64) {
	h := fnv.New64a()
	h.Write([]byte(f.name))
	r := rand.New(rand.NewPCG(seed, h.Sum64()))
	for range n {
		var s Series
		most := 0.0
		for _, c := range f.make(r, window) {
			s.Add(capture.Time(c.t*float64(time.Second)), c.up, c.down)
			if s.long != nil {
				most = max(most, s.long.score.Total)
			}
		}
		last, peak = append(last, s.Score().Total), append(peak, most)
	}
	slices.Sort(last)
	slices.Sort(peak)
	return last, peak
}

// above is the chance that a p is larger than an n, ties counted half.
func above(p, n []float64) float64 {
	sum := 0.0
	for _, x := range p {
		for _, y := range n {
			switch {
			case x > y:
				sum++
			case x == y:
				sum += 0.5
			}
		}
	}
	return sum / float64(len(p)*len(n))
}

func shareFrom(v []float64, from float64) float64 {
	n := 0
	for _, x := range v {
		if x >= from {
			n++
		}
	}
	return float64(n) / float64(len(v))
}

// TestQuality holds how well beacons and aperiodic families are told apart,
// over families that the scorer was not made from. Measured on larger samples
// the values are better than the thresholds by some times their error.
func TestQuality(t *testing.T) {
	for _, c := range []struct {
		name   string
		window float64
		each   int
		auc    float64 // beacons over aperiodic, all
		family float64 // and the worst family
		seen   float64 // share of beacons from 0.5 up
	}{
		{"a day", day, 8, 0.993, 0.93, 0.90},
		{"seven days", 7 * day, 3, 0.998, 0.98, 0.97},
	} {
		t.Run(c.name, func(t *testing.T) {
			var n, peaks, p []float64
			for _, f := range randomFamilies() {
				last, peak := sample(f, 1, c.window, c.each)
				n, peaks = append(n, last...), append(peaks, peak...)
				t.Logf("%-32s median %.3f most %.3f, on the way median %.3f most %.3f", f.name,
					last[len(last)/2], last[len(last)-1], peak[len(peak)/2], peak[len(peak)-1])
			}
			for _, f := range beaconFamilies() {
				last, _ := sample(f, 1, c.window, c.each)
				p = append(p, last...)
				a := above(last, n)
				t.Logf("%-32s least %.3f median %.3f, over aperiodic %.4f", f.name, last[0], last[len(last)/2], a)
				if a < c.family {
					t.Errorf("%s: ranked over aperiodic series with chance %.3f, want %.3f", f.name, a, c.family)
				}
			}
			auc := above(p, n)
			t.Logf("AUC %.4f; from 0.5: beacons %.3f, aperiodic %.4f, aperiodic on the way %.4f",
				auc, shareFrom(p, 0.5), shareFrom(n, 0.5), shareFrom(peaks, 0.5))
			if auc < c.auc {
				t.Errorf("AUC %.4f, want %.4f", auc, c.auc)
			}
			if s := shareFrom(p, 0.5); s < c.seen {
				t.Errorf("%.3f of the beacons reach 0.5, want %.3f", s, c.seen)
			}
			if s := shareFrom(n, 0.5); s > 0.01 {
				t.Errorf("%.4f of the aperiodic series end at 0.5 or more, want at most 0.01", s)
			}
			if s := shareFrom(peaks, 0.5); s > 0.025 {
				t.Errorf("%.4f of the aperiodic series reach 0.5 on the way, want at most 0.025", s)
			}
			if s := shareFrom(peaks, 0.75); s > 0 {
				t.Errorf("%.4f of the aperiodic series reach 0.75 on the way, want none", s)
			}
		})
	}
}

// TestCurve holds what the score is worth after few calls.
func TestCurve(t *testing.T) {
	const runs = 200
	type bound struct {
		count int
		q     float64 // quantile over the runs
		least float64
		most  float64
	}
	for _, c := range []struct {
		name string
		gap  func(r *rand.Rand) func() float64
		want []bound
	}{
		{"exact", func(r *rand.Rand) func() float64 { return sleepGauss(r, 3, 0.0005) },
			[]bound{{5, 0.01, 0.6, 1}, {6, 0.01, 0.75, 1}, {12, 0.01, 0.98, 1}}},
		{"60 s +-2 s", func(r *rand.Rand) func() float64 { return sleepBoth(r, 60, 1.0/30) },
			[]bound{{6, 0.05, 0.6, 1}, {12, 0.05, 0.95, 1}, {24, 0.01, 0.99, 1}}},
		{"+-10 %", func(r *rand.Rand) func() float64 { return sleepBoth(r, 60, 0.1) },
			[]bound{{6, 0.5, 0.4, 1}, {12, 0.05, 0.85, 1}, {24, 0.05, 0.95, 1}}},
		{"+-30 %", func(r *rand.Rand) func() float64 { return sleepBoth(r, 60, 0.3) },
			[]bound{{12, 0.5, 0.5, 1}, {24, 0.05, 0.7, 1}, {64, 0.05, 0.95, 1}}},
		{"poisson", func(r *rand.Rand) func() float64 { return func() float64 { return 60 * r.ExpFloat64() } },
			[]bound{{5, 0.99, 0, 0.25}, {6, 0.99, 0, 0.25}, {12, 0.99, 0, 0.2}, {24, 0.99, 0, 0.1}, {128, 0.99, 0, 0.01}}},
	} {
		r := rand.New(rand.NewPCG(3, 5))
		at := map[int][]float64{}
		for range runs {
			var s Series
			now, gap := 0.0, c.gap(r)
			for n := 1; n <= 128; n++ {
				s.Add(capture.Time(now*float64(time.Second)), 400, 300)
				at[n] = append(at[n], s.Score().Total)
				now += gap()
			}
		}
		for _, n := range []int{5, 6, 8, 12, 24, 64, 128} {
			v := at[n]
			slices.Sort(v)
			t.Logf("%-10s %3d calls: 1 %% %.3f, 5 %% %.3f, median %.3f, 95 %% %.3f, 99 %% %.3f, most %.3f", c.name, n,
				v[runs/100], v[runs/20], v[runs/2], v[runs*95/100], v[runs*99/100], v[runs-1])
		}
		for _, b := range c.want {
			v := at[b.count]
			if x := v[int(b.q*runs)]; x < b.least || x > b.most {
				t.Errorf("%s, %d calls: quantile %v of the score is %.3f, want %.2f to %.2f", c.name, b.count, b.q, x, b.least, b.most)
			}
		}
	}
}
