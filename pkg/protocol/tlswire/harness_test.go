package tlswire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/packet"
	"github.com/hookhound/hookhound/pkg/protocol"
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

// facts gathers what a parser gives, and checks what holds for all of it.
type facts struct {
	t         testing.TB
	clients   []flow.Side
	hellos    []*protocol.Hello
	exchanges []*protocol.Exchange
	known     capture.Time
}

func (f *facts) Client(s flow.Side) { f.clients = append(f.clients, s) }

func (f *facts) Hello(h *protocol.Hello) {
	f.at(h.Known)
	f.hellos = append(f.hellos, h)
}

func (f *facts) at(known capture.Time) {
	if known < f.known {
		f.t.Errorf("a fact known at %v after one known at %v", known, f.known)
	}
	f.known = known
}

func (f *facts) Exchange(e protocol.Exchange) {
	f.at(e.Known)
	if e.End < e.Start || e.Known < e.End {
		f.t.Errorf("start %v, end %v, known %v are out of order", e.Start, e.End, e.Known)
	}
	if n := len(f.exchanges); n > 0 {
		last := f.exchanges[n-1]
		if e.Index < last.Index || e.Index == last.Index && !last.Interim {
			f.t.Errorf("index %d after %d (interim %v)", e.Index, last.Index, last.Interim)
		}
	}
	f.exchanges = append(f.exchanges, &e)
}

// final are the exchanges that are no interim states.
func (f *facts) final() (list []*protocol.Exchange) {
	for _, e := range f.exchanges {
		if !e.Interim {
			list = append(list, e)
		}
	}
	return list
}

// readCapture gives the TCP packets of a capture, with bytes of their own.
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
		if packet.Decode(&f, &p) != packet.OK || p.Protocol != packet.ProtoTCP {
			continue
		}
		p.Time, p.Clock, p.Number = f.Time, clock, f.Number
		p.Payload = bytes.Clone(p.Payload)
		list = append(list, p)
	}
}

// link is one connection on its way through reassembly and parser.
type link struct {
	facts
	key    flow.Key
	tcp    stream.Conn
	parser protocol.Parser
	probed [2][]stream.Chunk // before a probe said Yes
	no     bool
	other  [2]bool // a side that speaks something else
	tls    *protocol.Protocol
	pieces int // cut chunks into pieces of so many bytes; 0 leaves them whole
}

func (l *link) Chunk(c *stream.Chunk) {
	switch {
	case l.no || l.parser == nil && l.other[c.Side]:
	case l.parser != nil:
		l.give(c)
	default:
		own := *c
		own.Bytes = bytes.Clone(c.Bytes)
		l.probed[c.Side] = append(l.probed[c.Side], own)
		var b []byte
		for _, x := range l.probed[c.Side] {
			if x.Gap > 0 {
				b = nil
			}
			b = append(b, x.Bytes...)
		}
		switch l.tls.Probe(b, l.tcp.MidStream() || c.Gap > 0) {
		case protocol.No:
			l.other[c.Side] = !l.tcp.MidStream()
			l.probed[c.Side] = nil
		case protocol.Yes:
			l.parser = l.tls.New()
			higher := flow.Side(0)
			if l.key.Port[1] > l.key.Port[0] {
				higher = 1
			}
			l.parser.(Oriented).Orient(higher)
			for s := range l.probed {
				for i := range l.probed[s] {
					l.give(&l.probed[s][i])
				}
			}
		}
	}
}

func (l *link) give(c *stream.Chunk) {
	if l.pieces == 0 || c.Gap > 0 {
		l.parser.Chunk(c, l)
		return
	}
	piece, b := *c, bytes.Clone(c.Bytes)
	for at := 0; at < len(b); at += l.pieces {
		end := min(at+l.pieces, len(b))
		piece.Bytes = b[at:end:end]
		piece.Aligned = c.Aligned && at == 0
		l.parser.Chunk(&piece, l)
		for i := range piece.Bytes {
			piece.Bytes[i] = 0xdb // lent bytes are poisoned
		}
	}
}

func (l *link) advance(now capture.Time, pool *stream.Pool) {
	for {
		d := l.tcp.Due()
		p := capture.Never
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
		l.parser, l.no = nil, true
	}
}

// client is the client's address and port.
func (l *link) client() netip.AddrPort {
	s := 0
	if len(l.clients) > 0 {
		s = int(l.clients[0])
	} else if l.key.Port[1] > l.key.Port[0] {
		s = 1
	}
	return netip.AddrPortFrom(l.key.Addr[s].Std(), l.key.Port[s])
}

// runPackets takes packets through reassembly and parser.
func runPackets(t testing.TB, packets []packet.Packet, pieces int) (links []*link) {
	tls := Protocol()
	pool := stream.NewPool(64<<20, 4<<20)
	open := map[flow.Key]*link{}
	now := capture.Always
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
			l = &link{facts: facts{t: t}, key: key, tls: &tls, pieces: pieces}
			open[key], links = l, append(links, l)
		}
		if l.tcp.Segment(p, side, pool, l) {
			l.close(p.Clock, pool)
			l = &link{facts: facts{t: t}, key: key, tls: &tls, pieces: pieces}
			open[key], links = l, append(links, l)
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

// The ways in which a capture may fall short.

func keepIf(packets []packet.Packet, keep func(i int, p *packet.Packet) bool) (out []packet.Packet) {
	for i := range packets {
		if keep(i, &packets[i]) {
			out = append(out, packets[i])
		}
	}
	return out
}

func fromClient(p *packet.Packet) bool { return p.DstPort < p.SrcPort }

func dropped(packets []packet.Packet, share float64, seed uint64) []packet.Packet {
	r := rand.New(rand.NewPCG(seed, 1))
	return keepIf(packets, func(int, *packet.Packet) bool { return r.Float64() >= share })
}

func twice(packets []packet.Packet) (out []packet.Packet) {
	for _, p := range packets {
		out = append(out, p, p)
	}
	return out
}

func describe(e *protocol.Exchange, zero capture.Time) string {
	s := fmt.Sprintf("%d %7.3f-%7.3f known %7.3f up %d down %d %s", e.Index,
		e.Start.Sub(zero).Seconds(), e.End.Sub(zero).Seconds(), e.Known.Sub(zero).Seconds(), e.Up, e.Down, e.Sure)
	if e.Interim {
		s += " interim"
	}
	if e.Push {
		s += " push"
	}
	return s
}

func sideOf(word string) flow.Side {
	if word == "S" {
		return 1
	}
	return 0
}

// What a TLS connection does not give.
func (f *facts) Request(*protocol.Request) {}
func (f *facts) Target(protocol.Target)    {}
func (f *facts) Answer(*protocol.Answer)   {}
func (f *facts) Lease(*protocol.Lease)     {}
func (f *facts) Handover(*stream.Chunk)    {}
func (f *facts) GiveUp()                   {}
