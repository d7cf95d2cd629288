package detect

import (
	"fmt"
	"math"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/event"
)

// severityAfter lets one client call a service and tells the newest severity
// and score.
func severityAfter(t *testing.T, host string, n int, spread float64, up, down uint64) (event.Severity, float64) {
	w := newWorld(t, DefaultOptions(), 3)
	period := time.Minute
	w.calls(train{gap: w.gaps("every", period, time.Duration(spread*float64(period))), n: n, client: "10.0.0.5",
		name: host, up: up, down: down, direction: event.Outbound})
	w.end()
	w.check()
	if len(w.sent) == 0 {
		return event.None, 0
	}
	d := w.sent[len(w.sent)-1]
	return d.Severity(), d.Score
}

// TestSeverities holds what an analyst would expect: class of the service,
// quality of the rhythm and number of beats give the severity together.
func TestSeverities(t *testing.T) {
	for _, c := range []struct {
		host    string
		beats   int
		spread  float64 // of a minute, to either side
		least   event.Severity
		most    event.Severity
		because string
	}{
		{"webhook.site", 8, 0, event.High, event.High, "a request bin is odd by itself, a handful of beats is not proof"},
		{"webhook.site", 40, 0, event.Critical, event.Critical, "nothing on a server has a reason for this"},
		{"webhook.site", 40, 0.2, event.High, event.Critical, "the same with jitter"},
		{"webhook.site", 100, 0.5, event.Medium, event.Critical, "the same with much jitter"},
		{"hooks.slack.com", 8, 0, event.Medium, event.Medium, "builds post there"},
		{"hooks.slack.com", 40, 0, event.High, event.High, "but not every minute"},
		{"discord.com", 8, 0, event.Low, event.Medium, "people use it"},
		{"discord.com", 40, 0, event.High, event.High, "but not every minute"},
		{"discord.com", 100, 0, event.High, event.High, "nor for long"},
		{"discord.com", 100, 0.5, event.Medium, event.Medium, "with much jitter"},
		{"x.ngrok-free.app", 40, 0, event.High, event.Critical, "a tunnel to somebody's laptop"},
		{"api.telegram.org", 40, 0, event.Medium, event.High, "bots poll; a person decides whose"},
		{"pastebin.com", 40, 0, event.Medium, event.High, "orders are fetched from there"},
		{"hc-ping.com", 100, 0, event.None, event.Low, "a heartbeat is made to be regular"},
		{"api.openai.com", 100, 0, event.None, event.None, "carries no weight"},
	} {
		got, score := severityAfter(t, c.host, c.beats, c.spread, 420, 300)
		t.Logf("%-18s %3d beats, 60 s +-%2.0f %%: %5.1f %s", c.host, c.beats, 100*c.spread, score, got)
		if got < c.least || got > c.most {
			t.Errorf("%s, %d beats +-%.0f %%: %s (%.1f), want %s to %s: %s",
				c.host, c.beats, 100*c.spread, got, score, c.least, c.most, c.because)
		}
	}
}

// TestIrregularCallsGiveNoAlert draws clients that call webhook services as
// people and builds do. At most a few in a thousand may look like a rhythm.
func TestIrregularCallsGiveNoAlert(t *testing.T) {
	seeds := 120
	if testing.Short() {
		seeds = 30
	}
	for _, c := range []struct {
		kind string
		most float64 // in 1,000
	}{
		{"randomly", 5}, {"chat", 5}, {"builds", 5}, {"bursts", 10},
		// Beats spread evenly over 2 to 21 s are what a beacon with a jitter of
		// 80 % looks like; only that they break off so often tells.
		{"even bursts", 30},
	} {
		alerts, high := 0, 0
		for seed := range seeds {
			host := []string{"discord.com", "hooks.slack.com"}[seed%2]
			w := newWorld(t, DefaultOptions(), uint64(seed)*31+1)
			w.calls(train{gap: w.irregular(c.kind), n: 300, client: "10.0.0.5", name: host, up: 420, down: 300, direction: event.Outbound})
			w.end()
			w.check()
			if len(w.sent) > 0 {
				alerts++
			}
			for _, d := range w.sent {
				if d.Severity() >= event.High {
					high++
					break
				}
			}
		}
		rate := 1000 * float64(alerts) / float64(seeds)
		t.Logf("%s: %d of %d series of 300 calls gave an alert (%.1f in 1,000), %d a high one", c.kind, alerts, seeds, rate, high)
		if alerts > 1 && rate > c.most {
			t.Errorf("%s: %.1f false alerts in 1,000 series, want at most %v", c.kind, rate, c.most)
		}
		if high > 0 {
			t.Errorf("%s: %d series gave an alert of high severity", c.kind, high)
		}
	}
}

// irregular draws the pauses between calls of people and machines that keep no
// rhythm.
func (w *world) irregular(kind string) func() time.Duration {
	r := w.r
	seconds := func(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
	switch kind {
	case "even bursts":
		return w.gaps("in", 20*time.Minute, 0)
	case "bursts": // jobs: some calls in a row, then a pause of minutes to hours
		left := 0
		return func() time.Duration {
			if left--; left > 0 {
				return seconds(8 * math.Exp(0.9*r.NormFloat64()))
			}
			left = 2 + r.IntN(6)
			return seconds(1200 * math.Exp(r.NormFloat64()))
		}
	case "chat": // answers within seconds to minutes, long pauses between talks
		left := 0
		return func() time.Duration {
			if left--; left > 0 {
				return seconds(15 * math.Exp(r.NormFloat64()))
			}
			left = 3 + r.IntN(20)
			return seconds(3600 * math.Exp(1.2*r.NormFloat64()))
		}
	case "builds": // a few calls for each push, pushes over a working day
		step := 0
		return func() time.Duration {
			if step = (step + 1) % 3; step != 0 {
				return seconds(30 + 240*r.Float64())
			}
			return seconds(1800 * r.ExpFloat64())
		}
	}
	mean := 30 * math.Exp(4*r.Float64())
	return func() time.Duration { return seconds(mean * r.ExpFloat64()) }
}

// TestUpdatesAreRare: a day of a beacon is told in a handful of messages,
// however it jitters.
func TestUpdatesAreRare(t *testing.T) {
	for _, spread := range []float64{0, 0.1, 0.3, 0.5, 0.8} {
		for seed := range uint64(2) {
			w := newWorld(t, DefaultOptions(), seed)
			w.calls(train{gap: w.gaps("every", time.Minute, time.Duration(spread*float64(time.Minute))), n: 1440, client: "10.0.0.5",
				name: "discord.com", up: 420, down: 300, direction: event.Outbound})
			w.end()
			w.check()
			// 6, 12, 24, ..., 1440 is 8 doublings; severities and the end add some.
			if len(w.sent) > 14 {
				t.Errorf("+-%.0f %%, seed %d: %d messages in a day", 100*spread, seed, len(w.sent))
			}
		}
	}
}

// TestManyNames lets one client call names without number: the limit holds, a beacon
// beside the flood is seen, and memory stays bounded.
func TestManyNames(t *testing.T) {
	names := 250_000
	if testing.Short() {
		names = 50_000
	}
	w := newWorld(t, Options{Threshold: 40, Pairs: 6400, HuntEntries: 10}, 1)
	at := w.now
	c := w.conn("10.0.0.5", "discord.com", at, event.Outbound)
	flood := *c
	flood.Hello, flood.Match.Service, flood.Match.Class, flood.Match.Weight = nil, nil, "", 0
	beats := 0
	for i := range names {
		if i%10_000 == 0 {
			w.judge.Observe(exchange(c, at, 420, 300, uint32(beats)))
			beats++
		}
		next := flood
		next.Name = fmt.Sprintf("x%d.example", i)
		next.Match.ID = next.Name
		at = at.Add(3 * time.Millisecond)
		w.judge.Observe(exchange(&next, at, 100, 100, 0))
	}
	held := 0
	for i := range w.judge.shard {
		s := &w.judge.shard[i]
		if s.held() > 100 || s.index.used != s.held() || s.made > 100 {
			t.Errorf("shard %d holds %d pairs, its rings %d and %d, of %d made", i, s.index.used, s.rings[0].n, s.rings[1].n, s.made)
		}
		for r := range s.rings {
			if n := cap(s.rings[r].log); n > 400 {
				t.Errorf("shard %d: a log of %d entries", i, n)
			}
		}
		held += s.held()
	}
	if held > 100 {
		t.Errorf("one client has %d pairs, want at most its shard's 100", held)
	}
	if beats >= 10 && len(w.sent) == 0 {
		t.Error("the beacon beside the flood was not seen")
	}
	if st := w.judge.Stats(); st.Evicted != st.Pairs-uint64(held) {
		t.Errorf("%d pairs opened, %d evicted, %d held", st.Pairs, st.Evicted, held)
	}
}

// TestEvictionTakesTheLongestSilent fills one shard.
func TestEvictionTakesTheLongestSilent(t *testing.T) {
	run := func() string {
		w := newWorld(t, Options{Threshold: 40, Pairs: 64 * 3}, 1)
		for i, host := range []string{"a.example", "b.example", "c.example", "a.example", "d.example"} {
			at := w.now.Add(time.Duration(i) * time.Second)
			w.judge.Observe(exchange(w.conn("10.0.0.5", host, at, event.Outbound), at, 1, 1, 0))
		}
		var left []string
		for _, host := range []string{"a.example", "b.example", "c.example", "d.example"} {
			for i := range w.judge.shard {
				key := pairKey{"default", netip.MustParseAddr("10.0.0.5"), host}
				if w.judge.shard[i].find(&key, key.hash(w.judge.seed)) != nil {
					left = append(left, host)
				}
			}
		}
		return strings.Join(left, " ")
	}
	if got := run(); got != "a.example c.example d.example" {
		t.Errorf("left are %s", got)
	}
}

// TestEvictedAlertEnds: no alert stays open when its pair is put out.
func TestEvictedAlertEnds(t *testing.T) {
	w := newWorld(t, Options{Threshold: 40, Pairs: 64}, 1)
	w.calls(train{gap: w.gaps("every", time.Minute, 0), n: 20, client: "10.0.0.5", name: "discord.com", up: 420, down: 300, direction: event.Outbound})
	w.calls(train{gap: w.gaps("every", time.Minute, 0), n: 1, client: "10.0.0.5", name: "webhook.site", up: 420, down: 300, direction: event.Outbound})
	w.end()
	w.check()
	if len(w.sent) == 0 || w.sent[len(w.sent)-1].Action != event.Ended {
		t.Fatalf("%d messages, the last one is no end", len(w.sent))
	}
	if n := len(w.judge.due); n != 0 {
		t.Errorf("%d deadlines are left of pairs that are gone", n)
	}
}

// TestHuntListIsBounded: the best of many, and a counter for the rest.
func TestHuntListIsBounded(t *testing.T) {
	w := newWorld(t, Options{Threshold: 40, Pairs: 64_000, HuntEntries: 5}, 1)
	for i := range 12 {
		w.now = start
		w.calls(train{gap: w.gaps("every", time.Minute, time.Duration(i)*time.Second), n: 60, client: fmt.Sprintf("10.0.0.%d", i+1),
			name: "poll.example.com", up: 420, down: 300, direction: event.Outbound})
	}
	w.end()
	w.check()
	if len(w.sent) != 5 || w.judge.Stats().HuntsOver != 7 {
		t.Fatalf("the list has %d entries, %d were over", len(w.sent), w.judge.Stats().HuntsOver)
	}
	for i, d := range w.sent {
		if d.Rank != i+1 || i > 0 && d.Score > w.sent[i-1].Score {
			t.Errorf("entry %d has rank %d and score %v", i, d.Rank, d.Score)
		}
	}
}

// TestHostileNamesInSentences: what a client writes into its hello is read on
// terminals.
func TestHostileNamesInSentences(t *testing.T) {
	w := newWorld(t, DefaultOptions(), 1)
	w.calls(train{gap: w.gaps("every", time.Minute, 0), n: 30, client: "10.0.0.5", name: "a\x1b[31m\nevil.example", up: 420, down: 300, direction: event.Outbound})
	w.end()
	w.check()
	if len(w.sent) != 1 {
		t.Fatalf("%d entries", len(w.sent))
	}
	if m := w.sent[0].Message; strings.ContainsAny(m, "\x1b\n") {
		t.Errorf("the sentence is %q", m)
	}
}

// TestLateCallsEndInOrder: a rhythm that becomes known when it is over ends at
// once, and not in the past.
func TestLateCallsEndInOrder(t *testing.T) {
	w := newWorld(t, DefaultOptions(), 1)
	w.calls(train{gap: w.gaps("every", time.Minute, 0), n: 8, client: "10.0.0.5", name: "webhook.site", up: 420, down: 300, direction: event.Outbound})
	for _, o := range w.pending {
		o.Time = o.Time.Add(3 * time.Hour)
	}
	w.tell()
	w.judge.Advance(w.latest.Add(48 * time.Hour))
	created, ended := 0, 0
	told := capture.Always
	for _, d := range w.sent {
		switch d.Action {
		case event.Created:
			created++
			told = d.Start.Add(3 * time.Hour)
		case event.Ended:
			ended++
			if d.Time < told {
				t.Errorf("it ends %v before it was told of", told.Sub(d.Time))
			}
		}
	}
	if created == 0 || ended != created {
		t.Errorf("%d begin, %d end", created, ended)
	}
	w.check()
}

// TestNews: an update tells of a severity that the episode never had, of twice
// the beats, or of another rhythm, and of nothing else.
func TestNews(t *testing.T) {
	sent := event.Detection{Score: 55, Rhythm: event.Rhythm{Count: 20, Interval: time.Minute}}
	p := &pair{extra: &extra{sent: &sent, worst: event.High}}
	for _, c := range []struct {
		name     string
		total    float64
		count    int
		interval time.Duration
		want     bool
	}{
		{"one more beat", 55, 21, time.Minute, false},
		{"back at a severity that it had", 85, 21, time.Minute, false},
		{"a severity that it never had", 96, 21, time.Minute, true},
		{"twice the beats", 55, 40, time.Minute, true},
		{"another rhythm", 55, 26, 2 * time.Minute, true},
		{"another rhythm, too early", 55, 25, 2 * time.Minute, false},
		{"about the same rhythm", 55, 39, 70 * time.Second, false},
	} {
		v := verdict{total: c.total, rhythm: event.Rhythm{Count: c.count, Interval: c.interval}}
		if got := p.news(&v); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// TestPatienceShrinks: where a rhythm has become faster since a detection was
// sent, the end of its episode comes nearer with the next call.
func TestPatienceShrinks(t *testing.T) {
	w, call := established(t, "discord.com", regular)
	p := w.judge.due[0]
	w.judge.schedule(p, p.due.Add(24*time.Hour))
	call()
	if want := p.expires(); p.due != want {
		t.Errorf("the end is looked for %v late", p.due.Sub(want))
	}
}

// TestSameUnderBatchCuts: what is told does not depend on how often the judge
// is told of the time.
func TestSameUnderBatchCuts(t *testing.T) {
	run := func(often bool) (out []string) {
		w := newWorld(t, Options{Threshold: 40, Pairs: 640, HuntEntries: 3}, 5)
		enc := &event.Encoder{Mode: event.Replay}
		w.judge = New(w.opt, func(d *event.Detection) {
			b, err := enc.Detection(d)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, string(b))
		})
		for _, host := range []string{"discord.com", "webhook.site", "poll.example.com"} {
			w.now = start
			for range 3 {
				w.calls(train{gap: w.gaps("every", time.Minute, 5*time.Second), n: 50, client: "10.0.0.5", name: host, up: 420, down: 300, direction: event.Outbound})
				w.now = w.now.Add(7 * time.Hour)
			}
		}
		pending := w.pending
		w.pending = nil
		clock := capture.Time(0)
		for _, o := range sorted(pending) {
			for often && clock != 0 && clock < o.Time {
				clock = min(clock.Add(90*time.Second), o.Time)
				w.judge.Advance(clock)
			}
			clock = o.Time
			w.judge.Observe(o)
		}
		w.judge.Finish(clock)
		return out
	}
	a, b := run(false), run(true)
	if len(a) < 10 || strings.Join(a, "\n") != strings.Join(b, "\n") {
		t.Errorf("%d lines, and %d with more ticks; they must be the same", len(a), len(b))
	}
}

// established is a judge with one pair of many beats, and its next call.
func established(tb testing.TB, host string, gap func(w *world) func() time.Duration) (*world, func()) {
	w := newWorld(tb, DefaultOptions(), 1)
	w.calls(train{gap: gap(w), n: 400, client: "10.0.0.5", name: host, up: 420, down: 300, direction: event.Outbound})
	w.tell()
	next := gap(w)
	o := exchange(w.conn("10.0.0.5", host, w.now, event.Outbound), w.now, 420, 300, 0)
	return w, func() {
		d := next()
		o.Exchange.Start, o.Time = o.Exchange.Start.Add(d), o.Time.Add(d)
		o.Exchange.Index++
		w.judge.Observe(o)
	}
}

func regular(w *world) func() time.Duration { return w.gaps("every", time.Minute, 2*time.Second) }
func random(w *world) func() time.Duration {
	return w.gaps("randomly", time.Minute, 0)
}

// TestObserveAllocatesNothing: of a pair that is known, with a rhythm or
// without, a call costs no memory unless something is sent.
func TestObserveAllocatesNothing(t *testing.T) {
	for name, gap := range map[string]func(*world) func() time.Duration{"rhythm": regular, "none": random} {
		for _, host := range []string{"discord.com", "www.example.com"} {
			w, call := established(t, host, gap)
			sent := len(w.sent)
			if n := testing.AllocsPerRun(300, call); n != 0 {
				t.Errorf("%s, %s: %v allocations a call, want 0 (%d messages)", name, host, n, len(w.sent)-sent)
			}
		}
	}
}

func BenchmarkObserve(b *testing.B) {
	for _, c := range []struct {
		name, host string
		gap        func(*world) func() time.Duration
	}{
		{"rhythm", "discord.com", regular},
		{"none", "discord.com", random},
		{"rhythm-outside", "www.example.com", regular},
	} {
		b.Run(c.name, func(b *testing.B) {
			_, call := established(b, c.host, c.gap)
			runtime.GC()
			b.ReportAllocs()
			for b.Loop() {
				call()
			}
		})
	}
}
