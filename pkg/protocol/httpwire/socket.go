package httpwire

import (
	"encoding/binary"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// socket reads the frames of a WebSocket (RFC 6455 section 5). Each message of
// either side is told as a push: none of them is a call. Control frames are
// not told.
type socket struct {
	conn  *conn
	sides [2]frames // the client's, the server's
	crowd crowd
}

// frames reads the frames of one side.
type frames struct {
	header [14]byte
	have   uint8
	left   uint64 // of the frame's payload
	astray bool

	inFrame bool
	data    bool // the frame is part of a message
	final   bool // it is the last of its message

	open       bool // a message has begun
	part       bool // some of it was told already
	start, end capture.Time
	interim    capture.Time // when what there is of it must be told
	bytes      uint64
	sure       protocol.Certainty
}

// The opcodes that matter. Those from 8 on are of control frames.
const (
	opContinuation = 0
	opBinary       = 2
	opClose        = 8
	opPong         = 10
)

// take reads b, the rest of a chunk, or its gap.
func (s *socket) take(c *stream.Chunk, b []byte, out protocol.Facts) {
	role := s.conn.role(c.Side)
	f := &s.sides[role]
	if c.Gap > 0 {
		s.gap(c, f, role, out)
		return
	}
	if f.astray && c.Aligned && len(b) == len(c.Bytes) {
		f.have, f.inFrame = 0, false
		if !plausible(b, role) {
			return
		}
		f.astray = false
	}
	for len(b) > 0 && !f.astray {
		if f.inFrame {
			n := int(min(f.left, uint64(len(b))))
			b = b[n:]
			s.payload(c, f, role, n, out)
			continue
		}
		if f.have == 0 && !f.open {
			f.start = c.Time
		}
		n := copy(f.header[f.have:f.size()], b)
		b = b[n:]
		if f.have += uint8(n); int(f.have) == f.size() {
			s.frame(c, f, role, out)
		}
	}
}

// size is how long the header is, as far as that is known.
func (f *frames) size() int {
	if f.have < 2 {
		return 2
	}
	n := 2
	switch f.header[1] & 0x7f {
	case 126:
		n = 4
	case 127:
		n = 10
	}
	if f.header[1]&0x80 != 0 {
		n += 4 // the mask
	}
	return n
}

// frame takes a header that is complete.
func (s *socket) frame(c *stream.Chunk, f *frames, role int, out protocol.Facts) {
	opcode := f.header[0] & 0x0f
	f.left = uint64(f.header[1] & 0x7f)
	switch f.left {
	case 126:
		f.left = uint64(binary.BigEndian.Uint16(f.header[2:]))
	case 127:
		f.left = binary.BigEndian.Uint64(f.header[2:])
	}
	if f.left > limit.HTTPBody || opcode > opBinary && opcode < opClose || opcode > opPong || f.header[0]&0x30 != 0 {
		f.astray, f.sure = true, protocol.Guessed
		return
	}
	f.have, f.inFrame = 0, true
	f.data, f.final = opcode <= opBinary, f.header[0]&0x80 != 0
	if f.data && !f.open {
		f.open, f.part, f.bytes = true, false, 0
		f.end, f.interim = c.Time, c.Clock.Add(interimTime)
		f.start = min(f.start, c.Time)
		f.sure = protocol.Clear
		if s.conn.lost[role] {
			f.sure = protocol.Likely
		}
	}
	if f.left == 0 {
		s.payload(c, f, role, 0, out)
	}
}

// payload takes n bytes of a frame's payload.
func (s *socket) payload(c *stream.Chunk, f *frames, role, n int, out protocol.Facts) {
	f.left -= uint64(n)
	if f.data {
		f.bytes += uint64(n)
		f.end = max(f.end, c.Time)
		if f.interim == capture.Never {
			f.interim = c.Clock.Add(interimTime)
		}
	}
	if f.left > 0 {
		return
	}
	f.inFrame = false
	if f.data && f.final {
		f.open = false
		if !f.part || f.bytes > 0 {
			s.tell(f, role, c.Clock, c.Frame, out)
		}
	}
}

// tell gives a message.
func (s *socket) tell(f *frames, role int, known capture.Time, frame uint64, out protocol.Facts) {
	x := protocol.Exchange{
		Start: f.start, End: f.end, Known: max(known, f.end), Frame: frame,
		How: protocol.ByHTTP, Sure: f.sure, Push: true,
	}
	if role == client {
		x.Up = f.bytes
	} else {
		x.Down = f.bytes
	}
	s.crowd.add(x, known, &s.conn.ledger, out)
}

// gap takes a hole.
func (s *socket) gap(c *stream.Chunk, f *frames, role int, out protocol.Facts) {
	s.conn.lost[role] = true
	f.sure = min(f.sure, protocol.Likely)
	n := 0
	if f.inFrame {
		n = int(min(f.left, uint64(c.Gap)))
		s.payload(c, f, role, n, out)
	}
	if n < c.Gap {
		if f.open && f.bytes > 0 {
			f.sure = protocol.Guessed
			s.tell(f, role, c.Clock, c.Frame, out)
		}
		f.open, f.inFrame, f.astray, f.have = false, false, true, 0
	}
}

// plausible tells whether a segment begins with the header of a frame.
func plausible(b []byte, role int) bool {
	if len(b) < 2 {
		return false
	}
	opcode, masked, n := b[0]&0x0f, b[1]&0x80 != 0, b[1]&0x7f
	if opcode > opBinary && opcode < opClose || opcode > opPong || b[0]&0x30 != 0 || masked != (role == client) {
		return false
	}
	control := opcode >= opClose
	return !control || n < 126 && b[0]&0xc0 == 0x80
}

func (s *socket) due() capture.Time {
	d := s.crowd.due()
	for i := range s.sides {
		if f := &s.sides[i]; f.open && f.bytes > 0 {
			d = min(d, f.interim)
		}
	}
	return d
}

// advance tells what is due: of a message that goes on for long, what there is.
func (s *socket) advance(now capture.Time, out protocol.Facts) {
	s.crowd.flush(now, &s.conn.ledger, out)
	for role := range s.sides {
		if f := &s.sides[role]; f.open && f.bytes > 0 && f.interim <= now {
			s.tell(f, role, now, 0, out)
			f.part, f.bytes, f.start, f.interim = true, 0, f.end, capture.Never
		}
	}
}

func (s *socket) close(now capture.Time, out protocol.Facts) {
	for role := range s.sides {
		if f := &s.sides[role]; f.open && f.bytes > 0 {
			f.sure = min(f.sure, protocol.Likely)
			s.tell(f, role, now, 0, out)
		}
	}
	s.crowd.tell(now, &s.conn.ledger, out)
}
