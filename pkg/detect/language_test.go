package detect

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hookhound/hookhound/pkg/event"
)

// TestScripts runs testdata/*.txt. A script is a list of lines, in order:
//
//	calls every 60s +-2s x 40 from 10.0.0.5 to discord.com up 420 down 300
//	calls randomly 60s x 40 from 10.0.0.5 to discord.com
//	calls in bursts 10m x 40 from ...     a handful within seconds, then a pause
//	also calls ...                        begins where the calls line before began
//	quiet 8h                              nothing happens
//	end                                   the input ends
//	limit pairs 64                        before the first call
//	want webhook-beacon discord created after 6..9 beats
//	want ... severity >= medium           the newest detection's
//	want ... updates <= 4                 all of the pair's with action updated
//	want ... ended 1                      so many episodes have ended
//	want ... episodes 2                   so many different ids
//	want ... silent 1h                    from the last beat to the end
//	want nothing                          no detection of whatever kind, at all
//	want hunt 3                           so many entries on the newest list
//	want hunt rank 1 example.com
//	want message TEXT                     of the newest detection
//
// Options behind the count: "up N" and "down N" (bytes), "one connection",
// "from ADDRESS", "to NAME" (a star in it stands for a running number),
// "internal", "inbound", "pushed". Times are drawn by a fixed seed.
func TestScripts(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(names) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld(t, DefaultOptions(), 7)
			for i, line := range strings.Split(string(text), "\n") {
				line, _, _ = strings.Cut(line, "#")
				if f := strings.Fields(line); len(f) > 0 {
					if err := w.line(f); err != nil {
						t.Errorf("%s:%d: %s: %v", name, i+1, strings.TrimSpace(line), err)
					}
				}
			}
			w.check()
		})
	}
}

func (w *world) line(f []string) error {
	also := f[0] == "also"
	if also {
		f = f[1:]
	}
	switch f[0] {
	case "calls":
		k, err := w.train(f[1:])
		if err != nil {
			return err
		}
		if also {
			w.now = w.began
		}
		w.calls(k)
		return nil
	case "quiet":
		w.tell()
		d, err := time.ParseDuration(f[1])
		w.now = w.now.Add(d)
		w.tell()
		return err
	case "end":
		w.end()
		return nil
	case "limit":
		n, err := strconv.Atoi(f[2])
		w.opt.Pairs = n
		w.open()
		return err
	case "want":
		w.tell()
		return w.want(f[1:])
	}
	return fmt.Errorf("what is %q?", f[0])
}

// train reads "every|randomly|in bursts D [+-D|+-N%] x N [options]".
func (w *world) train(f []string) (train, error) {
	k := train{client: "10.0.0.5", name: "discord.com", up: 420, down: 300, direction: event.Outbound}
	how := f[0]
	if how == "in" {
		f = f[1:]
	}
	period, err := time.ParseDuration(f[1])
	if err != nil {
		return k, err
	}
	f = f[2:]
	spread := time.Duration(0)
	if s, ok := strings.CutPrefix(f[0], "+-"); ok {
		if p, ok := strings.CutSuffix(s, "%"); ok {
			v, err := strconv.ParseFloat(p, 64)
			if err != nil {
				return k, err
			}
			spread = time.Duration(v / 100 * float64(period))
		} else if spread, err = time.ParseDuration(s); err != nil {
			return k, err
		}
		f = f[1:]
	}
	k.gap = w.gaps(how, period, spread)
	if f[0] != "x" {
		return k, fmt.Errorf("no count")
	}
	if k.n, err = strconv.Atoi(f[1]); err != nil {
		return k, err
	}
	for f = f[2:]; len(f) > 0; {
		n := 2
		switch f[0] {
		case "internal":
			k.direction, n = event.Internal, 1
		case "inbound":
			k.direction, n = event.Inbound, 1
		case "pushed":
			k.push, n = true, 1
		case "one":
			k.one = true
		case "from":
			k.client = f[1]
		case "to":
			k.name = f[1]
		case "up":
			k.up, err = strconv.ParseUint(f[1], 10, 64)
		case "down":
			k.down, err = strconv.ParseUint(f[1], 10, 64)
		default:
			err = fmt.Errorf("what is %q?", f[0])
		}
		if err != nil {
			return k, err
		}
		f = f[n:]
	}
	return k, nil
}

func (w *world) gaps(how string, period, spread time.Duration) func() time.Duration {
	switch how {
	case "randomly":
		return func() time.Duration { return time.Duration(w.r.ExpFloat64() * float64(period)) }
	case "in":
		left := 0
		return func() time.Duration {
			if left--; left > 0 {
				return time.Duration(2+w.r.IntN(20)) * time.Second
			}
			left = 2 + w.r.IntN(6)
			return time.Duration(float64(period) * math.Exp(w.r.NormFloat64()))
		}
	}
	return func() time.Duration {
		return period + time.Duration((2*w.r.Float64()-1)*float64(spread))
	}
}

func (w *world) want(f []string) error {
	switch f[0] {
	case "nothing":
		if len(w.sent) > 0 {
			return fmt.Errorf("there is %d: %s", len(w.sent), w.sent[0].Message)
		}
		return nil
	case "message":
		if len(w.sent) == 0 {
			return fmt.Errorf("nothing was sent")
		}
		if want, got := strings.Join(f[1:], " "), w.sent[len(w.sent)-1].Message; got != want {
			return fmt.Errorf("got %s", got)
		}
		return nil
	case "hunt":
		return w.wantHunt(f[1:])
	}
	if len(f) < 3 {
		return fmt.Errorf("too short")
	}
	var of []*event.Detection
	for _, d := range w.sent {
		if d.Kind == f[0] && d.Service == f[1] {
			of = append(of, d)
		}
	}
	if len(of) == 0 {
		return fmt.Errorf("there is none")
	}
	last, count := of[len(of)-1], func(a event.Action) (n int) {
		for _, d := range of {
			if d.Action == a {
				n++
			}
		}
		return n
	}
	switch f[2] {
	case "created":
		var lo, hi int
		if _, err := fmt.Sscanf(f[4], "%d..%d", &lo, &hi); err != nil {
			return err
		}
		if n := of[0].Rhythm.Count; of[0].Action != event.Created || n < lo || n > hi {
			return fmt.Errorf("%s after %d beats", of[0].Action, n)
		}
	case "severity":
		least := map[string]event.Severity{"low": event.Low, "medium": event.Medium, "high": event.High, "critical": event.Critical}[f[4]]
		if got := last.Severity(); f[3] == ">=" && got < least || f[3] == "<=" && got > least || f[3] == "=" && got != least {
			return fmt.Errorf("it is %s, score %v", got, last.Score)
		}
	case "updates":
		n, _ := strconv.Atoi(f[4])
		if got := count(event.Updated); f[3] == "<=" && got > n || f[3] == ">=" && got < n || f[3] == "=" && got != n {
			return fmt.Errorf("there are %d", got)
		}
	case "ended":
		if n, _ := strconv.Atoi(f[3]); count(event.Ended) != n {
			return fmt.Errorf("%d ended", count(event.Ended))
		}
	case "episodes":
		ids := map[string]bool{}
		for _, d := range of {
			ids[d.Episode] = true
		}
		if n, _ := strconv.Atoi(f[3]); len(ids) != n {
			return fmt.Errorf("there are %d", len(ids))
		}
	case "silent":
		d, err := time.ParseDuration(f[3])
		if err != nil {
			return err
		}
		if got := last.Time.Sub(last.End); last.Action != event.Ended || got != d {
			return fmt.Errorf("%s after %v of silence", last.Action, got)
		}
	default:
		return fmt.Errorf("what is %q?", f[2])
	}
	return nil
}

func (w *world) wantHunt(f []string) error {
	var list []*event.Detection
	for _, d := range w.sent {
		if d.Hunt {
			if d.Rank == 1 {
				list = nil
			}
			list = append(list, d)
		}
	}
	if f[0] == "rank" {
		n, _ := strconv.Atoi(f[1])
		if n > len(list) || list[n-1].Service != f[2] {
			return fmt.Errorf("the list is %s", services(list))
		}
		return nil
	}
	if n, _ := strconv.Atoi(f[0]); n != len(list) {
		return fmt.Errorf("the list is %s", services(list))
	}
	return nil
}

func services(list []*event.Detection) (out []string) {
	for _, d := range list {
		out = append(out, d.Service)
	}
	return out
}
