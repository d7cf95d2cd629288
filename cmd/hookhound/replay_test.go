package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
)

// pcaps is the folder of captures with truth.
const pcaps = "../../pcaps"

// truth is a line of the manifest, as far as it is needed here.
type truth struct {
	ID, Pcap, Label string
	Frames          int
	Pairs           []struct {
		Client, Service string
		PeriodS         float64 `json:"period_s"`
		Jitter          float64
		Count           int
	}
	Truth []struct {
		T      float64
		Remote string
	}
}

// starts are the times of the requests of a client, by the server's log.
func (tr *truth) starts(client string) []float64 {
	var out []float64
	for _, r := range tr.Truth {
		if host, _, _ := strings.Cut(strings.TrimPrefix(r.Remote, "["), "]"); host == client || strings.HasPrefix(r.Remote, client+":") {
			out = append(out, r.T)
		}
	}
	return out
}

func manifest(t *testing.T) []truth {
	t.Helper()
	f, err := os.Open(filepath.Join(pcaps, "manifest.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []truth
	dec := json.NewDecoder(bufio.NewReader(f))
	for dec.More() {
		var tr truth
		if err := dec.Decode(&tr); err != nil {
			t.Fatal(err)
		}
		all = append(all, tr)
	}
	if len(all) == 0 {
		t.Fatal("the manifest is empty")
	}
	return all
}

func TestGoldenDetections(t *testing.T) {
	for _, tr := range manifest(t) {
		got := hookhound(t, "replay", filepath.Join(pcaps, tr.Pcap))
		if got.status != statusOK {
			t.Errorf("%s: status %d: %s", tr.ID, got.status, got.stderr)
		}
		golden(t, tr.ID+".jsonl", got.stdout)
		golden(t, tr.ID+".summary", got.stderr)
	}
}

func TestGoldenObservations(t *testing.T) {
	got := hookhound(t, "replay", "--observations", filepath.Join(pcaps, "requests-session-slack.pcap"))
	golden(t, "requests-session-slack.observations.jsonl", got.stdout)
}

func TestGoldenTable(t *testing.T) {
	got := hookhoundIn(t, world{stdin: bytes.NewReader(merged(t))}, "replay", "--format", "table", "-")
	golden(t, "all.table", got.stdout)
}

// TestDetectionsAreTrue holds what is reported against the manifest, which
// comes from the server's log and the script that made the traffic: what the
// golden files repeat is right.
func TestDetectionsAreTrue(t *testing.T) {
	for _, tr := range manifest(t) {
		alerts := map[string]object{} // the last state of each, by client and service
		created := map[string]float64{}
		for _, d := range objects(t, hookhound(t, "replay", filepath.Join(pcaps, tr.Pcap)).stdout) {
			if d.text("hookhound.list") != "alert" {
				continue
			}
			pair := d.text("hookhound.pair.client") + " " + d.text("hookhound.pair.service")
			if _, ok := created[pair]; !ok {
				created[pair] = d.number("hookhound.beacon.count")
			}
			alerts[pair] = d
		}
		for _, p := range tr.Pairs {
			d, ok := alerts[p.Client+" "+p.Service]
			if !ok {
				t.Errorf("%s: %s calls %s every %v s, and nothing says so", tr.ID, p.Client, p.Service, p.PeriodS)
				continue
			}
			delete(alerts, p.Client+" "+p.Service)
			// The script's pause is a little less than the period, which is that
			// of the server's log.
			starts := tr.starts(p.Client)
			starts = starts[len(starts)-p.Count:]
			period := (starts[p.Count-1] - starts[0]) / float64(p.Count-1)
			if got := d.number("hookhound.beacon.interval_s"); math.Abs(got/period-1) > 0.05 {
				t.Errorf("%s: interval %v s, the server saw %.3f s", tr.ID, got, period)
			}
			if got := d.number("hookhound.beacon.count"); math.Abs(got-float64(p.Count)) > 1 {
				t.Errorf("%s: %v beats, the script made %d", tr.ID, got, p.Count)
			}
			// Six regular beats suffice; the first pauses of some were irregular.
			if got := created[p.Client+" "+p.Service]; got > 12 {
				t.Errorf("%s: the first detection came after %v beats, want at most 12", tr.ID, got)
			}
			if d.text("hookhound.kind") != "webhook-beacon" || d.text("event.kind") != "alert" || d.text("source.ip") != p.Client {
				t.Errorf("%s: kind %q of %q from %q", tr.ID, d.text("hookhound.kind"), d.text("event.kind"), d.text("source.ip"))
			}
			sum := 0.0
			terms, _ := d.get("hookhound.score").([]any)
			for _, term := range terms {
				sum += object(term.(map[string]any)).number("value")
			}
			// Each term is rounded to a tenth.
			if risk := d.number("event.risk_score"); math.Abs(sum-risk) > 0.05*float64(len(terms)+1) && risk != 100 {
				t.Errorf("%s: the terms add up to %.1f, the score is %.1f", tr.ID, sum, risk)
			}
		}
		for pair := range alerts {
			t.Errorf("%s: %s is reported and is no beacon", tr.ID, pair)
		}
	}
}

// TestObservationsAreTrue holds hellos and exchanges against the server's log.
func TestObservationsAreTrue(t *testing.T) {
	for _, tr := range manifest(t) {
		clients := map[string]int{}
		for _, r := range tr.Truth {
			clients[r.Remote]++
		}
		seen := map[string]int{}
		for i, o := range objects(t, hookhound(t, "replay", "--observations", filepath.Join(pcaps, tr.Pcap)).stdout) {
			kind := o.text("hookhound.observation")
			if o.get("event.created") != nil || o.text("hookhound.mode") != "replay" {
				t.Fatalf("%s: line %d: replay knows no wall clock: %v", tr.ID, i+1, o)
			}
			if _, err := time.Parse(time.RFC3339Nano, o.text("@timestamp")); err != nil || !strings.HasSuffix(o.text("@timestamp"), "Z") {
				t.Fatalf("%s: line %d: @timestamp %q", tr.ID, i+1, o.text("@timestamp"))
			}
			if kind == "exchange" {
				remote := o.text("source.ip")
				if strings.Contains(remote, ":") {
					remote = "[" + remote + "]"
				}
				seen[remote]++
			}
		}
		want := map[string]int{}
		for remote, n := range clients {
			want[remote[:strings.LastIndex(remote, ":")]] += n
		}
		for host, n := range want {
			// HTTP/2 runs calls side by side: those may be cut as one, so a
			// browser's are looked at in the tests of tlswire, with all they need.
			if strings.Contains(tr.ID, "chromium") || tr.ID == "mixed-two-hosts" {
				n = seen[host]
			}
			if seen[host] != n {
				t.Errorf("%s: %d exchanges of %s, the server answered %d", tr.ID, seen[host], host, n)
			}
		}
	}
}

func TestFormatNoneSaysNothing(t *testing.T) {
	got := hookhound(t, "replay", "--format", "none", filepath.Join(pcaps, "curl-discord.pcap"))
	if got.stdout != "" || !strings.Contains(got.stderr, "reported      ") || got.status != statusOK {
		t.Errorf("%+v", got)
	}
}

func TestFilterKeepsOnlyWhatMatches(t *testing.T) {
	file := filepath.Join(pcaps, "mixed-two-hosts.pcap")
	all := hookhound(t, "replay", file)
	one := hookhound(t, "replay", "--filter", "host 10.20.9.15", file)
	other := hookhound(t, "replay", "--filter", "not host 10.20.9.15", file)
	if one.stdout != all.stdout || one.stdout == "" {
		t.Error("the beacon's own frames give another detection than all of them")
	}
	if other.stdout != "" || one.stderr == all.stderr {
		t.Errorf("without the beacon's frames:\n%s%s", other.stdout, other.stderr)
	}
}

func TestExcludedNetworkIsNotFollowed(t *testing.T) {
	file := filepath.Join(pcaps, "curl-discord.pcap")
	got := hookhound(t, "replay", "--observations", "--exclude", "10.20.1.0/24", file)
	if got.stdout != "" || !strings.Contains(got.stderr, "flows of excluded networks") {
		t.Errorf("%+v", got)
	}
}

func TestClientsOutsideTheHomeNetworksAreNotScored(t *testing.T) {
	got := hookhound(t, "replay", "--home", "172.16.0.0/12", filepath.Join(pcaps, "curl-discord.pcap"))
	if got.stdout != "" || !strings.Contains(got.stderr, "20 calls of clients outside the home networks") {
		t.Errorf("%+v", got)
	}
}

func TestThreshold(t *testing.T) {
	file := filepath.Join(pcaps, "curl-discord.pcap")
	for threshold, want := range map[string]bool{"70": true, "95": false} {
		if got := hookhound(t, "replay", "--threshold", threshold, file); (got.stdout != "") != want {
			t.Errorf("at a threshold of %s: %q", threshold, got.stdout)
		}
	}
}

// broken is an output that fails.
type broken struct{ err error }

func (b broken) Write([]byte) (int, error) { return 0, b.err }

func TestOutputThatFails(t *testing.T) {
	file := filepath.Join(pcaps, "curl-discord.pcap")
	for _, format := range []string{"json", "table"} {
		got := hookhoundIn(t, world{stdout: broken{syscall.ENOSPC}}, "replay", "--format", format, file)
		if got.status != statusPartial || !strings.Contains(got.stderr, "hookhound: error: output: no space left on device\n") {
			t.Errorf("a full disk: %+v", got)
		}
		got = hookhoundIn(t, world{stdout: broken{syscall.EPIPE}}, "replay", "--format", format, file)
		if got.status != statusPartial || strings.Contains(got.stderr, "error") {
			t.Errorf("a reader that has gone: %+v", got)
		}
	}
}

// A reader of standard output who goes away ends what is written there, and not
// what Kafka was promised.
func TestReaderThatGoesAwayLeavesKafka(t *testing.T) {
	address, _ := fakeBroker(t, "detections")
	got := hookhoundIn(t, world{stdout: broken{syscall.EPIPE}}, "replay", "--kafka", address, "--topic", "detections", filepath.Join(pcaps, "curl-discord.pcap"))
	if got.status != statusPartial || !strings.Contains(got.stderr, "nobody reads standard output any more") {
		t.Errorf("%+v", got)
	}
	if n := len(readTopic(t, address, "detections", 4, 10*time.Second)); n != 4 {
		t.Errorf("%d detections in the topic, want 4", n)
	}
}

// A compressed file that is cut off is read to its last whole frame, in company
// too.
func TestTruncatedGzipAmongOthers(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(pcaps, "curl-discord.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(data)
	z.Close()
	dir := t.TempDir()
	cut := filepath.Join(dir, "cut.pcap.gz")
	if err := os.WriteFile(cut, packed.Bytes()[:packed.Len()/2], 0o600); err != nil {
		t.Fatal(err)
	}
	got := hookhound(t, "replay", "--format", "none", cut, filepath.Join(pcaps, "benign.pcap"))
	if got.status != statusPartial || !strings.Contains(got.stderr, "hookhound: error: "+cut+": cut off at byte ") {
		t.Errorf("%+v", got)
	}
	alone := hookhound(t, "replay", "--format", "none", filepath.Join(pcaps, "benign.pcap"))
	if firstWord(got.stderr, "read") == firstWord(alone.stderr, "read") {
		t.Errorf("the frames before the cut were not read: %s", got.stderr)
	}
}

// firstWord is what stands behind a name in the summary.
func firstWord(stderr, name string) string {
	for line := range strings.Lines(stderr) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == name {
			return f[1]
		}
	}
	return ""
}

// Frames of a link type that nobody decodes are no success.
func TestUnknownLinkType(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(pcaps, "curl-discord.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	data = bytes.Clone(data)
	data[20] = 105 // IEEE 802.11
	file := filepath.Join(t.TempDir(), "wifi.pcap")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	got := hookhound(t, "replay", file)
	if got.status != statusPartial || !strings.Contains(got.stderr, "hookhound: error: frames of link type 105 are not decoded\n") {
		t.Errorf("%+v", got)
	}
}

// TestSnapLenOfHeaders: a capture that holds hardly more than headers is read,
// and its summary makes sense.
func TestSnapLenOfHeaders(t *testing.T) {
	for _, snap := range []int{60, 100, 400} {
		var frames []capture.Frame
		for _, tr := range manifest(t) {
			for _, f := range framesOf(t, filepath.Join(pcaps, tr.Pcap)) {
				f.Bytes = f.Bytes[:min(len(f.Bytes), snap)]
				frames = append(frames, f)
			}
		}
		file := classic(binary.LittleEndian, 0xa1b2c3d4, 1000, frames)
		got := hookhoundIn(t, world{stdin: bytes.NewReader(file)}, "replay", "--format", "none", "-")
		if got.status != statusOK || !strings.Contains(got.stderr, " bytes cut by the snap length") {
			t.Errorf("%d bytes: status %d: %s", snap, got.status, got.stderr)
		}
		for _, word := range strings.FieldsFunc(got.stderr, func(r rune) bool { return r == ' ' || r == '\n' }) {
			if len(word) > len("100,000,000") && strings.Trim(word, "0123456789,") == "" {
				t.Errorf("%d bytes: %s of anything are too many: %s", snap, word, got.stderr)
			}
		}
	}
}

func TestInputThatFails(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(pcaps, "curl-discord.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	failing := &faulty{data: bytes.NewReader(data[:50_000]), err: errors.New("input/output error")}
	got := hookhoundIn(t, world{stdin: failing}, "replay", "-")
	if got.status != statusPartial || !strings.Contains(got.stderr, "hookhound: error: standard input: ") || got.stdout == "" {
		t.Errorf("%+v", got)
	}
}

// faulty breaks off.
type faulty struct {
	data *bytes.Reader
	err  error
}

func (f *faulty) Read(b []byte) (int, error) {
	if f.data.Len() == 0 {
		return 0, f.err
	}
	return f.data.Read(b)
}

func TestProgressIsDrawnOnATerminalOnly(t *testing.T) {
	file := filepath.Join(pcaps, "curl-discord.pcap")
	pipe := hookhound(t, "replay", file)
	term := hookhoundIn(t, world{terminal: true}, "replay", file)
	if strings.ContainsAny(pipe.stderr, "\r\x1b") {
		t.Errorf("in a pipe: %q", pipe.stderr)
	}
	if !strings.Contains(term.stderr, "packets") || !strings.ContainsAny(term.stderr, "\r") {
		t.Errorf("on a terminal: %q", term.stderr)
	}
	if term.stdout != pipe.stdout || !strings.HasSuffix(term.stderr, pipe.stderr) {
		t.Errorf("the summary does not stand alone: %q", term.stderr)
	}
}
