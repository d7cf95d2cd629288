package beacon

import (
	"math"
	"time"

	"github.com/hookhound/hookhound/capture"
)

// A rhythm can begin later than the calls do: somebody tries the webhook by
// hand, a page is loaded first, a program starts slowly. The beats before it
// are its lead-in. Neither explanation has to account for their intervals.
//
// That the rhythm begins with beat k is believed with chance e^-1/k^2 against
// one that begins with the first. These chances have a sum of 0.6 for all k
// together, so that trying them all lets calls without rhythm through at most
// 1.6 times as often, at whatever moment they are looked at.
const leadCost = 1

func costOfLead(k int) float64 { return leadCost + 2*math.Log(float64(k)) }

const (
	// narrow is how far apart in bins the intervals of a rhythm may be for its
	// beginning to be sought: a factor of two.
	narrow = 16

	// leads is how many beginnings are tried.
	leads = 4
)

// later tries rhythms that begin later than what v shows, which q has just
// looked at: where the interval before is well outside of all that follow.
func (q *search) later(v view) {
	var at [leads]int
	found := 0
	d := q.sight.intervals[:q.sight.n]
	lo, hi := bins, -1
	for i := len(d) - 1; i >= 0 && found < leads && hi-lo <= narrow; i-- {
		b := binOf(d[i])
		wide := max(lo-b, b-hi)
		if len(d)-1-i >= fewest && wide > 1+(hi-lo)/2 {
			at[found] = i + 1
			found++
		}
		lo, hi = min(lo, b), max(hi, b)
	}
	for _, k := range at[:found] {
		w := v
		w.lead, w.cost = k, v.cost+costOfLead(k)
		q.try(w, 0)
	}
}

// reach is how many times shorter or longer than the period an interval may be
// for a beat before the rhythm to be one of its beats off time.
const reach = 4

// onset returns the first beat that is counted where the rhythm begins with the
// one at a time. Beats of the lead-in like those of the rhythm, in about its
// distance, are counted with it, though their time tells nothing: the program
// that calls is the same, and its start was slow.
func (s *Series) onset(began capture.Time, tau, period time.Duration) capture.Time {
	r := &s.ring
	i := 0
	for i < int(r.n) && r.at(i).t < began {
		i++
	}
	var up, down uint64 // of the rhythm's first beat
	for j := i; j < int(r.n) && (j == i || gap(r.at(j).t, r.at(j-1).t) <= tau); j++ {
		up, down = up+uint64(r.at(j).up), down+uint64(r.at(j).down)
	}
	for i > 0 {
		var u, d uint64
		var at capture.Time
		for first := true; i > 0 && (first || gap(at, r.at(i-1).t) <= tau); first = false {
			i--
			e := r.at(i)
			at, u, d = e.t, u+uint64(e.up), d+uint64(e.down)
		}
		if away := gap(began, at); away < period/reach || away > reach*period || !alike(u, up) || !alike(d, down) {
			break
		}
		began = at
	}
	return began
}

// alike tells whether two sizes differ by at most a factor of two, and a cookie.
func alike(a, b uint64) bool { return max(a, b) <= 2*min(a, b)+64 }
