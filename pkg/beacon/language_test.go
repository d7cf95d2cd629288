package beacon

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
)

// TestScripts runs testdata/*.txt. A script is a list of lines, in order:
//
//	calls every 60s +-2s x 40      40 calls, evenly between 58 s and 62 s apart
//	calls every 60s -30% x 40      a sleep evenly between 42 s and 60 s
//	calls every 60s x 40           exactly 60 s apart
//	calls randomly 60s x 40        a Poisson process with that mean
//	quiet 8h                       nothing happens
//	want score >= 0.9 interval 60s
//
// A calls line may add, after the count: "lose 20%" (that share is not seen),
// "size 420 180" (bytes up and down, give or take 8), "and again 2s" (a second
// call within 2 s of each), "late 2s" (told up to 2 s late). The word "also"
// before calls starts them where the last calls line began, so that the two
// mix. A want line holds "score >= X" or "<= X", "interval D" (within 5 %),
// "jitter X" (within 0.03), "missed X" (within 0.08), "count N", "shape NAME",
// "cluster", "up N", "expect D" (at least). Times are drawn by a fixed seed.
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
			s := script{r: rand.New(rand.NewPCG(7, 7)), now: 1.7e9}
			for i, line := range strings.Split(string(text), "\n") {
				line, _, _ = strings.Cut(line, "#")
				if f := strings.Fields(line); len(f) > 0 {
					if err := s.line(f); err != nil {
						t.Errorf("%s:%d: %s: %v", name, i+1, strings.TrimSpace(line), err)
					}
				}
			}
		})
	}
}

type script struct {
	r        *rand.Rand
	now      float64 // seconds
	began    float64 // of the last calls line
	pending  []call  // in order of telling; up and down with them
	reported []call
}

func (s *script) line(f []string) error {
	switch {
	case f[0] == "quiet" && len(f) == 2:
		d, err := time.ParseDuration(f[1])
		s.now += d.Seconds()
		return err
	case f[0] == "also" && len(f) > 1 && f[1] == "calls":
		s.now = s.began
		return s.calls(f[2:])
	case f[0] == "calls":
		return s.calls(f[1:])
	case f[0] == "want":
		return s.want(f[1:])
	}
	return fmt.Errorf("what is %q?", f[0])
}

func share100(f string) (float64, bool) {
	n, ok := strings.CutSuffix(f, "%")
	v, err := strconv.ParseFloat(n, 64)
	return v / 100, ok && err == nil
}

// calls reads "every|randomly D [+-D|+-N%|-N%] x N [options]".
func (s *script) calls(f []string) error {
	if len(f) < 4 {
		return fmt.Errorf("too short")
	}
	p, err := time.ParseDuration(f[1])
	if err != nil {
		return err
	}
	mean := p.Seconds()
	gap := func() float64 { return mean }
	if f[0] == "randomly" {
		gap = func() float64 { return mean * s.r.ExpFloat64() }
	}
	f = f[2:]
	if spread, ok := strings.CutPrefix(f[0], "+-"); ok {
		j, ok := share100(spread)
		if !ok {
			d, err := time.ParseDuration(spread)
			if err != nil {
				return err
			}
			j = d.Seconds() / mean
		}
		gap, f = sleepBoth(s.r, mean, j), f[1:]
	} else if j, ok := share100(strings.TrimPrefix(f[0], "-")); ok {
		gap, f = sleepOneSided(s.r, mean, j), f[1:]
	}
	if len(f) < 2 || f[0] != "x" {
		return fmt.Errorf("no count")
	}
	n, err := strconv.Atoi(f[1])
	if err != nil {
		return err
	}
	up, down, lose, again, late := uint64(420), uint64(180), 0.0, 0.0, 0.0
	for f = f[2:]; len(f) > 0; {
		switch {
		case f[0] == "lose" && len(f) > 1:
			lose, _ = share100(f[1])
			f = f[2:]
		case f[0] == "size" && len(f) > 2:
			up, _ = strconv.ParseUint(f[1], 10, 64)
			down, _ = strconv.ParseUint(f[2], 10, 64)
			f = f[3:]
		case f[0] == "and" && len(f) > 2:
			d, err := time.ParseDuration(f[2])
			if err != nil {
				return err
			}
			again, f = d.Seconds(), f[3:]
		case f[0] == "late" && len(f) > 1:
			d, err := time.ParseDuration(f[1])
			if err != nil {
				return err
			}
			late, f = d.Seconds(), f[2:]
		default:
			return fmt.Errorf("what is %q?", f[0])
		}
	}
	s.began = s.now
	for range n {
		if s.r.Float64() >= lose {
			c := call{s.now, up + uint64(s.r.IntN(9)), down + uint64(s.r.IntN(9))}
			s.tell(c, late)
			if again > 0 {
				c.t += again * s.r.Float64()
				s.tell(c, late)
			}
		}
		s.now += gap()
	}
	return nil
}

// tell puts a call where its time belongs, or up to late seconds behind.
func (s *script) tell(c call, late float64) {
	at := c.t + late*s.r.Float64()
	i := len(s.pending)
	for i > 0 && s.reported[i-1].t > at {
		i--
	}
	s.pending = append(s.pending[:i], append([]call{c}, s.pending[i:]...)...)
	s.reported = append(s.reported[:i], append([]call{{t: at}}, s.reported[i:]...)...)
}

func (s *script) want(f []string) error {
	sc, expect := Score{}, time.Duration(0)
	{
		var b Series
		for _, c := range s.pending {
			b.Add(capture.Time(c.t*1e9), c.up, c.down)
		}
		sc, expect = b.Score(), b.Expect()
	}
	for len(f) > 0 {
		var v float64
		var d time.Duration
		var err error
		take := func(i int) string {
			if i < len(f) {
				return f[i]
			}
			return ""
		}
		number := func(i int) { v, err = strconv.ParseFloat(take(i), 64) }
		length := func(i int) { d, err = time.ParseDuration(take(i)) }
		ok, used := false, 2
		switch f[0] {
		case "score":
			number(2)
			ok, used = take(1) == ">=" && sc.Total >= v || take(1) == "<=" && sc.Total <= v, 3
		case "interval":
			length(1)
			ok = math.Abs(float64(sc.Interval-d)) <= 0.05*float64(d)
		case "jitter":
			number(1)
			ok = math.Abs(sc.Jitter-v) <= 0.03
		case "missed":
			number(1)
			ok = math.Abs(sc.Missed-v) <= 0.08
		case "count":
			number(1)
			ok = sc.Count == int(v)
		case "up":
			number(1)
			ok = math.Abs(float64(sc.UpMedian)-v) <= 8
		case "shape":
			ok = sc.Shape.String() == take(1)
		case "cluster":
			ok, used = sc.Cluster, 1
		case "expect":
			length(1)
			ok = expect >= d
		default:
			return fmt.Errorf("what is %q?", f[0])
		}
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("want %s, got %+v expect %v", strings.Join(f[:min(used, len(f))], " "), sc, expect)
		}
		f = f[used:]
	}
	return nil
}
