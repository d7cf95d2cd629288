package beacon

import "math"

// fitted is the best rhythm in a histogram.
type fitted struct {
	nats  float64 // log-likelihood ratio, beacon over null, less the costs
	n     float64 // intervals
	at    int     // bin of the period
	sleep int     // index of the sleep
}

// finalists is how many sleeps are tried with all shares of missing beats and
// of outliers. Before, each is tried with two usual ones.
const finalists = 4

// fit finds the sleep, period and shares that explain the intervals best, and
// weighs them against the null model that does.
func (m *models) fit(h *histogram) fitted {
	var top [finalists]struct {
		nats      float64
		at, sleep int
	}
	for i := range top {
		top[i].nats = math.Inf(-1)
	}
	var p [2]int
	for i := range m.sleeps {
		s := &m.sleeps[i]
		t := &s.tables[usualMix]
		if i == 0 || s.half != m.sleeps[i-1].half {
			p = h.peaks(s.half)
		}
		at, nats := p[0], t.nats(h, p[0])
		if p[1] >= 0 {
			if l := t.nats(h, p[1]); l > nats {
				at, nats = p[1], l
			}
		}
		at, nats = t.climb(h, at, nats, max(1, s.half/2))
		nats = max(nats, s.tables[lossyMix].nats(h, at))
		nats -= s.cost
		for j := range top {
			if nats > top[j].nats {
				copy(top[j+1:], top[j:])
				top[j].nats, top[j].at, top[j].sleep = nats, at, i
				break
			}
		}
	}
	f := fitted{nats: math.Inf(-1), n: h.n}
	mix := 0
	for _, c := range top {
		s := &m.sleeps[c.sleep]
		for i := range s.tables {
			if l := s.tables[i].nats(h, c.at) - s.cost; l > f.nats {
				f.nats, f.at, f.sleep, mix = l, c.at, c.sleep, i
			}
		}
	}
	s := &m.sleeps[f.sleep]
	at, l := s.tables[mix].climb(h, f.at, s.tables[mix].nats(h, f.at), 1)
	f.at, f.nats = at, l-s.cost-m.null(h)
	return f
}
