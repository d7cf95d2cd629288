package tlswire

import (
	"math"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// phase is where the open exchange stands.
type phase uint8

const (
	idle      phase = iota // none is open
	asking                 // the request is going up, or waits for its answer
	answering              // the answer is coming down
)

// doubt is what came down during asking that may be an answer or not.
type doubt uint8

const (
	noDoubt   doubt = iota
	asControl       // a record of the size of control frames
	asTicket        // a record that may be a session ticket
)

// cutter cuts one connection's application records into exchanges. It knows
// records by their length and time alone. Moments are packet times (c.Time)
// where they leave in facts or measure silence, and the clock (c.Clock) where
// something falls due.
type cutter struct {
	// The open exchange.
	start, end capture.Time
	act        capture.Time // clock of its last byte
	interim    capture.Time // when its next interim state is due
	up, down   uint64
	index      uint32
	phase      phase
	sure       protocol.Certainty
	push       bool
	doubt      doubt

	// A client's record that may hold control frames only, or be a question.
	heldStart, heldEnd capture.Time
	heldUp             uint32
	heldLength         uint16 // of its last record
	held               bool
	heldPreface        bool // it is HTTP/2's preface: a question if an answer comes, but no start of one
	toHeld             bool // the body of the client's record at hand belongs to it

	// The answer's last burst: what came after a request or a silence. If the
	// request that it answers was not captured, or is handed over late, it
	// turns out not to belong to the exchange that was open.
	burst     capture.Time // its first byte
	burstDown uint64       // its bytes
	burstPast capture.Time // the exchange's end before it

	lastClient   capture.Time // last byte of a client's record that was no control frame
	lastServer   capture.Time // last byte of any record of the server's
	lastAnswer   capture.Time // of those that count
	serverLength uint16       // of the server's last record

	// The connection.
	next       uint32             // index of the next exchange
	firstUp    uint16             // size of the first request, 65535 if greater
	ticket     uint16             // length of the first record that may have been a session ticket
	tickets    uint8              // how many such records were seen
	noTickets  bool               // none are to be expected any more
	settings   bool               // the server's SETTINGS were seen, or can no longer be told
	asked      bool               // the client sent application data
	greeted    bool               // the end of the handshake was seen
	metered    bool               // the overheads are known
	best       protocol.Certainty // of this connection's exchanges
	wire       wire
	over       [2]uint8 // overhead of a record, client's and server's
	tripMillis uint8    // round trip between the capture and the client, if known
	heard      [2]bool  // the client, the server was heard at all
}

const (
	client = 0
	server = 1
)

func newCutter() cutter {
	return cutter{
		lastClient: capture.Always, lastServer: capture.Always, lastAnswer: capture.Always,
		over: [2]uint8{overhead13, overhead13}, best: protocol.Likely, noTickets: true,
	}
}

// reaction is how soon after a server's record the client's stack reacts to it.
func (x *cutter) reaction() time.Duration {
	return reactTime + time.Duration(x.tripMillis)*time.Millisecond
}

// control says whether a side's record has one of the sizes of control frames
// that is knows. Where the overhead was not seen it takes that of TLS 1.3, and
// for what a client sends at once after a server's record any other as well.
func (x *cutter) control(length, side int, is func(plain int) bool) bool {
	return x.wire != notHTTP2 && is(length-int(x.over[side]))
}

// reacts says whether a client's record that comes at t is its stack's reaction
// to the server's last record: of that one's size, or one of the sizes of what
// stacks send by themselves.
func (x *cutter) reacts(length int, t capture.Time) bool {
	if x.wire == notHTTP2 || t.Sub(x.lastServer) > x.reaction() {
		return false
	}
	if !x.metered && anyOverhead(length, isReaction) {
		return true
	}
	return x.control(length, client, isReaction) ||
		length == int(x.serverLength) && x.control(length, client, isControl)
}

// request takes a client's application record of that length, whose first byte
// came at t, and says whether its body counts.
func (x *cutter) request(c *stream.Chunk, t capture.Time, length int, out protocol.Facts) bool {
	x.heard[client] = true
	plain := length - int(x.over[client])
	if plain <= alertSize {
		return false
	}
	first := !x.asked
	x.asked = true
	x.toHeld = false
	if first && x.greeted {
		x.decide(plain)
		if x.wire != notHTTP2 && isPreface(plain) {
			x.hold(t, length)
			x.heldPreface = true
			return true
		}
	}
	silence := t.Sub(x.lastClient)
	if x.phase != asking && x.reacts(length, t) {
		return false
	}
	if x.control(length, client, isControl) {
		if x.phase == asking && (x.heard[server] || silence <= burstTime) {
			return false // part of what is going on
		}
		x.hold(t, length)
		return true
	}
	switch {
	case x.phase == asking && !x.heard[server]:
		if silence > burstTime {
			x.open(c, t, out)
		}
	case x.phase == asking:
		if silence > reopenTime || x.doubt != noDoubt && silence > burstTime {
			x.open(c, t, out)
		}
	case x.phase == answering && t <= x.burst: // handed over late, behind a hole
		x.belated(c, t, out)
	case x.phase == answering && x.push && x.replies(plain, t):
	case x.phase == idle && plain <= tinySize && t.Sub(x.lastServer) <= x.reaction():
		return false // a WebSocket's pong: its ping, without content, has an alert's size
	default:
		x.open(c, t, out)
	}
	x.lastClient = max(x.lastClient, t)
	return true
}

const (
	alertSize = 2  // plain bytes of an alert, close_notify among them
	tinySize  = 17 // less than any request of HTTP/1
	// frameMax is the longest control frame of a WebSocket, masked.
	frameMax = 125 + 6
	// continueSize: "HTTP/1.1 100 Continue" and two line ends.
	continueSize = 25
)

// decide says whether the connection speaks HTTP/2, by its client's first
// record of application data.
func (x *cutter) decide(plain int) {
	if x.wire != offersHTTP2 {
		return
	}
	x.wire = notHTTP2
	if isPreface(plain) {
		x.wire = isHTTP2
	}
}

// replies says whether a client's record belongs to what the server pushed: a
// pong, or a short acknowledgement that is far from the size of a request.
func (x *cutter) replies(plain int, t capture.Time) bool {
	return t.Sub(x.lastServer) <= burstTime && plain <= frameMax && (plain <= tinySize || plain*2 < int(x.firstUp))
}

// hold keeps a client's record back until it is known what it is.
func (x *cutter) hold(t capture.Time, length int) {
	if !x.held || x.heldPreface || t.Sub(x.heldEnd) > burstTime {
		x.heldStart, x.heldUp = t, 0
	}
	x.held, x.heldPreface, x.toHeld = true, false, true
	x.heldEnd, x.heldLength = t, uint16(length)
}

// open begins an exchange with a client's record at t, and ends the one before.
func (x *cutter) open(c *stream.Chunk, t capture.Time, out protocol.Facts) {
	x.finish(c.Clock, c.Frame, out)
	up := uint64(0)
	if x.held && !x.heldPreface && t.Sub(x.heldEnd) <= burstTime {
		t, up = x.heldStart, uint64(x.heldUp)
	}
	x.begin(c, t)
	x.up = up
}

// ask makes of the record that was held back the exchange that is open.
func (x *cutter) ask(c *stream.Chunk, out protocol.Facts) {
	x.finish(c.Clock, c.Frame, out)
	up, end := uint64(x.heldUp), x.heldEnd
	x.begin(c, x.heldStart)
	x.up, x.end = up, max(x.end, end)
}

// begin makes an exchange that starts at t the open one.
func (x *cutter) begin(c *stream.Chunk, t capture.Time) {
	x.start, x.end, x.act = t, t, c.Clock
	x.interim = c.Clock.Add(interimTime)
	x.up, x.down = 0, 0
	x.index = x.next
	x.next++
	x.phase, x.push, x.doubt = asking, false, noDoubt
	x.sure = x.best
	x.held, x.toHeld = false, false
}

// answer takes a server's application record of that length, whose first byte
// came at t, and says whether its body counts.
func (x *cutter) answer(c *stream.Chunk, t capture.Time, length int, out protocol.Facts) bool {
	x.heard[server] = true
	silence, since := t.Sub(x.lastAnswer), t.Sub(x.lastServer)
	x.lastServer, x.serverLength = max(t, x.lastServer), uint16(length)
	plain := length - int(x.over[server])
	if plain <= alertSize {
		return false
	}
	if x.held && !x.heldPreface && length == int(x.heldLength) && x.control(length, server, isControl) {
		x.held = false // PING answered by PING
		return false
	}
	if x.mayBeSettings(plain) {
		return false
	}
	switch sure, may := x.mayBeTicket(length, plain, since); {
	case sure:
		return false
	case may && x.phase == asking:
		x.doubt = asTicket
		x.lastAnswer = max(t, x.lastAnswer)
		return true
	case may && x.phase == idle:
		return false
	}
	if x.control(length, server, isControl) {
		if x.phase == asking && !x.control(length, server, isReaction) && x.doubt == noDoubt {
			x.doubt = asControl
		}
		return false
	}
	if x.wire == notHTTP2 && plain == continueSize && x.phase == asking {
		return false
	}
	switch {
	case !x.heard[client]:
		if x.phase == idle || x.phase == answering && silence > burstTime {
			x.finish(c.Clock, c.Frame, out)
			x.begin(c, t)
		}
	case x.held && x.phase != asking:
		x.ask(c, out)
	case x.phase == idle:
		x.begin(c, t)
		x.push = true
	}
	if x.phase == asking || silence > burstTime || x.down == 0 {
		x.burst, x.burstDown, x.burstPast = t, 0, x.end
	}
	x.phase, x.doubt = answering, noDoubt
	x.lastAnswer = max(t, x.lastAnswer)
	return true
}

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

// mayBeSettings says whether the server's record is its SETTINGS, which are
// the first that it sends in HTTP/2.
func (x *cutter) mayBeSettings(plain int) bool {
	if x.settings || !x.greeted || x.wire == notHTTP2 || !isSettings(plain) {
		return false
	}
	x.settings, x.noTickets = true, true
	return true
}

// mayBeTicket says whether a server's record is a session ticket of TLS 1.3,
// for sure or perhaps. They come before all else, behind the client's Finished
// message at the latest; two or more of a connection have one length and come
// together. since is how long the server was silent before.
func (x *cutter) mayBeTicket(length, plain int, since time.Duration) (sure, may bool) {
	const least, most, count = 60, 2100, 8
	switch {
	case x.noTickets:
		return false, false
	case x.tickets > 0 && length == int(x.ticket) && x.tickets < count && since <= reactTime:
		x.tickets++
		if x.doubt == asTicket {
			x.doubt = noDoubt
		}
		return true, true
	case x.tickets > 0 || plain < least || plain > most:
		x.noTickets = true
		return false, false
	}
	x.ticket, x.tickets = uint16(length), 1
	return x.wire == isHTTP2 && !x.settings, true
}

// bytes counts n bytes of a record's body.
func (x *cutter) bytes(c *stream.Chunk, side, n int, out protocol.Facts) {
	if side == client {
		if x.toHeld && x.held {
			x.heldUp += uint32(min(n, math.MaxUint16))
			x.heldEnd = max(x.heldEnd, c.Time)
			return
		}
		x.lastClient = max(x.lastClient, c.Time)
	} else {
		x.lastServer, x.lastAnswer = max(x.lastServer, c.Time), max(x.lastAnswer, c.Time)
	}
	if x.phase == idle {
		if n == 0 {
			return
		}
		x.begin(c, c.Time) // the rest of a record, long after its beginning
		if side == server {
			x.phase, x.push = answering, true
			x.burst, x.burstDown, x.burstPast = c.Time, 0, c.Time
		}
	}
	if side == client {
		x.up += uint64(n)
	} else {
		x.down += uint64(n)
		x.burstDown += uint64(n)
	}
	x.act = c.Clock
	if c.Time > x.end {
		x.end = c.Time
	}
	if x.interim == capture.Never {
		x.interim = c.Clock.Add(interimTime)
	}
}

// missing takes n bytes of a side that belong to no record that is known: a
// hole where they were never captured, or what came after one.
func (x *cutter) missing(c *stream.Chunk, side, n int, hole bool, out protocol.Facts) {
	x.best = min(x.best, protocol.Likely)
	x.toHeld = x.toHeld && side != client
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
	case x.phase == answering && c.Time.Sub(x.burst) <= holeTime+x.reaction():
		x.belated(c, x.burst, out)
	case !x.heard[client] && x.phase == answering && c.Time.Sub(x.lastAnswer) <= burstTime:
	default:
		x.open(c, c.Time, out)
	}
}

const (
	// leastQuestion is how many missing bytes of a client are taken for a
	// request, leastAnswer how many of a server for an answer: less is an
	// alert, a control frame, or a FIN that was not captured.
	leastQuestion = recordHeader + overhead13 + 40
	leastAnswer   = recordHeader + overhead13 + frameWindowUpdate
)

// quiet is how long the open exchange may be silent before it is over; zero if
// silence does not end it.
func (x *cutter) quiet(partial bool) time.Duration {
	switch {
	case x.phase == asking && x.doubt == asTicket:
		return patientTime
	case x.phase == asking && x.heard[server]:
		return 0
	case partial:
		return patientTime
	}
	return quietTime
}

// due is when something falls due; partial says that a record is incomplete.
func (x *cutter) due(partial bool) capture.Time {
	if x.phase == idle {
		return capture.Never
	}
	d := x.interim
	if q := x.quiet(partial); q > 0 {
		d = min(d, x.act.Add(q))
	}
	return d
}

// advance does what is due at now, which due has given.
func (x *cutter) advance(now capture.Time, partial bool, out protocol.Facts) {
	if q := x.quiet(partial); q > 0 && x.act.Add(q) <= now {
		x.finish(now, 0, out)
		return
	}
	x.interim = capture.Never // until something moves
	x.give(now, 0, true, out)
}

// finish gives out the open exchange, if there is one.
func (x *cutter) finish(known capture.Time, frame uint64, out protocol.Facts) {
	if x.phase == idle {
		return
	}
	if x.firstUp == 0 && !x.push {
		x.firstUp = uint16(min(x.up, math.MaxUint16))
	}
	x.give(known, frame, false, out)
	x.phase, x.push, x.doubt = idle, false, noDoubt
}

func (x *cutter) give(known capture.Time, frame uint64, interim bool, out protocol.Facts) {
	sure := x.sure
	if !x.heard[client] || !x.heard[server] {
		sure = protocol.Guessed
	}
	out.Exchange(&protocol.Exchange{
		Start: x.start, End: x.end, Known: max(known, x.end), Frame: frame,
		Up: x.up, Down: x.down, Index: x.index,
		How: protocol.ByTLSRecords, Sure: sure, Interim: interim, Push: x.push,
	})
}

// close ends the connection. A little that was never answered just before is a
// farewell and no exchange.
func (x *cutter) close(now capture.Time, out protocol.Facts) {
	farewell := x.phase == asking && x.up <= goodbyeSize && x.wire != anyWire && x.firstUp > 0 ||
		x.phase == answering && x.push && x.down <= 8*goodbyeSize
	if farewell && x.heard[client] && x.heard[server] && now.Sub(x.start) <= goodbyeTime {
		x.phase = idle
		return
	}
	x.finish(now, 0, out)
}
