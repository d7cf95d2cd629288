package quicwire

import (
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/protocol"
)

// phase is where the open exchange stands.
type phase uint8

const (
	idle      phase = iota // none is open
	asking                 // the request is going up, or waits for its answer
	answering              // the answer is coming down
)

// The roles of the sides.
const (
	client = 0
	server = 1
)

// cutter cuts the datagrams behind a handshake into exchanges. Moments are
// packet times (Datagram.Time) where they leave in facts or measure silence, and
// the clock (Datagram.Clock) where something falls due.
type cutter struct {
	// The open exchange.
	start, end capture.Time
	act        capture.Time // clock of its last datagram
	interim    capture.Time // when its next interim state is due
	up, down   uint64
	index      uint32
	phase      phase
	sure       protocol.Certainty
	push       bool
	probed     bool // its answer is so far one datagram, which may be a probe
	slight     bool // its answer is so far no larger than what a stack sends by itself

	// A client's datagrams that may be a question.
	held               bool
	heldStart, heldEnd capture.Time
	heldUp             uint32

	lastClient capture.Time // last of the client's datagrams that counted
	lastSign   capture.Time // last of the client's datagrams
	lastServer capture.Time // last of the server's datagrams
	lastAnswer capture.Time // last of those that counted

	// The connection.
	settled capture.Time  // when data behind the handshake were first seen; zero before
	sent    capture.Time  // the server's first datagram after the client's last; zero if none
	trip    time.Duration // round trip between the capture and the client
	next    uint32        // index of the next exchange
	cuts    bucket
	largest [2]uint16 // the largest datagram known to pass, by role
	lone    [2]uint16 // a larger one that was seen once
	id      [2]uint8  // length of the connection ids that a side's short headers carry
	heard   [2]bool   // the side was heard
	greeted bool      // the handshake was seen
	asked   bool      // the client has asked something
}

func newCutter() cutter {
	return cutter{
		lastClient: capture.Always, lastSign: capture.Always, lastServer: capture.Always, lastAnswer: capture.Always,
		id: [2]uint8{defaultID, defaultID},
	}
}

// turn forgets what was cut, which was taken the wrong way round.
func (x *cutter) turn() {
	old := *x
	*x = newCutter()
	x.next, x.cuts, x.greeted = old.next, old.cuts, old.greeted
	for role := range x.id {
		x.id[role], x.largest[role] = old.id[1-role], old.largest[1-role]
		x.lone[role], x.heard[role] = old.lone[1-role], old.heard[1-role]
	}
}

// restart begins with another connection on the same ports.
func (x *cutter) restart(d *datagram, out protocol.Facts) {
	x.finish(d.Clock, d.Frame, out)
	old := *x
	*x = newCutter()
	x.next, x.cuts = old.next, old.cuts
}

// sized notes the length of a datagram of the handshake: so much passes.
func (x *cutter) sized(role, length int) {
	x.largest[role] = max(x.largest[role], uint16(length))
}

// idOf notes the length of the id that a side chose, which the other one puts
// into its short headers.
func (x *cutter) idOf(role, length int) { x.id[1-role] = uint8(min(length, maxID)) }

// shook notes a datagram of the handshake.
func (x *cutter) shook(d *datagram, role int) {
	x.greeted, x.heard[role] = true, true
	x.time(d.Time, role, true)
}

// time measures the round trip between the capture and the client: the least
// time from a server's datagram to what acknowledges it.
func (x *cutter) time(t capture.Time, role int, acknowledges bool) {
	switch {
	case role == server && x.sent == 0:
		x.sent = t
	case role == client && x.sent != 0:
		if trip := max(t.Sub(x.sent), 0); acknowledges && (x.trip == 0 || trip < x.trip) {
			x.trip = min(trip, maxRoundTrip)
		}
		x.sent = 0
	}
}

// reaction is how soon after a server's datagram the client's stack reacts.
func (x *cutter) reaction() time.Duration {
	return reactTime + x.trip
}

// plain is how much of a short-header packet is content.
func (x *cutter) plain(role, length int) int {
	return max(0, length-sealSize-int(x.id[role]))
}

// datagram takes a packet with a short header.
func (x *cutter) datagram(d *datagram, role, length int, by company, out protocol.Facts) {
	x.heard[role] = true
	if x.settled == 0 {
		x.settled = d.Time
	}
	plain := x.plain(role, length)
	lone := x.isLone(role, d.Length)
	x.time(d.Time, role, plain <= bareSize)
	if role == client {
		x.request(d, plain, lone, by, out)
	} else {
		x.answer(d, plain, lone, out)
	}
}

// isLone says whether a datagram is larger than all that are known to pass: a
// probe of the path, or the first of a size that a probe had shown to pass.
// A size that comes twice is no probe any more, nor was it one before.
func (x *cutter) isLone(role, length int) bool {
	n := uint16(min(length, maxDatagram))
	if n <= x.largest[role] {
		return false
	}
	if n == x.lone[role] || x.largest[role] == 0 {
		x.largest[role], x.lone[role] = n, 0
		x.probed = x.probed && role == client
		return false
	}
	x.lone[role] = n
	return true
}

// begin makes an exchange that starts at t the open one.
func (x *cutter) begin(d *datagram, t capture.Time) {
	x.start, x.end, x.act = t, t, d.Clock
	x.interim = d.Clock.Add(interimTime)
	x.up, x.down = 0, 0
	x.index = x.next
	x.next++
	x.phase, x.push, x.held = asking, false, false
	x.probed, x.slight = false, false
	x.sure = protocol.Likely
	if !x.greeted {
		x.sure = protocol.Guessed
	}
}

// moved notes that the open exchange got a datagram.
func (x *cutter) moved(d *datagram) {
	x.act, x.end = d.Clock, max(x.end, d.Time)
	if x.interim == capture.Never {
		x.interim = d.Clock.Add(interimTime)
	}
}

// quiet says whether silence ends the open exchange.
func (x *cutter) quiet() bool { return x.phase == answering || !x.heard[server] }

// due is when something falls due.
func (x *cutter) due() capture.Time {
	if x.phase == idle {
		return capture.Never
	}
	if x.quiet() {
		return min(x.interim, x.act.Add(quietTime))
	}
	return x.interim
}

// advance does what is due at now, which due has given.
func (x *cutter) advance(now capture.Time, out protocol.Facts) {
	if x.quiet() && x.act.Add(quietTime) <= now {
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
	x.give(known, frame, false, out)
	x.phase, x.push = idle, false
}

// close ends the conversation. A little at its end that the server did not even
// acknowledge is a farewell, and no exchange.
func (x *cutter) close(now capture.Time, out protocol.Facts) {
	if x.phase == asking && x.heard[server] && x.lastServer < x.start && x.up <= farewellSize && x.index > 0 {
		x.phase = idle
		return
	}
	x.finish(now, 0, out)
}

func (x *cutter) give(known capture.Time, frame uint64, interim bool, out protocol.Facts) {
	sure := x.sure
	if !x.heard[client] || !x.heard[server] {
		sure = protocol.Guessed
	}
	out.Exchange(protocol.Exchange{
		Start: x.start, End: x.end, Known: max(known, x.end), Frame: frame,
		Up: x.up, Down: x.down, Index: x.index,
		How: protocol.ByQUICDatagrams, Sure: sure, Interim: interim, Push: x.push,
	})
}
