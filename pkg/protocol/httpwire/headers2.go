package httpwire

import (
	"net/netip"

	"golang.org/x/net/http2/hpack"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// defaultTable is the size of a dynamic table unless the peer says otherwise
// (RFC 9113 section 6.5.2).
const defaultTable = 4096

// block is a header block that is read, and what was read of it.
type block struct {
	open    bool
	last    bool // it ends the stream
	promise bool // it is the request of a stream that the server pushes
	number  uint32
	allowed uint32 // size that the peer allows the table; of the connection
	at      capture.Time
	bytes   int
	frames  int
	fields  int

	method, scheme, authority, path, host, agent string
	forwarded                                    netip.Addr
	via                                          via
	status                                       int
}

// fragment takes bytes of a header block.
func (p *conn2) fragment(s *side2, b []byte) {
	if s.block.bytes += len(b); s.block.bytes > limit.HTTPBlock {
		s.darken()
	}
	if s.dark {
		return
	}
	if s.decoder == nil {
		s.decoder = hpack.NewDecoder(defaultTable, s.field)
		s.decoder.SetMaxStringLength(limit.HPACKString)
		s.decoder.SetAllowedMaxDynamicTableSize(max(s.block.allowed, defaultTable))
	}
	if _, err := s.decoder.Write(b); err != nil {
		s.darken()
	}
}

// field takes a field of the block.
func (s *side2) field(f hpack.HeaderField) {
	k := &s.block
	if k.fields++; k.fields >= limit.HPACKFields {
		s.decoder.SetEmitEnabled(false)
	}
	switch f.Name {
	case ":method":
		first(&k.method, f.Value)
	case ":scheme":
		first(&k.scheme, f.Value)
	case ":authority":
		first(&k.authority, f.Value)
	case ":path":
		first(&k.path, f.Value)
	case "host":
		first(&k.host, f.Value)
	case "user-agent":
		first(&k.agent, f.Value)
	case "forwarded":
		if a := k.via.forwarded(f.Value); a.IsValid() {
			k.forwarded = a
		}
	case "x-forwarded-for":
		if !k.forwarded.IsValid() {
			k.forwarded = k.via.forwardedFor(f.Value)
		}
	case ":status":
		k.status = 0
		for _, x := range []byte(f.Value[:min(len(f.Value), 3)]) {
			k.status = k.status*10 + int(x&0x0f)
		}
	}
}

// first keeps a value, of several the first.
func first(kept *string, value string) {
	if *kept == "" {
		*kept = cut(value)
	}
}

// blockEnd takes the end of a header block.
func (p *conn2) blockEnd(c *stream.Chunk, s *side2, out protocol.Facts) {
	if !s.dark && s.decoder != nil {
		if s.decoder.Close() != nil {
			s.darken()
		} else {
			s.decoder.SetEmitEnabled(true)
		}
	}
	k := s.block
	s.block = block{allowed: k.allowed}
	switch {
	case k.promise:
	case p.role(c.Side) == client:
		p.asks(c, &k, out)
	default:
		p.answers(c, &k, s.dark, out)
	}
	if k.last {
		p.sideEnd(c, k.number, out)
	}
}

// asks takes a header block of the client's.
func (p *conn2) asks(c *stream.Chunk, k *block, out protocol.Facts) {
	st := p.find(k.number)
	if st == nil {
		if k.number <= p.highest || k.number%2 == 0 {
			return // late, on a stream that is over
		}
		st = p.open(c, k.number, k.at, out)
		p.highest = k.number
	} else if st.req == nil && k.method != "" && !st.partial && !st.push { // its answer was handed over first
		st.start = min(st.start, k.at)
		p.highest = max(p.highest, k.number)
	}
	st.up += uint64(k.bytes)
	st.touch(c)
	if st.req != nil || k.method == "" {
		return
	}
	host := k.authority
	if host == "" {
		host = k.host
	}
	st.req = &protocol.Request{
		Method: k.method, Scheme: k.scheme, Host: host, Target: k.path, UserAgent: k.agent,
		Version: "2", Forwarded: k.forwarded, Status: st.status,
	}
	p.held += st.weigh()
	if st.answered {
		st.give(c.Clock, c.Frame, out)
	}
	for p.held > limit.HTTPHeld && len(p.streams) > 1 {
		p.evict(c, out)
	}
}

// answers takes a header block of the server's.
func (p *conn2) answers(c *stream.Chunk, k *block, dark bool, out protocol.Facts) {
	st := p.find(k.number)
	if st == nil {
		odd := k.number%2 == 1
		if odd && k.number <= p.highest {
			return
		}
		st = p.open(c, k.number, k.at, out)
		st.sure = protocol.Guessed
		if st.push = !odd; st.push {
			st.sure = protocol.Likely
		}
	}
	st.down += uint64(k.bytes)
	st.replied = true
	st.touch(c)
	if st.answered || k.status < 200 && !dark {
		return // trailers, or an interim answer
	}
	st.answered, st.status = true, k.status
	if st.req != nil {
		st.edit().Status = k.status
		st.give(c.Clock, c.Frame, out)
	}
}
