package httpwire

import (
	"bytes"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// state is where a side of the connection stands.
type state uint8

const (
	seeking  state = iota // a message is looked for, at the beginning or after a loss
	astray                // the place was lost; a segment must begin first
	inHead                // lines of a head, or what comes before one
	inBody                // left bytes of a body
	inChunks              // a chunked body
	toClose               // a body without a length
	inTunnel              // the client has sent CONNECT and waits for the answer
)

// reader reads the messages of one side.
type reader struct {
	left   uint64 // bytes of the body, or of the chunk
	line   []byte // the part of a line that was seen
	began  capture.Time
	id     uint32 // of the call that the message belongs to
	gather [protocol.ProbeBytes]byte
	have   uint8 // bytes gathered
	state  state
	open   bool // a message has begun
	long   bool // the line is longer than what is held of it
	missed bool // bytes of this side were lost before
	chunk  chunkState
	size   head // of the message that is read
}

// head is what the head of a message tells.
type head struct {
	bytes   int
	lines   int
	status  int
	length  uint64
	last    field // of the last line, which may be folded
	sized   bool  // there is a length
	odd     bool  // what it says of its length contradicts itself
	coded   bool  // there is a Transfer-Encoding
	chunked bool  // and its last one is chunked
	expects bool  // Expect: 100-continue
	via     via
	upgrade string
}

// lose notes that the place is lost.
func (r *reader) lose() {
	r.state, r.open, r.have, r.missed = astray, false, 0, true
	r.line, r.long = nil, false
}

// hold keeps a part of a line, as far as there is room.
func (r *reader) hold(b []byte) {
	n := min(len(b), limit.HTTPLine-len(r.line))
	r.line = append(r.line, b[:n]...)
	r.long = r.long || n < len(b)
}

// step reads some of b and returns how much.
func (p *conn) step(c *stream.Chunk, r *reader, b []byte, out protocol.Facts) int {
	switch r.state {
	case seeking:
		return p.seek(c, r, b, out)
	case inHead:
		return p.headLine(c, r, b, out)
	case inTunnel:
		return p.tunnel(c, r, b, out)
	case inBody:
		n := int(min(r.left, uint64(len(b))))
		r.left -= uint64(n)
		p.count(c, r, n)
		if r.left == 0 {
			p.finish(c, r, out)
		}
		return n
	case inChunks:
		return p.chunks(c, r, b, out)
	default: // toClose, astray
		p.count(c, r, len(b))
		return len(b)
	}
}

// seek looks for the beginning of a message.
func (p *conn) seek(c *stream.Chunk, r *reader, b []byte, out protocol.Facts) int {
	if r.have == 0 {
		r.began = c.Time
	}
	n := copy(r.gather[r.have:], b)
	g := r.gather[:int(r.have)+n]
	switch probeHTTP1(g, r.missed) {
	case protocol.More:
		r.have += uint8(n)
		return n
	case protocol.Yes:
		side := c.Side
		if bytes.HasPrefix(bytes.TrimLeft(g, "\r\n"), []byte("HT")) { // as no method begins
			side = side.Other()
		}
		if p.known && side != p.client {
			break
		}
		if !p.known {
			p.client, p.known = side, true
			out.Client(side)
			p.heard[p.role(c.Side)] = true
		}
		old := r.gather
		have := int(r.have)
		r.have, r.state = 0, inHead
		t := r.began
		for at := 0; at < have && r.state == inHead; {
			before := *c
			before.Time = t
			at += p.headLine(&before, r, old[at:have], out)
		}
		return 0
	}
	// The other side's words, or nobody's.
	if !p.proved && p.known && p.role(c.Side) == server && p.unversioned(c, r, out) {
		return 0
	}
	have := int(r.have)
	r.lose()
	p.count(c, r, have)
	return 0
}

// unversioned takes what comes down after a request without a version: an
// answer without a head (HTTP/0.9).
func (p *conn) unversioned(c *stream.Chunk, r *reader, out protocol.Facts) bool {
	k := p.answering()
	if k == nil || !k.simple {
		return false
	}
	k.answered = true
	k.give(c.Clock, c.Frame, out)
	k.down += uint64(r.have)
	r.have = 0
	r.open, r.state, r.id = true, toClose, k.id
	return true
}

// headLine reads on to the end of a line of a head.
func (p *conn) headLine(c *stream.Chunk, r *reader, b []byte, out protocol.Facts) int {
	if !r.open {
		if k := len(b) - len(bytes.TrimLeft(b, "\r\n")); k > 0 {
			return k // empty lines before a message
		}
		p.begin(c, r, c.Time, out)
	}
	i := bytes.IndexByte(b, '\n')
	n := i + 1
	if i < 0 {
		n = len(b)
	}
	p.count(c, r, n)
	if r.size.bytes += n; r.size.bytes > limit.HTTPHead {
		p.spoilt(c, r, out)
		return n
	}
	if i < 0 {
		r.hold(b)
		return n
	}
	line := b[:min(i, limit.HTTPLine)]
	long := i > limit.HTTPLine
	if len(r.line) > 0 || r.long {
		r.hold(b[:i])
		line, long = r.line, r.long
	}
	line = bytes.TrimSuffix(line, []byte("\r"))
	r.line, r.long = r.line[:0], false
	p.takeLine(c, r, line, long, out)
	return n
}

// takeLine takes a whole line of a head.
func (p *conn) takeLine(c *stream.Chunk, r *reader, line []byte, long bool, out protocol.Facts) {
	r.size.lines++
	asks := p.role(c.Side) == client
	switch {
	case r.size.lines == 1 && asks:
		p.requestLine(c, r, line, long, out)
	case r.size.lines == 1:
		p.statusLine(c, r, line, out)
	case len(line) == 0:
		r.line = nil // an idle connection holds no room for lines
		if asks {
			p.askedHead(c, r, out)
		} else {
			p.answerHead(c, r, out)
		}
	default:
		p.field(r, line, asks)
	}
}

// field reads a header field.
func (p *conn) field(r *reader, line []byte, asks bool) {
	f, value := r.size.last, bytes.TrimSpace(line)
	folded := line[0] == ' ' || line[0] == '\t'
	if !folded {
		i := bytes.IndexByte(line, ':')
		if i < 0 {
			r.size.last = otherField
			return
		}
		f = fieldOf(bytes.TrimSpace(line[:i]))
		value = bytes.TrimSpace(line[i+1:])
		r.size.last = f
	}
	switch f {
	case otherField:
	case lengthField:
		r.size.contentLength(value)
	case encodingField:
		r.size.transferEncoding(value)
	case upgradeField:
		if len(value) > 0 {
			r.size.upgrade = string(bytes.ToLower(value[:min(len(value), limit.HTTPToken)]))
		}
	case expectField:
		r.size.expects = r.size.expects || bytes.EqualFold(value, []byte("100-continue"))
	default:
		if k := p.current(r); asks && k != nil && k.req != nil && !k.given && len(value) > 0 {
			p.requestField(r, k.req, f, value, folded)
		}
	}
}

// requestField keeps what a request says of itself. Of two fields of a name the
// first counts, as for most servers.
func (p *conn) requestField(r *reader, q *protocol.Request, f field, value []byte, folded bool) {
	switch f {
	case hostField:
		if q.Host == "" {
			q.Host = keep(value, p.host)
			if len(q.Host) <= limit.HTTPReused {
				p.host = q.Host
			}
		}
	case agentField:
		if q.UserAgent == "" {
			q.UserAgent = keep(value, p.agent)
			if len(q.UserAgent) <= limit.HTTPReused {
				p.agent = q.UserAgent
			}
		} else if folded {
			q.UserAgent = cut(q.UserAgent + " " + string(value))
		}
	case forwardedField:
		if a := r.size.via.forwarded(string(value)); a.IsValid() {
			q.Forwarded = a // it is the standard's field, and goes before the other
		}
	case forwardedForField:
		if !q.Forwarded.IsValid() {
			q.Forwarded = r.size.via.forwardedFor(string(value))
		}
	}
}

// contentLength reads a length. Two that differ are what request smuggling is
// made of; the first counts.
func (h *head) contentLength(value []byte) {
	for len(value) > 0 {
		var part []byte
		part, value, _ = bytes.Cut(value, []byte(","))
		part = bytes.TrimSpace(part)
		n, ok := uint64(0), len(part) > 0
		for _, x := range part {
			if x < '0' || x > '9' || n > limit.HTTPBody/10 {
				ok = false
				break
			}
			n = n*10 + uint64(x-'0')
		}
		switch {
		case !ok, h.sized && n != h.length:
			h.odd = true
		default:
			h.length, h.sized = n, true
		}
	}
}

// transferEncoding reads the codings; the last one decides.
func (h *head) transferEncoding(value []byte) {
	for len(value) > 0 {
		var part []byte
		part, value, _ = bytes.Cut(value, []byte(","))
		part = bytes.TrimSpace(part)
		if len(part) == 0 || bytes.EqualFold(part, []byte("identity")) {
			continue
		}
		h.coded = true
		h.chunked = bytes.EqualFold(part, []byte("chunked"))
	}
}

// spoilt gives up a message in the midst of its head, or with a gap in it.
func (p *conn) spoilt(c *stream.Chunk, r *reader, out protocol.Facts) {
	k, lines := p.current(r), r.size.lines
	if k == nil {
		r.lose()
		return
	}
	if p.role(c.Side) == client && lines == 0 && !p.cutLine(c, r) {
		p.drop(r)
		r.lose()
		return
	}
	if p.role(c.Side) == client {
		k.asked, k.headed = true, true
	}
	k.broken = true
	k.sure = min(k.sure, protocol.Likely)
	r.lose()
	p.settle(c.Clock, c.Frame, out)
}

// gap takes a hole.
func (p *conn) gap(c *stream.Chunk, out protocol.Facts) {
	r := &p.readers[c.Side]
	if p.known {
		p.lost[p.role(c.Side)] = true
	}
	hole := c.Gap
	if k := p.current(r); k != nil {
		k.sure = min(k.sure, protocol.Likely)
	}
	switch n := int(min(r.left, uint64(hole))); {
	case r.state == toClose:
		p.count(c, r, hole)
		return
	case r.state == inBody, r.state == inChunks && r.chunk == chunkData:
		r.left -= uint64(n)
		hole -= n
		p.count(c, r, n)
		switch {
		case r.left > 0:
			return
		case r.state == inBody:
			p.finish(c, r, out)
		default:
			r.chunk = chunkEnd
		}
		if hole == 0 {
			return
		}
	}
	p.spoilt(c, r, out)
}
