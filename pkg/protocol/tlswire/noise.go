package tlswire

import (
	"time"

	"github.com/hookhound/hookhound/capture"
)

// How a cutter tells application data from what TLS, HTTP and WebSockets send
// by themselves.

const (
	alertSize     = 2  // plain bytes of an alert, close_notify among them
	keyUpdateSize = 5  // of TLS 1.3 KeyUpdate; a client's WebSocket frame has 6 at least
	tinySize      = 17 // less than any request of HTTP/1
	// frameMax is the longest control frame of a WebSocket, masked.
	frameMax = 125 + 6
	// continueSize: "HTTP/1.1 100 Continue" and two line ends.
	continueSize = 25
)

// reaction is how soon after a server's record the client's stack reacts to it.
func (x *cutter) reaction() time.Duration {
	return reactTime + time.Duration(x.tripMillis)*time.Millisecond
}

// control says whether a side's record has one of the sizes of control frames
// for which is holds. Where the overhead was not seen it is taken to be that of
// TLS 1.3.
func (x *cutter) control(length, side int, is func(plain int) bool) bool {
	return x.wire != notHTTP2 && is(length-int(x.over[side]))
}

// reacts says whether a client's record that comes at t is its stack's reaction
// to the server's last record: of that one's size, or one of the sizes of what
// stacks send by themselves, under any overhead if it was not seen.
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

// replies says whether a client's record belongs to what the server pushed: a
// WebSocket's pong, which is its ping with a mask of four bytes, or a short
// acknowledgement that is far from the size of a request.
func (x *cutter) replies(length, plain int, t capture.Time) bool {
	if t.Sub(x.lastServer) > burstTime || plain > frameMax {
		return false
	}
	return plain <= tinySize || plain*2 < int(x.firstUp) || length == int(x.serverLength)+4
}

// decide says whether the connection speaks HTTP/2, by its client's first
// record of application data.
func (x *cutter) decide(plain int) {
	if x.wire != offersHTTP2 {
		return
	}
	x.wire, x.byDefault = notHTTP2, true
	if isPreface(plain) {
		x.wire, x.byDefault = isHTTP2, false
	}
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
func (x *cutter) mayBeTicket(t capture.Time, length, plain int, since time.Duration) (sure, may bool) {
	const least, most, count = 60, 2100, 8
	switch {
	case x.noTickets:
		return false, false
	case x.tickets > 0 && length == int(x.ticket) && x.tickets < count && since <= reactTime:
		x.tickets++
		if x.doubt == asTicket {
			x.doubt = noDoubt
			x.down -= min(x.down, uint64(plain))
		}
		return true, true
	case x.tickets > 0 || plain < least || plain > most || t.Sub(x.settled) > ticketTime:
		x.noTickets = true
		return false, false
	}
	x.ticket, x.tickets = uint16(length), 1
	return x.wire == isHTTP2 && !x.settings, true
}
