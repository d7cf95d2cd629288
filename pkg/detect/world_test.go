package detect

import (
	"cmp"
	"encoding/json"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/catalog"
	"github.com/hookhound/hookhound/pkg/event"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/packet"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/rules"
)

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
	if len(d.Timeline) > limit.EvidenceBeats || len(d.Flows) > limit.EvidenceFlows || len(d.Names) > limit.EvidenceNames || len(d.Servers) > limit.EvidenceNames {
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
