package beacon

import (
	"math"
	"sync"
)

// A table holds the logarithm of the probability of each bin, seen from the
// bin in which the scale of the model lies (the period of a sleep). In
// logarithmic bins a rhythm twice as slow is the same table further right, so
// a likelihood is a sum of look-ups. What lies outside is an outlier.
type table struct {
	log     []float32
	zero    int // index of the scale's bin
	outside float32
}

// nats is the log-likelihood of the intervals with the scale in bin at.
func (t *table) nats(h *histogram, at int) float64 {
	var sum float32
	off := t.zero - at
	log, outside := t.log, t.outside
	for _, o := range h.held[:h.used] {
		l := outside
		if d := int(o.bin) + off; uint(d) < uint(len(log)) {
			l = log[d]
		}
		sum += l * o.count
	}
	return float64(sum)
}

// claim is the log-likelihood that the table expects of an interval of its own.
func (t *table) claim() float64 {
	sum := 0.0
	for _, l := range t.log {
		sum += math.Exp(float64(l)) * float64(l)
	}
	return sum
}

// climb moves the scale from bin at, where the likelihood is best, by steps that
// halve, to where it is highest nearby, and returns both.
func (t *table) climb(h *histogram, at int, best float64, step int) (int, float64) {
	for ; step > 0; step /= 2 {
		way := -step
		l := t.nats(h, at+way)
		if l <= best {
			way = step
			l = t.nats(h, at+way)
		}
		for ; l > best; l = t.nats(h, at+way) {
			best, at = l, at+way
		}
	}
	return at, best
}

// mixed returns the table of p with a share of outliers, which are spread
// evenly over all bins (log-uniform): sleeping laptops, lost days, other use.
func mixed(p []float64, zero int, outlier float64) table {
	floor := outlier / bins
	t := table{log: make([]float32, len(p)), zero: zero, outside: float32(math.Log(floor))}
	for i, v := range p {
		t.log[i] = float32(math.Log((1-outlier)*v + floor))
	}
	return t
}

// tabulate returns the probabilities of the bins from..to around a scale of
// one, for the distribution with this cumulative function. The scale is
// averaged over its own bin, as it may lie anywhere in it.
func tabulate(cdf func(x float64) float64, from, to int) []float64 {
	const steps = 4
	p := make([]float64, to-from+1)
	for s := range steps {
		shift := (float64(s) + 0.5) / steps
		last := cdf(math.Exp((float64(from) - shift) * binWidth))
		for i := range p {
			next := cdf(math.Exp((float64(from+i+1) - shift) * binWidth))
			p[i] += (next - last) / steps
			last = next
		}
	}
	return p
}

// models is every table: 0.25 MB, shared by all series.
type models struct {
	sleeps []sleep
	nulls  []null
}

// known returns the models. They are computed at the first call, in some
// milliseconds, and never change.
var known = sync.OnceValue(func() *models {
	return &models{sleeps: newSleeps(), nulls: newNulls()}
})
