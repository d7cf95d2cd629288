package beacon

import (
	"math"
	"time"

	"github.com/hookhound/hookhound/capture"
)

// A view is one way to read the exchanges as beats.
type view struct {
	tau  time.Duration // longest silence inside a beat
	mark size          // only the exchanges near it; zero for all
	past *past         // with the intervals that left the ring, or without (nil)
	lead int           // the first beats, so many, that are no part of the rhythm
	cost float64       // nats: what it takes to be preferred
}

// The costs of a view. A cluster of sizes and a longer pause are chosen among
// several after looking at the data, hence dearer.
const (
	ringCost    = 1 // the newest only: a beacon that began lately
	pauseCost   = 4
	clusterCost = 4
)

// pauses are longer silences inside a beat: an answer that is posted seconds
// after the question, a call that is tried again. They are read so only if the
// period is at least pauseRatio times as long.
var pauses = [...]time.Duration{5 * time.Second, 40 * time.Second}

const pauseRatio = 8

// smallCluster is the share of the ring, one in so many, below which a cluster
// is not looked at unless it is the one that was the rhythm before.
const smallCluster = 12

// fewest is how many intervals a view must have.
const fewest = enough - 1

// sight is what a view shows. It lives on the stack of one fit.
type sight struct {
	h         histogram
	intervals [ringSize]time.Duration // those in the ring
	n         int
	began     capture.Time // the beat from which the first of them goes
}

// look reads the series through v.
func (s *Series) look(v view, out *sight) {
	out.h.reset()
	out.n = 0
	lead := v.lead
	var start, last capture.Time
	open := false
	if v.past != nil && v.past.beats > 0 {
		start, last, open = v.past.start, v.past.last, true
		out.h.include(&v.past.intervals)
	}
	for i := range int(s.ring.n) {
		e := s.ring.at(i)
		if !e.is(v.mark) {
			continue
		}
		if open {
			if gap(e.t, last) <= v.tau {
				last = e.t
				continue
			}
			if lead > 0 {
				lead--
			} else {
				if out.n == 0 {
					out.began = start
				}
				d := gap(e.t, start)
				out.intervals[out.n] = d
				out.n++
				out.h.add(binOf(d), 1)
			}
		}
		start, last, open = e.t, e.t, true
	}
	out.h.seal()
}

// reading is a rhythm and the view in which it was found.
type reading struct {
	fitted
	view view
	z    float64 // weight of the evidence, see weight
}

// search tries views and keeps the best reading.
type search struct {
	series *Series
	models *models
	sight  sight
	best   reading
}

// try fits what v shows. The reading counts only if its period is at least
// atLeast; it is returned in any case, with n zero if too little is seen.
func (q *search) try(v view, atLeast time.Duration) reading {
	q.series.look(v, &q.sight)
	if q.sight.h.n < fewest {
		return reading{z: math.Inf(-1)}
	}
	r := reading{fitted: q.models.fit(&q.sight.h), view: v}
	r.nats -= v.cost
	r.z = weight(r.nats, r.n)
	if r.z > q.best.z && middle(r.at) >= float64(atLeast) {
		q.best = r
	}
	return r
}

// both tries v on the ring alone and together with the past.
func (q *search) both(v view, p *past) {
	if p.intervals.n > 0 {
		old := v
		old.past = p
		q.try(old, 0)
	}
	v.cost += ringCost
	q.try(v, 0)
	if q.series.long.whole.beats == 0 && v.mark == (size{}) {
		q.later(v)
	}
}

// refit looks at the series in every way and keeps the best reading.
func (s *Series) refit() {
	q := search{series: s, models: known(), best: reading{z: math.Inf(-1)}}
	r, l := &s.ring, s.long
	n := int(r.n)

	q.both(view{tau: merge}, &l.whole)

	// Fast rhythms: merge next to nothing, find the period, merge by that.
	if r.within(0, 4*merge)*2 > n {
		f := q.try(view{tau: together, cost: ringCost}, 0)
		if p := time.Duration(middle(f.at)); f.n > 0 && p < 4*merge {
			q.both(view{tau: p / 4}, &l.whole)
		}
	}
	for _, tau := range pauses {
		if r.within(merge, tau)*6 > n {
			q.try(view{tau: tau, cost: pauseCost}, pauseRatio*tau)
		}
	}
	mark, count := clusters(r)
	for i, c := range count {
		// The past is that of the mark followed until now.
		v, p := view{tau: merge, mark: mark[i], cost: clusterCost}, &past{}
		least := max(enough, n/smallCluster)
		if l.mark != (size{}) && l.mark.near(mark[i]) {
			v.mark, p, least = l.mark, &l.part, enough
		}
		if c >= least && c <= n-3 {
			q.both(v, p)
		}
	}
	q.settle()
}

// settle makes the best reading the score, and keeps what the next exchanges
// are to be merged and sorted by.
func (q *search) settle() {
	s, l, b := q.series, q.series.long, &q.best
	l.tau = 0
	if l.whole.beats == 0 {
		l.led = false
	}
	if math.IsInf(b.z, -1) {
		l.score = Score{}
		return
	}
	sc := Score{Nats: b.nats, PerInterval: b.nats / b.n, Timing: share(b.z)}
	if b.nats > 0 {
		l.tau = b.view.tau
		if m := b.view.mark; m != (size{}) && m != l.mark {
			l.part.intervals.reset()
			l.part = past{intervals: l.part.intervals}
			l.mark = m
		}
		sc.Cluster = b.view.mark != (size{})
		q.measure(&sc)
		if b.view.lead > 0 {
			l.began, l.led = s.onset(q.sight.began, b.view.tau, sc.Interval), true
		}
	}
	mark := size{}
	if sc.Cluster {
		mark = l.mark
	}
	sc.UpMedian, sc.DownMedian, sc.Size = s.sizes(mark)
	sc.Total = share(b.z * (0.9 + 0.2*sc.Size))
	l.score = sc
}

// measure takes period, jitter and missing beats from the exact intervals in
// the ring, around the period that was fitted.
func (q *search) measure(sc *Score) {
	b := &q.best
	q.series.look(b.view, &q.sight)
	sl, center := &q.models.sleeps[b.sleep], middle(b.at)
	reach := max(3*sl.jitter, 1.5*binWidth)
	var n, sum, square, due, seen, breaks float64
	for _, d := range q.sight.intervals[:q.sight.n] {
		x := float64(d) / center
		k := max(1, math.Round(x))
		if k > maxStep {
			breaks++
		}
		if k > maxStep || math.Abs(x-k) > min(reach*math.Sqrt(k), 1) {
			continue
		}
		due, seen = due+k, seen+1
		if k == 1 {
			n, sum, square = n+1, sum+x, square+x*x
		}
	}
	sc.Shape, sc.Interval, sc.Jitter = sl.shape, time.Duration(center), sl.jitter
	if n > 1 {
		mean := sum / n
		sc.Interval = time.Duration(mean * center)
		sc.Jitter = math.Sqrt(max(0, square/n-mean*mean)) / mean
	}
	if due > 0 {
		sc.Missed = (due - seen) / due
	}
	if breaks > 1 {
		sc.Broken = (breaks - 1) / float64(q.sight.n)
	}
}
