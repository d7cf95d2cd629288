package detect

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/catalog"
	"github.com/hookhound/hookhound/pkg/event"
	"github.com/hookhound/hookhound/pkg/packet"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/rules"
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
// "from ADDRESS", "to NAME" (a star in it stands for a running number), "internal", "inbound", "pushed". Times are drawn
// by a fixed seed.
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

// world is a judge with a client that calls, and what came out of it.
type world struct {
	t        testing.TB
	r        *rand.Rand
	catalog  *catalog.Catalog
	judge    *Judge
	opt      Options
	now      time.Time // the next call
	began    time.Time // of the last calls line
	pending  []*event.Observation
	latest   capture.Time // of the newest observation
	port     uint16
	sent     []*event.Detection
	finished bool
}

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// embedded is the catalogue; reading it takes longer than most tests.
var embedded = sync.OnceValues(func() (*catalog.Catalog, error) { return catalog.Load(rules.FS) })

func newWorld(t testing.TB, opt Options, seed uint64) *world {
	c, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, r: rand.New(rand.NewPCG(seed, 7)), catalog: c, opt: opt, now: start, port: 20000}
	w.open()
	return w
}

func (w *world) open() {
	w.judge = New(w.opt, func(d *event.Detection) { w.sent = append(w.sent, d) })
}

// train is a series of calls of one pair.
type train struct {
	gap       func() time.Duration
	n         int
	client    string
	name      string
	up, down  uint64
	one       bool // connection
	direction event.Direction
	push      bool
}

func (w *world) conn(client, name string, at time.Time, direction event.Direction) *event.Conn {
	w.port++
	c := &event.Conn{
		Site: "default", Protocol: packet.ProtoTCP, Opened: capture.TimeOf(at), Direction: direction,
		Client: netip.AddrPortFrom(netip.MustParseAddr(client), w.port), Server: netip.MustParseAddrPort("203.0.113.9:443"),
		Name: name, Match: w.catalog.Host(name),
		Hello: &protocol.Hello{HasClient: true, HasServer: true, ServerName: name, Version: "1.3", JA3S: "s",
			Fingerprint: protocol.Fingerprint{JA3: "3", JA4: "4", JA4Raw: "r", JA4Stable: "s"}},
	}
	if c.Match.ID == "" {
		c.Match = w.catalog.Host(c.Server.Addr().String())
	}
	return c
}

// exchange is a call that is known two seconds after its beginning.
func exchange(c *event.Conn, at time.Time, up, down uint64, index uint32) *event.Observation {
	start := capture.TimeOf(at)
	end := start.Add(80 * time.Millisecond)
	known := end.Add(2 * time.Second)
	return &event.Observation{
		Type: event.Exchange, Time: known, Conn: c,
		Visibility: event.Visibility{Name: event.NameBySNI, Bytes: up + down},
		Exchange: protocol.Exchange{Start: start, End: end, Known: known, Up: up, Down: down, Index: index,
			How: protocol.ByTLSRecords, Sure: protocol.Clear},
	}
}

func (w *world) calls(k train) {
	w.began = w.now
	var c *event.Conn
	for i := range k.n {
		if c == nil || !k.one {
			c = w.conn(k.client, strings.Replace(k.name, "*", strconv.Itoa(i), 1), w.now, k.direction)
		}
		index := uint32(0)
		if k.one {
			index = uint32(i)
		}
		o := exchange(c, w.now, k.up+uint64(w.r.IntN(9)), k.down+uint64(w.r.IntN(9)), index)
		o.Exchange.Push = k.push
		w.pending = append(w.pending, o)
		w.now = w.now.Add(k.gap())
	}
}

// tell gives the judge all calls so far, in order of their time.
func (w *world) tell() {
	for i, o := range sorted(w.pending) {
		o.Frame = uint64(i + 1)
		w.judge.Observe(o)
		w.latest = o.Time
	}
	w.pending = nil
	w.judge.Advance(max(w.latest, capture.TimeOf(w.now)))
}

func sorted(all []*event.Observation) []*event.Observation {
	slices.SortStableFunc(all, func(a, b *event.Observation) int { return cmp.Compare(a.Time, b.Time) })
	return all
}

func (w *world) end() {
	w.tell()
	w.finished = true
	w.judge.Finish(max(w.latest, capture.TimeOf(w.now)))
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

// check holds what is true of all detections.
func (w *world) check() {
	enc := &event.Encoder{Mode: event.Replay}
	revision, ids := map[string]uint32{}, map[string]bool{}
	for _, d := range w.sent {
		revision[d.Episode]++
		if d.Revision != revision[d.Episode] {
			w.t.Errorf("%s: revision %d comes after %d", d.Message, d.Revision, revision[d.Episode]-1)
		}
		if first := d.Action == event.Created; first && d.Revision != 1 || !first && !d.Hunt && d.Revision == 1 {
			w.t.Errorf("%s: revision %d is %s", d.Message, d.Revision, d.Action)
		}
		if ids[d.EventID()] {
			w.t.Errorf("%s: its id was there before", d.Message)
		}
		ids[d.EventID()] = true
		if d.Score < w.opt.Threshold && d.Action == event.Created {
			w.t.Errorf("%s: created at %v", d.Message, d.Score)
		}
		w.addsUp(enc, d)
		w.orderly(d)
	}
}

// addsUp reads a detection as it is printed: the terms, added in tenths, are
// the score.
func (w *world) addsUp(enc *event.Encoder, d *event.Detection) {
	line, err := enc.Detection(d)
	if err != nil {
		w.t.Fatal(err)
	}
	var printed struct {
		Event     struct{ Risk_score json.Number }
		Hookhound struct {
			Score []struct {
				Name  string
				Value json.Number
				Why   string
			}
		}
	}
	if err := json.Unmarshal(line, &printed); err != nil {
		w.t.Fatal(err)
	}
	inTenths := func(n json.Number) int {
		whole, part, _ := strings.Cut(n.String(), ".")
		v, err := strconv.Atoi(whole + (part + "0")[:1])
		if err != nil || len(part) > 1 {
			w.t.Fatalf("%s is not printed in tenths", n)
		}
		return v
	}
	sum, seen := 0, map[string]bool{}
	for _, term := range printed.Hookhound.Score {
		sum += inTenths(term.Value)
		if seen[term.Name] || term.Why == "" {
			w.t.Errorf("term %q is there twice or has no reason", term.Name)
		}
		seen[term.Name] = true
	}
	if want := inTenths(printed.Event.Risk_score); sum != want {
		w.t.Errorf("the terms of %s add up to %d tenths, the score is %d", d.Message, sum, want)
	}
}

// orderly holds the bounds and the order of the evidence.
func (w *world) orderly(d *event.Detection) {
	if d.End < d.Start || d.Score < 0 || d.Score > 100 || d.Client == (netip.Addr{}) || d.Message == "" {
		w.t.Errorf("what is this? %+v", d)
	}
	if len(d.Timeline) > event.MaxTimeline || len(d.Flows) > event.MaxFlows || len(d.Names) > event.MaxNames || len(d.Servers) > event.MaxNames {
		w.t.Errorf("%s: too much evidence", d.Message)
	}
	for i, b := range d.Timeline {
		if b.Time < d.Start || b.Time > d.End || i > 0 && b.Time <= d.Timeline[i-1].Time {
			w.t.Errorf("%s: beat %d of the timeline is out of order", d.Message, i)
		}
	}
	if d.Hunt != (d.Kind == event.KindBeacon) || d.Hunt != (d.Rank > 0) {
		w.t.Errorf("%s: kind %s, hunt %v, rank %d", d.Message, d.Kind, d.Hunt, d.Rank)
	}
}
