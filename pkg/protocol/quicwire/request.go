package quicwire

import (
	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
)

// request takes a client's datagram. lone: it may be a probe of the path.
func (x *cutter) request(d *datagram, plain int, lone bool, by company, out protocol.Facts) {
	t := d.Time
	if plain > bareSize && x.repeats(t, plain) {
		return
	}
	x.lastSign = max(x.lastSign, t)
	switch {
	case plain <= bareSize, by == padded:
		return
	case lone, plain <= clientControl, x.phase == idle && x.opening(t) && plain <= openingSize(by):
		x.mayAsk(d, plain, lone)
		return
	case x.phase == answering && x.down >= downloadSize && plain <= rangesSize && x.reacts(t):
		return
	}
	silence := t.Sub(x.lastClient)
	switch {
	case x.phase == idle,
		x.phase == asking && !x.heard[server] && silence > burstTime,
		x.phase == asking && silence > reopenTime:
		x.open(d, t, out)
	case x.phase == asking:
	case x.goesOn(t) && silence <= burstTime:
		x.phase, x.down = asking, 0
	default:
		x.open(d, t, out)
	}
	x.count(d, plain)
}

// repeats says whether the client sends its request once more, or a part of it,
// since the answer was lost behind the capture: it would have acknowledged it by
// now.
func (x *cutter) repeats(t capture.Time, plain int) bool {
	const ack = 16
	silence := t.Sub(x.lastAnswer)
	return x.phase == answering && x.lastSign < x.lastAnswer && plain <= int(min(x.up, maxDatagram))+ack &&
		silence > ackTime+x.trip && silence <= repeatTime
}

// goesOn says whether what looks like an answer may be none, so that the
// client's next datagram still belongs to its request: a probe; or windows, or
// what belongs to the handshake, while much goes up.
func (x *cutter) goesOn(t capture.Time) bool {
	setup := x.greeted && x.down <= setupSize && t.Sub(x.settled) <= openingTime
	return x.probed || x.up >= upload && (x.slight || setup)
}

// early takes a client's 0-RTT packet, with so many bytes behind its header.
func (x *cutter) early(d *datagram, role, sealed int, by company, out protocol.Facts) {
	const overhead = 2 + sealLength
	if role != client {
		return
	}
	if by == padded { // who sends early data has a request, and seldom room to pad
		by = alone
	}
	x.heard[client] = true
	plain := max(0, sealed-overhead)
	switch {
	case x.phase == asking && plain > bareSize:
	case x.phase == idle && plain > openingSize(by):
		x.open(d, d.Time, out)
	default:
		return
	}
	x.count(d, plain)
}

// openingSize is up to which size a client's datagram sets up streams.
func openingSize(by company) int {
	if by == alone {
		return openingAlone
	}
	return openingBeside
}

// count adds a datagram to the request.
func (x *cutter) count(d *datagram, plain int) {
	x.up += uint64(plain)
	x.lastClient = max(x.lastClient, d.Time)
	x.asked = true
	x.moved(d)
}

// opening says whether streams are still being set up: nothing was asked yet,
// and the handshake is not long over.
func (x *cutter) opening(t capture.Time) bool {
	return x.greeted && !x.asked && t.Sub(x.settled) <= openingTime
}

// reacts says whether a client's datagram may be its stack's reaction to the
// server's last.
func (x *cutter) reacts(t capture.Time) bool { return t.Sub(x.lastServer) <= x.reaction() }

// mayAsk takes a client's datagram of a size that requests seldom have. It is
// held as a question where nothing of the server's explains it.
func (x *cutter) mayAsk(d *datagram, plain int, lone bool) {
	t := d.Time
	switch silence := t.Sub(x.lastClient); {
	case x.phase == asking && !lone && silence <= burstTime:
		x.up += uint64(plain) // the end of a request
		x.moved(d)
	case x.phase == asking && silence <= reopenTime:
	case x.opening(t) && !lone:
		x.hold(t, plain)
	case !x.reacts(t):
		x.hold(t, plain)
	}
}

// hold keeps a datagram back until it is known what it is.
func (x *cutter) hold(t capture.Time, plain int) {
	if !x.held || t.Sub(x.heldEnd) > burstTime {
		x.heldStart, x.heldUp = t, 0
	}
	x.held, x.heldEnd = true, max(t, x.heldStart)
	x.heldUp += uint32(plain)
}

// open begins an exchange with a client's datagram at t, and ends the one
// before. Where too many are cut, the one before goes on instead.
func (x *cutter) open(d *datagram, t capture.Time, out protocol.Facts) {
	if !x.mayCut(d) {
		return
	}
	x.finish(d.Clock, d.Frame, out)
	x.begin(d, t)
}

// mayCut says whether another exchange is told of.
func (x *cutter) mayCut(d *datagram) bool {
	if x.cuts.take(d.Clock, limit.QUICCutBurst, limit.QUICCutEvery) {
		return true
	}
	x.sure = protocol.Guessed
	return x.phase == idle
}

// ask makes of the datagrams that were held the exchange that is open.
func (x *cutter) ask(d *datagram, out protocol.Facts) bool {
	if !x.mayCut(d) {
		return false
	}
	up, end := uint64(x.heldUp), x.heldEnd
	x.finish(d.Clock, d.Frame, out)
	x.begin(d, x.heldStart)
	x.up, x.end, x.asked = up, max(x.end, end), true
	return true
}
