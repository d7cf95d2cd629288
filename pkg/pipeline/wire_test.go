package pipeline

import (
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/capture/capturetest"
)

// mirrored shows some frames twice, as a mirror port on both sides does.
func mirrored(r *rand.Rand, all []capture.Frame) []capture.Frame {
	var out []capture.Frame
	for _, f := range all {
		out = append(out, f)
		if r.IntN(5) == 0 {
			f.Time = f.Time.Add(10 * time.Microsecond)
			out = append(out, f)
		}
	}
	return out
}

// TestSameForAnyWorkersAndProtocols is TestSameForAnyWorkers for what is read
// besides TLS: tunnels, fragments, copies, QUIC, HTTP, DNS, DHCP, proxies.
func TestSameForAnyWorkersAndProtocols(t *testing.T) {
	captures, err := filepath.Glob("../../pcaps/wire/*.pcap")
	if err != nil || len(captures) == 0 {
		t.Fatal("no captures", err)
	}
	names := []string{"curl-discord.pcap"}
	for _, path := range captures {
		names = append(names, filepath.Join("wire", filepath.Base(path)))
	}
	r := rand.New(rand.NewPCG(2, 1))
	usual, tight := options(t), tiny(t)
	for name, opt := range map[string]*Options{"usual": &usual, "tiny": &tight} {
		opt.Observe.WholeURLs = name == "usual"
		opt.Observe.TokenKey = []byte("key")
	}
	for name, all := range map[string][]capture.Frame{
		"crowd":         mirrored(r, crowd(t, r, 3, names...)),
		"spoiled crowd": spoiled(r, mirrored(r, crowd(t, r, 3, names...))),
	} {
		for limits, opt := range map[string]Options{"usual": usual, "tiny": tight} {
			want := run(t, opt, capturetest.New(all...))
			want.sound(t)
			st := want.stats
			t.Logf("%s, %s limits: %d frames, %d observations, %d detections", name, limits, len(all), len(want.observations), len(want.detections))
			o := &st.Observe
			if o.Copies.Duplicates == 0 || o.Requests == 0 || o.Names == 0 || o.Leases == 0 || o.Hellos == 0 || st.Parts.Whole == 0 || len(want.detections) == 0 {
				t.Errorf("%s, %s limits: something was never seen: %+v", name, limits, st)
			}
			for _, word := range []string{`"how":"quic-datagrams"`, `"how":"http"`, `"duplicated":`, `"transport":"udp"`} {
				if !strings.Contains(strings.Join(want.observations, "\n"), word) {
					t.Errorf("%s, %s limits: no observation has %s", name, limits, word)
				}
			}
			for _, n := range []int{2, 3, 5, 64} {
				opt.Workers = n
				if diff := same(want, run(t, opt, capturetest.New(all...))); diff != "" {
					t.Fatalf("%s, %s limits, %d workers: %s", name, limits, n, diff)
				}
			}
			opt.Workers = 3
			ticks := ticking(rand.New(rand.NewPCG(3, 1)), all, 5)
			if diff := same(want, run(t, opt, capturetest.New(ticks...))); diff != "" {
				t.Fatalf("%s, %s limits, with ticks: %s", name, limits, diff)
			}
		}
	}
}
