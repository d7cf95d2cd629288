package truth

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

const pcaps = "../../../pcaps"

func manifest(t *testing.T) []Capture {
	t.Helper()
	all, err := Read(filepath.Join(pcaps, "manifest.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestManifestListsEveryCapture(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(pcaps, "*.pcap*"))
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, f := range files {
		want = append(want, filepath.Base(f))
	}
	labels := map[string]int{}
	for _, c := range manifest(t) {
		got = append(got, c.File)
		labels[c.Label]++
		if (c.Label == Beacon) != (len(c.Pairs) > 0) {
			t.Errorf("%s: label %s with %d expected pairs", c.ID, c.Label, len(c.Pairs))
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("the manifest lists %v, the folder holds %v", got, want)
	}
	if labels[Beacon] == 0 || labels[Benign] == 0 || labels[Beacon]+labels[Benign] != len(got) {
		t.Errorf("labels %v: want both beacon and benign, and no other", labels)
	}
}

// The server's log and the capture were made by different programs; here they
// are held against each other.
func TestCapturesAgreeWithTheServer(t *testing.T) {
	for _, c := range manifest(t) {
		t.Run(c.ID, func(t *testing.T) {
			pcap, err := os.ReadFile(filepath.Join(pcaps, c.File))
			if err != nil {
				t.Fatal(err)
			}
			if sum := sha256.Sum256(pcap); hex.EncodeToString(sum[:]) != c.SHA256 {
				t.Errorf("sha256 is %x", sum)
			}
			segments, frames, err := Segments(pcap)
			if err != nil {
				t.Fatal(err)
			}
			if frames != c.Frames {
				t.Errorf("%d frames, the manifest says %d", frames, c.Frames)
			}
			checkConnections(t, c, segments)
			checkRequests(t, c, segments)
		})
	}
}

// checkConnections: the clients' SYNs are the connections that the server
// accepted, and each carries both directions.
func checkConnections(t *testing.T, c Capture, segments []Segment) {
	var opened []string
	up, down := map[string]int{}, map[string]int{}
	for _, s := range segments {
		if s.SYN && !s.ACK && !slices.Contains(opened, s.From) {
			opened = append(opened, s.From)
		}
		up[s.From] += s.Payload
		down[s.To] += s.Payload
	}
	accepted := slices.Clone(c.Connections)
	slices.Sort(opened)
	slices.Sort(accepted)
	if !slices.Equal(opened, accepted) {
		t.Errorf("connections opened in the capture %v, accepted by the server %v", opened, accepted)
	}
	for _, r := range c.Truth {
		if !slices.Contains(accepted, r.Remote) {
			t.Errorf("a request on %s, a connection that the server did not accept", r.Remote)
		}
		if int64(up[r.Remote]) < r.ReqBody || int64(down[r.Remote]) < r.RespBody {
			t.Errorf("%s carries %d bytes up and %d down, a request alone had bodies of %d and %d",
				r.Remote, up[r.Remote], down[r.Remote], r.ReqBody, r.RespBody)
		}
	}
}

// checkRequests: shortly before the server's clock says that a request came,
// its connection carried bytes up; and no answer comes later than the capture
// ends.
func checkRequests(t *testing.T, c Capture, segments []Segment) {
	for _, r := range c.Truth {
		at := time.UnixMicro(int64(math.Round(r.T * 1e6)))
		before := slices.ContainsFunc(segments, func(s Segment) bool {
			ago := at.Sub(s.Time)
			return s.From == r.Remote && s.Payload > 0 && ago > -time.Millisecond && ago < 500*time.Millisecond
		})
		if !before {
			t.Errorf("%s %s at %s: no bytes from %s in the half second before", r.Method, r.Path, at, r.Remote)
		}
	}
}

// Each expected pair is in the server's log, as often and in the rhythm that
// its client was told.
func TestExpectedPairsAreInTheLog(t *testing.T) {
	webhooks := map[string]*regexp.Regexp{
		"discord":      regexp.MustCompile(`^discord\.com/api/webhooks/`),
		"slack":        regexp.MustCompile(`^hooks\.slack\.com/services/`),
		"webhook-site": regexp.MustCompile(`^webhook\.site/`),
	}
	for _, c := range manifest(t) {
		for _, p := range c.Pairs {
			webhook := webhooks[p.Service]
			if webhook == nil {
				t.Errorf("%s: service %q is unknown", c.ID, p.Service)
				continue
			}
			var times []float64
			for _, r := range c.Truth {
				if clientOf(r) == p.Client && webhook.MatchString(r.Host+r.Path) {
					times = append(times, r.T)
				}
			}
			if len(times) != p.Count {
				t.Errorf("%s: %s called %s %d times, want %d", c.ID, p.Client, p.Service, len(times), p.Count)
				continue
			}
			mean := (times[len(times)-1] - times[0]) / float64(len(times)-1)
			if math.Abs(mean-p.PeriodS) > (0.1+p.Jitter)*p.PeriodS {
				t.Errorf("%s: %s called %s every %.2f s, want %.2f", c.ID, p.Client, p.Service, mean, p.PeriodS)
			}
		}
	}
}

func TestNoTokenInTheManifest(t *testing.T) {
	secret := regexp.MustCompile(`[A-Za-z0-9_-]{24,}`)
	for _, c := range manifest(t) {
		for _, r := range c.Truth {
			if secret.MatchString(r.Path) {
				t.Errorf("%s: path %s holds what may be a token", c.ID, r.Path)
			}
		}
	}
}

func clientOf(r Request) string {
	host := r.Remote[:strings.LastIndexByte(r.Remote, ':')]
	return strings.Trim(host, "[]")
}
