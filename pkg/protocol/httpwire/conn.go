package httpwire

import (
	"slices"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// conn is the parser of a connection that begins in HTTP/1.x.
type conn struct {
	due     capture.Time
	readers [2]reader
	client  flow.Side // valid when known
	known   bool      // a request or status line showed which side is the client
	proved  bool      // a line with HTTP's version was seen
	over    bool      // handed over: nothing more is done
	lost    [2]bool   // bytes of the client, of the server were not captured
	heard   [2]bool   // the client, the server has spoken
	calls   []call    // in order of their requests: a window of store
	store   []call
	ledger  ledger
	host    string // of the last request, to be used again
	agent   string
	held    int    // bytes of the requests that wait
	serial  uint32 // of the last call
	turn    string // what the connection turns into with the next byte

	socket *socket // after an upgrade to WebSocket
	next   *conn2  // after an upgrade to HTTP/2
	other  *other  // after it turned out to be no HTTP
	odd    tally
}

// tally is what the connection carried in all.
type tally struct {
	bytes       [2]uint64
	first, last capture.Time
	any         bool
}

var _ protocol.Parser = (*conn)(nil)

const (
	client = 0
	server = 1
)

func newConn() *conn { return &conn{due: capture.Never} }

// role is client or server.
func (p *conn) role(s flow.Side) int {
	if s == p.client {
		return client
	}
	return server
}

// Chunk reads the next bytes or the next gap of a side.
func (p *conn) Chunk(c *stream.Chunk, out protocol.Facts) {
	if p.due <= c.Clock {
		p.Advance(c.Clock, out)
	}
	if p.next != nil {
		p.next.Chunk(c, out)
		p.due = p.next.Due()
		return
	}
	p.take(c, out)
	p.due = max(p.reckon(), c.Clock.Add(1)) // nothing falls due in the past
}

func (p *conn) take(c *stream.Chunk, out protocol.Facts) {
	if !p.odd.any {
		p.odd.first, p.odd.last, p.odd.any = c.Time, c.Time, true
	}
	p.odd.first, p.odd.last = min(p.odd.first, c.Time), max(p.odd.last, c.Time)
	p.odd.bytes[c.Side] += uint64(len(c.Bytes) + c.Gap)
	switch {
	case p.other != nil:
		p.other.moved(c)
		return
	case p.socket != nil:
		p.socket.take(c, c.Bytes, out)
		return
	case c.Gap > 0:
		p.gap(c, out)
		return
	}
	r := &p.readers[c.Side]
	b := c.Bytes
	if p.known {
		p.heard[p.role(c.Side)] = true
	}
	if c.Aligned {
		p.aligned(c, r, b, out)
	}
	for len(b) > 0 {
		b = b[p.step(c, r, b, out):]
		switch {
		case p.over, p.other != nil:
			return
		case p.turn != "":
			p.turnInto(c, b, out)
			return
		}
	}
}

// aligned looks whether a new message begins with a segment, where the place
// was lost or the old message may have ended without saying so.
func (p *conn) aligned(c *stream.Chunk, r *reader, b []byte, out protocol.Facts) {
	switch r.state {
	case astray:
		r.state, r.have = seeking, 0
	case inBody, inChunks, toClose:
		if probe(b[:min(len(b), protocol.ProbeBytes)], true, false) != protocol.Yes {
			return
		}
		status := b[0] == 'H' && b[1] == 'T' // no method begins so
		if p.role(c.Side) == server && status {
			// The answer's length is not known, or was told by an answer
			// whose request (HEAD?) was not seen.
			if k := p.current(r); k != nil && (r.state == toClose && len(p.calls) > 1 || k.req == nil) {
				p.finishAnswer(c, r, out)
			}
		} else if p.role(c.Side) == client && !status {
			// The request was refused before its body came.
			if k := p.current(r); k == nil || k.done {
				p.finishRequest(c, r, out)
			}
		}
	}
}

// current is the call to which the message of a side belongs that has begun;
// nil when it was given already.
func (p *conn) current(r *reader) *call {
	if r.open {
		for i := len(p.calls) - 1; i >= 0; i-- {
			if p.calls[i].id == r.id {
				return &p.calls[i]
			}
		}
	}
	return nil
}

// answering is the call whose answer comes next or is coming down.
func (p *conn) answering() *call {
	for i := range p.calls {
		if !p.calls[i].done {
			return &p.calls[i]
		}
	}
	return nil
}

// count adds n bytes to the call that they belong to.
func (p *conn) count(c *stream.Chunk, r *reader, n int) {
	k := p.current(r)
	if p.role(c.Side) == client {
		if r.state == astray && len(p.calls) > 0 {
			k = &p.calls[len(p.calls)-1]
		}
		if k != nil {
			k.up += uint64(n)
			k.touch(c)
		}
		return
	}
	if r.state == astray {
		k = p.answering()
	}
	if k != nil {
		k.down += uint64(n)
		k.replied = true
		k.touch(c)
	}
}

// begin opens a message with its first byte, which came at t.
func (p *conn) begin(c *stream.Chunk, r *reader, t capture.Time, out protocol.Facts) {
	r.size, r.open = head{}, true
	if p.role(c.Side) == client {
		p.beginRequest(c, r, t, out)
		return
	}
	if k := p.answering(); k != nil && k.broken && k.answered && len(p.calls) > 1 {
		k.done = true // its end was lost
		p.settle(c.Clock, c.Frame, out)
	}
	k := p.answering()
	if k == nil {
		// Without a request: it was not captured, or is late, or the server
		// began by itself.
		k = p.push(c, t, out)
		k.push = p.heard[client] && !p.lost[client]
		k.sure = protocol.Guessed
	}
	k.replied = true
	r.id = k.id
}

func (p *conn) beginRequest(c *stream.Chunk, r *reader, t capture.Time, out protocol.Facts) {
	if p.readers[c.Side.Other()].state == astray || p.lost[server] && p.readers[c.Side.Other()].state == seeking {
		// Answers were lost. What the client goes on from is over.
		for i := range p.calls {
			p.calls[i].done, p.calls[i].broken = true, true
		}
		p.settle(c.Clock, c.Frame, out)
	}
	if n := len(p.calls); n > 0 {
		if k := &p.calls[n-1]; k.req == nil && !k.asked && t <= k.start {
			k.start, k.push, k.sure = t, false, protocol.Likely // its answer was handed over first
			r.id = k.id
			return
		}
		for i := range p.calls {
			if p.calls[i].req == nil {
				p.calls[i].asked = true // its request does not come any more
			}
		}
		p.settle(c.Clock, c.Frame, out)
	}
	r.id = p.push(c, t, out).id
}

// push appends a call that starts at t.
func (p *conn) push(c *stream.Chunk, t capture.Time, out protocol.Facts) *call {
	if len(p.calls) >= limit.HTTPCalls {
		p.pop(c.Clock, c.Frame, out)
	}
	sure := protocol.Clear
	if p.lost[client] || p.lost[server] {
		sure = protocol.Likely
	}
	p.serial++
	n := len(p.calls)
	full := n == cap(p.calls)
	if full && n > 0 && len(p.store) >= 2*n { // the end is reached: back to the beginning
		copy(p.store, p.calls)
		clear(p.store[n:])
		p.calls, full = p.store[:n], false
	}
	p.calls = append(p.calls, call{id: p.serial, start: t, end: t, act: c.Clock, opened: c.Clock, interim: c.Clock.Add(interimTime), sure: sure})
	if full {
		p.store = p.calls[:cap(p.calls)]
	}
	return &p.calls[n]
}

// drop takes back the call of a message that is none.
func (p *conn) drop(r *reader) {
	k := p.current(r)
	switch {
	case k == nil:
	case k.replied:
		k.asked = true
	default:
		p.calls = slices.DeleteFunc(p.calls, func(x call) bool { return x.id == k.id })
	}
}

// pop gives the oldest call as it is.
func (p *conn) pop(known capture.Time, frame uint64, out protocol.Facts) {
	k := &p.calls[0]
	k.give(known, frame, out)
	if k.broken || !k.asked {
		k.sure = min(k.sure, protocol.Likely)
	}
	if !k.answered || !p.heard[client] {
		k.sure = protocol.Guessed
	}
	p.held -= k.weight
	out.Exchange(k.exchange(p.ledger.take(), known, frame, false))
	p.calls[0] = call{}
	if p.calls = p.calls[1:]; len(p.calls) > 0 {
		return
	}
	if len(p.store) > 4 {
		p.store = nil // as many at once are rare
	}
	p.calls = p.store[:0]
}

// settle gives the calls that are over, in order.
func (p *conn) settle(known capture.Time, frame uint64, out protocol.Facts) {
	for len(p.calls) > 0 && p.calls[0].done && p.calls[0].asked {
		p.pop(known, frame, out)
	}
}

// Due is when Advance must be called next.
func (p *conn) Due() capture.Time { return p.due }

func (p *conn) reckon() capture.Time {
	switch {
	case p.over:
		return capture.Never
	case p.next != nil:
		return p.next.Due()
	case p.socket != nil:
		return p.socket.due()
	case p.other != nil:
		return p.other.due
	}
	d := capture.Never
	for i := range p.calls {
		k := &p.calls[i]
		d = min(d, k.gives())
		if i == 0 {
			d = min(d, k.interim, p.ends(k))
			if !k.told && !p.heard[server] {
				d = min(d, k.act.Add(answerTime))
			}
		}
	}
	return d
}

// ends is when the oldest call is over though its end was not seen.
func (p *conn) ends(k *call) capture.Time {
	switch {
	case k.done && k.req == nil:
		return k.act.Add(orphanTime)
	case k.broken, k.done, !p.heard[server] && len(p.calls) > 1:
		return k.act.Add(quietTime)
	}
	return capture.Never
}

// Advance does what is due at or before now.
func (p *conn) Advance(now capture.Time, out protocol.Facts) {
	if p.next != nil {
		p.next.Advance(now, out)
		p.due = p.next.Due()
		return
	}
	for p.due <= now && !p.over {
		p.at(p.due, out)
		p.due = max(p.reckon(), p.due.Add(1))
	}
}

// at does what is due at now.
func (p *conn) at(now capture.Time, out protocol.Facts) {
	switch {
	case p.socket != nil:
		p.socket.advance(now, out)
		return
	case p.other != nil:
		p.other.advance(now, &p.ledger, &p.odd, p.client, out)
		return
	}
	for i := range p.calls {
		k := &p.calls[i]
		if k.gives() <= now {
			k.give(now, 0, out)
		}
	}
	if len(p.calls) == 0 {
		return
	}
	k := &p.calls[0]
	if p.ends(k) <= now {
		p.pop(now, 0, out)
		p.settle(now, 0, out)
		return
	}
	unanswered := !k.told && !p.heard[server] && k.act.Add(answerTime) <= now
	if k.interim <= now || unanswered {
		k.told = true
		k.interim = capture.Never // until something moves
		x := k.exchange(p.ledger.next, now, 0, true)
		if unanswered {
			x.Sure = protocol.Guessed
		}
		out.Exchange(x)
	}
}

// Close gives what is left.
func (p *conn) Close(now capture.Time, out protocol.Facts) {
	switch {
	case p.over:
	case p.next != nil:
		p.next.Close(now, out)
	case p.socket != nil:
		p.socket.close(now, out)
	case p.other != nil:
		p.other.close(now, &p.ledger, &p.odd, p.client, out)
	default:
		for s := range p.readers {
			if r := &p.readers[s]; r.state == toClose && r.open {
				if k := p.current(r); k != nil {
					k.done = true
				}
			}
		}
		for len(p.calls) > 0 {
			p.pop(now, 0, out)
		}
	}
	p.over = true
}

// handover ends the parser: what follows is another protocol's.
func (p *conn) handover(rest *stream.Chunk, out protocol.Facts) {
	p.over = true
	p.calls = nil
	out.Handover(rest)
}
