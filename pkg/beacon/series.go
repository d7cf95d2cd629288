package beacon

import (
	"time"

	"github.com/hookhound/hookhound/capture"
)

const (
	// merge is the longest silence inside a beat; it is a quarter of the period
	// where that is less.
	merge = time.Second

	// together is the silence below which exchanges are one at once: requests
	// that a client sends side by side on several streams.
	together = 5 * time.Millisecond

	// enough is how many exchanges the first fit needs.
	enough = 5
)

// Series is what is remembered of one pair's calls: the newest exchanges one
// by one, and of older ones how often each interval came. The zero value is
// empty and ready. It takes under 200 bytes for three exchanges and never more
// than 4 KB. Not to be copied once used, and not safe for concurrent use.
type Series struct {
	ring        ring
	first, last capture.Time
	wait        uint16 // exchanges until the next fit
	behind      bool   // Note took exchanges that no fit has seen
	long        *long  // nil until the first fit
}

// long is what a series needs from its first fit on.
type long struct {
	score Score // of the last fit
	tau   time.Duration
	mark  size // the exchanges that are the rhythm, or every one
	whole past
	part  past // of the exchanges near mark

	led   bool         // the rhythm has a lead-in
	began capture.Time // the first beat behind it
}

// past is one train of beats, as far as it left the ring.
type past struct {
	intervals   history
	start, last capture.Time // of its last beat, and of that beat's last exchange
	beats       uint64
}

// add takes an exchange that leaves the ring.
func (p *past) add(t capture.Time, tau time.Duration) {
	if p.beats > 0 {
		if gap(t, p.last) <= tau {
			p.last = t
			return
		}
		p.intervals.add(binOf(gap(t, p.start)))
	}
	p.start, p.last = t, t
	p.beats++
}

// merging returns the longest silence inside a beat, as the rhythm is known.
func (s *Series) merging() time.Duration {
	if s.long == nil || s.long.tau == 0 {
		return merge
	}
	return s.long.tau
}

// Add tells of one exchange: when it began, and its application bytes up and
// down. It returns whether the exchange begins a new beat after the latest;
// false means that it belongs to that beat or came late. A late exchange is
// put where it belongs as long as the ring reaches back to it.
func (s *Series) Add(t capture.Time, up, down uint64) bool {
	fresh, took := s.put(event{t, clamp32(up), clamp32(down)})
	if took && int(s.ring.n) >= enough {
		s.follow()
	}
	return fresh
}

// Note is Add for a series that is asked rarely: it fits nothing until the ring
// is full. Fit has to be called before the series is asked.
func (s *Series) Note(t capture.Time, up, down uint64) {
	switch _, took := s.put(event{t, clamp32(up), clamp32(down)}); {
	case !took:
	case int(s.ring.n) == ringSize:
		// What leaves the ring is merged and sorted as the rhythm asks for.
		s.follow()
	default:
		s.behind = true
	}
}

// Fit makes up for the fits that Note left out.
func (s *Series) Fit() {
	if s.behind && int(s.ring.n) >= enough {
		s.wait = 0
		s.follow()
	}
}

// put takes an exchange. It tells whether that begins a new beat after the
// latest, and whether it takes a place of its own in the ring.
func (s *Series) put(e event) (fresh, took bool) {
	n, t := int(s.ring.n), e.t
	if n == 0 {
		s.first, s.last = t, t
		s.ring.grow()
		s.ring.insert(e)
		return true, true
	}
	fresh = t > s.last && gap(t, s.last) > s.merging()
	if p := s.ring.at(n - 1); t >= p.t && gap(t, p.t) <= together {
		p.up, p.down = sum32(p.up, e.up), sum32(p.down, e.down)
		return false, false
	}
	if t < s.ring.at(0).t && (n == ringSize || s.long != nil && s.long.whole.beats > 0) {
		return false, false // too late: its place has left the ring
	}
	switch {
	case n == ringSize:
		s.forget()
	case n == len(s.ring.buf):
		s.ring.grow()
	}
	s.ring.insert(e)
	s.first, s.last = min(s.first, t), max(s.last, t)
	return fresh, true
}

// follow counts an exchange, and fits anew when it is time to.
func (s *Series) follow() {
	if s.long == nil {
		s.long = &long{}
	}
	if s.wait == 0 || s.steady() {
		s.refit()
		s.behind = false
		s.wait = s.long.rest(s.ring.n)
	}
	s.wait = max(s.wait, 1) - 1
}

// rest returns how many exchanges the next fit comes after: an eighth of the
// ring, so that what a fit costs is spread over as many exchanges as could
// change it; where there is no rhythm, which is what most pairs are, a quarter,
// and two while they are few.
func (l *long) rest(n uint16) uint16 {
	switch {
	case l.score.Nats >= 0:
		return n / 8
	case n < few:
		return 2
	}
	return n / 4
}

// few is up to how many exchanges a rhythm may just begin.
const few = 24

// steady tells whether few calls of which no rhythm is known came with two like
// intervals at last, so that the fit is not to be waited for.
func (s *Series) steady() bool {
	n := int(s.ring.n)
	if n >= few || s.long.score.Nats >= 0 {
		return false
	}
	a := gap(s.ring.at(n-1).t, s.ring.at(n-2).t)
	b := gap(s.ring.at(n-2).t, s.ring.at(n-3).t)
	return max(a, b) <= min(a, b)+min(a, b)/2
}

// forget moves the oldest exchange of the ring to the past.
func (s *Series) forget() {
	e, l := s.ring.pop(), s.long
	if e.t >= s.from(size{}) {
		l.whole.add(e.t, s.merging())
	}
	if l.mark != (size{}) && l.mark.near(size{e.up, e.down}) {
		l.part.add(e.t, s.merging())
	}
}
