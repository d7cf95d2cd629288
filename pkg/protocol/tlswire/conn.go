package tlswire

import (
	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// Protocol is the entry of TLS in the list of protocols. Each call makes one
// for one shard: its parsers share memory of fingerprints and must not run at
// the same time.
func Protocol() protocol.Protocol {
	m := &maker{prints: newFingerprinter('t')}
	return protocol.Protocol{Name: "tls", Probe: Probe, New: m.parser}
}

// maker makes the parsers of one shard and holds what they take turns to use.
type maker struct {
	prints *fingerprinter
	ch     clientHello
	sh     serverHello
}

func (m *maker) parser() protocol.Parser {
	return &conn{maker: m, cut: newCutter()}
}

// Oriented is a parser that can be told which side is the client, for
// connections whose beginning was not captured. Without it the side that is
// heard first is taken. What a hello shows overrules both.
type Oriented interface {
	Orient(client flow.Side)
}

// evidence is how the client side is known.
type evidence uint8

const (
	unknown evidence = iota
	heardFirst
	told
	shown // by a hello
)

// conn is the parser of one connection.
type conn struct {
	maker    *maker
	greeting *greeting // nil when the handshake is over and its hello told
	cut      cutter
	sides    [2]cursor
	client   flow.Side
	evidence evidence
	begun    bool // a record was seen
	over     bool // the handshake is over, or was not seen
}

var (
	_ protocol.Parser = (*conn)(nil)
	_ Oriented        = (*conn)(nil)
)

// Orient tells which side is the client.
func (p *conn) Orient(client flow.Side) { p.orient(client, told) }

// orient notes which side is the client, if that is better known than before.
func (p *conn) orient(side flow.Side, by evidence) {
	if by < p.evidence || p.evidence == shown {
		return
	}
	if p.evidence != unknown && side != p.client {
		p.cut = newCutter() // what was cut was taken the wrong way round
	}
	p.client, p.evidence = side, by
}

// role is client or server.
func (p *conn) role(s flow.Side) int {
	if s == p.client {
		return client
	}
	return server
}

// Chunk reads the next bytes or the next gap of a side.
func (p *conn) Chunk(c *stream.Chunk, out protocol.Facts) {
	if p.Due() <= c.Clock {
		p.Advance(c.Clock, out)
	}
	k := &p.sides[c.Side]
	if c.Gap > 0 {
		p.gap(k, c, out)
		return
	}
	b := c.Bytes
	if k.lost && c.Aligned {
		k.seeking, k.have = true, 0
	}
	for len(b) > 0 {
		if k.left > 0 {
			n := min(int(k.left), len(b))
			p.body(k, c, b[:n], out)
			b = b[n:]
			continue
		}
		if k.lost && !k.seeking {
			p.stray(c, len(b), out)
			return
		}
		if k.have == 0 {
			k.began = c.Time
		}
		n := copy(k.header[k.have:], b)
		k.have += uint8(n)
		b = b[n:]
		if k.have < recordHeader {
			return
		}
		k.have = 0
		if !k.valid() {
			k.lose()
			p.stray(c, recordHeader, out)
			continue
		}
		k.lost, k.seeking = false, false
		p.record(k, c, out)
	}
}

// body takes bytes of a record's body.
func (p *conn) body(k *cursor, c *stream.Chunk, b []byte, out protocol.Facts) {
	k.pass(len(b))
	switch {
	case k.counts:
		p.cut.bytes(c, p.role(c.Side), k.plain(len(b)), out)
	case k.feeds && p.greeting != nil:
		p.read(c, b, out)
	case p.greeting != nil:
		p.greeting.arrived(p.role(c.Side), k.plain(len(b)))
	}
}

// record takes a record whose header is complete.
func (p *conn) record(k *cursor, c *stream.Chunk, out protocol.Facts) {
	kind, length := k.header[0], k.length()
	k.left, k.skip, k.counts, k.feeds = uint16(length), 0, false, false
	if !p.begun {
		p.begun = true
		if kind == typeApplicationData {
			p.over = true
		} else {
			p.greeting = &greeting{due: c.Clock.Add(answerTime)}
		}
	}
	if p.evidence == unknown {
		p.orient(c.Side, heardFirst)
	}
	role := p.role(c.Side)
	p.cut.heard[role] = true
	if !p.over {
		if application := p.greet(k, c, kind, length, out); !application {
			return
		}
		role = p.role(c.Side)
	} else if kind != typeApplicationData {
		return
	}
	if role == client {
		k.counts = p.cut.request(c, k.began, length, out)
	} else {
		k.counts = p.cut.answer(c, k.began, length, out)
	}
	k.skip = uint16(min(int(p.cut.over[role]), length))
}

// gap takes a hole. Inside a body the framing goes on, since the header gave
// the length; one that goes further takes the place with it.
func (p *conn) gap(k *cursor, c *stream.Chunk, out protocol.Facts) {
	n := min(c.Gap, int(k.left))
	if n > 0 {
		k.pass(n)
		p.cut.sure = min(p.cut.sure, protocol.Likely)
		switch {
		case k.counts:
			p.cut.bytes(c, p.role(c.Side), k.plain(n), out)
		case k.feeds && p.greeting != nil:
			p.unread(c, n, out)
		}
	}
	if rest := c.Gap - n; rest > 0 {
		k.lose()
		p.lostBytes(c, rest, true, out)
	}
}

// stray takes bytes whose place in the records is not known.
func (p *conn) stray(c *stream.Chunk, n int, out protocol.Facts) {
	p.lostBytes(c, n, false, out)
}

func (p *conn) lostBytes(c *stream.Chunk, n int, hole bool, out protocol.Facts) {
	if p.evidence == unknown {
		p.orient(c.Side, heardFirst)
	}
	over := p.over
	if p.greeting != nil {
		p.unread(c, n, out)
	}
	switch {
	case over:
		p.cut.missing(c, p.role(c.Side), n, hole, out)
	case hole && p.greeting != nil:
		p.holeInGreeting(c, n, out)
	}
}

// partial says whether a record's end is still to come.
func (p *conn) partial() bool { return p.sides[0].left > 0 || p.sides[1].left > 0 }

// Due is when the next fact falls due.
func (p *conn) Due() capture.Time {
	d := p.cut.due(p.partial())
	if p.greeting != nil {
		d = min(d, p.greeting.due)
	}
	return d
}

// Advance gives out what fell due up to now.
func (p *conn) Advance(now capture.Time, out protocol.Facts) {
	for {
		d := p.Due()
		if d > now || d == capture.Never {
			return
		}
		if p.greeting != nil && p.greeting.due == d {
			p.outwait(d, out)
			continue
		}
		p.cut.advance(d, p.partial(), out)
	}
}

// Close gives out what is left.
func (p *conn) Close(now capture.Time, out protocol.Facts) {
	p.Advance(now, out)
	if p.greeting != nil {
		p.tell(now, 0, out)
	}
	p.cut.close(now, out)
	p.greeting = nil
}
