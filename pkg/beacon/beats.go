package beacon

import (
	"time"

	"github.com/hookhound/hookhound/capture"
)

// A Beat is one or more exchanges close together.
type Beat struct {
	Time      capture.Time // of its first exchange
	Up, Down  uint64       // bytes of all its exchanges
	Exchanges int
}

// AppendBeats appends to dst the newest beats that are still remembered one by
// one, at most limit, oldest first. Where Score.Cluster is set they are those
// of the cluster.
func (s *Series) AppendBeats(dst []Beat, limit int) []Beat {
	have := len(dst)
	s.walk(func(b Beat) { dst = append(dst, b) })
	if more := len(dst) - have - max(limit, 0); more > 0 {
		dst = append(dst[:have], dst[have+more:]...)
	}
	return dst
}

// walk calls visit, unless nil, for each beat whose first exchange is in the
// ring, and returns how many beats there are with those that left it.
func (s *Series) walk(visit func(Beat)) int {
	var mark size
	var old *past
	if l := s.long; l != nil {
		old = &l.whole
		if l.score.Cluster {
			mark, old = l.mark, &l.part
		}
	}
	tau, from := s.merging(), s.from(mark)
	n, open := 0, false
	var last capture.Time
	if old != nil && old.beats > 0 {
		n, last, open = int(old.beats), old.last, true
	}
	var b Beat
	for i := range int(s.ring.n) {
		e := s.ring.at(i)
		if e.t < from || !e.is(mark) {
			continue
		}
		if !open || gap(e.t, last) > tau {
			if visit != nil && b.Exchanges > 0 {
				visit(b)
			}
			n, b = n+1, Beat{Time: e.t}
		}
		last, open = e.t, true
		if b.Time == e.t || b.Exchanges > 0 {
			b.Up, b.Down, b.Exchanges = b.Up+uint64(e.up), b.Down+uint64(e.down), b.Exchanges+1
		}
	}
	if visit != nil && b.Exchanges > 0 {
		visit(b)
	}
	return n
}

// from returns the time from which on exchanges near mark are the rhythm.
func (s *Series) from(mark size) capture.Time {
	if l := s.long; l != nil && l.led && mark == (size{}) {
		return l.began
	}
	return capture.Always
}

const (
	leastPatience = time.Hour
	mostPatience  = 7 * 24 * time.Hour
	slow          = 5 * time.Minute // a period from which a day is waited

	// missable is how many due beats in a row end a rhythm.
	missable = 30
)

// Expect returns the silence after Last that makes the rhythm implausible, so
// that a later beat begins another episode: 30 beats that were to be seen, or
// twice the longest silence remembered, between an hour and a week, and at
// least a day for periods from 5 minutes and for no rhythm at all.
func (s *Series) Expect() time.Duration {
	var sc Score
	var wait time.Duration
	if s.long != nil {
		sc = s.long.score
		wait = s.long.whole.intervals.longest()
	}
	from := s.from(size{})
	for i := 1; i < int(s.ring.n); i++ {
		if before := s.ring.at(i - 1).t; before >= from {
			wait = max(wait, gap(s.ring.at(i).t, before))
		}
	}
	wait = 2 * min(wait, mostPatience)
	least := leastPatience
	if sc.Interval == 0 || sc.Interval >= slow {
		least = 24 * time.Hour
	}
	seen := max(1-sc.Missed, 0.1)
	wait = max(wait, time.Duration(missable*float64(min(sc.Interval, mostPatience))/seen))
	return min(max(wait, least), mostPatience)
}
