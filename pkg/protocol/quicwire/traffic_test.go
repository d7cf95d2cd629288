package quicwire

import (
	"bufio"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/hookhound/hookhound/pkg/packet"
)

// truth is a request as the server logged it.
type truth struct {
	T      float64
	Remote string
	Proto  string
}

// traffic gives the captures of the manifest that hold HTTP/3, with the moments
// of its requests by client.
func traffic(t *testing.T) (captures []string, requests []map[string][]float64) {
	folder := filepath.Join(testdata(t), "traffic")
	f, err := os.Open(filepath.Join(folder, "manifest.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e struct {
			Pcap  string
			Truth []truth
		}
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		by := map[string][]float64{}
		for _, r := range e.Truth {
			if r.Proto == "HTTP/3.0" {
				by[r.Remote] = append(by[r.Remote], r.T)
			}
		}
		if len(by) > 0 {
			captures, requests = append(captures, filepath.Join(folder, e.Pcap)), append(requests, by)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return captures, requests
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

// counted is how the exchanges of captures compare with the server's log.
type counted struct{ want, got, hit int }

// count runs captures, each as lack leaves it.
func count(t *testing.T, lack func([]packet.Packet) []packet.Packet) (c counted) {
	captures, requests := traffic(t)
	for i, path := range captures {
		starts := map[string][]float64{}
		for _, l := range runPackets(t, lack(readCapture(t, path))) {
			client, _ := l.client()
			for _, x := range l.Final() {
				starts[client.String()] = append(starts[client.String()], float64(x.Start)/1e9)
				t.Logf("%s %d start %v, %v long, up %d down %d %s", filepath.Base(path), x.Index, x.Start, x.End.Sub(x.Start), x.Up, x.Down, x.Sure)
			}
		}
		for _, list := range starts {
			c.got += len(list)
		}
		for remote, list := range requests[i] {
			c.want += len(list)
			c.hit += match(list, starts[remote])
		}
	}
	t.Logf("true %d found %d hit %d", c.want, c.got, c.hit)
	return c
}

// TestTraffic compares the exchanges of captures of real clients with the
// server's log.
func TestTraffic(t *testing.T) {
	c := count(t, func(p []packet.Packet) []packet.Packet { return p })
	if c.want == 0 || c.hit != c.want || c.got != c.want {
		t.Errorf("%+v: want all and no others", c)
	}
}

// TestTrafficImpaired is the same with captures that lack something.
func TestTrafficImpaired(t *testing.T) {
	keep := func(p []packet.Packet, ok func(i int, p *packet.Packet) bool) (out []packet.Packet) {
		for i := range p {
			if ok(i, &p[i]) {
				out = append(out, p[i])
			}
		}
		return out
	}
	for _, c := range []struct {
		name        string
		lack        func(p []packet.Packet) []packet.Packet
		least, most int // of 24
	}{
		{"client alone", func(p []packet.Packet) []packet.Packet {
			return keep(p, func(_ int, p *packet.Packet) bool { return p.SrcPort > p.DstPort })
		}, 24, 24},
		{"server alone", func(p []packet.Packet) []packet.Packet {
			return keep(p, func(_ int, p *packet.Packet) bool { return p.SrcPort < p.DstPort })
		}, 22, 24},
		{"each twice", func(p []packet.Packet) (out []packet.Packet) {
			for _, q := range p {
				out = append(out, q, q)
			}
			return out
		}, 24, 24},
		{"each seventeenth lost", func(p []packet.Packet) []packet.Packet {
			return keep(p, func(i int, _ *packet.Packet) bool { return i%17 != 11 })
		}, 20, 26},
		{"no handshake", func(p []packet.Packet) []packet.Packet {
			return keep(p, func(_ int, p *packet.Packet) bool {
				return len(p.Payload) > 0 && p.Payload[0]&0xf0 != 0xc0
			})
		}, 22, 26},
		{"neighbours exchanged", func(p []packet.Packet) []packet.Packet {
			for i := 0; i+1 < len(p); i += 2 {
				if p[i+1].Time.Sub(p[i].Time) < time.Millisecond {
					p[i], p[i+1] = p[i+1], p[i]
					p[i].Clock, p[i+1].Clock = p[i+1].Clock, p[i].Clock
				}
			}
			return p
		}, 24, 24},
	} {
		t.Run(c.name, func(t *testing.T) {
			if n := count(t, c.lack); n.hit < c.least || n.got > c.most {
				t.Errorf("%+v: want %d to %d", n, c.least, c.most)
			}
		})
	}
}
