package detect

import (
	"net/netip"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/catalog"
	"github.com/hookhound/hookhound/pkg/event"
)

// alerts are the clients of the alerts that were sent.
func (w *world) alerts() map[netip.Addr]int {
	all := map[netip.Addr]int{}
	for _, d := range w.sent {
		if !d.Hunt {
			all[d.Client]++
		}
	}
	return all
}

// A host that names another client with each call, so that no pair has enough
// beats, is found by its own address. One that names a client for long is told
// by that client, and not twice.
func TestForwardedByTheCaller(t *testing.T) {
	for _, test := range []struct {
		name  string
		run   int // calls for one client, and then for the next
		proxy bool
	}{
		{"another each time", 1, true},
		{"another after four", 4, true},
		{"always the same", 60, false},
	} {
		w := newWorld(t, DefaultOptions(), 1)
		for i := range 60 {
			c := w.conn("10.0.0.66", "hooks.slack.com", w.now, event.Outbound)
			c.Forwarded, c.OnBehalf = netip.AddrFrom4([4]byte{10, 1, 0, byte(i / test.run)}), true
			w.pending = append(w.pending, exchange(c, w.now, 400, 900, 0))
			w.now = w.now.Add(time.Minute)
		}
		w.end()
		found := w.alerts()
		if proxy := found[netip.MustParseAddr("10.0.0.66")] > 0; proxy != test.proxy {
			t.Errorf("%s: alerts of %v", test.name, found)
		}
		if named := found[netip.MustParseAddr("10.1.0.0")] > 0; named == test.proxy {
			t.Errorf("%s: alerts of %v", test.name, found)
		}
		if n := w.judge.Stats().Exchanges; n != 60 {
			t.Errorf("%s: %d calls are counted", test.name, n)
		}
	}
}

// A client that calls by itself as well as through a proxy has the addresses of
// both in its evidence, each with its connections.
func TestFlowsOfBothWays(t *testing.T) {
	w := newWorld(t, DefaultOptions(), 1)
	direct := map[string]bool{}
	for i := range 20 {
		from := "10.0.0.1"
		if i%2 == 0 {
			from = "10.1.0.7"
		}
		c := w.conn(from, "hooks.slack.com", w.now, event.Outbound)
		if c.Forwarded, c.OnBehalf = netip.MustParseAddr("10.1.0.7"), i%2 == 1; !c.OnBehalf {
			c.Forwarded = netip.Addr{}
		}
		direct[event.CommunityID(c.Client, c.Server, c.Protocol)] = true
		w.pending = append(w.pending, exchange(c, w.now, 400, 900, 0))
		w.now = w.now.Add(time.Minute)
	}
	w.tell()
	if len(w.sent) == 0 {
		t.Fatal("no alert")
	}
	for _, d := range w.sent {
		for _, id := range d.Flows {
			if !direct[id] {
				t.Errorf("%s is no connection that there was", id)
			}
		}
	}
}

// A connection keeps the name that led to it though its client asks again, for
// the same name or for another at the same address.
func TestLongConnectionKeepsItsName(t *testing.T) {
	for _, again := range []string{"hooks.slack.com", "cdn.example"} {
		w := hiding(t)
		w.pending = append(w.pending, told(asker, "hooks.slack.com", hookHost, start, time.Minute))
		w.now = w.now.Add(time.Second)
		c := w.conn(asker, "", w.now, event.Outbound)
		c.Hello = nil
		for i := range 40 {
			if i%10 == 5 {
				w.pending = append(w.pending, told(asker, again, hookHost, w.now, time.Minute))
			}
			o := exchange(c, w.now, 400, 900, uint32(i))
			o.Visibility.Name = event.NameByAddress
			w.pending = append(w.pending, o)
			w.now = w.now.Add(time.Minute)
		}
		w.end()
		last := w.sent[len(w.sent)-1]
		if last.Service != "slack" || last.Rhythm.Count != 40 || w.judge.Stats().Pairs != 1 {
			t.Errorf("asking for %s: %s, %d beats, %d pairs", again, last.Service, last.Rhythm.Count, w.judge.Stats().Pairs)
		}
	}
}

// The address that a proxy was asked for is named by what the client had asked
// DNS for.
func TestProxiedAddressIsNamed(t *testing.T) {
	w := hiding(t)
	w.pending = append(w.pending, told(asker, "hooks.slack.com", "198.51.100.7", start, time.Hour))
	w.now = w.now.Add(time.Second)
	for range 20 {
		c := w.conn(asker, "198.51.100.7", w.now, event.Outbound)
		c.Name = ""
		w.pending = append(w.pending, exchange(c, w.now, 400, 900, 0))
		w.now = w.now.Add(time.Minute)
	}
	w.tell()
	if len(w.sent) == 0 || w.sent[0].Service != "slack" {
		t.Errorf("%d alerts", len(w.sent))
	}
}

// A detection says what a hello showed, and not what DNS or a request did.
func TestServerNameIsWhatWasShown(t *testing.T) {
	for _, by := range []event.NameSource{event.NameByDNS, event.NameBySNI, event.NameByURL} {
		w := newWorld(t, DefaultOptions(), 1)
		for range 20 {
			c := w.conn("10.0.0.5", "hooks.slack.com", w.now, event.Outbound)
			c.Named = by
			w.pending = append(w.pending, exchange(c, w.now, 400, 900, 0))
			w.now = w.now.Add(time.Minute)
		}
		w.tell()
		if len(w.sent) == 0 {
			t.Fatal("no alert")
		}
		want := map[event.NameSource]string{event.NameBySNI: "hooks.slack.com"}[by]
		if d := w.sent[0]; d.ServerName != want || d.Names[0] != "hooks.slack.com" {
			t.Errorf("by %v: server name %q, names %v", by, d.ServerName, d.Names)
		}
	}
}

// Calls of other URLs at a host do not make a webhook's pair an ordinary one.
func TestWebhookAmongOtherURLs(t *testing.T) {
	w := newWorld(t, DefaultOptions(), 1)
	hook := w.catalog.Request("chat.example", "/api/webhooks/123456789012345678/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")
	if !hook.Known() {
		t.Fatal("the catalogue has changed")
	}
	for i := range 40 {
		c := w.conn("10.0.0.5", "chat.example", w.now, event.Outbound)
		if i%2 == 0 {
			c.Match = hook.Match
		} else {
			c.Match = catalog.Match{ID: hook.ID, Host: "chat.example"}
		}
		w.pending = append(w.pending, exchange(c, w.now, 400, 900, 0))
		w.now = w.now.Add(time.Minute)
	}
	w.end()
	w.judge.Advance(capture.TimeOf(w.now.Add(72 * time.Hour)))
	kinds := map[string]int{}
	for _, d := range w.sent {
		kinds[d.Kind]++
	}
	if kinds[event.KindWebhookBeacon] < 2 || len(kinds) != 1 || w.sent[len(w.sent)-1].Action != event.Ended {
		t.Errorf("%v", kinds)
	}
}
