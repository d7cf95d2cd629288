package beacon

import "math"

// A sleep is one way in which a beacon waits: its shape and its jitter. The
// period is the scale of its tables, one for each pair of shares.
type sleep struct {
	shape  Shape
	jitter float64 // standard deviation over mean
	half   int     // bins to either side of the period that hold most of it
	cost   float64 // nats that its freedom is worth
	tables [len(misses) * len(outliers)]table
}

// maxStep is the longest interval, in periods, that is understood as beats
// that went missing. What is longer is an outlier.
const maxStep = 6

// misses and outliers are the shares that are tried: of beats that did not
// come or were not seen, and of intervals that do not belong to the rhythm.
// A rhythm in fewer than half of the intervals is sought among the exchanges of
// one size instead.
var (
	misses   = [...]float64{0.02, 0.12, 0.30, 0.50}
	outliers = [...]float64{0.02, 0.08, 0.20, 0.40}
)

// The shares with which all sleeps are tried first.
const (
	usualMix = 1*len(outliers) + 1
	lossyMix = 3*len(outliers) + 1
)

func newSleeps() []sleep {
	var all []sleep
	for _, sd := range []float64{0.006, 0.015, 0.03, 0.055, 0.09, 0.14, 0.20, 0.27, 0.34} {
		cdf := func(x float64) float64 { return 0.5 * math.Erfc((1-x)/sd/math.Sqrt2) }
		all = append(all, newSleep(Gaussian, sd, cdf))
	}
	// Even between (1-j)S and S, as Cobalt Strike sleeps. Even between -30 % and
	// +30 % of a period is the same with j = 0.46, +-50 % with j = 0.67.
	for _, j := range []float64{0.10, 0.20, 0.33, 0.46, 0.57, 0.67, 0.80, 0.90} {
		mean := 1 - j/2
		low, wide := (1-j)/mean, j/mean
		cdf := func(x float64) float64 { return min(1, max(0, (x-low)/wide)) }
		all = append(all, newSleep(Uniform, wide/math.Sqrt(12), cdf))
	}
	return all
}

// newSleep makes the tables of a sleep with mean 1 and this distribution. The
// sum of k sleeps is taken as Gaussian, of k periods and jitter times root k.
func newSleep(shape Shape, jitter float64, single func(x float64) float64) sleep {
	const from, to = -107, 67 // 0.8 % to 20 periods
	s := sleep{shape: shape, jitter: jitter}
	var step [maxStep][]float64
	for k := range step {
		n := float64(k + 1)
		sd := jitter * math.Sqrt(n)
		cdf := single
		if k > 0 {
			cdf = func(x float64) float64 { return 0.5 * math.Erfc((n-x)/sd/math.Sqrt2) }
		}
		step[k] = tabulate(cdf, from, to)
	}
	p := make([]float64, to-from+1)
	for i, miss := range misses {
		clear(p)
		sum := 0.0
		for k := range step {
			sum += math.Pow(miss, float64(k))
		}
		for k := range step {
			w := math.Pow(miss, float64(k)) / sum
			for j := range p {
				p[j] += w * step[k][j]
			}
		}
		for j, o := range outliers {
			s.tables[i*len(outliers)+j] = mixed(p, -from, o)
		}
	}
	s.half = max(1, int(math.Round(1.6*jitter/binWidth)))
	// The narrower a sleep, the more places its period can take: that many are
	// tried against the one scale of a null model. Two nats are for the choice
	// among shapes and shares.
	s.cost = math.Log(1/max(jitter, binWidth/3)) + 2
	return s
}
