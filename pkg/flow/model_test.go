package flow

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/packet"
)

// key is the n-th of as many different keys as are wanted.
func key(n int) Key {
	var k Key
	k.Addr[0] = packet.Addr{10: 0xff, 11: 0xff, 12: 10, 13: byte(n >> 16), 14: byte(n >> 8), 15: byte(n)}
	k.Addr[1] = packet.Addr{10: 0xff, 11: 0xff, 12: 192, 13: 0, 14: 2, 15: 7}
	k.Port = [2]uint16{uint16(40000 + n), 443}
	k.Protocol = packet.ProtoTCP
	return k
}

// machine is what the table and its model both are. Flows go by the number of
// their key.
type machine interface {
	open(n int, now capture.Time)
	touch(n int, now capture.Time)
	schedule(n int, at capture.Time)
	advance(now capture.Time, due func(n int, at capture.Time))
	shut(n int, why Reason, at capture.Time)
	shutAll(at capture.Time, why Reason)
	state() string
}

// real drives a Table; State is the number of the key.
type real struct {
	t *Table[int]
}

func newReal(limit int, closed func(n int, opened, last capture.Time, why Reason, at capture.Time)) *real {
	t := New(limit, func(f *Flow[int], why Reason, at capture.Time) {
		closed(f.State, f.Opened, f.Last, why, at)
	})
	t.grain = 0 // the model's order of recent use is exact
	return &real{t}
}

func (r *real) with(n int, do func(f *Flow[int])) {
	k := key(n)
	if f := r.t.Find(&k); f != nil {
		do(f)
	}
}

func (r *real) open(n int, now capture.Time) {
	k := key(n)
	r.t.Open(&k, now).State = n
}

func (r *real) touch(n int, now capture.Time) {
	r.with(n, func(f *Flow[int]) { r.t.Touch(f, now) })
}

func (r *real) schedule(n int, at capture.Time) {
	r.with(n, func(f *Flow[int]) { r.t.Schedule(f, at) })
}

func (r *real) shut(n int, why Reason, at capture.Time) {
	r.with(n, func(f *Flow[int]) { r.t.Close(f, why, at) })
}

func (r *real) advance(now capture.Time, due func(n int, at capture.Time)) {
	r.t.Advance(now, func(f *Flow[int], at capture.Time) { due(f.State, at) })
}

func (r *real) shutAll(at capture.Time, why Reason) { r.t.CloseAll(at, why) }

func (r *real) state() string { return fmt.Sprint(r.t.Len(), r.t.Stats()) }

// model is the plainest thing that does the same: a list in order of opening.
type model struct {
	limit  int
	closed func(n int, opened, last capture.Time, why Reason, at capture.Time)
	flows  []*modelFlow
	uses   int
	stats  Stats
}

type modelFlow struct {
	n            int
	opened, last capture.Time
	used         int
	deadline     capture.Time
}

func (m *model) find(n int) *modelFlow {
	for _, f := range m.flows {
		if f.n == n {
			return f
		}
	}
	return nil
}

func (m *model) open(n int, now capture.Time) {
	if m.find(n) != nil {
		m.touch(n, now)
		return
	}
	if len(m.flows) >= m.limit {
		idle := slices.MinFunc(m.flows, func(a, b *modelFlow) int { return a.used - b.used })
		m.shut(idle.n, Evicted, now)
	}
	m.uses++
	m.flows = append(m.flows, &modelFlow{n: n, opened: now, last: now, used: m.uses, deadline: capture.Never})
	m.stats.Opened++
	m.stats.Peak = max(m.stats.Peak, uint64(len(m.flows)))
}

func (m *model) touch(n int, now capture.Time) {
	if f := m.find(n); f != nil {
		m.uses++
		f.used, f.last = m.uses, max(f.last, now)
	}
}

func (m *model) schedule(n int, at capture.Time) {
	if f := m.find(n); f != nil {
		f.deadline = at
	}
}

func (m *model) advance(now capture.Time, due func(n int, at capture.Time)) {
	for {
		var first *modelFlow
		for _, f := range m.flows {
			if f.deadline <= now && f.deadline != capture.Never && (first == nil || f.deadline < first.deadline) {
				first = f
			}
		}
		if first == nil {
			return
		}
		at := first.deadline
		first.deadline = capture.Never
		due(first.n, at)
	}
}

func (m *model) shut(n int, why Reason, at capture.Time) {
	if f := m.find(n); f != nil {
		m.flows = slices.DeleteFunc(m.flows, func(g *modelFlow) bool { return g == f })
		m.stats.Closed[why]++
		m.closed(f.n, f.opened, f.last, why, at)
	}
}

func (m *model) shutAll(at capture.Time, why Reason) {
	for len(m.flows) > 0 {
		m.shut(m.flows[0].n, why, at)
	}
}

func (m *model) state() string { return fmt.Sprint(len(m.flows), m.stats) }

// play runs a machine through the calls that the bytes spell, and returns all
// that it did. Some of what is due closes, opens, touches and schedules.
func play(script []byte, keys int, build func(closed func(n int, opened, last capture.Time, why Reason, at capture.Time)) machine) []string {
	var log []string
	m := build(func(n int, opened, last capture.Time, why Reason, at capture.Time) {
		log = append(log, fmt.Sprintf("closed %d: %d %d %v %d", n, opened, last, why, at))
	})
	var now capture.Time
	due := func(n int, at capture.Time) {
		log = append(log, fmt.Sprintf("due %d: %d", n, at))
		switch other := (n*7 + int(at)) % keys; int(at+capture.Time(n)) % 8 {
		case 0:
			m.schedule(n, at+capture.Time(n%5+1))
		case 1:
			m.shut(n, Idle, at)
		case 2:
			m.shut(other, Idle, at)
		case 3:
			m.open(other, at)
			m.schedule(other, at+3)
		case 4:
			m.touch(n, at)
			m.schedule(other, at+1)
		}
	}
	for len(script) >= 3 {
		what, n, d := script[0], int(script[1])|int(script[0]>>4)<<8, capture.Time(script[2])
		n %= keys
		script = script[3:]
		switch what % 16 {
		case 0, 1, 2, 3:
			m.open(n, now)
		case 4, 5:
			m.touch(n, now-d%3)
		case 6, 7, 8, 9:
			m.schedule(n, now+d)
		case 10:
			m.schedule(n, capture.Never)
		case 11:
			m.shut(n, Ended, now)
		case 12, 13, 14:
			now += d % 16
			m.advance(now, due)
		case 15:
			if d == 0 {
				m.shutAll(now, Reset)
			}
		}
		log = append(log, m.state())
	}
	m.advance(capture.Never-1, func(n int, at capture.Time) { log = append(log, fmt.Sprintf("due %d: %d", n, at)) })
	m.shutAll(now, Finished)
	return append(log, m.state())
}

// same plays a script on both.
func same(t *testing.T, script []byte, limit, keys int) {
	t.Helper()
	got := play(script, keys, func(closed func(int, capture.Time, capture.Time, Reason, capture.Time)) machine {
		return newReal(limit, closed)
	})
	want := play(script, keys, func(closed func(int, capture.Time, capture.Time, Reason, capture.Time)) machine {
		return &model{limit: max(limit, 1), closed: closed}
	})
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Fatalf("limit %d, line %d: %q, the model has %q; before: %q", limit, i, got[i], want[i], got[max(0, i-5):i])
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%d lines, the model has %d", len(got), len(want))
	}
}

// FuzzTable holds that a Table does what a sorted list would do: the same
// callbacks, in the same order, with the same counts.
func FuzzTable(f *testing.F) {
	f.Add(byte(2), []byte{0, 1, 0, 0, 2, 0, 0, 3, 0, 6, 2, 9, 6, 3, 9, 12, 0, 15})
	f.Add(byte(8), []byte{0, 1, 0, 6, 1, 200, 6, 1, 3, 6, 1, 100, 12, 0, 15, 10, 1, 0, 12, 0, 15, 11, 1, 0, 15, 0, 0})
	f.Fuzz(func(t *testing.T, limit byte, script []byte) {
		if len(script) > 600 { // the model is slow
			script = script[:600]
		}
		same(t, script, int(limit%24), 32)
	})
}

// Longer scripts over more keys, so that slabs, index and heap grow.
func TestTableModel(t *testing.T) {
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 1))
		script := make([]byte, 3*4000)
		for i := range script {
			script[i] = byte(r.Uint32())
		}
		same(t, script, []int{1, 3, 40, 300, 1000, 5000}[seed], 600)
	}
}
