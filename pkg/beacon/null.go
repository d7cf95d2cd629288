package beacon

import "math"

// A null is one way in which calls come without a rhythm. Its scale is fitted
// as freely as a period.
type null struct {
	tables []table   // by nullOutliers
	claim  []float64 // log-likelihood per interval of its own data, nil if not held to it
	median int       // bins from the scale to the median
	cost   float64   // nats
}

// nullOutliers are the shares of outliers tried, as a sleep's are. The scale
// is fitted with the first.
var nullOutliers = [...]float64{0.08, 0.02, 0.20, 0.40}

// tenfold is the narrowest span of the log-uniform model, in bins: intervals
// that differ by a factor of 10.9. Narrower, it would be a rhythm.
const tenfold = 53

func newNulls() []null {
	var all []null
	add := func(cdf func(x float64) float64) {
		all = append(all, newNull(nullOutliers[:], cdf))
	}
	// Exponential, gamma of shape 2, Weibull of shape 1.5, all with mean 1.
	add(func(x float64) float64 { return -math.Expm1(-x) })
	add(func(x float64) float64 { return 1 - math.Exp(-2*x)*(1+2*x) })
	weibull := math.Gamma(1 + 1/1.5)
	add(func(x float64) float64 { return -math.Expm1(-math.Pow(weibull*x, 1.5)) })
	for _, sigma := range []float64{0.7, 1, 1.4, 2, 2.8} {
		add(func(x float64) float64 { return 0.5 * math.Erfc(-math.Log(x)/sigma/math.Sqrt2) })
	}
	// Pareto from a shortest interval on. Its sharp front fits any rhythm, so it
	// is believed only as far as its long tail is there, too: no more than what
	// its own data would give it.
	for _, a := range []float64{1, 1.5, 2, 2.6} {
		n := newNull(nullOutliers[:2], func(x float64) float64 { return 1 - math.Pow(max(x, 1), -a) })
		n.cost = 4
		for _, t := range n.tables {
			n.claim = append(n.claim, t.claim())
		}
		all = append(all, n)
	}
	return all
}

func newNull(outliers []float64, cdf func(x float64) float64) null {
	const from, to = -270, 125 // 5e-6 to 280 of the scale
	p := tabulate(cdf, from, to)
	n := null{median: from}
	for sum, i := p[0], 1; sum <= 0.5; i++ {
		sum += p[i]
		n.median = i + from
	}
	for _, o := range outliers {
		n.tables = append(n.tables, mixed(p, -from, o))
	}
	return n
}

// null returns the log-likelihood of the null model that fits best.
func (m *models) null(h *histogram) float64 {
	lo, hi := h.span()
	best := -h.n*math.Log(float64(max(hi-lo+1, tenfold))) - 2
	median := h.median()
	for i := range m.nulls {
		n := &m.nulls[i]
		at := median - n.median
		at, usual := n.tables[0].climb(h, at, n.tables[0].nats(h, at), 8)
		for j := range n.tables {
			l := usual
			if j > 0 {
				l = n.tables[j].nats(h, at)
			}
			if n.claim != nil {
				l = min(l, h.n*n.claim[j])
			}
			best = max(best, l-n.cost)
		}
	}
	return best
}
