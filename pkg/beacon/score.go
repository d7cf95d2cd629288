package beacon

import (
	"math"
	"time"

	"github.com/hookhound/hookhound/capture"
)

// Shape is how the intervals spread around the period.
type Shape uint8

const (
	None     Shape = iota // no rhythm
	Gaussian              // two-sided: mostly near the period, rarely far
	Uniform               // even between a shortest and a longest sleep
)

// String returns the shape's name in lower case.
func (s Shape) String() string {
	switch s {
	case Gaussian:
		return "gaussian"
	case Uniform:
		return "uniform"
	}
	return "none"
}

// Score says how regular a series is, and by what. The package comment defines
// its terms. Interval, Jitter, Shape and Missed are zero unless the evidence
// speaks for a rhythm at all (Nats above 0).
type Score struct {
	Total  float64 // 0..1: timing and sizes, no context
	Timing float64 // 0..1: timing alone
	Size   float64 // 0..1: how steady the sizes are

	Nats        float64 // penalised log-likelihood ratio, beacon over none
	PerInterval float64 // the same over the number of intervals

	Interval time.Duration // the period: the mean of the sleeps
	Jitter   float64       // standard deviation of the sleeps over the period
	Shape    Shape
	Missed   float64 // 0..1: share of the beats that were due and did not come
	Broken   float64 // 0..1: share of the intervals that are longer than beats may miss

	Count       int          // beats of the rhythm, since the first
	First, Last capture.Time // when the first and the latest exchange began

	UpMedian, DownMedian uint64 // bytes of an exchange

	// Cluster tells that only exchanges of one size are the rhythm; Count, the
	// medians and the beats listed are theirs.
	Cluster bool
}

const (
	// faint is the evidence per interval, in nats, of which half is believed.
	// Random intervals of a family that no null model knows lie below it.
	faint = 0.25

	// crowd is the number of intervals of which half are believed: beyond,
	// counting on adds little.
	crowd = 150

	// halving is the weight in nats that halves the distance to 1.
	halving = 4
)

// weight combines evidence and evidence per interval, so that sheer count
// cannot win: nats/(1+n/crowd), times r/(r+faint) where r = nats/n.
func weight(nats, n float64) float64 {
	z := nats / (1 + n/crowd)
	if nats > 0 {
		r := nats / n
		z *= r / (r + faint)
	}
	return z
}

// share maps a weight to 0..1: 1-2^(-z/halving), with z bent so that it nears
// 0 where the weight is below 0.
func share(z float64) float64 {
	if z < 30 {
		z = math.Log1p(math.Exp(z))
	}
	return 1 - math.Exp2(-z/halving)
}

// Score returns how regular the exchanges added so far are. It changes
// nothing, and costs less than adding one.
func (s *Series) Score() Score {
	var sc Score
	if s.long != nil {
		sc = s.long.score
	} else {
		sc.UpMedian, sc.DownMedian, sc.Size = s.sizes(size{})
	}
	sc.First, sc.Last = s.first, s.last
	if l := s.long; l != nil && l.led && !sc.Cluster {
		sc.First = l.began
	}
	sc.Count = s.walk(nil)
	return sc
}

// Timing returns the Timing of Score, at no cost.
func (s *Series) Timing() float64 {
	if s.long == nil {
		return 0
	}
	return s.long.score.Timing
}

// Last returns the Last of Score, at no cost.
func (s *Series) Last() capture.Time { return s.last }
