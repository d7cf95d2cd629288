package starttls

import (
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// meaning is what a message does to the session.
type meaning uint8

const (
	goesOn    meaning = iota
	upgrade           // TLS may begin with the next byte of its sender
	noFurther         // the session stays as it is, or this is none
)

// dialect is how the messages of a protocol are cut and what they mean.
type dialect interface {
	// length is how long a message is that begins with b, or as far as b goes
	// how much more of it must be seen to know: then exact is false.
	length(b []byte) (n int, exact bool)
	// meaning judges a message by its length and head, which holds at most
	// limit.UpgradeHead bytes of it.
	meaning(head []byte, length int) meaning
}

// frames is the parser of a session in binary messages.
type frames struct {
	idle
	dialect dialect
	sides   [2]frame
	armed   bool // an upgrade was asked for, or may have been
	seen    int
}

// frame is the message that a side is in.
type frame struct {
	head   [limit.UpgradeHead]byte
	n      uint8 // bytes in head
	length int   // of the message; zero while unknown
	left   int   // of it, bytes to come
	lost   bool  // where it begins is not known
	heard  bool
}

// Chunk implements protocol.Parser.
func (p *frames) Chunk(c *stream.Chunk, out protocol.Facts) {
	f := &p.sides[c.Side]
	f.heard = true
	if c.Gap > 0 {
		*f = frame{lost: true, heard: true}
		p.armed = true
		return
	}
	if p.seen > limit.UpgradePrelude {
		out.Handover(nil)
		return
	}
	p.seen += len(c.Bytes)
	if f.lost && !c.Aligned {
		return
	}
	f.lost = false
	for b := c.Bytes; len(b) > 0; {
		if f.n == 0 && b[0] == handshake && (p.armed || !p.sides[c.Side.Other()].heard) {
			handover(c, len(b), out)
			return
		}
		if f.length == 0 {
			// One byte at a time, since a length may have any form.
			f.head[f.n] = b[0]
			f.n++
			b = b[1:]
			n, exact := p.dialect.length(f.head[:f.n])
			switch {
			case exact && n >= int(f.n):
				f.length, f.left = n, n-int(f.n)
			case exact || n >= limit.UpgradeHead:
				out.Handover(nil)
				return
			default:
				continue
			}
		}
		n := min(f.left, len(b))
		f.n += uint8(copy(f.head[f.n:], b[:n]))
		f.left -= n
		b = b[n:]
		if f.left > 0 {
			return
		}
		switch p.dialect.meaning(f.head[:f.n], f.length) {
		case upgrade:
			p.armed = true
		case noFurther:
			out.Handover(nil)
			return
		}
		f.n, f.length = 0, 0
	}
}
