package pipeline

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/defrag"
	"github.com/hookhound/hookhound/pkg/detect"
	"github.com/hookhound/hookhound/pkg/event"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/observe"
	"github.com/hookhound/hookhound/pkg/packet"
)

// Stage is a part of the pipeline.
type Stage uint8

// The stages in which a panic is caught.
const (
	Reading   Stage = iota // taking and decoding frames
	Observing              // following flows
	Judging                // weighing what was observed
	Telling                // the output
)

// String names the stage.
func (s Stage) String() string {
	return [...]string{"reading", "observing", "judging", "telling"}[s]
}

// Panic is a fault of the sensor's own that was caught. What was being worked on
// is left out, and the run goes on. The words of What, which may be made of
// foreign bytes, stand on one line and are printable.
type Panic struct {
	Stage Stage
	observe.Panic
	// Raw is the frame that could not be read, with its own bytes, cut to
	// limit.PanicEvidence; nil in all stages but the first.
	Raw *capture.Frame
	// File holds the frames, and the words are beside it. It is empty where
	// none is wanted, or none could be written for the reason Err.
	File string
	Err  error
}

// guard keeps what one stage has caught.
type guard struct {
	count uint64 // of all
	kept  int
	list  []Panic // at most limit.Panics over the run; taken after each batch
}

// caught notes a panic, while the stack still shows where it was. It says where
// that is kept, nil for nowhere.
func (g *guard) caught(stage Stage, what any, at capture.Time, frame uint64, raw *capture.Frame) *Panic {
	if g.count++; g.kept >= limit.Panics {
		return nil
	}
	g.kept++
	p := Panic{Stage: stage, Raw: raw}
	p.Time, p.Frame, p.What, p.Stack = at, frame, observe.WordsOf(what), observe.StackOf()
	if raw != nil {
		own := *raw
		own.Wire = max(own.Wire, uint32(len(own.Bytes)))
		own.Bytes = bytes.Clone(own.Bytes[:min(len(own.Bytes), limit.PanicEvidence)])
		p.Raw = &own
	}
	g.list = append(g.list, p)
	return &g.list[len(g.list)-1]
}

// caughtWith is caught for a panic over an observation.
func (g *guard) caughtWith(o *event.Observation, stage Stage, what any) {
	x := g.caught(stage, what, o.Time, o.Frame, nil)
	if c := o.Conn; x != nil && c != nil {
		x.Flow = flow.Key{
			Addr: [2]packet.Addr{c.Client.Addr().As16(), c.Server.Addr().As16()},
			Port: [2]uint16{c.Client.Port(), c.Server.Port()}, Protocol: c.Protocol,
		}
	}
}

func (g *guard) take() []Panic {
	list := g.list
	g.list = nil
	return list
}

// caught is deferred around the reading of frames; f is the one that was being
// read, nil while the source was asked for one.
func (r *reader) caught(f **capture.Frame, err *error) {
	what := recover()
	if what == nil {
		return
	}
	if *f != nil {
		r.guard.caught(Reading, what, (*f).Time, (*f).Number, *f)
		if r.joining {
			// Parts that wait are lost with the table, which may have been
			// left half done.
			r.joining = false
			st := r.parts.Stats()
			r.past.Add(&st)
			r.past.Waiting = 0
			r.parts = defrag.New()
		}
		return
	}
	r.guard.caught(Reading, what, r.clock, 0, nil)
	if r.refused++; r.refused >= limit.SourcePanics {
		*err = fmt.Errorf("the source panicked %d times in a row: %s", limit.SourcePanics, observe.WordsOf(what))
	}
}

// tell hands an observation to the output.
func (p *Pipeline) tell(o *event.Observation) {
	defer func() {
		if what := recover(); what != nil {
			p.guard.caughtWith(o, Telling, what)
		}
	}()
	p.failed = p.out.Observation(o)
}

// emit hands a detection to the output. A panic stops there, so that the judge
// ends what it was about.
func (p *Pipeline) emit(d *event.Detection) {
	if p.failed != nil {
		return
	}
	defer func() {
		if what := recover(); what != nil {
			p.guard.caught(Telling, what, d.Time, 0, nil)
		}
	}()
	p.failed = p.out.Detection(d)
}

// judged gives observations to the judge, from a place on up to the end or to a
// panic, and tells how far it came.
func (p *Pipeline) judged(items []observe.Item, order []place, from int) (at int) {
	at = from
	defer func() {
		if what := recover(); what != nil {
			p.guard.caughtWith(&items[order[at].place].Observation, Judging, what)
			p.judgeFailed()
			at++
		}
	}()
	for ; at < len(order); at++ {
		o := &items[order[at].place].Observation
		if p.out.Observation != nil && p.failed == nil {
			p.tell(o)
		}
		p.judge.Observe(o)
		p.unfit = 0
	}
	return at
}

// moved tells the judge how late it is, or that this is the end.
func (p *Pipeline) moved(move func(*detect.Judge, capture.Time), now capture.Time) {
	defer func() {
		if what := recover(); what != nil {
			p.guard.caught(Judging, what, now, 0, nil)
			p.judgeFailed()
		}
	}()
	move(p.judge, now)
}

// judgeFailed puts another judge in the place of one that fails for good.
func (p *Pipeline) judgeFailed() {
	if p.unfit++; p.unfit < limit.JudgePanics {
		return
	}
	p.unfit = 0
	p.stats.Renewed++
	addDetect(&p.past, p.judge.Stats())
	p.judge = detect.New(p.opt.Detect, p.emit)
}

// addDetect adds the counts of another judge.
func addDetect(s *detect.Stats, o detect.Stats) {
	s.Pairs += o.Pairs
	s.Evicted += o.Evicted
	s.Exchanges += o.Exchanges
	s.Pushes += o.Pushes
	s.Elsewhere += o.Elsewhere
	s.Alerts += o.Alerts
	s.Hunts += o.Hunts
	s.HuntsOver += o.HuntsOver
	s.Unweighted += o.Unweighted
}

// observed makes panics of the pipeline of what shards have caught.
func observed(list []observe.Panic) []Panic {
	var out []Panic
	for i := range list {
		out = append(out, Panic{Stage: Observing, Panic: list[i]})
	}
	return out
}

// report writes what was caught into the bug report and tells of it, in an order
// that does not depend on how the work was split.
func (p *Pipeline) report(list []Panic) {
	list = append(list, p.guard.take()...)
	slices.SortStableFunc(list, func(a, b Panic) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Frame, b.Frame), cmp.Compare(a.Shard, b.Shard))
	})
	for i := range list {
		if p.reported++; p.reported > limit.Panics {
			return
		}
		x := &list[i]
		if p.bugs.path != "" {
			x.File, x.Err = p.bugs.add(x)
		}
		if p.out.Panicked != nil {
			p.out.Panicked(x)
		}
	}
}

// BugReport is the file in which the frames are that made the sensor panic, empty
// where there is none. Words about each are in the file that Words names.
func (p *Pipeline) BugReport() string { return p.bugs.name() }
