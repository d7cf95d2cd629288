package httpwire

import (
	"bytes"
	"slices"
	"strings"

	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// requestLine reads the first line of a request.
func (p *conn) requestLine(c *stream.Chunk, r *reader, line []byte, long bool, out protocol.Facts) {
	i := bytes.IndexAny(line, " \t")
	if i <= 0 {
		p.strange(c, r)
		return
	}
	rest := bytes.Trim(line[i:], " \t")
	before, word := lastWord(rest)
	version, versioned := versionOf(word)
	if versioned {
		rest = before
	}
	// What stands behind a space does not belong to the target, as servers
	// and other tools read it.
	target := rest
	if j := bytes.IndexAny(rest, " \t"); j >= 0 {
		target = rest[:j]
	}
	simple := !versioned && !long && known(line[:i]) && len(target) > 0 && len(target) == len(rest) &&
		(target[0] == '/' || protocol.BeginsFold(target, "http://", "https://") == protocol.Yes)
	if !versioned && !simple && !long {
		p.strange(c, r)
		return
	}
	p.proved = p.proved || versioned
	k := p.current(r)
	if k == nil {
		return // it was given before its first line was complete
	}
	q := &protocol.Request{Method: methodName(line[:i]), Target: keep(target, ""), Version: version}
	q.Scheme = schemeOf(q.Target)
	if r.missed && !p.proved {
		k.sure = protocol.Guessed
	}
	k.req = q
	k.head, k.connect, k.simple = q.Method == "HEAD", q.Method == "CONNECT", simple
}

// cutLine reads what was captured of a first line that is cut off behind its
// target, and tells whether it was one.
func (p *conn) cutLine(c *stream.Chunk, r *reader) bool {
	method, rest, _ := bytes.Cut(r.line, []byte(" "))
	target, _, ok := bytes.Cut(bytes.TrimLeft(rest, " "), []byte(" "))
	k := p.current(r)
	if !ok || k == nil || !known(method) {
		return false
	}
	k.req = &protocol.Request{Method: methodName(method), Target: keep(target, "")}
	k.req.Scheme = schemeOf(k.req.Target)
	k.head = k.req.Method == "HEAD"
	return true
}

// strange takes a first line that is no request's: the connection is none of
// HTTP's if it began so, and else the place is lost.
func (p *conn) strange(c *stream.Chunk, r *reader) {
	missed := r.missed
	p.drop(r)
	r.lose()
	if !p.proved && !missed && p.ledger.next == 0 && len(p.calls) == 0 {
		p.other = &other{due: c.Clock.Add(interimTime)}
	}
}

// askedHead takes the end of a request's head.
func (p *conn) askedHead(c *stream.Chunk, r *reader, out protocol.Facts) {
	h := &r.size
	connect := false
	if k := p.current(r); k != nil {
		k.headed, k.opened = true, c.Clock
		p.held += k.weigh()
		k.upgrade, h.upgrade = h.upgrade, ""
		k.mark(h)
		if k.answered && k.req != nil { // before the request was complete, or it was handed over late
			k.edit().Status = k.status
			k.give(c.Clock, c.Frame, out)
		}
		if connect = k.connect && !k.answered; connect {
			k.asked = true
		}
	}
	for p.held > limit.HTTPHeld && len(p.calls) > 1 {
		p.pop(c.Clock, c.Frame, out)
	}
	switch {
	case connect:
		r.state, r.open, r.have = inTunnel, false, 0
	case h.chunked:
		r.state, r.chunk = inChunks, chunkSize
		r.left, r.have = 0, 0
	case h.sized && h.length > 0:
		r.state, r.left = inBody, h.length
	default:
		p.finishRequest(c, r, out)
	}
}

// mark lowers the certainty of a call whose head contradicts itself.
func (k *call) mark(h *head) {
	if h.odd || h.coded && (h.sized || !h.chunked) {
		k.sure = min(k.sure, protocol.Likely)
	}
}

// tunnel takes what a client sends behind CONNECT before an answer was seen.
func (p *conn) tunnel(c *stream.Chunk, r *reader, b []byte, out protocol.Facts) int {
	if r.have == 0 {
		r.began = c.Time
	}
	n := copy(r.gather[r.have:], b)
	g := r.gather[:int(r.have)+n]
	switch probeHTTP1(g, false) {
	case protocol.More:
		r.have += uint8(n)
	case protocol.Yes: // it asks again: the answer was a refusal that was not captured
		r.state = seeking
		return 0
	default:
		rest := protocol.Rest(c, len(b))
		if r.have > 0 {
			rest.Bytes = append(r.gather[:r.have:r.have], b...)
		}
		p.connected(c, &rest, out)
		return len(b)
	}
	return n
}

// connected hands the connection over to what is spoken in the tunnel.
func (p *conn) connected(c *stream.Chunk, rest *stream.Chunk, out protocol.Facts) {
	var t protocol.Target
	for i := range p.calls {
		k := &p.calls[i]
		if k.connect && k.req != nil {
			k.edit().Upgrade = "connect"
			t = endpoint(k.req.Target)
			if t.Host == "" {
				t = endpoint(k.req.Host)
			}
		}
	}
	for len(p.calls) > 0 {
		p.pop(c.Clock, c.Frame, out)
	}
	if t.Host != "" {
		out.Target(t)
	}
	p.handover(rest, out)
}

// statusLine reads the first line of an answer.
func (p *conn) statusLine(c *stream.Chunk, r *reader, line []byte, out protocol.Facts) {
	word, rest, _ := bytes.Cut(line, []byte(" "))
	rest = bytes.TrimLeft(rest, " \t")
	_, ok := versionOf(word)
	for i := 0; ok && i < 3; i++ {
		if ok = len(rest) > i && '0' <= rest[i] && rest[i] <= '9'; ok {
			r.size.status = r.size.status*10 + int(rest[i]-'0')
		}
	}
	if ok && r.size.status >= 100 {
		p.proved = true
		return
	}
	k := p.current(r)
	if k == nil {
		r.lose()
		return
	}
	if k.simple {
		r.size.status = 0
		r.state = toClose
		k.answered = true
		k.give(c.Clock, c.Frame, out)
		return
	}
	k.broken = true
	k.sure = min(k.sure, protocol.Likely)
	r.lose()
}

// answerHead takes the end of an answer's head.
func (p *conn) answerHead(c *stream.Chunk, r *reader, out protocol.Facts) {
	h := &r.size
	if h.status < 200 && h.status != 101 {
		r.open, r.state = false, inHead // the final one is still to come
		return
	}
	head := false
	if k := p.current(r); k != nil {
		head = k.head
		p.turn = k.answer(h)
		if k.req != nil {
			q := k.edit()
			q.Status, q.Upgrade = h.status, p.turn
			if k.headed && p.turn != "h2c" {
				k.give(c.Clock, c.Frame, out)
			}
		}
	}
	switch {
	case p.turn != "":
	case head || h.status == 204 || h.status == 304 || h.status == 101 || !h.coded && h.sized && h.length == 0:
		p.finishAnswer(c, r, out)
	case h.chunked:
		r.state, r.chunk = inChunks, chunkSize
		r.left, r.have = 0, 0
	case h.sized && !h.coded:
		r.state, r.left = inBody, h.length
	default:
		r.state = toClose
	}
}

// answer takes the final answer's head, and says what the connection turns into
// with it: nothing, mostly.
func (k *call) answer(h *head) (turn string) {
	k.mark(h)
	k.status, k.answered = h.status, true
	switch {
	case h.status == 101:
		turn = h.upgrade
		if turn == "" {
			turn = k.upgrade
		}
		if i := strings.IndexAny(turn, ", "); i >= 0 {
			turn = turn[:i]
		}
	case k.connect && h.status < 300:
		turn = "connect"
	}
	return turn
}

// turnInto goes on in another protocol, of which the rest of the chunk is the
// first; it may be empty.
func (p *conn) turnInto(c *stream.Chunk, b []byte, out protocol.Facts) {
	turn := p.turn
	p.turn = ""
	rest := protocol.Rest(c, len(b))
	following := &rest
	if len(b) == 0 {
		following = nil
	}
	if turn == "connect" {
		p.connected(c, following, out)
		return
	}
	for i := range p.calls {
		p.calls[i].asked, p.calls[i].done = true, true
	}
	var last call
	if k := p.current(&p.readers[c.Side]); k != nil {
		last = *k
	}
	if turn == "h2c" {
		p.calls = slices.DeleteFunc(p.calls, func(k call) bool { return k.id == last.id })
	}
	for len(p.calls) > 0 {
		p.pop(c.Clock, c.Frame, out)
	}
	switch turn {
	case "websocket":
		p.socket = &socket{conn: p}
		if following != nil {
			p.socket.take(c, b, out)
		}
	case "h2c":
		p.next = newConn2()
		p.next.upgraded(p, &last)
		if following != nil {
			p.next.Chunk(following, out)
		}
	default:
		p.handover(following, out)
	}
}

// finish ends the message of a side.
func (p *conn) finish(c *stream.Chunk, r *reader, out protocol.Facts) {
	if p.role(c.Side) == client {
		p.finishRequest(c, r, out)
	} else {
		p.finishAnswer(c, r, out)
	}
}

func (p *conn) finishRequest(c *stream.Chunk, r *reader, out protocol.Facts) {
	if k := p.current(r); k != nil {
		k.asked = true
	}
	r.open, r.state = false, inHead
	p.settle(c.Clock, c.Frame, out)
}

func (p *conn) finishAnswer(c *stream.Chunk, r *reader, out protocol.Facts) {
	if k := p.current(r); k != nil {
		k.done = true
	}
	r.open, r.state = false, inHead
	p.settle(c.Clock, c.Frame, out)
}
