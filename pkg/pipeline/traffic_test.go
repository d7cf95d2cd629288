package pipeline

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/capture/capturetest"
	"github.com/hookhound/hookhound/pkg/catalog"
	"github.com/hookhound/hookhound/pkg/detect"
	"github.com/hookhound/hookhound/pkg/event"
	"github.com/hookhound/hookhound/pkg/observe"
	"github.com/hookhound/hookhound/rules"
)

var embedded = sync.OnceValues(func() (*catalog.Catalog, error) { return catalog.Load(rules.FS) })

func options(t testing.TB) Options {
	c, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	home := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("fc00::/7")}
	return Options{
		Workers: 1,
		Observe: observe.Options{Site: "default", Home: home, Catalog: c, Flows: 1 << 16, StreamMemory: 64 << 20},
		Detect:  detect.Options{Threshold: 40, Pairs: 200_000, HuntEntries: 100},
	}
}

// tiny are limits that everything runs into.
func tiny(t testing.TB) Options {
	opt := options(t)
	opt.Observe.Flows, opt.Observe.StreamMemory, opt.Detect.Pairs, opt.Detect.HuntEntries = 64, 4<<20, 64, 2
	return opt
}

// result is all that left a run.
type result struct {
	observations, detections []string
	stats                    Stats
}

// run gives frames to a pipeline, with their bytes destroyed as soon as they
// are no longer lent, and holds what is true of all output.
func run(t testing.TB, opt Options, src Source) result {
	t.Helper()
	var r result
	enc := &event.Encoder{Mode: event.Replay, Version: "test"}
	last := capture.Always
	var clock capture.Time
	p := New(opt, Output{
		Observation: func(o *event.Observation) error {
			if o.Time < last {
				t.Errorf("time runs back by %v", last.Sub(o.Time))
			}
			last = o.Time
			b, err := enc.Observation(o)
			r.observations = append(r.observations, string(b))
			return err
		},
		Detection: func(d *event.Detection) error {
			b, err := enc.Detection(d)
			r.detections = append(r.detections, string(b))
			return err
		},
		Flushed: func(p Progress) error {
			if p.Clock < clock || p.Clock < last {
				t.Errorf("the clock runs back to %v", p.Clock)
			}
			clock = p.Clock
			return nil
		},
	})
	if err := p.Run(context.Background(), capturetest.Poisons(src)); err != nil {
		t.Fatal(err)
	}
	r.stats = p.Stats()
	return r
}

// sound holds what is true of each line: valid JSON, nothing empty, no end
// before its start.
func (r *result) sound(t testing.TB) {
	t.Helper()
	if r.stats.Panics != 0 || r.stats.Renewed != 0 {
		t.Fatalf("%d panics, %d new judges", r.stats.Panics, r.stats.Renewed)
	}
	for _, line := range slices.Concat(r.observations, r.detections) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil || strings.ContainsRune(line, '\n') {
			t.Fatalf("%v: %s", err, line)
		}
		if path := empty("", m); path != "" {
			t.Fatalf("%s is empty in %s", path, line)
		}
		e := m["event"].(map[string]any)
		start, _ := e["start"].(string)
		end, _ := e["end"].(string)
		if end < start {
			t.Fatalf("the end is before the start in %s", line)
		}
		if d, ok := e["duration"].(float64); ok && d < 0 {
			t.Fatalf("a negative duration in %s", line)
		}
	}
}

// empty finds a field that says nothing.
func empty(path string, v any) string {
	switch v := v.(type) {
	case nil:
		return path
	case string:
		if v == "" {
			return path
		}
	case []any:
		if len(v) == 0 {
			return path
		}
		for _, x := range v {
			if p := empty(path+"[]", x); p != "" {
				return p
			}
		}
	case map[string]any:
		if len(v) == 0 {
			return path
		}
		for k, x := range v {
			if p := empty(path+"."+k, x); p != "" {
				return p
			}
		}
	}
	return ""
}

// same tells the first difference between two results, or nothing.
func same(a, b result) string {
	for _, c := range []struct {
		what string
		a, b []string
	}{{"observation", a.observations, b.observations}, {"detection", a.detections, b.detections}} {
		for i := range min(len(c.a), len(c.b)) {
			if c.a[i] != c.b[i] {
				return fmt.Sprintf("%s %d differs:\n%s\n%s", c.what, i, c.a[i], c.b[i])
			}
		}
		if len(c.a) != len(c.b) {
			return fmt.Sprintf("%d and %d %ss", len(c.a), len(c.b), c.what)
		}
	}
	if a.stats != b.stats {
		return fmt.Sprintf("stats differ:\n%+v\n%+v", a.stats, b.stats)
	}
	return ""
}

// frames reads a capture of the project.
func frames(t testing.TB, name string) []capture.Frame {
	t.Helper()
	files, err := capture.Open([]string{filepath.Join("..", "..", "pcaps", name)}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	all, err := capturetest.Owned(files)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// crowd is many hosts doing what was captured of one: the frames again and
// again with other addresses, at other times. Checksums are wrong then, and
// nobody looks at them.
func crowd(t testing.TB, r *rand.Rand, hosts int, names ...string) []capture.Frame {
	t.Helper()
	var all []capture.Frame
	for _, name := range names {
		base := frames(t, name)
		for h := range hosts {
			shift := time.Duration(r.Int64N(int64(2 * time.Minute)))
			for _, f := range base {
				b := bytes.Clone(f.Bytes)
				if len(b) >= 34 && b[12] == 8 && b[13] == 0 { // IPv4: both ends get the host's number
					for _, at := range []int{26, 30} {
						binary.BigEndian.PutUint16(b[at+2:], binary.BigEndian.Uint16(b[at+2:])+uint16(h)<<3)
					}
				}
				all = append(all, capture.Frame{Bytes: b, Time: f.Time.Add(shift), Wire: f.Wire, Link: f.Link})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b capture.Frame) int { return cmp.Compare(a.Time, b.Time) })
	return all
}

// spoiled loses, repeats, delays and cuts frames, and lets the clock step.
func spoiled(r *rand.Rand, all []capture.Frame) []capture.Frame {
	var out []capture.Frame
	step := time.Duration(0)
	for i, f := range all {
		f.Time = f.Time.Add(step)
		switch n := r.IntN(400); {
		case n < 4:
			continue
		case n < 8:
			out = append(out, f)
		case n < 12:
			f.Time = f.Time.Add(-time.Duration(r.Int64N(int64(3 * time.Minute))))
		case n < 16 && len(f.Bytes) > 80:
			f.Wire = max(f.Wire, uint32(len(f.Bytes)))
			f.Bytes = f.Bytes[:80]
		case n == 17 && r.IntN(20) == 0:
			step += time.Duration(r.Int64N(int64(4*time.Hour))) - time.Hour
		}
		out = append(out, f)
		if i > 0 && r.IntN(30) == 0 { // overtaken
			out[len(out)-1], out[len(out)-2] = out[len(out)-2], out[len(out)-1]
		}
	}
	return out
}

// ticking puts in ticks, at which the reader ends a batch, so that batches are
// cut at other places.
func ticking(r *rand.Rand, all []capture.Frame, every int) []capture.Frame {
	var out []capture.Frame
	clock := capture.Always
	for i, f := range all {
		f.Number = uint64(i + 1) // a tick has no number
		out = append(out, f)
		if clock = max(clock, f.Time); r.IntN(every) == 0 {
			out = append(out, capture.Frame{Tick: true, Time: clock})
		}
	}
	return out
}
