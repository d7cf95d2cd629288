package httpwire

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
	"github.com/hookhound/hookhound/pkg/stream"
)

// testdata is the root of the captures that are not part of the project.
func testdata(t testing.TB) string {
	root := os.Getenv("HOOKHOUND_TESTDATA")
	if root == "" {
		t.Skip("HOOKHOUND_TESTDATA is not set")
	}
	return root
}

// readCapture gives the TCP packets of a capture, with bytes of their own.
func readCapture(t testing.TB, path string) (list []packet.Packet) {
	files, err := capture.Open([]string{path}, capture.Options{})
	if err != nil {
		t.Logf("%s: %v", filepath.Base(path), err)
		return nil
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
		if packet.Decode(&f, &p) != packet.OK || p.Protocol != packet.ProtoTCP {
			continue
		}
		p.Time, p.Clock, p.Number = f.Time, clock, f.Number
		p.Payload = bytes.Clone(p.Payload)
		list = append(list, p)
	}
}

// link is one connection on its way through reassembly and parser. What is
// handed over is looked at as a connection of its own.
type link struct {
	protocoltest.Recorder
	key    flow.Key
	tcp    stream.Conn
	parser protocol.Parser
	probed [2][]stream.Chunk // before a probe said Yes
	tries  [2]int
	hole   bool
	pieces int // cut chunks into pieces of so many bytes; 0 leaves them whole

	tunnelled []protocoltest.Recorder // what was recorded before each hand-over
}

func protocols() []protocol.Protocol { return []protocol.Protocol{HTTP2(), HTTP()} }

func (l *link) Chunk(c *stream.Chunk) {
	if l.parser != nil {
		l.give(c)
		return
	}
	mid := l.hole || len(l.tunnelled) == 0 && l.tcp.MidStream()
	if c.Gap > 0 {
		l.hole, l.probed[c.Side] = true, nil
		return
	}
	if mid && !c.Aligned || l.tries[c.Side] > 64 || !mid && l.tries[c.Side] > 0 {
		return
	}
	own := *c
	own.Bytes = bytes.Clone(c.Bytes)
	l.probed[c.Side] = append(l.probed[c.Side], own)
	var b []byte
	for _, x := range l.probed[c.Side] {
		b = append(b, x.Bytes...)
	}
	more := false
	for _, p := range protocols() {
		switch p.Probe(b, mid) {
		case protocol.More:
			more = true
		case protocol.Yes:
			l.parser = p.New()
			held := l.probed
			l.probed = [2][]stream.Chunk{}
			for _, s := range [2]flow.Side{c.Side, c.Side.Other()} {
				for i := range held[s] {
					l.give(&held[s][i])
				}
			}
			return
		}
	}
	if !more {
		l.tries[c.Side]++
		l.probed[c.Side] = nil
	}
}

func (l *link) give(c *stream.Chunk) {
	if l.pieces == 0 || c.Gap > 0 {
		l.hand(c)
		return
	}
	b := bytes.Clone(c.Bytes)
	for at := 0; at < len(b); at += l.pieces {
		end := min(at+l.pieces, len(b))
		piece := *c
		piece.Bytes = b[at:end:end]
		piece.Aligned = c.Aligned && at == 0
		l.hand(&piece)
		for i := range piece.Bytes {
			piece.Bytes[i] = 0xdb // lent bytes are poisoned
		}
	}
}

func (l *link) hand(c *stream.Chunk) {
	if l.parser == nil {
		l.Chunk(c)
		return
	}
	l.parser.Chunk(c, l)
	if l.HandedOver {
		rest := stream.Chunk{Side: c.Side, Time: c.Time, Frame: c.Frame, Clock: c.Clock, Bytes: l.Rest, Aligned: true}
		l.tunnelled = append(l.tunnelled, l.Recorder)
		l.Recorder = protocoltest.Recorder{T: l.T}
		l.parser, l.tries = nil, [2]int{}
		if len(rest.Bytes) > 0 {
			l.Chunk(&rest)
		}
	}
}

func (l *link) advance(now capture.Time, pool *stream.Pool) {
	for {
		d, p := l.tcp.Due(), capture.Never
		if l.parser != nil {
			p = l.parser.Due()
		}
		switch {
		case min(d, p) > now || min(d, p) == capture.Never:
			return
		case d <= p:
			l.tcp.Advance(d, pool, l)
		default:
			l.parser.Advance(p, l)
		}
	}
}

func (l *link) close(now capture.Time, pool *stream.Pool) {
	l.tcp.Close(now, pool, l)
	if l.parser != nil {
		l.parser.Close(now, l)
		l.parser, l.tries = nil, [2]int{100, 100}
	}
}

// requests are all that were given, in tunnels too.
func (l *link) requests() (list []*protocol.Request) {
	for _, r := range l.tunnelled {
		list = append(list, r.Requests...)
	}
	return append(list, l.Requests...)
}

// ends are client and server.
func (l *link) ends() (c, s netip.AddrPort) {
	side := flow.Side(0)
	switch {
	case len(l.tunnelled) > 0 && len(l.tunnelled[0].Clients) > 0:
		side = l.tunnelled[0].Clients[0]
	case len(l.Clients) > 0:
		side = l.Clients[0]
	}
	end := func(s flow.Side) netip.AddrPort { return netip.AddrPortFrom(l.key.Addr[s].Std(), l.key.Port[s]) }
	return end(side), end(side.Other())
}

// runPackets takes packets through reassembly and parser.
func runPackets(t testing.TB, packets []packet.Packet, pieces int) (links []*link) {
	pool := stream.NewPool(64<<20, 4<<20)
	open := map[flow.Key]*link{}
	now := capture.Always
	fresh := func(key flow.Key) *link {
		l := &link{key: key, pieces: pieces}
		l.T = t
		open[key], links = l, append(links, l)
		return l
	}
	for i := range packets {
		p := &packets[i]
		now = max(now, p.Clock)
		for _, l := range links {
			l.advance(p.Clock, pool)
		}
		key, side := flow.KeyOf(p)
		l := open[key]
		if l == nil {
			if p.Length == 0 && p.Flags&packet.SYN == 0 {
				continue
			}
			l = fresh(key)
		}
		if l.tcp.Segment(p, side, pool, l) {
			l.close(p.Clock, pool)
			l = fresh(key)
			l.tcp.Segment(p, side, pool, l)
		}
		if l.tcp.Closed() {
			l.close(p.Clock, pool)
		}
	}
	for _, l := range links {
		l.advance(now, pool)
		l.close(now, pool)
	}
	return links
}
