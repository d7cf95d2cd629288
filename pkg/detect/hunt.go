package detect

import (
	"cmp"
	"slices"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/event"
)

// entry is a candidate for the hunt list of a day.
type entry struct {
	score     float64
	pair      *pair
	verdict   verdict
	detection *event.Detection // written down already, since the pair is gone
}

// better is the order of the list: by score, then by pair. A pair with several
// episodes on one day has an entry for each, the earlier one first.
func better(a, b entry) int {
	return cmp.Or(cmp.Compare(b.score, a.score), comparePairs(a.pair, b.pair))
}

// hunted tells whether a pair belongs on the day's hunt list, and its verdict.
func (j *Judge) hunted(p *pair) (verdict, bool) {
	if !p.fresh || p.webhook() || p.spoken() || p.direction != event.Outbound {
		return verdict{}, false
	}
	p.series.Fit()
	if p.series.Timing() < MinHuntTiming {
		return verdict{}, false
	}
	score := p.series.Score()
	v := p.verdict(&score)
	return v, v.holds(j.opt.Threshold) && v.score.Last.Sub(v.score.First) >= leastHunt
}

// leastHunt is how long a rhythm outside the catalogue must have gone on to be
// worth a person's time: the pictures of a page come at even pauses, too.
const leastHunt = 15 * time.Second

// keep remembers until the end of the day what the list is to say of an episode
// that is over. Otherwise whoever pauses for an hour, or calls so many names
// that the limit puts his pair out, would never be on it. No more are kept than
// the list has room for.
func (j *Judge) keep(p *pair, v verdict) {
	e := entry{score: v.total, pair: &pair{key: p.key}}
	at, _ := slices.BinarySearchFunc(j.over, e, func(a, b entry) int {
		if c := better(a, b); c != 0 {
			return c
		}
		return -1 // behind its equals
	})
	if at >= j.opt.HuntEntries {
		j.stats.HuntsOver++
		return
	}
	p.more().revision++
	e.detection = j.detection(p, &v, event.Ended)
	j.over = slices.Insert(j.over, at, e)
	if len(j.over) > j.opt.HuntEntries {
		j.over = j.over[:j.opt.HuntEntries]
		j.stats.HuntsOver++
	}
}

// hunt sends the list of the rhythms to services outside the catalogue that
// had a beat since the list before.
func (j *Judge) hunt(at capture.Time) {
	all := j.over
	j.over = nil
	for i := range j.shard {
		for p := range j.shard[i].outside() {
			if v, ok := j.hunted(p); ok {
				all = append(all, entry{score: v.total, pair: p, verdict: v})
			}
			p.fresh = false
		}
	}
	slices.SortStableFunc(all, better)
	for i, e := range all {
		if i >= j.opt.HuntEntries {
			j.stats.HuntsOver += uint64(len(all) - i)
			return
		}
		d := e.detection
		if d == nil {
			action := event.Updated
			if e.pair.more().revision == 0 {
				action = event.Created
			}
			e.pair.revision++
			d = j.detection(e.pair, &e.verdict, action)
		}
		d.Time, d.Hunt, d.Rank = at, true, i+1
		j.stats.Hunts++
		j.emit(d)
	}
}
