package observe

import (
	"bytes"
	"crypto/tls"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/hookhound/hookhound/pkg/event"
	"github.com/hookhound/hookhound/pkg/packet"
	"github.com/hookhound/hookhound/pkg/protocol"
)

// TestTLSConversation holds what is told of a plain conversation, whatever the
// segments.
func TestTLSConversation(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		all := recordTLS(t, "Discord.com", 4, version)
		for _, size := range []int{1400, 100, 7, 1} {
			k := plainTalk()
			k.segment, k.fin = size, true
			w := watch(t, options(t))
			for _, p := range k.packets(all) {
				p.VLANs, p.VLAN = 2, [2]uint16{7, 9}
				w.see(p)
			}
			w.close()

			h := w.only(event.Hello)
			c := h.Conn
			if c.Client != atHome || c.Server != outside || c.Direction != event.Outbound || c.Name != "discord.com" ||
				c.Match.ID != "discord" || !slices.Equal(c.VLANs, []uint16{7, 9}) || c.Site != "default" {
				t.Errorf("%x, %d bytes a segment: %+v", version, size, c)
			}
			if h.Visibility.OneWay || h.Visibility.Midstream || h.Visibility.Name != event.NameBySNI || h.Visibility.Lost != 0 {
				t.Errorf("visibility of the hello: %+v", h.Visibility)
			}
			if want := map[uint16]string{tls.VersionTLS12: "1.2", tls.VersionTLS13: "1.3"}[version]; c.Hello.Version != want || c.Hello.JA3S == "" {
				t.Errorf("hello: %+v", c.Hello)
			}
			exchanges := w.of(event.Exchange)
			if len(exchanges) != 4 {
				t.Fatalf("%x, %d bytes a segment: %d exchanges, want 4", version, size, len(exchanges))
			}
			for i, x := range exchanges {
				if x.Exchange.Index != uint32(i) || x.Exchange.Up != requestSize || x.Exchange.Down != answerSize ||
					x.Exchange.How != protocol.ByTLSRecords || x.Repeat || x.Visibility.OneWay || x.Visibility.Bytes == 0 {
					t.Errorf("%d bytes a segment, exchange %d: %+v", size, i, x.Observation)
				}
				if d := x.Exchange.Start.Sub(k.start.Add(time.Duration(i) * k.period)); i > 0 && (d < 0 || d > 4*time.Second) {
					t.Errorf("exchange %d begins %v after its beat", i, d)
				}
			}
			f := w.only(event.Flow)
			up, down := bytesOf(all)
			if f.Summary.Bytes != [2]uint64{up, down} || f.Summary.Outcome != "success" || f.Summary.Reason != "ended" {
				t.Errorf("flow: %+v, want %d up and %d down", f.Summary, up, down)
			}
			if st := w.s.Stats(); st.Hellos != 1 || st.Exchanges != 4 || st.Bytes != up+down || st.Opaque != 0 || st.Lost != 0 {
				t.Errorf("stats: %+v", st)
			}
		}
	}
}

func bytesOf(all []written) (up, down uint64) {
	for _, w := range all {
		if w.up {
			up += uint64(len(w.b))
		} else {
			down += uint64(len(w.b))
		}
	}
	return up, down
}

// TestAnswerInTheFirstPacketOfItsSide: a hello that the server's very first
// packet answers was seen in both directions.
func TestAnswerInTheFirstPacketOfItsSide(t *testing.T) {
	all := recordTLS(t, "discord.com", 1, tls.VersionTLS13)
	w := watch(t, options(t))
	for _, p := range plainTalk().packets(all) {
		if p.Length > 0 || p.Flags.Has(packet.SYN) { // no bare acknowledgements
			w.see(p)
		}
	}
	w.close()
	if h := w.only(event.Hello); h.Visibility.OneWay || h.Visibility.Bytes == 0 {
		t.Errorf("visibility %+v", h.Visibility)
	}
}

// TestWhoIsTheClient: by SYN, by hello, by home network, by port.
func TestWhoIsTheClient(t *testing.T) {
	hello := recordTLS(t, "discord.com", 2, tls.VersionTLS13)
	text := []written{{up: true, b: []byte("\x00\x01some protocol of its own, long enough\n")}}
	ap := netip.MustParseAddrPort
	for name, c := range map[string]struct {
		client, server netip.AddrPort
		all            []written
		midstream      bool
		want           netip.AddrPort
		direction      event.Direction
	}{
		"syn":              {ap("198.51.100.1:443"), ap("10.0.0.5:50000"), text, false, ap("198.51.100.1:443"), event.Inbound},
		"hello":            {ap("198.51.100.1:443"), ap("10.0.0.5:50000"), hello, true, ap("198.51.100.1:443"), event.Inbound},
		"home":             {ap("198.51.100.1:50000"), ap("10.0.0.5:443"), text, true, ap("10.0.0.5:443"), event.Outbound},
		"port":             {ap("10.0.0.6:443"), ap("10.0.0.5:50000"), text, true, ap("10.0.0.5:50000"), event.Internal},
		"port, both away":  {ap("198.51.100.1:50000"), ap("198.51.100.2:443"), text, true, ap("198.51.100.1:50000"), event.External},
		"home, version 6":  {ap("[2001:db8::1]:50000"), ap("[fd00::5]:443"), text, true, ap("[fd00::5]:443"), event.Outbound},
		"hello beats home": {ap("198.51.100.1:443"), ap("10.0.0.5:443"), hello, true, ap("198.51.100.1:443"), event.Inbound},
	} {
		k := plainTalk()
		k.client, k.server, k.noHandshake = c.client, c.server, c.midstream
		w := watch(t, options(t))
		w.see(k.packets(c.all)...)
		w.close()
		f := w.only(event.Flow)
		if f.Conn.Client != c.want || f.Conn.Direction != c.direction {
			t.Errorf("%s: client %v, direction %v", name, f.Conn.Client, f.Conn.Direction)
		}
		if f.Visibility.Midstream != c.midstream {
			t.Errorf("%s: midstream is %v", name, f.Visibility.Midstream)
		}
		up, down := bytesOf(c.all)
		if c.want != c.client {
			up, down = down, up
		}
		if f.Summary.Bytes != [2]uint64{up, down} {
			t.Errorf("%s: bytes %v, want %d and %d", name, f.Summary.Bytes, up, down)
		}
	}
}

// TestMidstream: a capture that begins behind the handshake still shows the
// calls.
func TestMidstream(t *testing.T) {
	all := recordTLS(t, "discord.com", 6, tls.VersionTLS13)
	k := plainTalk()
	w := watch(t, options(t))
	for _, p := range k.packets(all) {
		if p.Time >= k.start.Add(k.period/2) {
			w.see(p)
		}
	}
	w.close()
	x := w.of(event.Exchange)
	if len(x) != 5 {
		t.Fatalf("%d exchanges, want 5", len(x))
	}
	for _, x := range x {
		if x.Conn.Client != atHome || !x.Visibility.Midstream || x.Visibility.Name != event.NameByAddress || x.Conn.Match.ID != "203.0.113.9" {
			t.Errorf("%+v of %+v", x.Observation, x.Conn)
		}
	}
}

// TestOneDirection: the client's packets alone show the calls, and that only
// they were seen.
func TestOneDirection(t *testing.T) {
	all := recordTLS(t, "discord.com", 5, tls.VersionTLS13)
	for _, from := range []netip.AddrPort{atHome, outside} {
		w := watch(t, options(t))
		for _, p := range plainTalk().packets(all) {
			if p.Src.Std() == from.Addr() {
				w.see(p)
			}
		}
		w.close()
		f := w.only(event.Flow)
		if !f.Visibility.OneWay || f.Conn.Client != atHome {
			t.Errorf("%v alone: %+v", from, f.Observation)
		}
		if from != atHome {
			continue
		}
		if x := w.of(event.Exchange); len(x) < 5 || !x[0].Visibility.OneWay || x[0].Exchange.Sure != protocol.Guessed {
			t.Errorf("%d exchanges, the first is %+v", len(x), x[0].Observation)
		}
	}
}

// TestPortReuse: a new handshake on the ports of a living connection, and on
// those of one that has ended.
func TestPortReuse(t *testing.T) {
	one, two := recordTLS(t, "discord.com", 2, tls.VersionTLS13), recordTLS(t, "webhook.site", 2, tls.VersionTLS13)
	for _, fin := range []bool{false, true} {
		k := plainTalk()
		k.fin = fin
		w := watch(t, options(t))
		first := k.packets(one)
		w.see(first...)
		k.start, k.isn = first[len(first)-1].Time.Add(2*time.Second), [2]packet.Seq{3_000_000_000, 7}
		begun := k.start
		w.see(k.packets(two)...)
		w.close()
		flows, hellos := w.of(event.Flow), w.of(event.Hello)
		if len(flows) != 2 || len(hellos) != 2 || hellos[1].Conn.Name != "webhook.site" || len(w.of(event.Exchange)) != 4 {
			t.Fatalf("fin %v: %d flows, %d hellos, %d exchanges", fin, len(flows), len(hellos), len(w.of(event.Exchange)))
		}
		for i, all := range [][]written{one, two} {
			up, down := bytesOf(all)
			if flows[i].Summary.Bytes != [2]uint64{up, down} {
				t.Errorf("fin %v: flow %d has %v, want %d and %d", fin, i, flows[i].Summary.Bytes, up, down)
			}
		}
		// Behind the handshake; the SYN on a living connection is counted there,
		// and the last acknowledgement comes behind the end.
		want := uint64(len(first) - 3 + 1)
		if fin {
			want = uint64(len(first) - 3 - 1)
		}
		if n := flows[0].Summary.Packets[0] + flows[0].Summary.Packets[1]; n != want {
			t.Errorf("fin %v: the first flow has %d packets, want %d", fin, n, want)
		}
		// The SYN on a living connection could be forged, so it counts there
		// until the next packet confirms it; the old one ends at it, at the latest.
		if last := flows[0].Summary.Last; last > begun {
			t.Errorf("fin %v: the first flow ends %v after the second began", fin, last.Sub(begun))
		}
		if want := map[bool]string{true: "ended", false: "reused"}[fin]; flows[0].Summary.Reason != want {
			t.Errorf("the first flow is over because %s, want %s", flows[0].Summary.Reason, want)
		}
	}
}

// TestEnds: FIN, RST, silence and the end of the input, each at its moment.
func TestEnds(t *testing.T) {
	all := recordTLS(t, "discord.com", 2, tls.VersionTLS13)
	text := []written{{up: true, b: []byte("hello there, this is no TLS at all\n")}, {b: []byte("hello to you as well, whoever you are\n")}}
	// rst is the client's reset in place.
	rst := func(last *packet.Packet, all []written) *packet.Packet {
		up, _ := bytesOf(all)
		return &packet.Packet{Time: last.Time.Add(ms), Src: packet.Addr(atHome.Addr().As16()), Dst: packet.Addr(outside.Addr().As16()),
			SrcPort: atHome.Port(), DstPort: outside.Port(), Protocol: packet.ProtoTCP, Flags: packet.RST, Seq: plainTalk().isn[0].Add(1 + int(up))}
	}
	for name, c := range map[string]struct {
		all     []written
		fin     bool
		rst     bool
		silence time.Duration
		reason  string
		outcome string
	}{
		"fin":             {all, true, false, 0, "ended", "success"},
		"rst":             {all, false, true, time.Second, "reset", "success"},
		"rst, unanswered": {text[:1], false, true, time.Second, "reset", "failure"},
		"idle":            {all, false, false, readable, "idle", "unknown"},
		"idle, opaque":    {append(text[:2:2], written{b: bytes.Repeat([]byte("and so on\n"), 30)}), false, false, unread, "idle", "unknown"},
		"idle, little":    {text, false, false, opening, "idle", "unknown"},
		"idle, probing":   {[]written{{up: true, b: []byte{22, 3}}}, false, false, opening, "idle", "unknown"},
	} {
		k := plainTalk()
		k.fin = c.fin
		packets := k.packets(c.all)
		if c.rst {
			packets = append(packets, rst(packets[len(packets)-1], c.all))
		}
		w := watch(t, options(t))
		w.see(packets...)
		last := packets[len(packets)-1].Time
		if c.fin {
			last = last.Add(-ms) // both ends were given out at the second FIN
		}
		due := last.Add(c.silence)
		w.advance(due - 1)
		if n := len(w.of(event.Flow)); c.silence > 0 && n != 0 {
			t.Errorf("%s: the flow was over before its time", name)
		}
		w.advance(due.Add(48 * time.Hour))
		f := w.only(event.Flow)
		if f.Time != due || f.Summary.Reason != c.reason || f.Summary.Outcome != c.outcome {
			t.Errorf("%s: %s, %s, %v after its time", name, f.Summary.Reason, f.Summary.Outcome, f.Time.Sub(due))
		}
		if n := w.s.table.Len(); n != 0 {
			t.Errorf("%s: %d flows are left", name, n)
		}
		n := len(w.all)
		w.close()
		if len(w.all) != n {
			t.Errorf("%s: more was told when the input ended", name)
		}
	}
}

// TestLateDataOpensNoFlow: what arrives behind the end is of the flow that
// lingers, and does not prolong it.
func TestLateDataOpensNoFlow(t *testing.T) {
	all := recordTLS(t, "discord.com", 1, tls.VersionTLS13)
	k := plainTalk()
	k.fin = true
	packets := k.packets(all)
	w := watch(t, options(t))
	w.see(packets...)
	for _, p := range packets {
		if p.Length > 0 {
			late := *p
			late.Time = w.clock.Add(ms)
			w.see(&late)
		}
	}
	w.close()
	if st := w.s.Stats(); st.Flows.Opened != 1 || len(w.of(event.Flow)) != 1 {
		t.Errorf("%d flows were opened, %d told of", st.Flows.Opened, len(w.of(event.Flow)))
	}
}

// TestOpaque: what no parser reads is one exchange, told of each minute with
// traffic and at its end.
func TestOpaque(t *testing.T) {
	w := watch(t, options(t))
	k := plainTalk()
	k.period = 25 * time.Second
	var all []written
	for i := range 8 { // 0 to 175 s
		all = append(all, written{true, i, []byte("here is a question of some length\n")}, written{false, i, []byte("and here is its answer\n")})
	}
	k.fin = true
	packets := k.packets(all)
	w.see(packets...)
	w.close()
	up, down := bytesOf(all)
	x := w.of(event.Exchange)
	if len(x) != 3 {
		t.Fatalf("%d exchanges, want two interim ones and the last", len(x))
	}
	begin := packets[3].Time
	for i, x := range x {
		e := x.Exchange
		if e.How != protocol.ByConnection || e.Sure != protocol.Guessed || e.Index != 0 || e.Start != begin || e.Interim != (i < 2) || x.Repeat != (i > 0) {
			t.Errorf("exchange %d: %+v", i, x.Observation)
		}
	}
	// The second minute begins with the traffic behind the first interim.
	if a, b := x[0].Time.Sub(begin), x[1].Time.Sub(k.start); a != time.Minute || b != 75*time.Second+time.Minute {
		t.Errorf("the interims come after %v and %v", a, b)
	}
	if e := x[2].Exchange; e.Up != up || e.Down != down {
		t.Errorf("%d up and %d down, want %d and %d", e.Up, e.Down, up, down)
	}
	if st := w.s.Stats(); st.Opaque != 1 || st.Exchanges != 1 {
		t.Errorf("stats: %+v", st)
	}
}

// TestReadAfterAnInterim: a conversation that is understood only after it was
// told of as a whole has numbers of its own from then on.
func TestReadAfterAnInterim(t *testing.T) {
	all := recordTLS(t, "discord.com", 4, tls.VersionTLS13)
	k := plainTalk()
	k.period = 40 * time.Second
	w := watch(t, options(t))
	for _, p := range k.packets(all) {
		switch {
		case p.Time < k.start.Add(k.period/2):
			continue // the handshake was not captured
		case p.Length > 0 && p.Time < k.start.Add(2*k.period+k.period/2):
			// Two beats of which no segment begins with a record.
			p.Payload, p.Length, p.Seq = p.Payload[1:], p.Length-1, p.Seq+1
		}
		w.see(p)
	}
	w.advance(w.clock.Add(time.Minute))
	w.close()
	counted := 0
	for _, x := range w.of(event.Exchange) {
		if x.Exchange.How == protocol.ByTLSRecords && !x.Repeat {
			counted++
		}
	}
	if counted != 1 {
		t.Errorf("%d calls are counted, want 1", counted)
	}
}

// TestExcluded: of excluded networks nothing is told, whichever end they are.
func TestExcluded(t *testing.T) {
	all := recordTLS(t, "discord.com", 3, tls.VersionTLS13)
	for _, net := range []string{"10.0.0.0/24", "203.0.113.9/32"} {
		opt := options(t)
		opt.Exclude = []netip.Prefix{netip.MustParsePrefix(net)}
		w := watch(t, opt)
		w.see(plainTalk().packets(all)...)
		k := plainTalk()
		k.isn, k.start = [2]packet.Seq{5, 6}, w.clock.Add(time.Second)
		w.see(k.packets(all)...)
		w.advance(w.clock.Add(48 * time.Hour))
		st := w.s.Stats()
		if len(w.all) != 0 || st.Hellos != 0 || st.Bytes != 0 || st.Excluded == 0 {
			t.Errorf("excluding %s: %d observations, %+v", net, len(w.all), st)
		}
		if n := w.s.table.Len(); n != 0 {
			t.Errorf("%d excluded flows are remembered for ever", n)
		}
	}
}

// TestEviction: a full table ends the flow that was silent for longest.
func TestEviction(t *testing.T) {
	all := recordTLS(t, "discord.com", 1, tls.VersionTLS13)
	opt := options(t)
	opt.Flows = 64 * 2
	w := watch(t, opt)
	for i := range 3 {
		k := plainTalk()
		k.client = netip.AddrPortFrom(k.client.Addr(), uint16(40000+i))
		k.start = k.start.Add(time.Duration(i) * time.Second)
		w.see(k.packets(all)...)
	}
	f := w.only(event.Flow)
	if f.Conn.Client.Port() != 40000 || f.Summary.Reason != "evicted" || f.Summary.Outcome != "unknown" {
		t.Errorf("%+v of %v", f.Summary, f.Conn.Client)
	}
	w.close()
	if n := len(w.of(event.Exchange)); n != 3 {
		t.Errorf("%d exchanges, want 3", n)
	}
}
