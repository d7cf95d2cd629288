package observe

import (
	"crypto/tls"
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/event"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/packet"
)

var resolver = netip.MustParseAddrPort("10.0.0.1:53")

// udp is a datagram.
func udp(at capture.Time, from, to netip.AddrPort, b []byte) *packet.Packet {
	return &packet.Packet{Time: at, Src: packet.Addr(from.Addr().As16()), Dst: packet.Addr(to.Addr().As16()), SrcPort: from.Port(), DstPort: to.Port(),
		Protocol: packet.ProtoUDP, Payload: b, Length: len(b), TTL: 64}
}

// question asks for the addresses of a name, and answer names one.
func question(id uint16, name string) []byte {
	b := append(binary.BigEndian.AppendUint16(nil, id), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0)
	for _, label := range strings.Split(name, ".") {
		b = append(append(b, byte(len(label))), label...)
	}
	return append(b, 0, 0, 1, 0, 1)
}

func answer(id uint16, name string) []byte {
	b := question(id, name)
	b[2], b[3], b[7] = 0x81, 0x80, 1
	return append(b, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 203, 0, 113, 9)
}

// TestAnswers: each answer is told, also of questions that share a port.
func TestAnswers(t *testing.T) {
	w := watch(t, options(t))
	names := []string{"discord.com", "webhook.site", "discord.com"}
	for i, name := range names {
		at := epoch.Add(time.Duration(i) * time.Second)
		w.see(udp(at, atHome, resolver, question(uint16(i), name)), udp(at.Add(ms), resolver, atHome, answer(uint16(i), name)))
	}
	w.advance(w.clock.Add(10*time.Second - 1))
	list := w.of(event.Name)
	if len(list) != 3 || len(w.all) != 3 {
		t.Fatalf("%d names in %d observations", len(list), len(w.all))
	}
	ids := map[string]bool{}
	for i, o := range list {
		a := o.Answer
		if a.Question != names[i] || !a.Asked || len(a.Addresses) != 1 || a.Addresses[0].Addr != outside.Addr() || o.Number != uint32(i) {
			t.Errorf("answer %d: %+v", i, a)
		}
		if c := o.Conn; c.Client != atHome || c.Server != resolver || o.Visibility.OneWay || o.Visibility.Lost != 0 {
			t.Errorf("answer %d: %+v of %+v", i, o.Visibility, c)
		}
		ids[o.EventID()] = true
	}
	if len(ids) != 3 || w.s.Stats().Names != 3 {
		t.Errorf("%d ids, %d names counted", len(ids), w.s.Stats().Names)
	}
	// Nobody waits for an answer for longer.
	w.advance(w.clock.Add(1))
	if f := w.only(event.Flow); f.Summary.Reason != "idle" || f.Summary.Packets != [2]uint64{3, 3} || w.s.table.Len() != 0 {
		t.Errorf("%+v, %d flows are left", f.Summary, w.s.table.Len())
	}
}

// TestAnswersAlone: the client is who is answered.
func TestAnswersAlone(t *testing.T) {
	w := watch(t, options(t))
	w.see(udp(epoch, resolver, atHome, answer(1, "discord.com")))
	w.close()
	if o := w.only(event.Name); o.Conn.Client != atHome || !o.Visibility.OneWay || o.Answer.Asked {
		t.Errorf("%+v of %+v", o.Visibility, o.Conn)
	}
}

// TestDatagramProbes: a parser is looked for at the first few datagrams, since a
// capture can begin anywhere, and no longer.
func TestDatagramProbes(t *testing.T) {
	for before, want := range map[int]int{limit.ProbeDatagrams - 1: 1, limit.ProbeDatagrams: 0} {
		w := watch(t, options(t))
		for i := range before {
			w.see(udp(epoch.Add(time.Duration(i)*time.Second), atHome, resolver, []byte{byte(i), 1, 2, 3}))
		}
		w.see(udp(w.clock.Add(time.Second), resolver, atHome, answer(1, "discord.com")))
		w.close()
		if n := len(w.of(event.Name)); n != want {
			t.Errorf("behind %d others: %d names, want %d", before, n, want)
		}
		if f := w.only(event.Flow); f.Summary.Packets[0]+f.Summary.Packets[1] != uint64(before+1) {
			t.Errorf("%+v", f.Summary)
		}
	}
}

// TestCutDatagrams: what the snap length cut off was never captured.
func TestCutDatagrams(t *testing.T) {
	w := watch(t, options(t))
	p := udp(epoch, atHome, outside, make([]byte, 1000))
	p.Payload = p.Payload[:64]
	w.see(p)
	w.close()
	if v := w.only(event.Flow).Visibility; v.Bytes != 64 || v.Cut != 936 || v.Lost != 936 || v.LostShare() != v.CutShare() {
		t.Errorf("%+v", v)
	}
	if st := w.s.Stats(); st.Lost != 936 || st.Cut != 936 || st.Bytes != 64 {
		t.Errorf("%+v", st)
	}
}

// TestCopies: what a mirror shows twice is counted once, and said with each call.
func TestCopies(t *testing.T) {
	all := recordTLS(t, "discord.com", 4, tls.VersionTLS13)
	once, twice := watch(t, options(t)), watch(t, options(t))
	k := plainTalk()
	k.fin = true
	copied := uint64(0)
	for i, p := range k.packets(all) {
		p.IPID = uint16(i + 1)
		once.see(p)
		twice.see(p)
		if p.Length == 0 || p.Time < k.start.Add(k.period/2) {
			continue // the first call is shown once
		}
		again := *p
		again.Time, again.TTL, again.VLANs, again.VLAN = p.Time.Add(10*time.Microsecond), p.TTL-1, 1, [2]uint16{9}
		twice.see(&again)
		copied += uint64(p.Length)
	}
	once.close()
	twice.close()
	a, b := once.of(event.Exchange), twice.of(event.Exchange)
	if len(a) != 4 || len(b) != 4 {
		t.Fatalf("%d and %d exchanges", len(a), len(b))
	}
	sum := uint64(0)
	for i := range a {
		if x, y := a[i].Exchange, b[i].Exchange; x.Up != y.Up || x.Down != y.Down {
			t.Errorf("call %d: %+v and %+v", i, x, y)
		}
		if c := b[i].Visibility.Copied; a[i].Visibility.Copied != 0 || (i == 0) != (c == 0) {
			t.Errorf("call %d: %d bytes copied", i, c)
		}
		sum += b[i].Visibility.Copied
	}
	f := twice.only(event.Flow)
	if f.Visibility.Copied != copied || sum > copied || f.Visibility.Bytes != once.only(event.Flow).Visibility.Bytes {
		t.Errorf("the flow has %d bytes copied, its calls %d, want %d", f.Visibility.Copied, sum, copied)
	}
}
