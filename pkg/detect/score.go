package detect

import (
	"fmt"
	"math"

	"github.com/hookhound/hookhound/pkg/beacon"
	"github.com/hookhound/hookhound/pkg/event"
)

// The weights of the terms, in points. They were set so that a rhythm of a
// handful of exact beats is a medium alert to a host that takes webhooks and a
// high one to a request bin; that after some dozens these are high and critical,
// and what people use too (Discord) is just high, unless it jitters; that a heartbeat
// service, which is called by the clock on purpose, stays low; and that neither
// a webhook service called without rhythm nor a rhythm alone is an alert at all.
// TestSeverities holds the table.
const (
	timingPoints  = 46.0  // at timing 1
	huntPoints    = 58.0  // at timing 1, of a service outside the catalogue
	countPoints   = 9.0   // for a rhythm that lasts, at timing 1
	servicePoints = 0.55  // a point of the catalogue's weight
	sizePoints    = 12.0  // for beats all of one size, and small
	upPoints      = 5.0   // what is sent outweighs what comes back
	downPoints    = -8.0  // a download, at downRatio or more
	breakPoints   = -30.0 // a rhythm that breaks off again and again
	priorPoints   = -18.0
	lossPoints    = -10.0 // at a loss of half of the bytes
	oneWayPoints  = -3.0
	guessPoints   = -4.0 // when all exchanges were cut by silence alone

	smallBeat = 4 << 10  // bytes up; a beat of at most this is small
	largeBeat = 64 << 10 // bytes up; one of at least this is not small at all
	downRatio = 50.0

	fewBeats  = 8  // a rhythm of up to so many does not last yet
	manyBeats = 45 // one of so many does

	// A rhythm that breaks off, for longer than beats go missing, after every
	// sixth beat is a burst: calls that a program makes one after the other. One
	// break in 16 beats takes nothing: nights, closed lids.
	fewBreaks  = 1.0 / 16
	manyBreaks = 1.0 / 6
)

// part is one of the terms that a score can have. Their order is that in which
// they leave.
type part uint8

const (
	prior part = iota
	timing
	count
	size
	ratio
	breaks
	service
	loss
	oneWay
	guessed
	bounds
	parts
)

// String is the name that leaves the sensor.
func (t part) String() string {
	return [parts]string{"prior", "timing", "count", "size", "ratio", "breaks", "service", "loss", "one-way", "guessed", "bounds"}[t]
}

// verdict is the score of a pair with its parts, in numbers alone: the words
// are only made for what is sent.
type verdict struct {
	kind   string
	score  beacon.Score
	rhythm event.Rhythm
	points [parts]float64
	total  float64
}

// holds tells whether the verdict is worth sending.
func (v *verdict) holds(threshold float64) bool {
	least := MinTiming
	if v.kind == event.KindBeacon {
		least = MinHuntTiming
	}
	return v.score.Timing >= least && v.total >= threshold
}

// verdict scores the pair by what its series shows now.
func (p *pair) verdict(s *beacon.Score) verdict {
	v := verdict{kind: event.KindBeacon, score: *s, rhythm: p.rhythmOf(s)}
	points := huntPoints
	if p.webhook() {
		v.kind, points = event.KindWebhookBeacon, timingPoints
		v.add(service, servicePoints*float64(p.weight))
	}
	v.add(prior, priorPoints)
	v.add(timing, points*s.Timing)
	lasting := between(math.Log2(float64(max(s.Count, 1))), math.Log2(fewBeats), math.Log2(manyBeats))
	v.add(count, countPoints*s.Timing*lasting)
	v.sizes()
	v.add(breaks, breakPoints*between(s.Broken, fewBreaks, manyBreaks))
	p.visibility(&v)
	v.close()
	return v
}

// add puts in a term. Terms are rounded to a tenth of a point, so that what is
// read adds up.
func (v *verdict) add(t part, value float64) {
	v.points[t] = tenths(value)
	v.total = tenths(v.total + v.points[t])
}

func tenths(v float64) float64 { return math.Round(v*10) / 10 }

// close holds the sum between 0 and 100.
func (v *verdict) close() {
	switch {
	case v.total > 100:
		v.add(bounds, 100-v.total)
	case v.total < 0:
		v.add(bounds, -v.total)
	}
}

// sizes adds what the sizes of the beats tell.
func (v *verdict) sizes() {
	up, down := float64(max(v.score.UpMedian, 1)), float64(v.score.DownMedian)
	small := 1 - between(math.Log2(up), math.Log2(smallBeat), math.Log2(largeBeat))
	v.add(size, sizePoints*v.score.Size*small)
	switch {
	case up > down:
		v.add(ratio, upPoints*between(math.Log2(up/max(down, 1)), 0, 1))
	case down > 0:
		v.add(ratio, downPoints*between(math.Log2(down/up), math.Log2(downRatio/8), math.Log2(downRatio)))
	}
}

// visibility adds what the capture lacked.
func (p *pair) visibility(v *verdict) {
	if lost := p.seen.LostShare(); lost > 0.01 {
		v.add(loss, lossPoints*min(1, 2*lost))
	}
	if p.seen.OneWay {
		v.add(oneWay, oneWayPoints)
	}
	v.add(guessed, guessPoints*float64(p.guessed)/float64(max(p.calls, 1)))
}

// terms puts a verdict's parts into words. A part of no points is none.
func (p *pair) terms(v *verdict) []event.Term {
	var out []event.Term
	for t, value := range v.points {
		if value != 0 {
			out = append(out, event.Term{Name: part(t).String(), Value: value, Why: p.why(v, part(t))})
		}
	}
	return out
}

// why says what a term stands for.
func (p *pair) why(v *verdict, t part) string {
	s := &v.score
	switch t {
	case prior:
		return "most pairs of a client and a service are no beacon"
	case timing:
		return fmt.Sprintf("%d beats fit a rhythm of %s (%.2f of 1)", s.Count, event.Span(s.Interval), s.Timing)
	case count:
		return fmt.Sprintf("it has gone on for %s", event.Span(s.Last.Sub(s.First)))
	case size:
		return fmt.Sprintf("beats of about %s up, %.2f of 1 alike", event.Size(s.UpMedian), s.Size)
	case ratio:
		if v.points[ratio] > 0 {
			return "more goes up than comes back"
		}
		return "far more comes back than goes up"
	case breaks:
		return fmt.Sprintf("it breaks off about every %.0f beats, as bursts do", 1/s.Broken)
	case service:
		return fmt.Sprintf("%s (%s): %s", p.service.Name, p.class, p.service.Reason)
	case loss:
		return fmt.Sprintf("%.1f %% of the bytes were never captured", 100*p.seen.LostShare())
	case oneWay:
		return "only one direction was captured"
	case guessed:
		return fmt.Sprintf("%d of %d calls were told apart by silence alone", p.guessed, p.calls)
	}
	if v.points[bounds] < 0 {
		return "no score is above 100"
	}
	return "no score is below 0"
}

// between is 0 at low and below, 1 at high and above, linear in between.
func between(v, low, high float64) float64 {
	return min(1, max(0, (v-low)/(high-low)))
}
