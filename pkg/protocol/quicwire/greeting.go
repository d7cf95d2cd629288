package quicwire

import (
	"hash/maphash"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
)

// The handshake messages (RFC 8446 section 4) that are read.
const (
	msgClientHello = 1
	msgServerHello = 2
)

// greeting is what a connection needs until its hellos are told; then it is let
// go with all bytes and keys that it holds.
type greeting struct {
	dials    []*dial
	hello    *protocol.Hello // seen and not told
	due      capture.Time    // when it is told without an answer
	sum      uint64          // of the last ClientHello, to know a repeated one
	spoken   bool            // there was one
	answered bool            // the ServerHello was seen, and no HelloRetryRequest
	retried  bool            // the server sent Retry
	initials uint8
	failures uint8
}

// beyond notes that packets were seen which are sent when the ServerHello was:
// it was lost, or comes late.
func (g *greeting) beyond(now capture.Time) { g.due = min(g.due, now.Add(orphanTime)) }

// initial takes an Initial packet.
func (p *conn) initial(d *datagram, h *long, packet []byte, out protocol.Facts) {
	g := p.greeting
	if g == nil {
		// After the hellos the client uses the server's id, and the server says
		// which is its own; any other id begins another connection.
		if p.knows(h.dcid) || p.knows(h.scid) || p.evidence == shown && d.Side != p.client {
			return
		}
		g = &greeting{due: d.Clock.Add(answerTime)}
		p.greeting = g
	}
	before := len(g.dials)
	k, frames := p.unlock(d, h, packet)
	if k == nil {
		if before > 0 {
			return // whoever sends what nobody can open is not to make us forget half a hello
		}
		if g.failures++; g.failures >= limit.QUICFailures {
			p.giveUp(d, out)
		}
		return
	}
	if g.initials++; g.initials > limit.QUICInitials {
		p.giveUp(d, out)
		return
	}
	if len(g.dials) > before && p.evidence == shown && p.count > 0 && !g.spoken {
		p.cut.restart(d, out)
	}
	p.show(k.client, out)
	p.note(k.id)
	if d.Side != k.client {
		p.note(h.scid)
	}
	closed := readFrames(frames, &k.crypto[k.role(d.Side)])
	p.messages(d, k, out)
	if g := p.greeting; g != nil && (g.answered && g.hello == nil || closed && g.hello != nil) {
		p.giveUp(d, out)
	}
}

// giveUp tells what is known of the hello and lets the greeting go.
func (p *conn) giveUp(d *datagram, out protocol.Facts) {
	p.tell(d.Clock, d.Frame, out)
	p.greeting = nil
}

// messages reads the handshake messages that have become complete.
func (p *conn) messages(d *datagram, k *dial, out protocol.Facts) {
	a := &k.crypto[k.role(d.Side)]
	for {
		kind, body, ok := a.next()
		switch {
		case !ok:
			return
		case kind == msgClientHello && d.Side == k.client:
			p.clientHello(d, body, out)
		case kind == msgServerHello && d.Side != k.client:
			p.serverHello(d, body, out)
		}
	}
}

func (p *conn) clientHello(d *datagram, body []byte, out protocol.Facts) {
	g := p.greeting
	sum := maphash.Bytes(p.maker.seed, body)
	if g.spoken && sum == g.sum {
		return
	}
	hello, err := p.maker.hellos.ClientHello(body)
	if err != nil {
		return
	}
	orphan := g.hello
	if orphan != nil && orphan.HasClient && !g.retried {
		p.tell(d.Clock, d.Frame, out)
	}
	if orphan != nil && orphan.HasClient {
		orphan = nil // told, or, behind Retry, said once more
	}
	g.hello, g.due = &hello, d.Clock.Add(answerTime)
	g.spoken, g.sum, g.answered = true, sum, false
	if orphan != nil { // its answer was handed over before it
		hello.TakeAnswer(orphan)
		g.answered = true
		p.tell(d.Clock, d.Frame, out)
	}
}

func (p *conn) serverHello(d *datagram, body []byte, out protocol.Facts) {
	g := p.greeting
	if g.answered {
		return
	}
	h := g.hello
	if h == nil {
		h = &protocol.Hello{}
	}
	again, err := p.maker.hellos.ServerHello(body, h)
	if err != nil {
		return
	}
	if g.hello == nil {
		g.hello, g.due = h, d.Clock.Add(orphanTime)
	}
	g.answered = !again
	if h.HasClient || again {
		p.tell(d.Clock, d.Frame, out)
	}
}

// tell gives out the hello that waits, with what is known of its answer.
func (p *conn) tell(known capture.Time, frame uint64, out protocol.Facts) {
	g := p.greeting
	if h := g.hello; h != nil {
		h.Known, h.Frame, h.Number = known, frame, p.count
		g.hello = nil
		p.count++
		out.Hello(h)
	}
	g.due = known.Add(answerTime)
}

// knows says whether an id belongs to a connection whose hellos are told.
func (p *conn) knows(id []byte) bool {
	if len(id) == 0 {
		return false
	}
	sum := maphash.Bytes(p.maker.seed, id)
	for _, k := range p.ids {
		if k == sum {
			return true
		}
	}
	return false
}

// note remembers an id.
func (p *conn) note(id []byte) {
	if len(id) == 0 || p.knows(id) {
		return
	}
	p.ids[p.nextID%limit.QUICIDs] = maphash.Bytes(p.maker.seed, id)
	p.nextID++
}
