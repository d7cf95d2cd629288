package dnswire

import (
	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
)

// UDP is the entry of DNS in the list of protocols over UDP. Each call makes
// one for one worker: its parsers share memory.
func UDP() protocol.DatagramProtocol {
	m := new(datagrams)
	return protocol.DatagramProtocol{Name: "dns", Probe: m.probe, New: m.parser}
}

// datagrams makes the parsers of one worker and holds what they take turns to
// use.
type datagrams struct {
	message message
	spare   []*udp
}

func (m *datagrams) parser() protocol.DatagramParser {
	if n := len(m.spare); n > 0 {
		p := m.spare[n-1]
		m.spare = m.spare[:n-1]
		return p
	}
	return &udp{maker: m, conversation: conversation{strict: true}}
}

// udp is the parser of one UDP conversation.
type udp struct {
	maker *datagrams
	conversation
}

// Datagram implements protocol.DatagramParser, as do all that follow.
func (p *udp) Datagram(d *protocol.Datagram, out protocol.Facts) {
	p.message(&p.maker.message, d.Bytes, seen{d.Side, d.Time, d.Clock, d.Frame}, out)
}

func (p *udp) Due() capture.Time                    { return capture.Never }
func (p *udp) Advance(capture.Time, protocol.Facts) {}

// Close lets another conversation use the parser.
func (p *udp) Close(capture.Time, protocol.Facts) {
	if p.forget(); len(p.maker.spare) < limit.DNSSpare {
		p.maker.spare = append(p.maker.spare, p)
	}
}
