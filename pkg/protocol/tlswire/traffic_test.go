package tlswire

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/packet"
)

// truth is one capture of the manifest and what the server logged.
type truth struct {
	Pcap, ID string
	Benign   any
	Truth    []struct {
		T      float64
		RT     any `json:"rt"`
		Nginx  any
		Remote string
		Proto  string
		Method string
	}
}

func (e *truth) kind() string {
	for _, r := range e.Truth {
		if r.Method == "WSUP" {
			return "ws/browse"
		}
	}
	if e.Benign != nil && e.Benign != false {
		return "ws/browse"
	}
	for _, r := range e.Truth {
		if r.Proto == "HTTP/3.0" {
			return "quic"
		}
	}
	return "tcp"
}

// byClient are the moments of the true requests.
func (e *truth) byClient() map[string][]float64 {
	m := map[string][]float64{}
	for _, r := range e.Truth {
		if r.Method == "WSUP" {
			continue
		}
		at := r.T
		if r.Nginx != nil && r.Nginx != false {
			rt, _ := r.RT.(float64)
			at -= rt
		}
		m[r.Remote] = append(m[r.Remote], at)
	}
	return m
}

func manifest(t *testing.T) (list []*truth, folder string) {
	folder = filepath.Join(testdata(t), "traffic")
	f, err := os.Open(filepath.Join(folder, "manifest.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in := bufio.NewScanner(f)
	in.Buffer(nil, 16<<20)
	for in.Scan() {
		e := &truth{}
		if err := json.Unmarshal(in.Bytes(), e); err != nil {
			t.Fatal(err)
		}
		list = append(list, e)
	}
	return list, folder
}

// match counts the requests that have an exchange of their own which began at
// most 0.8 s before the server logged them.
func match(want, got []float64) (hit int) {
	slices.Sort(want)
	slices.Sort(got)
	used := make([]bool, len(got))
	for _, at := range want {
		best := -1
		for i, start := range got {
			d := at - start
			if used[i] || d < -.03 || d > .8 {
				continue
			}
			if best < 0 || math.Abs(d-.015) < math.Abs(at-got[best]-.015) {
				best = i
			}
		}
		if best >= 0 {
			used[best] = true
			hit++
		}
	}
	return hit
}

type score struct{ want, got, hit int }

func (s *score) add(o score) { s.want += o.want; s.got += o.got; s.hit += o.hit }

func (s score) String() string {
	return fmt.Sprintf("true %d found %d hit %d", s.want, s.got, s.hit)
}

func scoreOf(e *truth, links []*link) (s score) {
	starts := map[string][]float64{}
	for _, l := range links {
		for _, x := range l.exchanges {
			key := l.client().String()
			starts[key] = append(starts[key], float64(x.Start)/1e9)
		}
	}
	truths := e.byClient()
	for remote, list := range starts {
		if truths[remote] == nil {
			s.add(score{0, len(list), 0}) // speculative connections carry none
		}
	}
	for remote, want := range truths {
		s.add(score{len(want), len(starts[remote]), match(want, starts[remote])})
	}
	return s
}

// explain logs what differs.
func explain(t *testing.T, e *truth, s score, links []*link) {
	if s.hit == s.want && s.got == s.want {
		return
	}
	t.Logf("%-24s %-9s %v", e.ID, e.kind(), s)
	truths := e.byClient()
	zero := capture.Time(e.Truth[0].T*1e9) - 1e9
	for _, l := range links {
		want := truths[l.client().String()]
		if len(want) == len(l.exchanges) {
			continue
		}
		for _, w := range want {
			t.Logf("  %v true %7.3f", l.client(), w-float64(zero)/1e9)
		}
		for _, x := range l.exchanges {
			t.Logf("  %v %s", l.client(), describe(x, zero))
		}
	}
}

// TestTraffic compares the exchanges of captures of real clients with the
// server's log.
func TestTraffic(t *testing.T) {
	list, folder := manifest(t)
	var total score
	for _, e := range list {
		kind := e.kind()
		if kind == "quic" {
			continue
		}
		packets := readCapture(t, filepath.Join(folder, e.Pcap))
		links := runPackets(t, packets, 0)
		s := scoreOf(e, links)
		t.Logf("%-24s %-9s %v", e.ID, kind, s)
		if kind == "tcp" {
			total.add(s)
		}
		explain(t, e, s, links)
	}
	t.Logf("all TCP: %v", total)
	if total.hit*100 < total.want*99 || total.got*100 > total.want*101 {
		t.Errorf("%v: want 99 %% hit and at most 1 %% more than there are", total)
	}
}

// TestTrafficImpaired is the same with captures that lack something.
func TestTrafficImpaired(t *testing.T) {
	list, folder := manifest(t)
	cases := []struct {
		name      string
		hit, more float64 // at least this share hit, at most this share more
		impair    func(p []packet.Packet, seed uint64) []packet.Packet
	}{
		{"client to server only", .99, .01, func(p []packet.Packet, _ uint64) []packet.Packet {
			return keepIf(p, func(_ int, p *packet.Packet) bool { return fromClient(p) })
		}},
		{"server to client only", .95, .05, func(p []packet.Packet, _ uint64) []packet.Packet {
			return keepIf(p, func(_ int, p *packet.Packet) bool { return !fromClient(p) })
		}},
		{"every packet twice", .99, .01, func(p []packet.Packet, _ uint64) []packet.Packet { return twice(p) }},
		{"1 % lost", .99, .01, func(p []packet.Packet, seed uint64) []packet.Packet { return dropped(p, .01, seed) }},
		{"5 % lost", .97, .02, func(p []packet.Packet, seed uint64) []packet.Packet { return dropped(p, .05, seed) }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var total score
			for i, e := range list {
				if e.kind() != "tcp" {
					continue
				}
				packets := c.impair(readCapture(t, filepath.Join(folder, e.Pcap)), uint64(i))
				links := runPackets(t, packets, 0)
				s := scoreOf(e, links)
				total.add(s)
				explain(t, e, s, links)
			}
			t.Log(total)
			if float64(total.hit) < c.hit*float64(total.want) || float64(total.got) > (1+c.more)*float64(total.want) {
				t.Errorf("%v: want at least %v hit, at most %v more", total, c.hit, c.more)
			}
		})
	}
}

// TestTrafficMidStream starts each capture of a kept connection somewhere
// behind its handshake.
func TestTrafficMidStream(t *testing.T) {
	list, folder := manifest(t)
	var total score
	for _, e := range list {
		truths := e.byClient()
		if e.kind() != "tcp" || len(truths) != 1 || len(e.Truth) < 12 {
			continue
		}
		packets := readCapture(t, filepath.Join(folder, e.Pcap))
		for skip := 3; skip < 9; skip += 2 {
			for remote, list := range truths {
				slices.Sort(list)
				from := capture.Time((list[skip] - .3) * 1e9)
				late := keepIf(packets, func(_ int, p *packet.Packet) bool { return p.Time >= from })
				part := &truth{Truth: e.Truth[:0:0]}
				for _, r := range e.Truth {
					if r.Remote == remote && r.T >= list[skip] {
						part.Truth = append(part.Truth, r)
					}
				}
				links := runPackets(t, late, 0)
				s := scoreOf(part, links)
				total.add(s)
				explain(t, part, s, links)
			}
		}
	}
	t.Log(total)
	if total.hit*100 < total.want*99 || total.got*100 > total.want*101 {
		t.Errorf("%v: want 99 %% hit and at most 1 %% more than there are", total)
	}
}
