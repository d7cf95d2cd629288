package tlswire

import (
	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// What a cutter makes of bytes that were never captured, and of those behind
// them that belong to no record that is known.

const (
	// leastQuestion is how many missing bytes of a client are taken for a
	// request, leastAnswer how many of a server for an answer: less is an
	// alert, a control frame, or a FIN that was not captured.
	leastQuestion = recordHeader + overhead13 + 40
	leastAnswer   = recordHeader + overhead13 + frameWindowUpdate
)

// belated takes a question, sent at t, whose answer was handed over before it:
// the last burst of the exchange that is open. If more than that burst came
// down, the rest is another's.
func (x *cutter) belated(c *stream.Chunk, t capture.Time, out protocol.Facts) {
	if x.down == x.burstDown {
		x.push = false
		x.start = min(x.start, t)
		return
	}
	down, end := x.burstDown, x.end
	x.down, x.end = x.down-down, x.burstPast
	x.finish(c.Clock, c.Frame, out)
	x.begin(c, t)
	x.phase, x.down, x.burstDown, x.end = answering, down, down, max(end, t)
}

// missing takes n bytes of a side that belong to no record that is known: a
// hole where they were never captured, or what came after one.
func (x *cutter) missing(c *stream.Chunk, side, n int, hole bool, out protocol.Facts) {
	x.best = min(x.best, protocol.Likely)
	if side == client {
		x.asked, x.toHeld = true, false
		if x.wire == offersHTTP2 {
			x.wire = anyWire // the record that would have told is gone
		}
	}
	switch {
	case hole && n <= leastAnswer:
	case side == server:
		x.answerMissing(c, out)
	case hole && n > leastQuestion:
		x.requestMissing(c, out)
	}
	if x.phase != idle {
		x.sure = protocol.Guessed
		x.bytes(c, side, n, out)
	}
}

// answerMissing takes what may be an answer. Of a side that is never heard
// nothing is known but how much its peer acknowledged, and that late: silence
// alone cuts such a connection.
func (x *cutter) answerMissing(c *stream.Chunk, out protocol.Facts) {
	switch {
	case x.held && !x.heldPreface && x.phase != asking && c.Time.Sub(x.heldEnd) > holeTime:
		x.ask(c, out)
	case x.phase == idle && !x.heard[client]:
		x.begin(c, c.Time)
	}
	if x.phase == asking && x.heard[server] {
		x.phase, x.doubt = answering, noDoubt
		x.burst, x.burstDown, x.burstPast = c.Time, 0, x.end
	}
}

// requestMissing takes what may be a request, which was sent some time before.
func (x *cutter) requestMissing(c *stream.Chunk, out protocol.Facts) {
	switch {
	case x.phase == asking:
		if silence := c.Time.Sub(x.lastClient); silence > reopenTime || x.doubt != noDoubt && silence > burstTime {
			x.open(c, c.Time, out)
		}
	case x.phase == answering && c.Time.Sub(x.burst) <= holeTime+x.reaction():
		x.belated(c, x.burst, out)
	case !x.heard[client] && x.phase == answering && c.Time.Sub(x.lastAnswer) <= burstTime:
	default:
		x.open(c, c.Time, out)
	}
}
