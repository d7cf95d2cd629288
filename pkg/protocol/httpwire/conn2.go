package httpwire

import (
	"slices"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// preface is what an HTTP/2 client says first (RFC 9113 section 3.4).
const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// conn2 is the parser of a connection in HTTP/2.
type conn2 struct {
	due     capture.Time
	sides   [2]side2
	client  flow.Side
	known   bool // which side is the client
	lost    [2]bool
	heard   [2]bool
	highest uint32     // stream that the client has opened
	streams []*stream2 // in the order in which they were opened
	last    *stream2   // that was looked for
	spare   *stream2   // to be used again
	held    int        // bytes of the requests that wait
	ledger  ledger
	crowd   crowd
	over    bool   // handed over: nothing more is done
	interim uint32 // the stream of which an interim state was given last; zero if none
}

var _ protocol.Parser = (*conn2)(nil)

// stream2 is a stream: a call with its number.
type stream2 struct {
	call
	number  uint32
	partial bool // a part of it was given under another index
	dropped bool // it was reset, or there are too many, before an answer came
}

func newConn2() *conn2 { return &conn2{due: capture.Never} }

// upgraded goes on from a connection of HTTP/1.1; k is the request that asked
// for it, and becomes stream 1 (RFC 7540 section 3.2).
func (p *conn2) upgraded(from *conn, k *call) {
	p.client, p.known = from.client, true
	p.lost, p.heard, p.ledger = from.lost, from.heard, from.ledger
	k.asked, k.done, k.answered = true, false, false
	p.streams = append(p.streams, &stream2{call: *k, number: 1})
	p.highest = 1
	p.due = p.reckon()
}

func (p *conn2) role(s flow.Side) int {
	if s == p.client {
		return client
	}
	return server
}

// Chunk reads the next bytes or the next gap of a side.
func (p *conn2) Chunk(c *stream.Chunk, out protocol.Facts) {
	if p.due <= c.Clock {
		p.Advance(c.Clock, out)
	}
	s := &p.sides[c.Side]
	if c.Gap > 0 {
		p.gap(c, s, out)
	} else if len(c.Bytes) > 0 {
		if !p.known {
			p.orient(c, out)
		}
		p.heard[p.role(c.Side)] = true
		p.read(c, s, out)
	}
	if p.over {
		p.due = capture.Never
		return
	}
	// Streams are not looked through for each chunk: Advance reckons exactly.
	if len(p.streams) > 0 {
		p.due = min(p.due, c.Clock.Add(orphanTime))
	}
	p.due = max(min(p.due, p.crowd.due()), c.Clock.Add(1))
}

// orient finds out which side is the client: it begins with the preface.
func (p *conn2) orient(c *stream.Chunk, out protocol.Facts) {
	p.known, p.client = true, c.Side
	if c.Bytes[0] != preface[0] {
		p.client = c.Side.Other()
	}
	out.Client(p.client)
}

// find returns an open stream.
func (p *conn2) find(number uint32) *stream2 {
	if p.last != nil && p.last.number == number {
		return p.last
	}
	for i := len(p.streams) - 1; i >= 0; i-- {
		if k := p.streams[i]; k.number == number {
			p.last = k
			return k
		}
	}
	return nil
}

// open opens a stream that starts at t.
func (p *conn2) open(c *stream.Chunk, number uint32, t capture.Time, out protocol.Facts) *stream2 {
	if len(p.streams) >= limit.HTTPStreams {
		p.evict(c, out)
	}
	sure := protocol.Clear
	if p.lost[client] || p.lost[server] {
		sure = protocol.Likely
	}
	k := p.spare
	if p.spare = nil; k == nil {
		k = new(stream2)
	}
	*k = stream2{number: number, call: call{
		start: t, end: t, act: c.Clock, opened: c.Clock, interim: c.Clock.Add(interimTime), sure: sure, headed: true,
	}}
	p.streams = append(p.streams, k)
	return k
}

// evict gives the oldest stream as it is.
func (p *conn2) evict(c *stream.Chunk, out protocol.Facts) {
	k := p.streams[0]
	k.broken, k.dropped = true, !k.answered
	p.end(k, c.Clock, c.Frame, out)
}

// end gives a stream that is over, and forgets it.
func (p *conn2) end(k *stream2, known capture.Time, frame uint64, out protocol.Facts) {
	if k.broken || !k.asked || !k.done {
		k.sure = min(k.sure, protocol.Likely)
	}
	if !k.answered || !p.heard[client] || !p.heard[server] {
		k.sure = protocol.Guessed
	}
	number := k.number
	if p.interim == number {
		p.interim = 0 // this is what replaces it
	}
	dropped := k.dropped && !k.given && !k.push
	if dropped && p.crowd.full(known) {
		p.crowd.add(k.exchange(0, known, frame, false), known, &p.ledger, out)
	} else if !k.partial || k.up+k.down > 0 {
		k.give(known, frame, out)
		p.overtake(known, frame, out)
		x := k.exchange(0, known, frame, false)
		if dropped {
			p.crowd.add(x, known, &p.ledger, out)
		} else {
			x.Index = p.ledger.take()
			out.Exchange(x)
		}
	}
	i := slices.Index(p.streams, k)
	p.streams = slices.Delete(p.streams, i, i+1)
	if len(p.streams) == 0 && cap(p.streams) > 16 {
		p.streams = nil // as many at once are rare
	}
	p.held -= k.weight
	*k = stream2{}
	p.last, p.spare = nil, k
}

// overtake makes an end of what an interim state was given of last, since
// another exchange is given now. The rest of it gets another index.
func (p *conn2) overtake(known capture.Time, frame uint64, out protocol.Facts) {
	k := p.find(p.interim)
	if p.interim == 0 || k == nil {
		return
	}
	p.interim = 0
	out.Exchange(k.exchange(p.ledger.take(), known, frame, false))
	k.up, k.down, k.start, k.push, k.partial = 0, 0, k.end, true, true
}

// Due is when Advance must be called next.
func (p *conn2) Due() capture.Time { return p.due }

func (p *conn2) reckon() capture.Time {
	d := p.crowd.due()
	for i := range p.streams {
		k := p.streams[i]
		d = min(d, k.interim, k.gives(), p.ends(k))
	}
	return d
}

// ends is when a stream is over though its end was not seen.
func (p *conn2) ends(k *stream2) capture.Time {
	switch {
	case k.req == nil && k.done:
		return k.act.Add(orphanTime)
	case k.broken, k.done, k.asked && !p.heard[server]:
		return k.act.Add(quietTime)
	}
	return capture.Never
}

// Advance does what is due at or before now.
func (p *conn2) Advance(now capture.Time, out protocol.Facts) {
	for p.due <= now {
		at := p.due
		if p.crowd.due() <= at {
			p.overtake(at, 0, out)
			p.crowd.flush(at, &p.ledger, out)
		}
		for i := 0; i < len(p.streams); i++ {
			k := p.streams[i]
			if k.gives() <= at {
				k.give(at, 0, out)
			}
			if p.ends(k) <= at {
				p.end(k, at, 0, out)
				i--
			} else if k.interim <= at {
				p.tellInterim(k, at, out)
			}
		}
		p.due = max(p.reckon(), at.Add(1))
	}
}

func (p *conn2) tellInterim(k *stream2, now capture.Time, out protocol.Facts) {
	k.interim = capture.Never // until something moves
	if k.partial && k.up+k.down == 0 {
		return
	}
	k.give(now, 0, out)
	if p.interim != k.number {
		p.overtake(now, 0, out)
		p.interim = k.number
	}
	out.Exchange(k.exchange(p.ledger.next, now, 0, true))
}

// Close gives what is left.
func (p *conn2) Close(now capture.Time, out protocol.Facts) {
	for len(p.streams) > 0 {
		p.end(p.streams[0], now, 0, out)
	}
	p.overtake(now, 0, out)
	p.crowd.tell(now, &p.ledger, out)
}
