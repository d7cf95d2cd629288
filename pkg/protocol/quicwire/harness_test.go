package quicwire

import (
	"bytes"
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/packet"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/protocol/protocoltest"
	"github.com/hookhound/hookhound/pkg/protocol/tlswire"
)

// testdata is the root of the captures that are not part of the project.
func testdata(t testing.TB) string {
	root := os.Getenv("HOOKHOUND_TESTDATA")
	if root == "" {
		t.Skip("HOOKHOUND_TESTDATA is not set")
	}
	return root
}

func quic() protocol.DatagramProtocol { return Protocol(tlswire.NewMessages('q')) }

// readCapture gives the UDP packets of a capture, with bytes of their own.
func readCapture(t testing.TB, path string) (list []packet.Packet) {
	files, err := capture.Open([]string{path}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	var f capture.Frame
	clock := capture.Always
	for {
		if err := files.Next(&f); err != nil {
			if !errors.Is(err, io.EOF) {
				t.Logf("%s: %v", filepath.Base(path), err)
			}
			return list
		}
		clock = max(clock, f.Time)
		var p packet.Packet
		if packet.Decode(&f, &p) != packet.OK || p.Protocol != packet.ProtoUDP {
			continue
		}
		p.Time, p.Clock, p.Number = f.Time, clock, f.Number
		p.Payload = bytes.Clone(p.Payload)
		list = append(list, p)
	}
}

// link is one conversation on its way through the parser.
type link struct {
	protocoltest.Recorder
	key    flow.Key
	parser protocol.DatagramParser
}

// client is the client's address and port.
func (l *link) client() (client, server netip.AddrPort) {
	s := flow.Side(0)
	if n := len(l.Clients); n > 0 {
		s = l.Clients[n-1]
	} else if l.key.Port[1] > l.key.Port[0] {
		s = 1
	}
	end := func(s flow.Side) netip.AddrPort {
		return netip.AddrPortFrom(l.key.Addr[s].Std(), l.key.Port[s])
	}
	return end(s), end(s.Other())
}

// give hands a packet over as a datagram whose bytes are gone afterwards.
func (l *link) give(p *packet.Packet, side flow.Side) {
	lent := bytes.Clone(p.Payload)
	d := protocol.Datagram{Bytes: lent, Length: p.Length, Side: side, Time: p.Time, Frame: p.Number, Clock: p.Clock}
	l.parser.Datagram(&d, l)
	if !bytes.Equal(lent, p.Payload) {
		l.T.Errorf("frame %d: lent bytes were changed", p.Number)
	}
	for i := range lent {
		lent[i] = 0xdb
	}
}

func (l *link) advance(now capture.Time) {
	if l.parser.Due() <= now {
		l.parser.Advance(now, l)
	}
}

// runPackets takes packets through the parser.
func runPackets(t testing.TB, packets []packet.Packet) (links []*link) {
	p := quic()
	open := map[flow.Key]*link{}
	now := capture.Always
	for i := range packets {
		q := &packets[i]
		now = max(now, q.Clock)
		for _, l := range links {
			l.advance(q.Clock)
		}
		key, side := flow.KeyOf(q)
		l := open[key]
		if l == nil {
			if p.Probe(q.Payload, q.SrcPort, q.DstPort) != protocol.Yes {
				continue
			}
			l = &link{Recorder: protocoltest.Recorder{T: t}, key: key, parser: p.New()}
			higher := flow.Side(0)
			if key.Port[1] > key.Port[0] {
				higher = 1
			}
			l.parser.(interface{ Orient(flow.Side) }).Orient(higher)
			open[key], links = l, append(links, l)
		}
		l.give(q, side)
	}
	for _, l := range links {
		l.advance(now)
		l.parser.Close(now, l)
	}
	return links
}
