package detect

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/event"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
)

const (
	asker    = "10.0.0.5"
	hookHost = "203.0.113.9"
)

// hiding is a world whose client shows no names.
func hiding(t *testing.T) *world {
	w := newWorld(t, DefaultOptions(), 1)
	w.opt.Catalog = w.catalog
	w.open()
	return w
}

// told is a DNS answer to a client.
func told(client, name, addr string, at time.Time, ttl time.Duration) *event.Observation {
	return &event.Observation{
		Type: event.Name, Time: capture.TimeOf(at),
		Conn: &event.Conn{Site: "default", Client: netip.AddrPortFrom(netip.MustParseAddr(client), 40000), Server: netip.MustParseAddrPort("10.0.0.1:53")},
		Answer: &protocol.Answer{
			Known: capture.TimeOf(at), Time: capture.TimeOf(at), Question: name, Type: 1, Asked: true,
			Addresses: []protocol.NamedAddress{{Addr: netip.MustParseAddr(addr), TTL: ttl}},
		},
	}
}

// beats calls without a name, once a minute.
func (w *world) hiddenBeats(client string, n int) {
	for range n {
		c := w.conn(client, "", w.now, event.Outbound)
		c.Hello = nil
		o := exchange(c, w.now, 400, 900, 0)
		o.Visibility.Name = event.NameByAddress
		w.pending = append(w.pending, o)
		w.now = w.now.Add(time.Minute)
	}
}

func TestHiddenNamesComeFromDNS(t *testing.T) {
	tests := []struct {
		name   string
		answer *event.Observation
		want   string // service of the alert; empty: none
	}{
		{"asked", told(asker, "hooks.slack.com", hookHost, start, time.Hour), "slack"},
		{"another client asked", told("10.0.0.6", "hooks.slack.com", hookHost, start, time.Hour), ""},
		{"another address", told(asker, "hooks.slack.com", "203.0.113.10", start, time.Hour), ""},
		{"asked long before", told(asker, "hooks.slack.com", hookHost, start.Add(-time.Hour), time.Minute), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := hiding(t)
			w.pending = append(w.pending, test.answer)
			w.now = w.now.Add(time.Second)
			w.hiddenBeats(asker, 20)
			w.tell()
			var alert *event.Detection
			for _, d := range w.sent {
				if !d.Hunt {
					alert = d
				}
			}
			switch {
			case test.want == "" && alert != nil:
				t.Fatalf("an alert: %s", alert.Message)
			case test.want == "":
				return
			case alert == nil:
				t.Fatal("no alert")
			}
			if alert.Service != test.want || alert.Visibility.Name != event.NameByDNS || !strings.Contains(alert.Message, "DNS") {
				t.Errorf("service %s, name by %s: %s", alert.Service, alert.Visibility.Name, alert.Message)
			}
		})
	}
}

// A name is not taken from an answer that came after the connection was opened.
func TestNamebookTimes(t *testing.T) {
	b := namebook{limit: 4}
	opened := capture.TimeOf(start)
	client, server := netip.MustParseAddr(asker), netip.MustParseAddr(hookHost)
	b.learn(told(asker, "late.example", hookHost, start.Add(time.Minute), time.Hour))
	if got := b.of("default", client, server, opened); got != "" {
		t.Errorf("named %q by an answer that came later", got)
	}
	b.learn(told(asker, "first.example", hookHost, start.Add(-time.Minute), 0))
	if got := b.of("default", client, server, opened); got != "first.example" {
		t.Errorf("got %q", got)
	}
	if got := b.of("default", client, server, opened.Add(leastLife)); got != "" {
		t.Errorf("named %q after its life", got)
	}
	b.learn(told(asker, "forged.example", hookHost, start, 10000*time.Hour))
	if got := b.of("default", client, server, opened.Add(limit.AnswerLife)); got != "" {
		t.Errorf("named %q a day later", got)
	}
}

// Who was not asked is not believed, but where one direction alone is captured.
func TestNamebookForgeries(t *testing.T) {
	client, server := netip.MustParseAddr(asker), netip.MustParseAddr(hookHost)
	answer := func(name string, at time.Time, asked, oneWay bool) *event.Observation {
		o := told(asker, name, hookHost, at, time.Hour)
		o.Answer.Asked, o.Visibility.OneWay = asked, oneWay
		return o
	}
	b := namebook{limit: 100}
	for _, step := range []struct {
		why           string
		name          string
		after         time.Duration
		asked, oneWay bool
		want          string
	}{
		{"no query in a conversation of two directions", "a.example", 0, false, false, ""},
		{"one direction alone", "b.example", 0, false, true, "b.example"},
		{"asked for", "c.example", time.Second, true, false, "c.example"},
		{"forged, since this client's queries are seen", "d.example", 2 * time.Second, false, true, "c.example"},
		{"a day later its queries are not seen any more", "e.example", 25 * time.Hour, false, true, "e.example"},
	} {
		at := start.Add(step.after)
		b.learn(answer(step.name, at, step.asked, step.oneWay))
		if got := b.of("default", client, server, capture.TimeOf(at)); got != step.want {
			t.Errorf("%s: %q, want %q", step.why, got, step.want)
		}
	}
}

// A flood of answers takes no more than two generations, and what is in use
// stays.
func TestNamebookIsBounded(t *testing.T) {
	b := namebook{limit: 100}
	client, server := netip.MustParseAddr(asker), netip.MustParseAddr(hookHost)
	b.learn(told(asker, "used.example", hookHost, start, time.Hour))
	for i := range 10000 {
		b.learn(told(asker, "flood.example", fmt.Sprintf("198.51.%d.%d", i/256, i%256), start, time.Hour))
		if i%50 == 0 {
			if got := b.of("default", client, server, capture.TimeOf(start)); got != "used.example" {
				t.Fatalf("after %d answers: %q", i, got)
			}
		}
		if n := len(b.young) + len(b.old); n > 200 {
			t.Fatalf("%d names are held", n)
		}
	}
}

func TestCrowds(t *testing.T) {
	call := func(print int, ttl uint8, at time.Time) *event.Observation {
		return &event.Observation{Time: capture.TimeOf(at), Conn: &event.Conn{
			Site: "default", Client: netip.MustParseAddrPort("10.0.0.1:1000"), TTL: ttl,
			Hello: &protocol.Hello{HasClient: true, Fingerprint: protocol.Fingerprint{JA4Stable: fmt.Sprint("print", print)}},
		}}
	}
	tests := []struct {
		name   string
		prints int
		ttls   []uint8
		apart  time.Duration // between calls
		want   bool
	}{
		{"a workstation", 15, []uint8{128}, time.Minute, false},
		{"a host with another system behind it", 6, []uint8{64, 63}, time.Minute, true},
		{"two programs and two times to live", 2, []uint8{64, 63}, time.Minute, false},
		{"an office behind NAT", 40, []uint8{127}, time.Minute, true},
		{"a host that changes much over a month", 40, []uint8{64}, 24 * time.Hour, false},
	}
	for _, test := range tests {
		c := crowds{limit: 10}
		at := start
		for i := range test.prints {
			c.of(7).see(call(i, test.ttls[i%len(test.ttls)], at))
			at = at.Add(test.apart)
		}
		if got := c.of(7).crowded(); got != test.want {
			t.Errorf("%s: shared %v, want %v", test.name, got, test.want)
		}
	}
	c := crowds{limit: 10}
	for i := range uint64(1000) {
		c.of(i)
		if n := len(c.young) + len(c.old); n > 20 {
			t.Fatalf("%d clients are remembered", n)
		}
	}
}

// A proxy's clients are told apart by what it says of them.
func TestProxyClients(t *testing.T) {
	w := newWorld(t, DefaultOptions(), 1)
	for i := range 40 {
		c := w.conn("10.0.0.1", "hooks.slack.com", w.now, event.Outbound)
		c.Forwarded, c.OnBehalf = netip.MustParseAddr("10.1.0.7"), true
		if i%2 == 1 { // somebody else, whenever he likes
			c.Forwarded, c.OnBehalf = netip.MustParseAddr("10.1.0.8"), true
			w.pending = append(w.pending, exchange(c, w.now.Add(time.Duration(w.r.IntN(60))*time.Second), 300, 100, 0))
			continue
		}
		w.pending = append(w.pending, exchange(c, w.now, 400, 900, 0))
		w.now = w.now.Add(time.Minute)
	}
	w.tell()
	if len(w.sent) == 0 {
		t.Fatal("no alert")
	}
	for _, d := range w.sent {
		if d.Client != netip.MustParseAddr("10.1.0.7") || d.Via != netip.MustParseAddr("10.0.0.1") {
			t.Errorf("client %v, via %v", d.Client, d.Via)
		}
		if !strings.Contains(d.Message, "10.0.0.1") {
			t.Errorf("the proxy is not named: %s", d.Message)
		}
	}
}

// An answer that is known late, as in the second of two captures of the same
// hour, counts from when it was given.
func TestLateAnswer(t *testing.T) {
	b := namebook{limit: 4}
	late := told(asker, "hooks.slack.com", hookHost, start, time.Hour)
	late.Time = capture.TimeOf(start.Add(time.Hour))
	b.learn(late)
	client, server := netip.MustParseAddr(asker), netip.MustParseAddr(hookHost)
	if got := b.of("default", client, server, capture.TimeOf(start.Add(time.Minute))); got != "hooks.slack.com" {
		t.Errorf("named %q", got)
	}
}
