package observe

import (
	"crypto/tls"
	"net/netip"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/event"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/packet"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// TestSnapLength: headers of records that were captured suffice, and what was
// cut off is said.
func TestSnapLength(t *testing.T) {
	all := recordTLS(t, "discord.com", 4, tls.VersionTLS13)
	w := watch(t, options(t))
	cut := uint64(0)
	k := plainTalk()
	for _, p := range k.packets(all) {
		if p.Length > 100 && p.Time > k.start.Add(k.period/2) {
			cut += uint64(p.Length - 100)
			p.Payload = p.Payload[:100]
		}
		w.see(p)
	}
	w.close()
	f := w.only(event.Flow)
	up, down := bytesOf(all)
	if f.Visibility.Cut != cut || f.Visibility.Lost != cut || f.Visibility.Bytes != up+down-cut {
		t.Errorf("visibility %+v, want %d cut of %d", f.Visibility, cut, up+down)
	}
	x := w.of(event.Exchange)
	if len(x) != 4 || x[3].Exchange.Up != requestSize || x[3].Visibility.CutShare() == 0 || x[0].Visibility.Cut != 0 {
		t.Fatalf("%d exchanges: %+v", len(x), x)
	}
	if st := w.s.Stats(); st.Cut != cut || st.Lost != cut || st.Bytes != up+down-cut {
		t.Errorf("stats: %+v", st)
	}
}

// TestLoss: a segment that was never captured is a share of what was sent.
func TestLoss(t *testing.T) {
	all := recordTLS(t, "discord.com", 4, tls.VersionTLS13)
	w := watch(t, options(t))
	k := plainTalk()
	lost := uint64(0)
	for _, p := range k.packets(all) {
		if p.Length > 0 && p.Src.Std() == atHome.Addr() && p.Time >= k.start.Add(2*k.period) && lost == 0 {
			lost = uint64(p.Length)
			continue
		}
		w.see(p)
	}
	w.close()
	if f := w.only(event.Flow); f.Visibility.Lost != lost || f.Visibility.Cut != 0 {
		t.Errorf("visibility %+v, want %d lost", f.Visibility, lost)
	}
	total := uint64(0)
	for _, x := range w.of(event.Exchange) {
		total += x.Visibility.Lost
	}
	if total != lost {
		t.Errorf("the exchanges have lost %d bytes, want %d", total, lost)
	}
}

// TestUDP: a flow, and nothing else.
func TestUDP(t *testing.T) {
	w := watch(t, options(t))
	var last capture.Time
	for i := range 10 {
		src, dst := outside, atHome
		if i%2 == 1 {
			src, dst = dst, src
		}
		last = epoch.Add(time.Duration(i) * time.Second)
		w.see(&packet.Packet{Time: last, Src: packet.Addr(src.Addr().As16()), Dst: packet.Addr(dst.Addr().As16()), SrcPort: src.Port(), DstPort: dst.Port(),
			Protocol: packet.ProtoUDP, Payload: make([]byte, 100+i), Length: 100 + i})
	}
	w.advance(last.Add(datagramIdle - 1))
	if len(w.all) != 0 {
		t.Fatalf("%d observations before the flow is idle", len(w.all))
	}
	w.advance(last.Add(datagramIdle))
	f := w.only(event.Flow)
	if len(w.all) != 1 || f.Conn.Client != outside || f.Conn.Direction != event.Inbound || f.Conn.Protocol != packet.ProtoUDP ||
		f.Summary.Bytes != [2]uint64{520, 525} || f.Summary.Packets != [2]uint64{5, 5} || f.Summary.Last != last {
		t.Errorf("%+v of %+v", f.Summary, f.Conn)
	}
}

// TestOuterNameIsNoName: the name that shows beside an encrypted hello is not
// that of the service.
func TestOuterNameIsNoName(t *testing.T) {
	s := Shards(options(t), 0, flow.Shards)[0]
	p := plainTalk().packets([]written{{up: true, b: []byte{22, 3, 1}}})[3]
	s.Packet(p)
	key, _ := flow.KeyOf(p)
	s.cur = s.table.Find(&key)
	s.Hello(&protocol.Hello{HasClient: true, ServerName: "cloudflare-ech.com", ECH: protocol.ECHOuter})
	o := s.Take()[0]
	if o.Conn.Name != "" || o.Visibility.Name != event.NameByAddress || o.Conn.Match.ID != "203.0.113.9" {
		t.Errorf("%+v", o.Conn)
	}
}

// TestLateFramesRunNothingBack: frames that are older than the clock are
// counted where they belong, and what they make due is due now.
func TestLateFramesRunNothingBack(t *testing.T) {
	all := recordTLS(t, "discord.com", 6, tls.VersionTLS13)
	for shift := range 7 {
		w := watch(t, options(t)) // its take holds that time does not run back
		k := plainTalk()
		for i, p := range k.packets(all) {
			if i%5 == shift%5 {
				p.Time = p.Time.Add(-time.Duration(shift) * 13 * time.Second)
			}
			w.see(p)
			w.advance(p.Time.Add(time.Duration(shift) * ms))
		}
		w.advance(w.clock.Add(time.Hour))
		w.close()
		if n := len(w.of(event.Flow)); n != 1 {
			t.Errorf("%d flows", n)
		}
	}
}

// hasty is a parser that tells of an exchange with each chunk, and of another
// one that falls due a second after the time of the chunk, which may be over.
type hasty struct{ due capture.Time }

func (h *hasty) Chunk(k *stream.Chunk, out protocol.Facts) {
	h.due = k.Time.Add(time.Second)
	out.Exchange(protocol.Exchange{Start: k.Time})
}
func (h *hasty) Due() capture.Time { return h.due }
func (h *hasty) Advance(now capture.Time, out protocol.Facts) {
	out.Exchange(protocol.Exchange{Start: h.due})
	h.due = capture.Never
}
func (h *hasty) Close(capture.Time, protocol.Facts) {}

// TestDueInThePast: a parser that falls due before the clock is asked at once,
// and what it says is told behind what was told before, in the same place
// whether or not somebody looks at the clock in between.
func TestDueInThePast(t *testing.T) {
	for _, look := range []bool{false, true} {
		w := watch(t, options(t))
		packets := plainTalk().packets([]written{{up: true, b: []byte{22, 3}}, {up: true, beat: 1, b: []byte("x")}, {up: true, beat: 2, b: []byte("y")}})
		for i, p := range packets {
			if i == 4 {
				key, _ := flow.KeyOf(p)
				c := &w.s.table.Find(&key).State
				c.parser, c.phase, c.rare = &hasty{due: capture.Never}, reading, nil
			}
			if string(p.Payload) == "y" {
				p.Time = p.Time.Add(-19 * time.Second)
			}
			w.see(p)
			if look {
				w.advance(w.clock)
			}
		}
		w.advance(w.clock.Add(time.Second))
		x := w.of(event.Exchange)
		if len(x) != 3 {
			t.Fatalf("%d exchanges", len(x))
		}
		if late, due := x[1], x[2]; due.Time != late.Time+1 || due.Frame != 0 || late.Frame == 0 {
			t.Errorf("looking: %v: what was due is told %v after, frame %d", look, due.Time.Sub(late.Time), due.Frame)
		}
	}
}

// TestLateFlow: a conversation whose frames all come an hour late, as those of
// the second of two captures of one time do, was when it was.
func TestLateFlow(t *testing.T) {
	all := recordTLS(t, "discord.com", 3, tls.VersionTLS13)
	w := watch(t, options(t))
	k := plainTalk()
	k.start = epoch.Add(time.Hour)
	k.client = netip.MustParseAddrPort("10.0.0.6:40000")
	w.see(k.packets(all)[:5]...)
	n := len(w.all)
	k = plainTalk()
	k.fin = true
	packets := k.packets(all)
	w.see(packets...)
	w.close()
	flows := 0
	for _, it := range w.all[n:] {
		if it.Conn.Client != k.client {
			continue
		}
		if it.Conn.Opened != packets[3].Time {
			t.Errorf("opened at %v, want %v", it.Conn.Opened, packets[3].Time)
		}
		if it.Type == event.Flow {
			flows++
			if last := packets[len(packets)-2].Time; it.Summary.First != packets[3].Time || it.Summary.Last != last {
				t.Errorf("from %v to %v, want %v to %v", it.Summary.First, it.Summary.Last, packets[3].Time, last)
			}
		}
	}
	if flows != 1 {
		t.Errorf("%d flows", flows)
	}
}
