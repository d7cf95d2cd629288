package detect

import (
	"fmt"
	"math"

	"github.com/hookhound/hookhound/pkg/beacon"
	"github.com/hookhound/hookhound/pkg/event"
)

// The weights of the terms, in points. They were set so that a rhythm of a
// handful of exact beats to a dedicated webhook host is a low alert, that the
// same after some dozens of beats is a high one, and that neither a webhook
// service called without rhythm nor a rhythm alone is one at all.
const (
	timingPoints  = 50.0 // at timing 1
	huntPoints    = 45.0 // at timing 1, of a service outside the catalogue
	servicePoints = 0.45 // a point of the catalogue's weight
	sizePoints    = 12.0 // for beats all of one size, and small
	upPoints      = 5.0  // what is sent outweighs what comes back
	downPoints    = -8.0 // a download, at DownRatio or more
	priorPoints   = -12.0
	lossPoints    = -10.0 // at a loss of half of the bytes
	oneWayPoints  = -3.0
	guessPoints   = -4.0 // when all exchanges were cut by silence alone

	smallBeat = 4 << 10  // bytes up; a beat of at most this is small
	largeBeat = 64 << 10 // bytes up; one of at least this is not small at all
	downRatio = 50.0
)

// verdict is the score of a pair with its parts.
type verdict struct {
	kind   string
	score  beacon.Score
	rhythm event.Rhythm
	terms  []event.Term
	total  float64
}

// holds tells whether the verdict is worth sending.
func (v *verdict) holds(threshold float64) bool {
	return v.score.Timing >= MinTiming && v.total >= threshold
}

// verdict scores the pair as it is now.
func (p *pair) verdict() verdict {
	s := p.series.Score()
	v := verdict{kind: event.KindBeacon, score: s, rhythm: p.rhythmOf(&s)}
	points := huntPoints
	if p.webhook() {
		v.kind, points = event.KindWebhookBeacon, timingPoints
	}
	v.add("prior", priorPoints, "most pairs of a client and a service are no beacon")
	v.add("timing", points*s.Timing, fmt.Sprintf("%d beats fit a rhythm of %s (%.2f of 1)", s.Count, event.Span(s.Interval), s.Timing))
	p.sizeTerms(&v)
	p.serviceTerm(&v)
	p.visibilityTerms(&v)
	v.close()
	return v
}

// add puts in a term unless it is nothing. Terms are rounded to a tenth of a
// point, so that what is read adds up.
func (v *verdict) add(name string, value float64, why string) {
	value = math.Round(value*10) / 10
	if value == 0 {
		return
	}
	v.terms = append(v.terms, event.Term{Name: name, Value: value, Why: why})
	v.total += value
}

// close holds the sum between 0 and 100.
func (v *verdict) close() {
	v.total = math.Round(v.total*10) / 10
	switch {
	case v.total > 100:
		v.add("bounds", 100-v.total, "no score is above 100")
	case v.total < 0:
		v.add("bounds", -v.total, "no score is below 0")
	}
	v.total = math.Round(v.total*10) / 10
}

func (p *pair) sizeTerms(v *verdict) {
	s := &v.score
	up, down := float64(s.UpMedian), float64(s.DownMedian)
	small := 1 - between(math.Log2(max(up, 1)), math.Log2(smallBeat), math.Log2(largeBeat))
	v.add("size", sizePoints*s.Size*small, fmt.Sprintf("beats of about %s up, %.2f of 1 alike", event.Size(s.UpMedian), s.Size))
	switch {
	case up > down:
		v.add("ratio", upPoints*between(math.Log2(max(up, 1)/max(down, 1)), 0, 1), "more goes up than comes back")
	case down > 0:
		v.add("ratio", downPoints*between(math.Log2(down/max(up, 1)), math.Log2(downRatio/8), math.Log2(downRatio)), "far more comes back than goes up")
	}
}

func (p *pair) serviceTerm(v *verdict) {
	m := &p.newest().Match
	if !m.Known() {
		return
	}
	v.add("service", servicePoints*float64(m.Weight), fmt.Sprintf("%s (%s): %s", m.Service.Name, m.Class, m.Service.Reason))
}

func (p *pair) visibilityTerms(v *verdict) {
	if lost := p.seen.LostShare(); lost > 0.01 {
		v.add("loss", lossPoints*min(1, 2*lost), fmt.Sprintf("%.1f %% of the bytes were never captured", 100*lost))
	}
	if p.seen.OneWay {
		v.add("one-way", oneWayPoints, "only one direction was captured")
	}
	if p.guessed > 0 {
		v.add("guessed", guessPoints*float64(p.guessed)/float64(p.calls), fmt.Sprintf("%d of %d calls were told apart by silence alone", p.guessed, p.calls))
	}
}

// between is 0 at low and below, 1 at high and above, linear in between.
func between(v, low, high float64) float64 {
	return min(1, max(0, (v-low)/(high-low)))
}
