package observe

import (
	"strings"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/packet"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// fuse is a parser that panics at a chunk with a word in it, and counts what is
// asked of it afterwards.
type fuse struct{ blown, after *int }

func (f *fuse) asked() {
	if *f.blown > 0 {
		*f.after++
	}
}

func (f *fuse) Chunk(c *stream.Chunk, out protocol.Facts) {
	f.asked()
	if strings.Contains(string(c.Bytes), "panic") {
		*f.blown++
		out.Handover(nil) // half done: nobody reads what it left
		panic(strings.Repeat("\x1b[31m", 500))
	}
}

func (f *fuse) Due() capture.Time                    { f.asked(); return capture.Never }
func (f *fuse) Advance(capture.Time, protocol.Facts) { f.asked() }
func (f *fuse) Close(capture.Time, protocol.Facts)   { f.asked() }

// TestDroppedFlow: a flow that made its parser panic is let go of with all that
// was held for it, stays away for its lifetime, and nobody asks the parser again.
func TestDroppedFlow(t *testing.T) {
	blown, after := 0, 0
	opt := options(t)
	opt.Protocols = func() []protocol.Protocol {
		return []protocol.Protocol{{
			Name: "fuse", Probe: func([]byte, bool) protocol.Verdict { return protocol.Yes },
			New: func() protocol.Parser { return &fuse{&blown, &after} },
		}}
	}
	shards := Shards(opt, 0, 1)
	var ahead Ahead
	at := epoch
	number := uint64(0)
	make := func(seq int, text string) packet.Packet {
		number++
		at = at.Add(time.Millisecond)
		return packet.Packet{
			Time: at, Clock: at, Number: number, Src: packet.Addr(atHome.Addr().As16()), Dst: packet.Addr(outside.Addr().As16()),
			SrcPort: atHome.Port(), DstPort: outside.Port(), Protocol: packet.ProtoTCP, Flags: packet.ACK,
			Seq: packet.Seq(seq), Payload: []byte(text), Length: len(text),
		}
	}
	list := []packet.Packet{make(1, "some"), make(100, "held"), make(200, "held too"), make(5, "panic")}
	s := shardOf(&shards, &list[0])
	ahead.Packets(&shards, list)
	key, _ := flow.KeyOf(&list[0])
	f := s.table.Find(&key)
	if blown != 1 || f == nil || f.State.phase != ignored || f.State.parser != nil || s.cur != nil || s.handover.done {
		t.Fatalf("%d panics, flow %+v", blown, f)
	}
	if n := s.pool.Held(); n != 0 {
		t.Errorf("%d bytes are still held for it", n)
	}
	all := s.Panics()
	if len(all) != 1 || len(all[0].Packets) != 4 || string(all[0].Packets[3].Payload) != "panic" || all[0].Flow != key ||
		all[0].Frame != 4 || !strings.Contains(all[0].Stack, "(*fuse).Chunk") {
		t.Fatalf("%+v", all)
	}
	if w := all[0].What; len(w) > 5*limit.PanicWhat || strings.ContainsRune(w, 0x1b) {
		t.Errorf("the words are %q", w)
	}
	at = at.Add(unread / 2)
	ahead.Packets(&shards, []packet.Packet{make(10, "panic"), make(20, "panic")})
	s.Advance(at.Add(unread - 1))
	if s.table.Len() != 1 || len(s.Panics()) != 0 {
		t.Error("the flow is gone before its time, or was opened anew")
	}
	s.Advance(at.Add(unread))
	if st := s.Stats(); s.table.Len() != 0 || blown != 1 || after != 0 || len(s.Take()) != 0 ||
		st.Panics != 1 || st.Dropped != 1 || st.Lost != 0 || st.Flows.Opened != 1 {
		t.Errorf("%d flows, %d panics, parser asked %d times, %+v", s.table.Len(), blown, after, st)
	}
}

// TestPanicsAreKeptInBounds: of many, the first are kept with some of their
// packets, and all are counted.
func TestPanicsAreKeptInBounds(t *testing.T) {
	opt := options(t)
	opt.OverUDP = func() []protocol.DatagramProtocol {
		return []protocol.DatagramProtocol{{
			Name: "fuse", Probe: func([]byte, uint16, uint16) protocol.Verdict { panic("now") },
		}}
	}
	shards := Shards(opt, 0, 1)
	var ahead Ahead
	var list []packet.Packet
	const n = 3 * limit.Panics
	for i := range n {
		list = append(list, packet.Packet{
			Time: epoch, Clock: epoch, Number: uint64(i + 1), Src: packet.Addr(atHome.Addr().As16()), Dst: packet.Addr(outside.Addr().As16()),
			SrcPort: uint16(i), DstPort: 1, Protocol: packet.ProtoUDP, Payload: make([]byte, 60000), Length: 60000,
		})
	}
	ahead.Packets(&shards, list)
	s := shardOf(&shards, &list[0])
	kept := s.Panics()
	if st := s.Stats(); len(kept) != limit.Panics || st.Panics != n || st.Dropped != n {
		t.Errorf("%d are kept, %+v", len(kept), st)
	}
	for i, p := range kept {
		if len(p.Packets) != 1 || len(p.Packets[0].Payload) != limit.PanicEvidence || p.Packets[0].Length != 60000 || int(p.Packets[0].SrcPort) != i || len(p.Stack) > limit.PanicStack {
			t.Fatalf("%d packets, the first %+v", len(p.Packets), p.Packets[0].Length)
		}
	}
}
