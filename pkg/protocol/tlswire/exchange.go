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
//
// What every record asks for stands first: where many connections are open,
// fetching a cutter from memory takes longer than what is done with it.
type cutter struct {
	// The open exchange.
	phase   phase
	sure    protocol.Certainty
	push    bool
	doubt   doubt
	windows bool // the answer so far may be windows opened during an upload

	// A client's record that may hold control frames only, or be a question.
	held        bool
	heldPreface bool // it is HTTP/2's preface: a question if an answer comes, but no start of one
	toHeld      bool // the body of the client's record at hand belongs to it

	// The connection.
	heard        [2]bool            // the client, the server was heard at all
	over         [2]uint8           // overhead of a record, client's and server's
	best         protocol.Certainty // of this connection's exchanges
	wire         wire
	byDefault    bool   // wire was not shown by anything; SETTINGS acknowledged would show HTTP/2
	asked        bool   // the client sent application data
	greeted      bool   // the end of the handshake was seen
	metered      bool   // the overheads are known
	settings     bool   // the server's SETTINGS were seen, or can no longer be told
	noTickets    bool   // none are to be expected any more
	tickets      uint8  // how many records were seen that may be session tickets
	tripMillis   uint8  // round trip between the capture and the client, if known
	ticket       uint16 // length of the first record that may have been a session ticket
	serverLength uint16 // of the server's last record
	firstUp      uint16 // size of the first request, 65535 if greater
	heldLength   uint16 // of the last record that was held
	heldUp       uint32
	next         uint32       // index of the next exchange
	index        uint32       // of the open one
	act          capture.Time // clock of the open exchange's last byte
	interim      capture.Time // when its next interim state is due

	lastClient capture.Time // last byte of a client's record that was no control frame
	lastServer capture.Time // last byte of any record of the server's
	lastAnswer capture.Time // of those that count
	start, end capture.Time // of the open exchange
	up, down   uint64

	// The answer's last burst: what came after a request or a silence. If the
	// request that it answers was not captured, or is handed over late, it
	// turns out not to belong to the exchange that was open.
	burst     capture.Time // its first byte
	burstDown uint64       // its bytes
	burstPast capture.Time // the exchange's end before it

	settled            capture.Time // when the connection's handshake was over
	heldStart, heldEnd capture.Time
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

// request takes a client's application record of that length, whose first byte
// came at t, and says whether its body counts.
func (x *cutter) request(c *stream.Chunk, t capture.Time, length int, out protocol.Facts) bool {
	x.heard[client] = true
	plain := length - int(x.over[client])
	if plain <= keyUpdateSize {
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
	if x.byDefault && plain == frameAck {
		x.wire, x.byDefault, x.settings = isHTTP2, false, true
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
	case x.phase == answering && x.push && x.replies(length, plain, t):
	case x.phase == answering && x.windows && silence <= burstTime:
		x.phase, x.down, x.burstDown = asking, 0, 0 // the upload goes on
	case x.phase == idle && plain <= tinySize && t.Sub(x.lastServer) <= x.reaction():
		return false // a WebSocket's pong: its ping, without content, has an alert's size
	default:
		x.open(c, t, out)
	}
	x.lastClient = max(x.lastClient, t)
	x.act = c.Clock
	return true
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
	switch sure, may := x.mayBeTicket(t, length, plain, since); {
	case sure:
		return false
	case may && x.phase == asking:
		x.doubt = asTicket
		x.lastAnswer, x.act = max(t, x.lastAnswer), c.Clock
		return true
	case may && x.phase == idle:
		return false
	}
	if plain != framePriority && x.control(length, server, isControl) {
		if x.phase == asking && x.doubt == noDoubt {
			x.doubt = asControl // or all of an answer: status and date, both indexed
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
	x.windows = (x.phase == asking || x.windows) && x.up >= upload && x.control(length, server, isWindows)
	if x.phase == asking || silence > burstTime || x.down == 0 {
		x.burst, x.burstDown, x.burstPast = t, 0, x.end
	}
	x.phase, x.doubt = answering, noDoubt
	x.lastAnswer, x.act = max(t, x.lastAnswer), c.Clock
	return true
}

// bytes counts n bytes of a record's body.
func (x *cutter) bytes(c *stream.Chunk, side, n int, out protocol.Facts) {
	if side == client {
		if x.toHeld && x.held {
			x.heldUp += uint32(min(n, math.MaxUint16))
			x.heldEnd = max(x.heldEnd, c.Time)
			return
		}
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
		x.lastClient = max(x.lastClient, c.Time)
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

// quiet is how long the open exchange may be silent before it is over; zero if
// silence does not end it.
func (x *cutter) quiet(partial bool) time.Duration {
	switch {
	case x.phase == asking && x.doubt == asTicket:
		return doubtTime
	case x.phase == asking && x.heard[server]:
		return 0
	case partial:
		return recordTime
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
	out.Exchange(protocol.Exchange{
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
