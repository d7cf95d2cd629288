// Package pipeline runs the sensor: it moves frames from a source through the
// shards that observe and the judge to an output. It is the only package that
// starts goroutines of its own.
//
//	source > reader > worker (shards) > merge > judge > output
//	                > worker (shards) >
//
// The reader decodes each frame, numbers the moments (the clock never runs
// back) and gives each packet to one of a fixed number of shards, by its address
// pair. Workers own sets of shards. What the shards observed is put in order by
// time and frame number, judged, and handed on in that order; so the output is
// the same to the byte for any number of workers.
//
// Whatever a stage does wrong, it is fed foreign bytes and must go on. Each has a
// guard (guard.go), which catches a panic, counts it, leaves out what was being
// worked on, and keeps the frames that were at hand for a bug report.
//
// Work moves in batches. With one worker everything happens in the caller's
// goroutine and no byte is copied; with more, the payloads of a batch are copied
// once, into that batch's slab. A queue that is full makes the reader wait: from
// a file that costs time, and from a card the kernel's ring holds what comes
// until it is full and then counts what it drops.
package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/defrag"
	"github.com/hookhound/hookhound/pkg/detect"
	"github.com/hookhound/hookhound/pkg/event"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/observe"
	"github.com/hookhound/hookhound/pkg/packet"
)

// Source is all that the pipeline needs of capture. Next fills the frame, whose
// bytes are lent until the next call, and returns io.EOF at the end.
type Source interface{ Next(f *capture.Frame) error }

// Output takes what leaves the pipeline, in order. An error ends the run.
type Output struct {
	// Observation may be nil. What it is given is lent for the call.
	Observation func(o *event.Observation) error
	Detection   func(d *event.Detection) error
	// Flushed is called after each batch, when everything up to a moment has
	// been handed over; it may be nil.
	Flushed func(p Progress) error
	// Panicked is called for the first few panics that were caught; it may be
	// nil. Stats count all.
	Panicked func(p *Panic)
}

// Progress is how far a run has come.
type Progress struct {
	Clock  capture.Time
	Frames uint64
}

// Options are the settings of a run.
type Options struct {
	Workers int // at least 1
	Observe observe.Options
	Detect  detect.Options
	// BugReport is where the frames are kept that make the sensor panic, in
	// pcapng, with words about it beside (Words). Where that file exists, one
	// with a number is made. Empty: they are not kept.
	BugReport string
	// Version is what the bug report calls the program.
	Version string
}

// Stats are the counters of a run.
type Stats struct {
	Frames  uint64
	Bytes   uint64 // of frames on the wire
	Late    uint64 // frames that were older than one before them
	Ahead   uint64 // frames whose time lay far ahead of all others and was not believed
	First   capture.Time
	Last    capture.Time
	Packets packet.Stats // frames by what became of them
	Inside  packet.Stats // datagrams made whole of fragments, by what became of them
	Parts   defrag.Stats // fragments
	// Links are the link types that were not decoded, the first few of them;
	// zero, which is one that is, for none.
	Links   [limit.LinkTypes]capture.LinkType
	Observe observe.Stats
	Detect  detect.Stats
	Panics  uint64 // faults of our own that were caught, in all stages
	Renewed uint64 // times that a new judge took the place of one that went on panicking
}

const (
	// batchFrames and batchBytes bound a batch: large enough that handing it
	// over costs nothing a frame, small enough to stay in a cache.
	batchFrames = 2048
	batchBytes  = 1 << 20
	// batchTime is after how much packet time a batch goes on though it is not
	// full, so that a quiet network is judged at once too.
	batchTime = 100 * time.Millisecond
	// inFlight is how many batches a worker may have before it.
	inFlight = 4
)

// Pipeline is one run. Make a new one for each.
type Pipeline struct {
	opt    Options
	out    Output
	judge  *detect.Judge
	stats  Stats
	order  order
	failed error // of the output

	guard    guard        // of what is done in order: judge and output
	unfit    int          // panics of the judge in a row
	past     detect.Stats // of judges before this one
	bugs     bugReport
	reported int // panics
}

// New makes a pipeline.
func New(opt Options, out Output) *Pipeline {
	p := &Pipeline{opt: opt, out: out, bugs: bugReport{path: opt.BugReport, version: opt.Version}}
	p.opt.Workers = max(1, min(opt.Workers, flow.Shards))
	p.opt.Observe.ExchangesOnly = out.Observation == nil
	p.judge = detect.New(opt.Detect, p.emit)
	return p
}

// Stats returns the counters. They are whole when Run has returned.
func (p *Pipeline) Stats() Stats { return p.stats }

// Run reads the source to its end, or until the context ends, and returns when
// everything that was read has been handed over and every goroutine has ended.
// The error is the source's or the output's; the end of the context is none.
func (p *Pipeline) Run(ctx context.Context, src Source) error {
	w := newWindow(src)
	r := &reader{src: w, stats: &p.stats, parts: defrag.New()}
	var err error
	if p.opt.Workers == 1 {
		err = p.alone(ctx, r)
	} else {
		err = p.together(ctx, r)
	}
	p.bugs.close()
	p.stats.Ahead, p.stats.Parts, p.stats.Detect = w.ahead, r.parts.Stats(), p.judge.Stats()
	p.stats.Parts.Add(&r.past)
	addDetect(&p.stats.Detect, p.past)
	p.stats.Panics = p.stats.Observe.Panics + r.guard.count + p.guard.count
	if p.failed != nil {
		return p.failed
	}
	return err
}

// alone does all the work in the caller's goroutine.
func (p *Pipeline) alone(ctx context.Context, r *reader) error {
	w := newWorker(&p.opt.Observe, 0, 1)
	var err error
	for done := false; !done; {
		r.begin()
		for !r.full() {
			var list []packet.Packet
			if list, err = r.next(); err != nil {
				done = true
				break
			}
			w.packets(list)
		}
		done = done || ctx.Err() != nil || p.failed != nil
		if done {
			w.close(r.clock)
		} else {
			w.advance(r.clock)
		}
		p.take(w.take())
		p.report(append(r.guard.take(), w.panics()...))
		p.flushed(Progress{r.clock, p.stats.Frames})
	}
	p.finish(r.clock)
	p.stats.Observe = w.stats()
	return endOf(err)
}

// together reads, observes and judges in goroutines of their own.
func (p *Pipeline) together(ctx context.Context, r *reader) error {
	n := p.opt.Workers
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	workers := make([]*worker, n)
	var running sync.WaitGroup
	for i := range workers {
		w := newWorker(&p.opt.Observe, i, n)
		w.in, w.done = make(chan *batch, inFlight), make(chan *batch, inFlight)
		workers[i] = w
		running.Go(w.run)
	}
	free := make(chan []*batch, inFlight+1)
	for range cap(free) {
		set := make([]*batch, n)
		for i := range set {
			set[i] = &batch{}
		}
		free <- set
	}
	var readErr error
	running.Go(func() {
		readErr = r.feed(ctx, workers, free)
		for _, w := range workers {
			close(w.in)
		}
	})
	var items []observe.Item
	for {
		set := make([]*batch, n)
		items = items[:0]
		var panics []Panic
		for i, w := range workers {
			if set[i] = <-w.done; set[i] != nil {
				items = append(items, set[i].items...)
				panics = append(panics, set[i].panics...)
			}
		}
		if set[0] == nil {
			break
		}
		p.take(items)
		p.report(panics)
		p.flushed(Progress{set[0].clock, set[0].frames})
		free <- set
		if p.failed != nil {
			cancel()
		}
	}
	running.Wait()
	p.finish(r.clock)
	for _, w := range workers {
		st := w.stats()
		p.stats.Observe.Add(&st)
	}
	return endOf(readErr)
}

// take judges items in their order, and hands them on.
func (p *Pipeline) take(items []observe.Item) {
	order := p.order.of(items)
	for at := 0; at < len(order); {
		at = p.judged(items, order, at)
	}
}

func (p *Pipeline) flushed(now Progress) {
	p.moved((*detect.Judge).Advance, now.Clock)
	if p.out.Flushed != nil && p.failed == nil {
		p.failed = p.out.Flushed(now)
	}
}

func (p *Pipeline) finish(now capture.Time) {
	p.moved((*detect.Judge).Finish, now)
	p.report(nil)
	if p.out.Flushed != nil && p.failed == nil {
		p.failed = p.out.Flushed(Progress{now, p.stats.Frames})
	}
}

func endOf(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return nil
	}
	return fmt.Errorf("capture: %w", err)
}
