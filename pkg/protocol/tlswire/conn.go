package tlswire

import (
	"hash/maphash"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// Protocol is the entry of TLS in the list of protocols. Each call makes one
// for one worker: its parsers share memory of fingerprints and must not run at
// the same time.
func Protocol() protocol.Protocol {
	m := &maker{prints: newFingerprinter('t'), seed: maphash.MakeSeed()}
	return protocol.Protocol{Name: "tls", Probe: Probe, New: m.parser}
}

// maker makes the parsers of one worker and holds what they take turns to use.
type maker struct {
	prints *fingerprinter
	ch     clientHello
	sh     serverHello
	spare  spareBuffer
	// seed is that of the sums by which a repeated hello is known. It differs
	// from run to run so that nobody can make two hellos of one sum.
	seed maphash.Seed

	// What connections that ended have left, to be used again. Short
	// connections would otherwise make most of the garbage.
	conns     []*conn
	greetings []*greeting
}

func (m *maker) parser() protocol.Parser {
	var p *conn
	if n := len(m.conns); n > 0 {
		p, m.conns = m.conns[n-1], m.conns[:n-1]
	} else {
		p = new(conn)
	}
	*p = conn{maker: m, cut: newCutter(), due: capture.Never}
	return p
}

// greeting makes the greeting of a connection whose answer is due then.
func (m *maker) greeting(due capture.Time) *greeting {
	var g *greeting
	if n := len(m.greetings); n > 0 {
		g, m.greetings = m.greetings[n-1], m.greetings[:n-1]
	} else {
		g = new(greeting)
	}
	*g = greeting{due: due}
	for i := range g.in {
		g.in[i].spare = &m.spare
	}
	return g
}

// leave lets the greeting go. Whoever still holds it may read it until the next
// one is made.
func (p *conn) leave() {
	if m := p.maker; p.greeting != nil && len(m.greetings) < limit.TLSSpare {
		for i := range p.greeting.in {
			p.greeting.in[i].reset()
		}
		m.greetings = append(m.greetings, p.greeting)
	}
	p.greeting = nil
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

// conn is the parser of one connection. What each chunk asks for stands first,
// as in a cutter; together they are 256 bytes, so that neither begins in the
// middle of a line of the processor's cache.
type conn struct {
	due      capture.Time // what Due says, kept since it is asked for more often than it changes
	greeting *greeting    // nil when the handshake is over and its hello told
	sides    [2]cursor
	maker    *maker
	client   flow.Side
	evidence evidence
	begun    bool // a record was seen
	over     bool // the handshake is over, or was not seen
	handed   bool // what follows is SSLv2, which is not read
	cut      cutter
}

var (
	_ protocol.Parser = (*conn)(nil)
	_ Oriented        = (*conn)(nil)
)

// Orient tells which side is the client.
func (p *conn) Orient(client flow.Side) {
	p.orient(client, told)
	p.due = p.reckon()
}

// orient notes which side is the client, if that is better known than before.
func (p *conn) orient(side flow.Side, by evidence) {
	if by < p.evidence || p.evidence == shown {
		return
	}
	if p.evidence != unknown && side != p.client {
		heard := p.cut.heard
		p.cut = newCutter() // what was cut was taken the wrong way round
		p.cut.heard[client], p.cut.heard[server] = heard[server], heard[client]
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
	if p.due <= c.Clock {
		p.Advance(c.Clock, out)
	}
	p.bytesOrGap(c, out)
	p.due = p.reckon()
}

func (p *conn) bytesOrGap(c *stream.Chunk, out protocol.Facts) {
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
			if p.sslv2(k, c, out) {
				if p.handed {
					handOver(c, b, out)
					return
				}
				continue
			}
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
	case p.greeting == nil:
	case k.feeds:
		p.read(c, b, out)
	case k.alerts:
		p.alert(k, c, b, out)
	case k.old:
		p.oldHello(k, c, b, out)
	default:
		p.greeting.arrived(p.role(c.Side), k.plain(len(b)))
	}
}

// record takes a record whose header is complete.
func (p *conn) record(k *cursor, c *stream.Chunk, out protocol.Facts) {
	kind, length := k.header[0], k.length()
	k.left, k.skip = uint16(length), 0
	k.counts, k.feeds, k.alerts, k.old = false, false, false, false
	if !p.begun {
		p.begin(c, kind == typeApplicationData)
	}
	if p.evidence == unknown {
		p.orient(c.Side, heardFirst)
	}
	role := p.role(c.Side)
	p.cut.heard[role] = true
	if !p.over {
		if g := p.greeting; g.seen > limit.TLSGreetingRecords && g.blank() {
			p.giveUp(out)
			return
		}
		p.greeting.seen++
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

// begin takes note that the first record was seen: one of the handshake, or
// one behind it.
func (p *conn) begin(c *stream.Chunk, over bool) {
	p.begun, p.over = true, over
	if !over {
		p.greeting = p.maker.greeting(c.Clock.Add(answerTime))
	}
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
		k.alerts, k.old = false, false // they need all of what went before
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
func (p *conn) Due() capture.Time { return p.due }

func (p *conn) reckon() capture.Time {
	d := p.cut.due(p.partial())
	if p.greeting != nil {
		d = min(d, p.greeting.due)
	}
	return d
}

// Advance gives out what fell due up to now.
func (p *conn) Advance(now capture.Time, out protocol.Facts) {
	for {
		d := p.reckon()
		if p.due = d; d > now || d == capture.Never {
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
	p.leave()
	p.rest()
}

// rest lets the parser be used again, once whoever calls it has returned.
func (p *conn) rest() {
	if m := p.maker; len(m.conns) < limit.TLSSpare {
		m.conns = append(m.conns, p)
	}
}
