package pipeline

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/capture/capturetest"
	"github.com/hookhound/hookhound/pkg/event"
)

// TestSameForAnyWorkers: what leaves does not depend on how the work is split,
// nor on where batches are cut, also where every limit is hit.
func TestSameForAnyWorkers(t *testing.T) {
	captures, err := filepath.Glob("../../pcaps/*.pcap")
	if err != nil || len(captures) == 0 {
		t.Fatal("no captures", err)
	}
	inputs := map[string][]capture.Frame{}
	for _, path := range captures {
		inputs[filepath.Base(path)] = frames(t, filepath.Base(path))
	}
	r := rand.New(rand.NewPCG(1, 1))
	inputs["crowd"] = crowd(t, r, 12, "curl-discord.pcap", "requests-session-slack.pcap", "benign.pcap")
	inputs["spoiled crowd"] = spoiled(r, crowd(t, r, 12, "mixed-two-hosts.pcap", "curl-tls12-slack.pcap", "go-h2-webhooksite.pcap"))
	for name, all := range inputs {
		many := strings.Contains(name, "crowd")
		for limits, opt := range map[string]Options{"usual": options(t), "tiny": tiny(t)} {
			if !many && limits == "tiny" {
				continue // too small to hit any
			}
			want := run(t, opt, capturetest.New(all...))
			want.sound(t)
			if len(want.observations) == 0 {
				t.Errorf("%s: nothing was observed", name)
			}
			workers := []int{3}
			if many {
				workers = []int{2, 3, 5, 8, 64}
				ev, pairs := want.stats.Observe.Flows.Closed[3], want.stats.Detect.Evicted
				t.Logf("%s, %s limits: %d frames (%d late), %d observations, %d detections, %d flows and %d pairs evicted",
					name, limits, len(all), want.stats.Late, len(want.observations), len(want.detections), ev, pairs)
				if limits == "tiny" && (ev == 0 || pairs == 0) {
					t.Errorf("%s: no limit was hit", name)
				}
				if len(want.detections) == 0 {
					t.Errorf("%s, %s limits: nothing was detected", name, limits)
				}
			}
			for _, n := range workers {
				opt.Workers = n
				if diff := same(want, run(t, opt, capturetest.New(all...))); diff != "" {
					t.Fatalf("%s, %s limits, %d workers: %s", name, limits, n, diff)
				}
			}
			opt.Workers = 3
			for _, every := range []int{3, 40} {
				if diff := same(want, run(t, opt, capturetest.New(ticking(r, all, every)...))); diff != "" {
					t.Fatalf("%s, %s limits, a tick each %d frames: %s", name, limits, every, diff)
				}
			}
		}
	}
}

// source is a source made of a function.
type source func(f *capture.Frame) error

func (s source) Next(f *capture.Frame) error { return s(f) }

// TestTicksMoveTheClock: on an idle card what falls due still falls due.
func TestTicksMoveTheClock(t *testing.T) {
	all := frames(t, "curl-discord.pcap")
	for _, n := range []int{1, 3} {
		opt := options(t)
		opt.Workers = n
		i, told, waiting := 0, 0, 0
		p := New(opt, Output{
			Observation: func(*event.Observation) error { return nil },
			Detection: func(d *event.Detection) error {
				if d.Action == event.Ended {
					told++
				}
				return nil
			},
		})
		last := all[len(all)-1].Time
		err := p.Run(context.Background(), source(func(f *capture.Frame) error {
			if i < len(all) {
				*f = all[i]
				i++
				return nil
			}
			if waiting++; waiting > 200 {
				return io.EOF
			}
			*f = capture.Frame{Tick: true, Time: last.Add(time.Duration(waiting) * time.Minute)}
			return nil
		}))
		if err != nil {
			t.Fatal(err)
		}
		if told != 1 {
			t.Errorf("%d workers: %d episodes ended while nothing was heard, want 1", n, told)
		}
	}
}

// TestCancelFlushes: the end of the context is no error; what was read is told,
// and no goroutine is left.
func TestCancelFlushes(t *testing.T) {
	all := frames(t, "curl-discord.pcap")
	for _, n := range []int{1, 4} {
		before := runtime.NumGoroutine()
		opt := options(t)
		opt.Workers = n
		ctx, cancel := context.WithCancel(context.Background())
		i, flows := 0, 0
		p := New(opt, Output{
			Observation: func(o *event.Observation) error {
				if o.Type == event.Flow {
					flows++
				}
				return nil
			},
			Detection: func(*event.Detection) error { return nil },
		})
		err := p.Run(ctx, source(func(f *capture.Frame) error {
			if i++; i == len(all)/2 {
				cancel()
			}
			if i >= len(all) { // a card never ends
				*f = capture.Frame{Tick: true, Time: all[len(all)-1].Time}
				return nil
			}
			*f = all[i-1]
			return nil
		}))
		if err != nil {
			t.Errorf("%d workers: %v", n, err)
		}
		if st := p.Stats(); st.Observe.Flows.Opened != uint64(flows) || flows == 0 {
			t.Errorf("%d workers: %d flows were opened and %d told of", n, st.Observe.Flows.Opened, flows)
		}
		noneLeft(t, before)
	}
}

// noneLeft waits for goroutines that were told to end.
func noneLeft(t *testing.T, before int) {
	t.Helper()
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines are left of a run", runtime.NumGoroutine()-before)
}

// TestErrorsEndTheRun: of the source, and of each output.
func TestErrorsEndTheRun(t *testing.T) {
	all := crowd(t, rand.New(rand.NewPCG(2, 2)), 5, "curl-discord.pcap", "benign.pcap")
	broken := errors.New("broken")
	fail := func(at string, n int) (read int, err error) {
		opt := options(t)
		opt.Workers = n
		calls := 0
		when := func(what string) error {
			if what == at {
				if calls++; calls == 2 {
					return broken
				}
				if calls > 2 {
					t.Errorf("%s is called again after its error", what)
				}
			}
			return nil
		}
		p := New(opt, Output{
			Observation: func(*event.Observation) error { return when("observation") },
			Detection:   func(*event.Detection) error { return when("detection") },
			Flushed:     func(Progress) error { return when("flushed") },
		})
		before := runtime.NumGoroutine()
		err = p.Run(context.Background(), source(func(f *capture.Frame) error {
			if read++; at == "source" && read == 500 {
				return broken
			}
			*f = all[(read-1)%len(all)]
			if read > 100*len(all) {
				t.Errorf("%s, %d workers: the source is read on and on", at, n)
				return io.EOF
			}
			return nil
		}))
		noneLeft(t, before)
		return read, err
	}
	for _, at := range []string{"source", "observation", "detection", "flushed"} {
		for _, n := range []int{1, 4} {
			if read, err := fail(at, n); !errors.Is(err, broken) {
				t.Errorf("%s, %d workers: error %v after %d frames", at, n, err, read)
			}
		}
	}
}

// TestEmptyInput: nothing in, nothing out.
func TestEmptyInput(t *testing.T) {
	for _, n := range []int{1, 4} {
		opt := options(t)
		opt.Workers = n
		if r := run(t, opt, capturetest.New()); len(r.observations)+len(r.detections) != 0 || r.stats.Frames != 0 {
			t.Errorf("%d workers: %+v", n, r)
		}
	}
}

// TestLateFramesAreCounted: they move no clock, and the first time is theirs.
func TestLateFramesAreCounted(t *testing.T) {
	all := frames(t, "curl-discord.pcap")[:50]
	first, last := all[0].Time, all[49].Time
	all[20].Time, all[30].Time = first.Add(-time.Hour), all[29].Time.Add(-time.Nanosecond)
	r := run(t, options(t), capturetest.New(all...))
	if st := r.stats; st.Late < 1 || st.First != first.Add(-time.Hour) || st.Last != last || st.Frames != 50 {
		t.Errorf("late %d, first %v, last %v, frames %d", st.Late, st.First, st.Last, st.Frames)
	}
	r.sound(t)
}

// FuzzFrames gives arbitrary frames to the whole observing half and the judge.
func FuzzFrames(f *testing.F) {
	for _, name := range []string{"curl-discord.pcap", "go-h2-webhooksite.pcap", "curl-tls12-slack.pcap", "node-discord-ipv6.pcap"} {
		var b strings.Builder
		w := capturetest.NewWriter(&b, capture.LinkEthernet)
		for _, fr := range frames(f, name)[:16] { // a handshake: larger seeds only slow the fuzzer down
			if err := w.Write(fr); err != nil {
				f.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(b.String()))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		all := read(t, file)
		opt := tiny(t)
		one := run(t, opt, capturetest.New(all...))
		one.sound(t)
		opt.Workers = 2
		if diff := same(one, run(t, opt, capturetest.New(all...))); diff != "" {
			t.Error(diff)
		}
	})
}

// read takes what can be read of a capture file.
func read(t testing.TB, file []byte) []capture.Frame {
	files, err := capture.Open([]string{"-"}, capture.Options{Stdin: strings.NewReader(string(file))})
	if err != nil {
		return nil
	}
	defer files.Close()
	all, _ := capturetest.Owned(files) // up to where it is broken
	return all
}

func BenchmarkRun(b *testing.B) {
	all := crowd(b, rand.New(rand.NewPCG(1, 1)), 20, "curl-discord.pcap", "benign.pcap", "go-h2-webhooksite.pcap")
	for _, n := range []int{1, 2} {
		b.Run(map[int]string{1: "one", 2: "two"}[n], func(b *testing.B) {
			opt := options(b)
			opt.Workers = n
			b.ReportAllocs()
			for b.Loop() {
				p := New(opt, Output{Detection: func(*event.Detection) error { return nil }})
				if err := p.Run(context.Background(), capturetest.New(all...)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(all)), "ns/frame")
		})
	}
}
