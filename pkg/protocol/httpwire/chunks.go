package httpwire

import (
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// chunkState is where a chunked body stands (RFC 9112 section 7.1).
type chunkState uint8

const (
	chunkSize    chunkState = iota // digits of a chunk's size
	chunkExt                       // the rest of that line
	chunkData                      // left bytes of the chunk
	chunkEnd                       // the line end behind it
	chunkTrailer                   // at the beginning of a line of the trailer
	chunkField                     // in a line of the trailer
)

// chunks reads on in a chunked body. While the size is read, left is what was
// read of it, and have how many digits.
func (p *conn) chunks(c *stream.Chunk, r *reader, b []byte, out protocol.Facts) int {
	for i := 0; i < len(b); {
		x := b[i]
		if r.chunk == chunkData {
			n := int(min(r.left, uint64(len(b)-i)))
			r.left -= uint64(n)
			if i += n; r.left == 0 {
				r.chunk = chunkEnd
			}
			continue
		}
		i++
		switch r.chunk {
		case chunkEnd:
			if x == '\r' {
				continue
			}
			r.chunk, r.have, r.left = chunkSize, 0, 0
			if x != '\n' {
				i-- // no line end, but the next size
			}
		case chunkSize:
			if d, ok := digit(x); ok {
				if r.left = r.left<<4 | uint64(d); r.left > limit.HTTPBody {
					p.count(c, r, i)
					p.spoilt(c, r, out)
					return i
				}
				r.have = 1
				continue
			}
			if r.have == 0 && x != ' ' && x != '\t' {
				p.count(c, r, i)
				p.spoilt(c, r, out)
				return i
			}
			r.chunk = chunkExt
			if r.have == 0 {
				r.chunk = chunkSize
				continue
			}
			if x == '\n' {
				r.sized()
			}
		case chunkExt:
			if x == '\n' {
				r.sized()
			}
		case chunkTrailer:
			if x == '\n' {
				r.have = 0
				p.count(c, r, i)
				p.finish(c, r, out)
				return i
			}
			if x != '\r' {
				r.chunk = chunkField
			}
		case chunkField:
			if x == '\n' {
				r.chunk = chunkTrailer
			}
		}
	}
	p.count(c, r, len(b))
	return len(b)
}

// sized takes the end of the line with a chunk's size.
func (r *reader) sized() {
	r.have = 0
	r.chunk = chunkData
	if r.left == 0 {
		r.chunk = chunkTrailer
	}
}

func digit(x byte) (byte, bool) {
	switch {
	case '0' <= x && x <= '9':
		return x - '0', true
	case 'a' <= x|0x20 && x|0x20 <= 'f':
		return x | 0x20 - 'a' + 10, true
	}
	return 0, false
}
