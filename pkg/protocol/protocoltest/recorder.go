// Package protocoltest helps to test parsers: it records what they understood.
package protocoltest

import (
	"slices"
	"testing"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// Recorder keeps the facts that it is given, and checks what holds for all of
// them: they become known in order, and an exchange ends after it began. The
// zero value records and reports nothing; with T it reports to a test.
type Recorder struct {
	T testing.TB

	Clients   []flow.Side
	Hellos    []*protocol.Hello
	Exchanges []protocol.Exchange
	Requests  []*protocol.Request
	Targets   []protocol.Target
	Answers   []*protocol.Answer
	Leases    []*protocol.Lease
	// HandedOver tells that the parser has ended; Rest is a copy of what was
	// left of the chunk.
	HandedOver bool
	Rest       []byte
	GaveUp     bool // the parser has ended, and nobody follows

	known capture.Time
}

var _ protocol.Facts = (*Recorder)(nil)

// Client implements protocol.Facts, as do all that follow.
func (r *Recorder) Client(s flow.Side) { r.Clients = append(r.Clients, s) }

func (r *Recorder) Hello(h *protocol.Hello) {
	r.at("hello", h.Known)
	r.Hellos = append(r.Hellos, h)
}

func (r *Recorder) Exchange(e protocol.Exchange) {
	r.at("exchange", e.Known)
	if e.End < e.Start || e.Known < e.End {
		r.errorf("exchange: start %v, end %v, known %v are out of order", e.Start, e.End, e.Known)
	}
	if n := len(r.Exchanges); n > 0 {
		last := &r.Exchanges[n-1]
		if e.Index < last.Index || e.Index == last.Index && !last.Interim {
			r.errorf("exchange: index %d after %d (interim %v)", e.Index, last.Index, last.Interim)
		}
	}
	r.Exchanges = append(r.Exchanges, e)
}

func (r *Recorder) Request(q *protocol.Request) {
	r.at("request", q.Known)
	r.Requests = append(r.Requests, q)
}

func (r *Recorder) Target(t protocol.Target) {
	if t.Host == "" {
		r.errorf("a target without a host")
	}
	r.Targets = append(r.Targets, t)
}

func (r *Recorder) Answer(a *protocol.Answer) {
	r.at("answer", a.Known)
	r.Answers = append(r.Answers, a)
}

func (r *Recorder) Lease(l *protocol.Lease) {
	r.at("lease", l.Known)
	r.Leases = append(r.Leases, l)
}

func (r *Recorder) GiveUp() { r.GaveUp = true }

func (r *Recorder) Handover(rest *stream.Chunk) {
	if r.HandedOver {
		r.errorf("handed over twice")
	}
	r.HandedOver = true
	if rest != nil {
		r.Rest = slices.Clone(rest.Bytes)
	}
}

// Final are the exchanges that are no interim states.
func (r *Recorder) Final() (list []protocol.Exchange) {
	for _, e := range r.Exchanges {
		if !e.Interim {
			list = append(list, e)
		}
	}
	return list
}

func (r *Recorder) at(what string, known capture.Time) {
	if known < r.known {
		r.errorf("%s known at %v after something known at %v", what, known, r.known)
	}
	r.known = max(r.known, known)
}

func (r *Recorder) errorf(format string, args ...any) {
	if r.T != nil {
		r.T.Helper()
		r.T.Errorf(format, args...)
	}
}
