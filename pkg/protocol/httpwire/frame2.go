package httpwire

import (
	"encoding/binary"

	"golang.org/x/net/http2/hpack"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// Types of frames (RFC 9113 section 6).
const (
	frameData         = 0
	frameHeaders      = 1
	framePriority     = 2
	frameReset        = 3
	frameSettings     = 4
	framePromise      = 5
	framePing         = 6
	frameGoAway       = 7
	frameWindow       = 8
	frameContinuation = 9
)

// Flags of frames.
const (
	flagEndStream  = 0x1
	flagEndHeaders = 0x4
	flagPadded     = 0x8
	flagPriority   = 0x20
)

const frameHeader = 9

// side2 reads the frames of one side.
type side2 struct {
	header [frameHeader]byte
	have   uint8 // bytes of the header, or of the preface
	begun  bool  // the client's preface was read
	met    bool  // a frame was read
	inside bool  // in a frame's payload
	astray bool  // the place was lost
	dark   bool  // headers cannot be read any more
	padded bool  // the length of the padding comes next
	lead   uint8 // bytes before the content (priority, the promised stream)
	pad    int   // bytes of padding behind it
	left   int   // of the payload
	number uint32
	began  capture.Time

	entry     [6]byte // of SETTINGS
	entryHave uint8

	decoder *hpack.Decoder
	block   block
}

// read reads a chunk's bytes.
func (p *conn2) read(c *stream.Chunk, s *side2, out protocol.Facts) {
	b := c.Bytes
	if s.astray && c.Aligned && len(b) >= frameHeader && plausible2(b) {
		s.astray, s.begun, s.met, s.have, s.inside = false, true, true, 0, false
	}
	for len(b) > 0 && !s.astray {
		switch {
		case !s.begun && p.role(c.Side) == client:
			n := 0
			for n < len(b) && int(s.have) < len(preface) && b[n] == preface[s.have] {
				n++
				s.have++
			}
			b = b[n:]
			if int(s.have) == len(preface) {
				s.begun, s.have = true, 0
			} else if len(b) > 0 && p.empty() {
				// The server's first words looked like HTTP/2 by chance.
				p.leave(protocol.Rest(c, len(b)), out)
				return
			} else if len(b) > 0 {
				p.stray(s, c, out)
			}
		case s.inside:
			n := min(s.left, len(b))
			s.left -= n
			p.payload(c, s, b[:n], out)
			b = b[n:]
			if s.left == 0 && s.inside {
				p.frameEnd(c, s, out)
			}
		default:
			if s.have == 0 {
				s.began = c.Time
			}
			n := copy(s.header[s.have:], b)
			b = b[n:]
			if s.have += uint8(n); s.have < frameHeader {
				return
			}
			s.have = 0
			switch {
			case s.wellFormed():
				s.met = true
				p.frameBegin(c, s, out)
			case p.empty():
				rest := protocol.Rest(c, len(b))
				if at := len(c.Bytes) - len(b) - frameHeader; at >= 0 {
					rest = protocol.Rest(c, len(b)+frameHeader)
				} else {
					rest.Bytes = append(s.header[:], b...)
				}
				p.leave(rest, out)
				return
			default:
				p.stray(s, c, out)
			}
		}
	}
}

// empty tells whether nothing was understood, and nothing missed, so that the
// connection may be another protocol's.
func (p *conn2) empty() bool {
	return p.highest == 0 && len(p.streams) == 0 && p.ledger.next == 0 && !p.lost[client] && !p.lost[server]
}

// leave hands the connection over: a preface is soon said, and what follows it
// may be TLS.
func (p *conn2) leave(rest stream.Chunk, out protocol.Facts) {
	p.over = true
	out.Handover(&rest)
}

// wellFormed tells whether a frame has a length and a stream that frames of its
// type have. Each side begins with SETTINGS (RFC 9113 section 3.4).
func (s *side2) wellFormed() bool {
	h := &s.header
	n := int(h[0])<<16 | int(h[1])<<8 | int(h[2])
	number := binary.BigEndian.Uint32(h[5:]) & 0x7fffffff
	kind := s.kind()
	if !s.met && kind != frameSettings {
		return false
	}
	switch kind {
	case frameData, frameHeaders, framePromise, frameContinuation:
		return number != 0
	case framePriority:
		return number != 0 && n == 5
	case frameReset:
		return number != 0 && n == 4
	case frameSettings:
		return number == 0 && n%6 == 0
	case framePing:
		return number == 0 && n == 8
	case frameGoAway:
		return number == 0 && n >= 8
	case frameWindow:
		return n == 4
	}
	return true
}

func (s *side2) kind() byte  { return s.header[3] }
func (s *side2) flags() byte { return s.header[4] }

// frameBegin takes a frame's header.
func (p *conn2) frameBegin(c *stream.Chunk, s *side2, out protocol.Facts) {
	h := &s.header
	s.left = int(h[0])<<16 | int(h[1])<<8 | int(h[2])
	s.number = binary.BigEndian.Uint32(h[5:]) & 0x7fffffff
	s.inside, s.pad, s.lead, s.padded, s.entryHave = true, 0, 0, false, 0
	switch kind := s.kind(); {
	case s.block.open && (kind != frameContinuation || s.number != s.block.number),
		!s.block.open && kind == frameContinuation:
		p.stray(s, c, out)
		return
	case kind == frameData, kind == frameHeaders, kind == framePromise:
		s.padded = s.flags()&flagPadded != 0
		switch {
		case kind == framePromise:
			s.lead = 4
		case kind == frameHeaders && s.flags()&flagPriority != 0:
			s.lead = 5
		}
		lead := int(s.lead)
		if s.padded {
			lead++
		}
		if s.left < lead {
			p.stray(s, c, out)
			return
		}
		if kind != frameData {
			s.block = block{allowed: s.block.allowed, open: true, number: s.number, at: s.began, promise: kind == framePromise,
				last: kind == frameHeaders && s.flags()&flagEndStream != 0}
		}
	case kind == frameContinuation:
		if s.block.frames++; s.block.frames > limit.HTTPContinuations {
			s.darken()
		}
	}
	if s.left == 0 {
		p.frameEnd(c, s, out)
	}
}

// payload takes bytes of a frame's payload; left does not count them any more.
func (p *conn2) payload(c *stream.Chunk, s *side2, b []byte, out protocol.Facts) {
	if s.padded && len(b) > 0 {
		s.padded = false
		s.pad = int(b[0])
		if b = b[1:]; s.pad+int(s.lead) > s.left+len(b) {
			p.stray(s, c, out)
			return
		}
	}
	n := min(int(s.lead), len(b))
	s.lead -= uint8(n)
	b = b[n:]
	if over := s.pad - s.left; over > 0 {
		b = b[:max(len(b)-over, 0)]
	}
	if len(b) == 0 {
		return
	}
	switch s.kind() {
	case frameData:
		p.moved(c, s.number, len(b))
	case frameHeaders, frameContinuation, framePromise:
		p.fragment(s, b)
	case frameSettings:
		if s.flags()&1 == 0 {
			p.settings(c, s, b)
		}
	}
}

// moved counts n bytes of a stream.
func (p *conn2) moved(c *stream.Chunk, number uint32, n int) {
	if k := p.find(number); k != nil {
		if p.role(c.Side) == client {
			k.up += uint64(n)
		} else {
			k.down += uint64(n)
			k.replied = true
		}
		k.touch(c)
	}
}

// settings takes bytes of SETTINGS: what a side allows the other to keep in its
// table.
func (p *conn2) settings(c *stream.Chunk, s *side2, b []byte) {
	const tableSize = 1
	for len(b) > 0 {
		n := copy(s.entry[s.entryHave:], b)
		b = b[n:]
		if s.entryHave += uint8(n); int(s.entryHave) < len(s.entry) {
			return
		}
		s.entryHave = 0
		if binary.BigEndian.Uint16(s.entry[:]) == tableSize {
			peer := &p.sides[c.Side.Other()]
			peer.block.allowed = max(peer.block.allowed, min(binary.BigEndian.Uint32(s.entry[2:]), limit.HPACKTable))
			if peer.decoder != nil {
				peer.decoder.SetAllowedMaxDynamicTableSize(max(peer.block.allowed, defaultTable))
			}
		}
	}
}

// frameEnd takes the end of a frame.
func (p *conn2) frameEnd(c *stream.Chunk, s *side2, out protocol.Facts) {
	s.inside = false
	switch s.kind() {
	case frameHeaders, frameContinuation, framePromise:
		if s.flags()&flagEndHeaders != 0 {
			p.blockEnd(c, s, out)
		}
	case frameData:
		if s.flags()&flagEndStream != 0 {
			p.sideEnd(c, s.number, out)
		}
	case frameReset:
		if k := p.find(s.number); k != nil {
			k.asked, k.broken, k.dropped = true, k.broken || !k.done, !k.answered
			k.end, k.act = max(k.end, c.Time), c.Clock
			p.end(k, c.Clock, c.Frame, out)
		}
	}
}

// sideEnd notes that a side says nothing more on a stream.
func (p *conn2) sideEnd(c *stream.Chunk, number uint32, out protocol.Facts) {
	k := p.find(number)
	if k == nil {
		return
	}
	if p.role(c.Side) == client {
		k.asked = true
	} else {
		k.done = true
		k.asked = k.asked || k.push
	}
	k.touch(c)
	if k.asked && k.done {
		p.end(k, c.Clock, c.Frame, out)
	}
}

// stray notes that the place is lost, and the tables of headers with it.
func (p *conn2) stray(s *side2, c *stream.Chunk, out protocol.Facts) {
	p.lost[p.role(c.Side)] = true
	s.astray, s.inside, s.have, s.begun, s.met = true, false, 0, true, true
	s.block = block{allowed: s.block.allowed}
	s.darken()
	for _, k := range p.streams {
		k.broken = true // its end may not be seen
	}
}

// darken gives up reading headers: without what was lost, the table that they
// refer to is another.
func (s *side2) darken() { s.dark, s.decoder = true, nil }

// gap takes a hole. Inside a payload the framing goes on.
func (p *conn2) gap(c *stream.Chunk, s *side2, out protocol.Facts) {
	if !p.known {
		s.astray, s.dark = true, true
		return
	}
	p.lost[p.role(c.Side)] = true
	n := 0
	if s.inside && !s.padded && s.lead == 0 {
		n = min(s.left, c.Gap)
		s.left -= n
		content := n - max(0, s.pad-s.left)
		switch s.kind() {
		case frameData:
			p.moved(c, s.number, max(content, 0))
			if k := p.find(s.number); k != nil {
				k.sure = min(k.sure, protocol.Likely)
			}
		case frameHeaders, frameContinuation, framePromise:
			s.darken()
		case frameSettings:
			s.header[3] = framePing // the rest of its entries cannot be told apart
		}
		if n > 0 && s.left == 0 {
			p.frameEnd(c, s, out)
		}
	}
	if n < c.Gap {
		p.stray(s, c, out)
	}
}

// plausible2 tells whether a segment begins with a frame's header.
func plausible2(b []byte) bool {
	n := int(b[0])<<16 | int(b[1])<<8 | int(b[2])
	kind, flags := b[3], b[4]
	number := binary.BigEndian.Uint32(b[5:])
	if n > limit.HTTPFrame || number>>31 != 0 {
		return false
	}
	switch kind {
	case frameData:
		return number != 0 && flags&^(flagEndStream|flagPadded) == 0
	case frameHeaders:
		return number != 0 && n > 0 && flags&^(flagEndStream|flagEndHeaders|flagPadded|flagPriority) == 0
	case framePriority:
		return number != 0 && n == 5 && flags == 0
	case frameReset, frameWindow:
		return n == 4 && flags == 0
	case frameSettings:
		return number == 0 && n%6 == 0 && flags&^1 == 0 && n <= 60
	case framePing:
		return number == 0 && n == 8 && flags&^1 == 0
	case frameGoAway:
		return number == 0 && n >= 8 && n < 1024 && flags == 0
	}
	return false
}
