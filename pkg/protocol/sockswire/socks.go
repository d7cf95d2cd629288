package sockswire

import (
	"bytes"
	"net/netip"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// Protocol is the entry of SOCKS in the list of protocols.
func Protocol() protocol.Protocol {
	return protocol.Protocol{
		Name: "socks", Probe: probeSOCKS, Prelude: true,
		New: func() protocol.Parser { return new(socks) },
	}
}

// step is what happens with the message at the head of a side's bytes.
type step uint8

const (
	short  step = iota // it is not whole yet
	passed             // it was read
	begins             // the tunnel begins here
	leaves             // this is no SOCKS, or nothing that can be read
)

// socks is the parser of one connection.
type socks struct {
	held   [2][]byte // unfinished messages, by side
	client flow.Side
	known  bool // which side is the client
	met    bool // the client's greeting was read (SOCKS 5)
	chosen bool // the server's choice of a method was read (SOCKS 5)
	asked  bool // the request was read
	deaf   bool // the server's place is lost
	four   bool // SOCKS 4
}

// Chunk implements protocol.Parser, as do all that follow.
func (p *socks) Chunk(c *stream.Chunk, out protocol.Facts) {
	if c.Gap > 0 {
		p.gap(c, out)
		return
	}
	if p.known && c.Side != p.client && p.deaf {
		return
	}
	b := c.Bytes
	for len(b) > 0 {
		held := &p.held[c.Side]
		n := min(len(b), limit.SOCKSMessage-len(*held))
		*held = append(*held, b[:n]...)
		b = b[n:]
		if !p.known && !p.meet(c.Side, out) {
			continue
		}
		for _, side := range [2]flow.Side{p.client, p.client.Other()} {
			for s := passed; s == passed; {
				if s = p.read(side, out); s == begins || s == leaves {
					left := len(p.held[c.Side]) + len(b)
					if s == leaves {
						left = 0
					}
					handover(c, left, out)
					return
				}
			}
		}
		if n == 0 {
			out.Handover(nil)
			return
		}
	}
}

// handover lets the next parser begin with the last bytes of a chunk.
func handover(c *stream.Chunk, left int, out protocol.Facts) {
	if left == 0 {
		out.Handover(nil)
		return
	}
	rest := protocol.Rest(c, left)
	out.Handover(&rest)
}

// meet finds out who is who, and tells whether it could: only a server says
// that it takes no password with the second byte.
func (p *socks) meet(side flow.Side, out protocol.Facts) bool {
	b := p.held[side]
	if len(b) < 2 {
		return false
	}
	p.known, p.four, p.client = true, b[0] == version4, side
	if !p.four && b[1] == noAuth {
		p.client = side.Other()
	}
	out.Client(p.client)
	return true
}

// gap takes a hole. What came after the request was the tunnel's.
func (p *socks) gap(c *stream.Chunk, out protocol.Facts) {
	if !p.known || c.Side == p.client || p.asked {
		out.Handover(nil)
		return
	}
	p.deaf, p.held[c.Side] = true, nil
}

// read reads the message at the head of what a side has sent.
func (p *socks) read(side flow.Side, out protocol.Facts) step {
	b := p.held[side]
	if len(b) == 0 {
		return short
	}
	var n int
	var s step
	switch {
	case side == p.client && p.asked:
		return begins // it goes on: the answer was lost, or is taken for granted
	case side == p.client && p.four:
		n, s = p.request4(b, out)
	case side == p.client:
		n, s = p.request5(b, out)
	case p.four:
		n, s = answer4(b)
	default:
		n, s = p.answer5(b)
	}
	if s == passed || s == begins {
		clear(b[:n]) // it may have been a password
		p.held[side] = append(b[:0], b[n:]...)
	}
	return s
}

// request4 reads VN CD DSTPORT DSTIP USERID NULL, and in SOCKS 4a a host name
// with its NULL.
func (p *socks) request4(b []byte, out protocol.Facts) (int, step) {
	if len(b) < 9 {
		return 0, short
	}
	if b[0] != version4 || b[1] != connect {
		return 0, leaves
	}
	user := ended(b[8:])
	if user < 0 {
		return 0, shortUnless(len(b)-8 > limit.SOCKSUser)
	}
	n := 8 + user + 1
	port := uint16(b[2])<<8 | uint16(b[3])
	addr := [4]byte(b[4:8])
	host := ""
	if addr[0] == 0 && addr[1] == 0 && addr[2] == 0 && addr[3] != 0 {
		size := ended(b[n:])
		if size < 0 {
			return 0, shortUnless(len(b)-n > limit.SOCKSUser)
		}
		host = name(b[n : n+size])
		n += size + 1
	} else {
		host = netip.AddrFrom4(addr).String()
	}
	p.asked = true
	tell(protocol.Target{Host: host, Port: port}, out)
	return n, passed
}

// ended is how long the text is that a zero ends, -1 where none is in sight. One
// beyond limit.SOCKSUser is none, however much of the message came at once.
func ended(b []byte) int { return bytes.IndexByte(b[:min(len(b), limit.SOCKSUser+1)], 0) }

func shortUnless(endless bool) step {
	if endless {
		return leaves
	}
	return short
}

// answer4 reads VN CD DSTPORT DSTIP.
func answer4(b []byte) (int, step) {
	switch {
	case len(b) < 8:
		return 0, short
	case b[0] != 0 || b[1] != granted4:
		return 0, leaves
	}
	return 8, begins
}

// request5 reads the client's greeting, user name and password, or request.
func (p *socks) request5(b []byte, out protocol.Facts) (int, step) {
	r := reader{b: b}
	switch version := r.u8(); {
	case !p.met && version == version5:
		r.take(int(r.u8()))
		if r.short {
			return 0, short
		}
		p.met = true
		return r.at, passed
	case p.met && version == authVersion:
		r.take(int(r.u8()))
		r.take(int(r.u8()))
		if r.short {
			return 0, short
		}
		return r.at, passed
	case !p.met || version != version5:
		return 0, leaves
	}
	command, _, kind := r.u8(), r.u8(), r.u8()
	if r.short {
		return 0, short
	}
	host, ok := r.address(kind)
	port := r.u16()
	switch {
	case !ok || command != connect:
		return 0, leaves
	case r.short:
		return 0, short
	}
	p.asked = true
	tell(protocol.Target{Host: host, Port: port}, out)
	return r.at, passed
}

// answer5 reads what the server says: its method, what it thinks of the
// password, its reply.
func (p *socks) answer5(b []byte) (int, step) {
	r := reader{b: b}
	version, code := r.u8(), r.u8()
	switch {
	case r.short:
		return 0, short
	case !p.chosen && version == version5:
		// Any other method wraps what follows in its own messages.
		p.chosen = code == noAuth || code == userPassword
		if !p.chosen {
			return 0, leaves
		}
		return r.at, passed
	case !p.chosen || code != 0: // no SOCKS; or a refusal
		return 0, leaves
	case version == authVersion:
		return r.at, passed
	case version != version5:
		return 0, leaves
	}
	r.u8()
	kind := r.u8()
	if r.short {
		return 0, short
	}
	_, ok := r.address(kind)
	r.u16()
	switch {
	case !ok:
		return 0, leaves
	case r.short:
		return 0, short
	}
	return r.at, begins
}

// tell names the target, if it has a name.
func tell(t protocol.Target, out protocol.Facts) {
	if t.Host != "" {
		out.Target(t)
	}
}

// name is a host's name as sent; empty when it cannot be one.
func name(b []byte) string {
	for _, c := range b {
		if !inName(c) {
			return ""
		}
	}
	return string(b)
}

func (p *socks) Due() capture.Time                    { return capture.Never }
func (p *socks) Advance(capture.Time, protocol.Facts) {}
func (p *socks) Close(capture.Time, protocol.Facts)   {}
