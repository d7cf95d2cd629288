package beacon

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Series made by seed. The aperiodic families are chosen to differ from the
// scorer's own null models (Pareto, gamma-3, Hawkes, switching rates, bursts,
// backoff, conversations), so that a score which only knows its own models is
// found out.

const (
	day  = 86400.0
	hour = 3600.0
)

// call is one made exchange: seconds since the start of the window and bytes.
type call struct {
	t        float64
	up, down uint64
}

// family makes one series in a window of so many seconds.
type family struct {
	name string
	make func(r *rand.Rand, window float64) []call
}

func logUniform(r *rand.Rand, lo, hi float64) float64 {
	return lo * math.Exp(r.Float64()*math.Log(hi/lo))
}

func pareto(r *rand.Rand, a float64) float64 { return math.Pow(1-r.Float64(), -1/a) }

func erlang(r *rand.Rand, k int) float64 {
	s := 0.0
	for range k {
		s += r.ExpFloat64()
	}
	return s / float64(k)
}

// sized gives each time a size: about the same for all, with a few larger.
func sized(r *rand.Rand, times []float64, often float64) []call {
	up, down := uint64(800+r.IntN(4000)), uint64(400+r.IntN(6000))
	out := make([]call, len(times))
	for i, t := range times {
		out[i] = call{t, up + uint64(4*r.IntN(6)), down + uint64(4*r.IntN(8))}
		if r.Float64() < often {
			out[i].up += uint64(500 + r.IntN(9000))
			out[i].down += uint64(r.IntN(2000))
		}
	}
	return out
}

func padded(r *rand.Rand, times []float64) []call {
	out := make([]call, len(times))
	for i, t := range times {
		out[i] = call{t, uint64(700 + r.IntN(7000)), uint64(400 + r.IntN(9000))}
	}
	return out
}

// renewal draws intervals until the window, or the budget of calls, is full.
func renewal(r *rand.Rand, from, to float64, gap func() float64) []float64 {
	var ts []float64
	for t := from + gap()*r.Float64(); t < to && len(ts) < 1500; t += gap() {
		ts = append(ts, t)
	}
	return ts
}

func thinned(r *rand.Rand, ts []float64, miss float64) []float64 {
	return slices.DeleteFunc(ts, func(float64) bool { return r.Float64() < miss })
}

// awake keeps what falls into some blocks of the day.
func awake(r *rand.Rand, ts []float64, blocks int, length float64) []float64 {
	var start []float64
	for range blocks {
		start = append(start, r.Float64()*(day-length))
	}
	return slices.DeleteFunc(ts, func(t float64) bool {
		for _, s := range start {
			if d := math.Mod(t, day); d >= s && d < s+length {
				return false
			}
		}
		return true
	})
}

func sleepOneSided(r *rand.Rand, p, j float64) func() float64 {
	return func() float64 { return p * (1 - j*r.Float64()) }
}
func sleepBoth(r *rand.Rand, p, j float64) func() float64 {
	return func() float64 { return p * (1 + j*(2*r.Float64()-1)) }
}
func sleepGauss(r *rand.Rand, p, j float64) func() float64 {
	return func() float64 { return p * max(0.05, 1+j*r.NormFloat64()) }
}
func sleepLog(r *rand.Rand, p, s float64) func() float64 {
	return func() float64 { return p * math.Exp(s*r.NormFloat64()) }
}

func period(r *rand.Rand) float64 { return logUniform(r, 30, 900) }

// beaconFamily is a sleep of the usual periods over the whole window.
func beaconFamily(name string, miss float64, gap func(r *rand.Rand, p float64) func() float64) family {
	return family{name, func(r *rand.Rand, w float64) []call {
		return sized(r, thinned(r, renewal(r, 0, w, gap(r, period(r))), miss), 0.02)
	}}
}

func slowFamily(name string, p, miss float64, gap func(r *rand.Rand, p float64) func() float64) family {
	return family{name, func(r *rand.Rand, w float64) []call {
		return sized(r, thinned(r, renewal(r, 0, w, gap(r, p)), miss), 0.02)
	}}
}

func one(j float64) func(*rand.Rand, float64) func() float64 {
	return func(r *rand.Rand, p float64) func() float64 { return sleepOneSided(r, p, j) }
}
func both(j float64) func(*rand.Rand, float64) func() float64 {
	return func(r *rand.Rand, p float64) func() float64 { return sleepBoth(r, p, j) }
}
func gauss(j float64) func(*rand.Rand, float64) func() float64 {
	return func(r *rand.Rand, p float64) func() float64 { return sleepGauss(r, p, j) }
}
func logn(j float64) func(*rand.Rand, float64) func() float64 {
	return func(r *rand.Rand, p float64) func() float64 { return sleepLog(r, p, j) }
}

func beaconFamilies() []family {
	f := []family{
		beaconFamily("P exact", 0, gauss(0.001)),
		beaconFamily("P one-sided 37 %", 0, one(0.37)),
		beaconFamily("P one-sided 70 %", 0, one(0.70)),
		beaconFamily("P one-sided 90 %", 0, one(0.90)),
		beaconFamily("P +-40 %, 15 % lost", 0.15, both(0.40)),
		beaconFamily("P gauss 15 %, 30 % lost", 0.30, gauss(0.15)),
		beaconFamily("P gauss 30 %", 0, gauss(0.30)),
		beaconFamily("P gauss 5 %, 50 % lost", 0.50, gauss(0.05)),
		beaconFamily("P gauss 5 %, 70 % lost", 0.70, gauss(0.05)),
		beaconFamily("P gauss 40 %", 0, gauss(0.40)),
		beaconFamily("P lognormal 20 %", 0, logn(0.20)),
		beaconFamily("P lognormal 35 %", 0, logn(0.35)),
		slowFamily("P 30 min one-sided 50 %", 1800, 0.1, one(0.50)),
		slowFamily("P hourly gauss 20 %, 20 % lost", hour, 0.2, gauss(0.20)),
		slowFamily("P 4 h +-10 %", 4*hour, 0, both(0.10)),
	}
	add := func(name string, make func(r *rand.Rand, w float64) []call) {
		f = append(f, family{name, make})
	}
	add("P last 30 min, 60 s +-20 %", func(r *rand.Rand, w float64) []call {
		return sized(r, renewal(r, w-1800, w, sleepBoth(r, 60, 0.2)), 0)
	})
	add("P awake, 300 s +-25 %", func(r *rand.Rand, w float64) []call {
		return sized(r, awake(r, renewal(r, 0, w, sleepBoth(r, 300, 0.25)), 3, 5000), 0.02)
	})
	add("P two sleeps", func(r *rand.Rand, w float64) []call {
		p := logUniform(r, 30, 200)
		ts := renewal(r, 0, w/3, sleepOneSided(r, p, 0.3))
		return sized(r, append(ts, renewal(r, w/3, w, sleepOneSided(r, 7*p, 0.3))...), 0.02)
	})
	add("P drift", func(r *rand.Rand, w float64) []call {
		p := period(r)
		return sized(r, renewal(r, 0, w, func() float64 { p *= 1.0004; return p * (1 + 0.1*r.NormFloat64()) }), 0.02)
	})
	add("P clock, spread 20 %, 40 % lost", func(r *rand.Rand, w float64) []call {
		p := period(r)
		var ts []float64
		for k := 0.0; k*p < w && len(ts) < 1500; k++ {
			ts = append(ts, k*p+p*0.2*r.Float64())
		}
		return sized(r, thinned(r, ts, 0.4), 0.02)
	})
	add("P pairs", func(r *rand.Rand, w float64) []call {
		var ts []float64
		for _, t := range renewal(r, 0, w, sleepBoth(r, period(r)+60, 0.15)) {
			ts = append(ts, t, t+0.3+2*r.Float64())
		}
		return sized(r, ts, 0.02)
	})
	add("P retries", func(r *rand.Rand, w float64) []call {
		var ts []float64
		for _, t := range renewal(r, 0, w, sleepBoth(r, period(r)+120, 0.2)) {
			for ts = append(ts, t); r.Float64() < 0.35; {
				t += 1 + 7*r.Float64()
				ts = append(ts, t)
			}
		}
		return sized(r, ts, 0)
	})
	add("P clock, spread 90 %", func(r *rand.Rand, w float64) []call {
		p := period(r)
		var ts []float64
		for k := 0.0; k*p < w && len(ts) < 1500; k++ {
			ts = append(ts, k*p+p*0.9*r.Float64())
		}
		return sized(r, ts, 0.02)
	})
	add("P padded sizes, with browsing", func(r *rand.Rand, w float64) []call {
		c := padded(r, renewal(r, 0, w, sleepBoth(r, 240, 0.2)))
		c = append(c, browsing(r, w, 10)...)
		slices.SortFunc(c, byTime)
		return c
	})
	add("P padded sizes", func(r *rand.Rand, w float64) []call {
		return padded(r, renewal(r, 0, w, sleepOneSided(r, period(r), 0.4)))
	})
	add("P with browsing", func(r *rand.Rand, w float64) []call {
		c := sized(r, renewal(r, 0, w, sleepBoth(r, logUniform(r, 120, 600), 0.2)), 0.02)
		c = append(c, browsing(r, w, 12)...)
		slices.SortFunc(c, byTime)
		return c
	})
	add("P with operator", func(r *rand.Rand, w float64) []call {
		ts := renewal(r, 0, w, sleepOneSided(r, 120, 0.2))
		for range 6 {
			at := r.Float64() * w
			for range 10 + r.IntN(40) {
				at += 2 + 12*r.Float64()
				ts = append(ts, at)
			}
		}
		slices.Sort(ts)
		return sized(r, ts, 0.3)
	})
	add("P 0.2 s +-10 %", func(r *rand.Rand, w float64) []call {
		return sized(r, renewal(r, 0, 200, sleepBoth(r, 0.2, 0.1)), 0)
	})
	add("P 1 s +-20 %", func(r *rand.Rand, w float64) []call {
		return sized(r, renewal(r, 0, 600, sleepBoth(r, 1, 0.2)), 0)
	})
	add("P 6 to 10 beats of 60 s", func(r *rand.Rand, w float64) []call {
		return sized(r, renewal(r, 0, 60*float64(6+r.IntN(5)), sleepBoth(r, 60, 0.05)), 0)
	})
	return f
}

func byTime(a, b call) int {
	switch {
	case a.t < b.t:
		return -1
	case a.t > b.t:
		return 1
	}
	return 0
}

func browsing(r *rand.Rand, w float64, sessions int) []call {
	var c []call
	for range sessions {
		at := r.Float64() * w
		for range 1 + r.IntN(15) {
			page := at
			for range 1 + r.IntN(12) {
				c = append(c, call{page, uint64(400 + r.IntN(4000)), uint64(logUniform(r, 500, 1e6))})
				page += 0.3 * r.ExpFloat64()
			}
			at += 25 * math.Exp(1.1*r.NormFloat64())
		}
	}
	slices.SortFunc(c, byTime)
	return c
}

func randomFamilies() []family {
	var f []family
	add := func(name string, make func(r *rand.Rand, w float64) []call) {
		f = append(f, family{name, make})
	}
	mean := func(r *rand.Rand, w float64) float64 { return logUniform(r, w/2000, w/60) }
	gaps := func(name string, gap func(r *rand.Rand) float64) {
		add(name, func(r *rand.Rand, w float64) []call {
			m := mean(r, w)
			return sized(r, renewal(r, 0, w, func() float64 { return m * gap(r) }), 0.03)
		})
	}
	gaps("N poisson", func(r *rand.Rand) float64 { return r.ExpFloat64() })
	gaps("N gamma-2", func(r *rand.Rand) float64 { return erlang(r, 2) })
	gaps("N gamma-3", func(r *rand.Rand) float64 { return erlang(r, 3) })
	gaps("N gamma-4", func(r *rand.Rand) float64 { return erlang(r, 4) })
	gaps("N rayleigh", func(r *rand.Rand) float64 { return math.Sqrt(r.ExpFloat64()) })
	gaps("N exponential over a least", func(r *rand.Rand) float64 { return 0.3 + r.ExpFloat64() })
	gaps("N pareto 1.2", func(r *rand.Rand) float64 { return pareto(r, 1.2) / 6 })
	gaps("N pareto 2", func(r *rand.Rand) float64 { return pareto(r, 2) / 2 })
	gaps("N lomax 1.5", func(r *rand.Rand) float64 { return (pareto(r, 1.5) - 1) / 2 })
	gaps("N weibull 0.6", func(r *rand.Rand) float64 { return math.Pow(r.ExpFloat64(), 1/0.6) / 1.5 })
	gaps("N lognormal 0.75", func(r *rand.Rand) float64 { return math.Exp(0.75 * r.NormFloat64()) })
	gaps("N uniform from 0", func(r *rand.Rand) float64 { return 2 * r.Float64() })
	gaps("N two rates", func(r *rand.Rand) float64 {
		if r.Float64() < 0.5 {
			return r.ExpFloat64() / 8
		}
		return 2 * r.ExpFloat64()
	})
	add("N switching rates", func(r *rand.Rand, w float64) []call {
		m, fast := mean(r, w)/2, false
		return sized(r, renewal(r, 0, w, func() float64 {
			if r.Float64() < 0.05 {
				fast = !fast
			}
			if fast {
				return m * r.ExpFloat64() / 5
			}
			return 3 * m * r.ExpFloat64()
		}), 0.03)
	})
	add("N hawkes", func(r *rand.Rand, w float64) []call {
		m := mean(r, w) * 2
		decay := m / logUniform(r, 5, 60)
		var ts []float64
		var spawn func(t float64)
		spawn = func(t float64) {
			if t >= w || len(ts) > 1500 {
				return
			}
			ts = append(ts, t)
			for r.Float64() < 0.55 {
				spawn(t + decay*r.ExpFloat64())
			}
		}
		for t := 0.0; t < w; t += m * r.ExpFloat64() {
			spawn(t)
		}
		slices.Sort(ts)
		return sized(r, ts, 0.03)
	})
	add("N day and night", func(r *rand.Rand, w float64) []call {
		m := mean(r, w) / 2
		ts := renewal(r, 0, w, func() float64 { return m * r.ExpFloat64() })
		return sized(r, slices.DeleteFunc(ts, func(t float64) bool {
			return r.Float64() > 0.5-0.48*math.Cos(2*math.Pi*t/day)
		}), 0.03)
	})
	add("N backoff", func(r *rand.Rand, w float64) []call {
		var ts []float64
		for t := 0.0; t < w && len(ts) < 1500; t += w / 40 * r.ExpFloat64() {
			wait := 1 + r.Float64()
			for range 1 + r.IntN(7) {
				ts = append(ts, t)
				t += wait * (0.8 + 0.4*r.Float64())
				wait *= 2
			}
		}
		return sized(r, ts, 0)
	})
	add("N chat", func(r *rand.Rand, w float64) []call {
		var ts []float64
		for t := 0.0; t < w && len(ts) < 1500; t += w / 20 * r.ExpFloat64() {
			for range 2 + r.IntN(25) {
				ts = append(ts, t)
				t += 9 * math.Exp(0.8*r.NormFloat64())
			}
		}
		return sized(r, ts, 0.2)
	})
	add("N jobs", func(r *rand.Rand, w float64) []call {
		var ts []float64
		steps := make([]float64, 2+r.IntN(4))
		for i := range steps {
			steps[i] = logUniform(r, 5, 300)
		}
		for t := 0.0; t < w && len(ts) < 1500; t += w / 30 * r.ExpFloat64() {
			for _, s := range steps {
				ts = append(ts, t)
				t += s * math.Exp(0.35*r.NormFloat64())
			}
		}
		return sized(r, ts, 0.1)
	})
	add("N browsing", func(r *rand.Rand, w float64) []call { return browsing(r, w, 8+r.IntN(10)) })
	add("N 5 to 25 calls", func(r *rand.Rand, w float64) []call {
		var ts []float64
		for range 5 + r.IntN(21) {
			ts = append(ts, r.Float64()*w)
		}
		slices.Sort(ts)
		return sized(r, ts, 0)
	})
	return f
}
