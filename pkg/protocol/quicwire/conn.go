package quicwire

import (
	"hash/maphash"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
)

// Hellos reads the bodies of TLS hellos, without the handshake header.
type Hellos interface {
	// ClientHello gives a hello with nothing of the body left in it.
	ClientHello(body []byte) (protocol.Hello, error)
	// ServerHello fills in the answer; retry tells of a HelloRetryRequest.
	ServerHello(body []byte, h *protocol.Hello) (retry bool, err error)
}

// Protocol is the entry of QUIC in the list of protocols. Each call makes one
// for one worker: its parsers share memory, and hellos is theirs alone.
func Protocol(hellos Hellos) protocol.DatagramProtocol {
	m := &maker{hellos: hellos, seed: maphash.MakeSeed()}
	return protocol.DatagramProtocol{Name: "quic", Probe: probe, New: m.parser}
}

// maker makes the parsers of one worker and holds what they take turns to use.
type maker struct {
	hellos  Hellos
	scratch []byte // where packets are opened; never longer than limit.QUICInitial
	// seed is that of the sums by which hellos and ids are known again. It
	// differs from run to run so that nobody can make two of one sum.
	seed maphash.Seed
}

func (m *maker) parser() protocol.DatagramParser {
	return &conn{maker: m, cut: newCutter(), due: capture.Never}
}

// evidence is how the client side is known.
type evidence uint8

const (
	unknown evidence = iota
	heardFirst
	told
	shown // by keys that open its packets, or by what only servers send
)

type datagram = protocol.Datagram

// conn is the parser of one conversation. Several connections may follow each
// other on the same ports.
type conn struct {
	due      capture.Time // what Due says
	maker    *maker
	greeting *greeting // nil when the hellos are told
	client   flow.Side
	evidence evidence
	ids      [limit.QUICIDs]uint64 // sums of ids whose Initial packets are read or past
	nextID   uint8
	count    uint32 // hellos told
	dials    bucket
	cut      cutter
}

var _ protocol.DatagramParser = (*conn)(nil)

// Orient tells which side is the client, for conversations whose beginning was
// not captured. What the packets show overrules it.
func (p *conn) Orient(side flow.Side) {
	p.orient(side, told)
	p.due = p.reckon()
}

// orient notes which side is the client, if that is better known than before.
func (p *conn) orient(side flow.Side, by evidence) {
	if by < p.evidence || p.evidence == shown && side == p.client {
		return
	}
	if p.evidence != unknown && side != p.client {
		p.cut.turn()
	}
	p.client, p.evidence = side, by
}

// show notes that packets showed which side is the client.
func (p *conn) show(side flow.Side, out protocol.Facts) {
	if p.evidence != shown || p.client != side {
		p.orient(side, shown)
		out.Client(side)
	}
}

func (p *conn) role(s flow.Side) int {
	if s == p.client {
		return client
	}
	return server
}

// Datagram reads the next datagram of a side.
func (p *conn) Datagram(d *datagram, out protocol.Facts) {
	if p.due <= d.Clock {
		p.Advance(d.Clock, out)
	}
	switch {
	case len(d.Bytes) == 0:
		return
	case d.Bytes[0]&0x80 != 0:
		p.long(d, out)
	default:
		p.short(d, d.Length, alone, out)
	}
	p.due = p.reckon()
}

// short takes a packet with a short header, which is the last of its datagram.
func (p *conn) short(d *datagram, length int, by company, out protocol.Facts) {
	if p.evidence == unknown {
		p.orient(d.Side, heardFirst)
	}
	if p.greeting != nil {
		p.greeting.beyond(d.Clock)
	}
	p.cut.datagram(d, p.role(d.Side), length, by, out)
}

// long takes a datagram that begins with a long header.
func (p *conn) long(d *datagram, out protocol.Facts) {
	if p.evidence == unknown {
		p.orient(d.Side, heardFirst)
	}
	p.cut.sized(p.role(d.Side), d.Length)
	b := d.Bytes
	var h long
	by := alone
	for range limit.QUICPackets {
		switch {
		case len(b) == 0:
			return
		case b[0]&0x80 == 0:
			if h.precedes(b) {
				p.short(d, d.Length-(len(d.Bytes)-len(b)), by, out)
			}
			return
		case !readLong(b, &h):
			return
		}
		p.packet(d, &h, b, by, out)
		by = max(by, h.company())
		if h.end > len(b) {
			return
		}
		b = b[h.end:]
	}
}

// packet takes a packet with a long header at the beginning of b.
func (p *conn) packet(d *datagram, h *long, b []byte, by company, out protocol.Facts) {
	switch h.kind {
	case otherVersion:
		return
	case negotiation, retry:
		if p.evidence != shown {
			p.show(d.Side.Other(), out)
		}
		if h.kind == retry && p.greeting != nil {
			p.greeting.retried = true
		}
		return
	}
	p.cut.idOf(p.role(d.Side), len(h.scid))
	switch h.kind {
	case initial:
		if h.end <= len(b) && h.end <= limit.QUICInitial {
			p.initial(d, h, b[:h.end], out)
		}
	case handshake:
		if p.greeting != nil {
			p.greeting.beyond(d.Clock)
		}
	case zeroRTT:
		p.cut.early(d, p.role(d.Side), h.end-h.number, by, out)
	}
	p.cut.shook(d, p.role(d.Side))
}

// Due is when the next fact falls due.
func (p *conn) Due() capture.Time { return p.due }

func (p *conn) reckon() capture.Time {
	d := p.cut.due()
	if p.greeting != nil {
		d = min(d, p.greeting.due)
	}
	return d
}

// Advance gives out what fell due up to now.
func (p *conn) Advance(now capture.Time, out protocol.Facts) {
	for {
		d := p.reckon()
		if p.due = d; d > now || d == capture.Never {
			return
		}
		if p.greeting != nil && p.greeting.due == d {
			p.tell(d, 0, out)
			p.greeting = nil
			continue
		}
		p.cut.advance(d, out)
	}
}

// Close gives out what is left.
func (p *conn) Close(now capture.Time, out protocol.Facts) {
	p.Advance(now, out)
	if p.greeting != nil {
		p.tell(now, 0, out)
		p.greeting = nil
	}
	p.cut.close(now, out)
}
