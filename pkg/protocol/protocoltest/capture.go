package protocoltest

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/packet"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// Corpus is the path of a capture that is no part of the project. Without those
// the test is skipped.
func Corpus(t testing.TB, name string) string {
	root := os.Getenv("HOOKHOUND_TESTDATA")
	if root == "" {
		t.Skip("HOOKHOUND_TESTDATA is not set")
	}
	return filepath.Join(root, "corpus", "pcaps", name)
}

// Connection is one TCP connection of a capture on its way through one
// protocol's probe and parser. Where the parser hands over, it ends.
type Connection struct {
	Recorder
	kind   *protocol.Protocol
	parser protocol.Parser
	held   []stream.Chunk
	other  [2]bool
	tcp    stream.Conn
}

// Chunk implements stream.Receiver.
func (l *Connection) Chunk(c *stream.Chunk) {
	if l.HandedOver || l.parser == nil && (l.other[c.Side] || c.Gap > 0) {
		return
	}
	if l.parser != nil {
		l.parser.Chunk(c, l)
		return
	}
	own := *c
	own.Bytes = append([]byte(nil), c.Bytes...)
	l.held = append(l.held, own)
	var b []byte
	for _, h := range l.held {
		if h.Side == c.Side {
			b = append(b, h.Bytes...)
		}
	}
	switch l.kind.Probe(b, false) {
	case protocol.No:
		l.other[c.Side] = true
	case protocol.Yes:
		l.parser = l.kind.New()
		for i := range l.held {
			if !l.HandedOver {
				l.parser.Chunk(&l.held[i], l)
			}
		}
	}
}

// Read gives the TCP connections of a capture to a protocol, and returns those
// that are its own.
func Read(t testing.TB, path string, kind protocol.Protocol) (list []*Connection) {
	t.Helper()
	files, err := capture.Open([]string{path}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	pool := stream.NewPool(64<<20, 4<<20)
	open := map[flow.Key]*Connection{}
	var all []*Connection
	var f capture.Frame
	clock := capture.Always
	for {
		if err := files.Next(&f); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		clock = max(clock, f.Time)
		var p packet.Packet
		if packet.Decode(&f, &p) != packet.OK || p.Protocol != packet.ProtoTCP {
			continue
		}
		p.Time, p.Clock, p.Number = f.Time, clock, f.Number
		key, side := flow.KeyOf(&p)
		l := open[key]
		if l == nil || l.tcp.Segment(&p, side, pool, l) {
			l = &Connection{Recorder: Recorder{T: t}, kind: &kind}
			open[key], all = l, append(all, l)
			l.tcp.Segment(&p, side, pool, l)
		}
	}
	for _, l := range all {
		l.tcp.Close(clock, pool, l)
		if l.parser != nil {
			list = append(list, l)
		}
	}
	return list
}
