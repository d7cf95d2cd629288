package detect

import (
	"math"
	"testing"
	"time"

	"github.com/hookhound/hookhound/pkg/event"
)

// TestFirstDetection: a service that takes webhooks is reported after five beats
// that are exact, and after six or seven that are nearly so, however the calls
// began.
func TestFirstDetection(t *testing.T) {
	for _, host := range []string{"discord.com", "hooks.slack.com", "webhook.site", "x.ngrok-free.app", "api.telegram.org", "pastebin.com"} {
		for _, c := range []struct {
			name   string
			before []time.Duration // pauses behind the calls before
			spread time.Duration
			most   int // regular beats
		}{
			{"exact", nil, 0, 5},
			{"+-2 s", nil, 2 * time.Second, 6},
			{"a call long before", []time.Duration{3 * time.Hour}, 0, 5},
			{"a call long before, +-2 s", []time.Duration{50 * time.Minute}, 2 * time.Second, 7},
			{"a first pause of three", []time.Duration{3 * time.Minute}, 2 * time.Second, 7},
			{"a first pause of a third", []time.Duration{20 * time.Second}, 2 * time.Second, 7},
			{"two calls at once", []time.Duration{200 * time.Millisecond, 40 * time.Second}, 2 * time.Second, 7},
		} {
			w := newWorld(t, DefaultOptions(), 3)
			for _, pause := range c.before {
				w.calls(train{gap: func() time.Duration { return pause }, n: 1, client: "10.0.0.5",
					name: host, up: 420, down: 300, direction: event.Outbound})
			}
			gap := w.gaps("every", time.Minute, c.spread)
			n := 0
			for len(w.sent) == 0 && n < 30 {
				w.calls(train{gap: gap, n: 1, client: "10.0.0.5", name: host, up: 420, down: 300, direction: event.Outbound})
				n++
				w.tell()
			}
			w.check()
			if n > c.most {
				t.Errorf("%s, %s: %d regular beats were needed, want at most %d", host, c.name, n, c.most)
			}
		}
	}
}

// TestBurstsAreNotHunted: a program that asks for one thing after another, each
// as soon as the answer is there, keeps time as long as that takes.
func TestBurstsAreNotHunted(t *testing.T) {
	regular := 0
	const seeds = 60
	for seed := range uint64(seeds) {
		w := newWorld(t, DefaultOptions(), seed)
		left := 0
		gap := func() time.Duration {
			if left--; left > 0 {
				return time.Duration(400*(1+0.06*w.r.NormFloat64())) * time.Millisecond
			}
			left = 2 + w.r.IntN(4)
			return time.Duration(9000*math.Exp(1.2*w.r.NormFloat64())) * time.Millisecond
		}
		w.calls(train{gap: gap, n: 120, client: "10.0.0.5", name: "chat.example.com", up: 1500, down: 900, direction: event.Outbound})
		w.tell()
		for i := range w.judge.shard {
			for p := range w.judge.shard[i].outside() {
				p.series.Fit()
				if p.series.Timing() >= MinHuntTiming {
					regular++
				}
			}
		}
		w.end()
		if len(w.sent) > 0 {
			t.Errorf("seed %d: %s (%.1f)", seed, w.sent[0].Message, w.sent[0].Score)
		}
	}
	if regular < seeds/2 {
		t.Errorf("only %d of %d series keep time, so nothing is shown", regular, seeds)
	}
}
