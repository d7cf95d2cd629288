package httpwire

import (
	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// call is one request and its answer, while either may still go on. Moments of
// start and end are packet times; act is the clock of the last byte.
type call struct {
	id              uint32
	start, end, act capture.Time
	opened          capture.Time // clock of its beginning, then that of its head's end
	interim         capture.Time // when its next interim state is due
	up, down        uint64
	req             *protocol.Request // nil when no request was seen

	given    bool // the request was given and must not change any more
	headed   bool // the head of the request is complete
	asked    bool // the request is complete, or nothing more of it can be known
	replied  bool // the first byte of an answer was seen
	answered bool // the head of the final answer was seen
	done     bool // the answer is complete
	broken   bool // its end cannot be seen any more
	told     bool // an interim state was given
	head     bool // the method is HEAD
	connect  bool // the method is CONNECT
	simple   bool // the request names no version: the answer may have no head
	sure     protocol.Certainty
	push     bool
	status   int
	weight   int    // bytes of the request that are held
	upgrade  string // asked for, lower case
}

// edit returns the request for a change: a copy where it was given already.
func (k *call) edit() *protocol.Request {
	if k.given {
		r := *k.req
		k.req = &r
	}
	return k.req
}

// touch notes that a byte of the call passed.
func (k *call) touch(c *stream.Chunk) {
	k.end = max(k.end, c.Time)
	k.act = c.Clock
	if k.interim == capture.Never {
		k.interim = c.Clock.Add(interimTime)
	}
}

// weigh reckons what is held of the request.
func (k *call) weigh() int {
	if k.req != nil {
		k.weight = len(k.req.Method) + len(k.req.Target) + len(k.req.Host) + len(k.req.UserAgent)
	}
	return k.weight
}

// give gives the request, if it was not given before.
func (k *call) give(known capture.Time, frame uint64, out protocol.Facts) {
	if k.given || k.req == nil {
		return
	}
	k.given = true
	k.req.Known, k.req.Frame = known, frame
	out.Request(k.req)
}

// gives is when the request is given without an answer. While its head comes
// in, however slowly, it is not: servers wait for a minute and more, and whoever
// paused before the Host field would be without a host.
func (k *call) gives() capture.Time {
	if k.given || k.req == nil || !k.headed && !k.simple {
		return capture.Never
	}
	return min(k.act.Add(answerTime), k.opened.Add(interimTime))
}

// exchange is the call as it is, without a request that was not given.
func (k *call) exchange(index uint32, known capture.Time, frame uint64, interim bool) protocol.Exchange {
	x := protocol.Exchange{
		Start: k.start, End: k.end, Known: max(known, k.end), Frame: frame,
		Up: k.up, Down: k.down, Index: index,
		How: protocol.ByHTTP, Sure: k.sure, Interim: interim, Push: k.push,
	}
	if k.given {
		x.Request = k.req
	}
	return x
}

// ledger numbers the exchanges of a connection.
type ledger struct{ next uint32 }

func (l *ledger) take() uint32 {
	l.next++
	return l.next - 1
}

// crowd tells small events one by one while they are few, and together where
// they come in crowds.
type crowd struct {
	until capture.Time // end of the second that is counted
	n     int          // events in it
	sum   protocol.Exchange
	held  bool // sum waits
}

// add gives an event, or keeps it for the end of the second.
func (w *crowd) add(x protocol.Exchange, clock capture.Time, l *ledger, out protocol.Facts) {
	w.flush(clock, l, out)
	if clock >= w.until {
		w.until, w.n = clock.Add(limit.HTTPPushTime), 0
	}
	w.n++
	switch {
	case w.n <= limit.HTTPPushes:
		x.Index = l.take()
		out.Exchange(x)
	case !w.held:
		w.sum, w.held = x, true
		w.sum.Request = nil
	default:
		w.sum.Start, w.sum.End = min(w.sum.Start, x.Start), max(w.sum.End, x.End)
		w.sum.Up += x.Up
		w.sum.Down += x.Down
	}
}

// due is when the kept ones must be told.
func (w *crowd) due() capture.Time {
	if w.held {
		return w.until
	}
	return capture.Never
}

// flush tells the kept ones when their second is over.
func (w *crowd) flush(now capture.Time, l *ledger, out protocol.Facts) {
	if w.held && w.until <= now {
		w.tell(now, l, out)
	}
}

func (w *crowd) tell(known capture.Time, l *ledger, out protocol.Facts) {
	if w.held {
		w.sum.Index, w.sum.Known, w.sum.Frame = l.take(), known, 0
		out.Exchange(w.sum)
		w.held = false
	}
}

// full tells whether the next event would not be told by itself.
func (w *crowd) full(clock capture.Time) bool {
	return clock < w.until && w.n >= limit.HTTPPushes
}
