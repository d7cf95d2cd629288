package dnswire

import (
	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// TCP is the entry of DNS in the list of protocols over TCP. Each call makes
// one for one worker: its parsers share memory.
func TCP() protocol.Protocol {
	m := new(streams)
	return protocol.Protocol{Name: "dns", Probe: probeTCP, New: m.parser}
}

// streams makes the parsers of one worker and holds what they take turns to
// use.
type streams struct {
	message message
	spare   []*tcp
	buffers [][]byte
}

func (m *streams) parser() protocol.Parser {
	if n := len(m.spare); n > 0 {
		p := m.spare[n-1]
		m.spare = m.spare[:n-1]
		return p
	}
	return &tcp{maker: m}
}

// tcp is the parser of one TCP connection: messages, each behind its length in
// two bytes (RFC 1035 4.2.2), several at once and in any order (RFC 7766).
type tcp struct {
	maker *streams
	conversation
	sides [2]inbox
}

// inbox is the message that a side is in.
type inbox struct {
	held []byte // what was seen of it, where it came in parts
	left int    // bytes of it to come
	size uint8  // the first byte of its length
	half bool   // which was seen alone
	told bool   // it was read as far as it goes, and its rest is passed over
	lost bool   // where a message begins is not known
}

// Chunk implements protocol.Parser, as do all that follow.
func (p *tcp) Chunk(c *stream.Chunk, out protocol.Facts) {
	in := &p.sides[c.Side]
	if c.Gap > 0 {
		p.gap(in, c, out)
		return
	}
	b := c.Bytes
	if in.lost {
		if !c.Aligned || probeTCP(b, true) != protocol.Yes {
			return
		}
		in.lost = false
	}
	for len(b) > 0 {
		if in.left == 0 {
			if !in.half {
				in.size, in.half = b[0], true
				b = b[1:]
				continue
			}
			in.left, in.half, in.told = int(in.size)<<8|int(b[0]), false, false
			b = b[1:]
			if in.left < headerSize {
				p.leave(out)
				return
			}
			continue
		}
		n := min(in.left, len(b))
		in.left -= n
		whole, ok := in.left == 0, true
		switch {
		case in.told:
		case whole && len(in.held) == 0:
			ok = p.read(b[:n], c, out)
		default:
			p.hold(in, b[:n])
			if whole || len(in.held) == limit.DNSHeld {
				ok = p.part(in, c, out)
			}
		}
		if !ok {
			p.leave(out)
			return
		}
		b = b[n:]
	}
}

// hold keeps a part of a message.
func (p *tcp) hold(in *inbox, b []byte) {
	if m := p.maker; in.held == nil && len(m.buffers) > 0 {
		in.held, m.buffers = m.buffers[len(m.buffers)-1], m.buffers[:len(m.buffers)-1]
	}
	in.held = append(in.held, b[:min(len(b), limit.DNSHeld-len(in.held))]...)
}

// part reads what was seen of a message; what may still come of it is passed
// over.
func (p *tcp) part(in *inbox, c *stream.Chunk, out protocol.Facts) (ok bool) {
	in.told = true
	ok = p.read(in.held, c, out)
	p.release(in)
	return ok
}

func (p *tcp) release(in *inbox) {
	if m := p.maker; in.held != nil && len(m.buffers) < limit.DNSBuffers {
		m.buffers = append(m.buffers, in.held[:0])
	}
	in.held = nil
}

// read reads a message, and tells whether it is one. A query is soon said, and
// whatever follows it would be passed over in silence. Of a zone that is
// transferred, only the first message has a question (RFC 5936 section 2.2).
func (p *tcp) read(b []byte, c *stream.Chunk, out protocol.Facts) bool {
	if len(b) < headerSize {
		return true // it is cut
	}
	if p.message(&p.maker.message, b, seen{c.Side, c.Time, c.Clock, c.Frame}, out) {
		return true
	}
	goesOn := b[2]&0x80 != 0 && b[4]|b[5] == 0
	return goesOn || plausible(b)
}

// gap takes a hole. Inside a message its length still tells where the next one
// begins.
func (p *tcp) gap(in *inbox, c *stream.Chunk, out protocol.Facts) {
	if in.left > 0 && !in.told {
		p.part(in, c, out)
	}
	if in.lost || c.Gap > in.left {
		*in = inbox{lost: true}
		return
	}
	in.left -= c.Gap
}

// leave gives the connection up: these are no messages.
func (p *tcp) leave(out protocol.Facts) {
	p.Close(0, out)
	out.Handover(nil)
}

func (p *tcp) Due() capture.Time                    { return capture.Never }
func (p *tcp) Advance(capture.Time, protocol.Facts) {}

// Close lets another connection use the parser.
func (p *tcp) Close(capture.Time, protocol.Facts) {
	for i := range p.sides {
		p.release(&p.sides[i])
		p.sides[i] = inbox{}
	}
	if p.forget(); len(p.maker.spare) < limit.DNSSpare {
		p.maker.spare = append(p.maker.spare, p)
	}
}
