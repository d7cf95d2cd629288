package observe

import (
	"crypto/tls"
	"slices"
	"testing"
	"time"

	"github.com/hookhound/hookhound/pkg/event"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/packet"
	"github.com/hookhound/hookhound/pkg/protocol"
)

// prelude is what goes before TLS; C and S say it.
func prelude(lines ...string) (list []written) {
	for _, l := range lines {
		list = append(list, written{up: l[0] == 'C', b: []byte(l[1:])})
	}
	return list
}

const proxyLine = "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n"

func TestTLSBehindAPrelude(t *testing.T) {
	socks := prelude("C\x05\x01\x00", "S\x05\x00", "C\x05\x01\x00\x03\x0bexample.com\x01\xbb", "S\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
	smtp := prelude("S220 mx\r\n", "CEHLO a\r\n", "S250 STARTTLS\r\n", "CSTARTTLS\r\n", "S220 go\r\n")
	for name, before := range map[string][]written{
		"PROXY":                  prelude("C" + proxyLine),
		"SOCKS":                  socks,
		"STARTTLS":               smtp,
		"PROXY, SOCKS, STARTTLS": slices.Concat(prelude("C"+proxyLine), socks, smtp),
	} {
		for _, size := range []int{1400, 7, 1} {
			all := slices.Concat(before, recordTLS(t, "discord.com", 3, tls.VersionTLS13))
			k := plainTalk()
			k.segment, k.fin = size, true
			w := watch(t, options(t))
			w.see(k.packets(all)...)
			w.close()
			if h := w.only(event.Hello); h.Conn.Name != "discord.com" || h.Conn.Client != atHome || h.Visibility.Midstream {
				t.Errorf("%s, %d bytes a segment: %+v", name, size, h.Conn)
			}
			exchanges := w.of(event.Exchange)
			if len(exchanges) != 3 {
				t.Fatalf("%s, %d bytes a segment: %d exchanges, want 3", name, size, len(exchanges))
			}
			for i, x := range exchanges {
				if x.Exchange.Index != uint32(i) || x.Exchange.How != protocol.ByTLSRecords || x.Repeat {
					t.Errorf("%s, exchange %d: %+v", name, i, x.Observation)
				}
			}
			if st := w.s.Stats(); st.Opaque != 0 {
				t.Errorf("%s: %d flows are called opaque", name, st.Opaque)
			}
		}
	}
}

// TestPreludeWithoutMore: what never comes to another protocol is told as a
// connection that cannot be read, while it lasts and at its end.
func TestPreludeWithoutMore(t *testing.T) {
	k := plainTalk()
	k.period, k.fin = 40*time.Second, true
	w := watch(t, options(t))
	mail := prelude("S220 mx\r\n", "CEHLO a\r\n", "S250 ok\r\n", "CMAIL FROM:<a>\r\n")
	for i := range mail {
		mail[i].beat = i
	}
	w.see(k.packets(mail)...)
	w.close()
	exchanges := w.of(event.Exchange)
	interim := 0
	for _, x := range exchanges {
		if x.Exchange.How != protocol.ByConnection || x.Exchange.Index != 0 {
			t.Errorf("%+v", x.Exchange)
		}
		if x.Exchange.Interim {
			interim++
		}
	}
	if st := w.s.Stats(); interim == 0 || len(exchanges) != interim+1 || st.Opaque != 1 {
		t.Errorf("%d exchanges, %d of them interim, %d flows opaque", len(exchanges), interim, st.Opaque)
	}
}

// TestHandoversEnd: a peer that begins anew for ever is not followed for ever.
func TestHandoversEnd(t *testing.T) {
	var before []written
	for range limit.Handovers + 1 {
		before = append(before, prelude("C"+proxyLine)...)
	}
	for _, size := range []int{1400, 7} {
		k := plainTalk()
		k.segment = size
		w := watch(t, options(t))
		w.see(k.packets(slices.Concat(before, recordTLS(t, "discord.com", 1, tls.VersionTLS13)))...)
		w.close()
		if list := w.of(event.Hello); len(list) != 0 || w.s.Stats().Opaque != 1 {
			t.Errorf("%d hellos, %d flows opaque", len(list), w.s.Stats().Opaque)
		}
	}
}

// TestHandoverAtAHole: the answer of a proxy is lost, and the tunnel found.
func TestHandoverAtAHole(t *testing.T) {
	socks := prelude("C\x05\x01\x00", "S\x05\x00", "C\x05\x01\x00\x03\x0bexample.com\x01\xbb", "S\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
	all := slices.Concat(socks, recordTLS(t, "discord.com", 3, tls.VersionTLS13))
	w := watch(t, options(t))
	for _, p := range plainTalk().packets(all) {
		if string(p.Payload) != string(socks[3].b) || p.Flags.Has(packet.SYN) {
			w.see(p)
		}
	}
	w.close()
	if h := w.only(event.Hello); h.Conn.Name != "discord.com" {
		t.Errorf("%+v", h.Conn)
	}
}
