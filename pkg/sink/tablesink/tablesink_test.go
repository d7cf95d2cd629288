package tablesink

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/event"
)

const start = capture.Time(1_700_000_000_000_000_000) // 2023-11-14 22:13:20 UTC

func detection(episode string, score float64, hunt bool) *event.Detection {
	return &event.Detection{
		Kind: event.KindWebhookBeacon, Hunt: hunt, Action: event.Created, Episode: episode, Revision: 1,
		Site: "default", Client: netip.MustParseAddr("10.0.0.5"), Service: "discord", Names: []string{"discord.com"},
		Start: start, End: start + capture.Time(36*time.Minute), Score: score,
		Rhythm:  event.Rhythm{Count: 37, Interval: time.Minute, Jitter: 0.034, UpMedian: 420, DownMedian: 3 << 10},
		Terms:   []event.Term{{Name: "rhythm", Value: score + 8, Why: "every 60 s"}, {Name: "browser", Value: -8, Why: "a browser calls"}},
		Message: "sentence of " + episode + ".",
	}
}

func printed(t *testing.T, list ...*event.Detection) string {
	t.Helper()
	var b strings.Builder
	s := New(&b)
	for _, d := range list {
		if err := s.Detection(d); err != nil {
			t.Fatal(err)
		}
	}
	if b.Len() > 0 {
		t.Errorf("printed before the end: %q", b.String())
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTable(t *testing.T) {
	got := printed(t, detection("one", 61, false), detection("two", 83.25, false), detection("three", 44, true))
	want := `ALERTS
SCORE   SEVERITY   CLIENT     SERVICE       BEATS   EVERY   JITTER   UP          DOWN    FIRST (UTC)           LAST (UTC)
83.2    high       10.0.0.5   discord.com   37      60 s    3 %      420 bytes   3 KiB   2023-11-14 22:13:20   2023-11-14 22:49:20
61.0    medium     10.0.0.5   discord.com   37      60 s    3 %      420 bytes   3 KiB   2023-11-14 22:13:20   2023-11-14 22:49:20

sentence of two.
   +91.2  rhythm    every 60 s
    -8.0  browser   a browser calls
sentence of one.
   +69.0  rhythm    every 60 s
    -8.0  browser   a browser calls

HUNT LIST  rhythms to services outside the catalogue: look when there is time
SCORE   SEVERITY   CLIENT     SERVICE       BEATS   EVERY   JITTER   UP          DOWN    FIRST (UTC)           LAST (UTC)
44.0    low        10.0.0.5   discord.com   37      60 s    3 %      420 bytes   3 KiB   2023-11-14 22:13:20   2023-11-14 22:49:20

sentence of three.
   +52.0  rhythm    every 60 s
    -8.0  browser   a browser calls
`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestNothing(t *testing.T) {
	if got := printed(t); got != "Nothing to report.\n" {
		t.Errorf("got %q", got)
	}
}

func TestHuntsAlone(t *testing.T) {
	if got := printed(t, detection("one", 44, true)); !strings.HasPrefix(got, "HUNT LIST ") || strings.Contains(got, "ALERTS") {
		t.Errorf("got:\n%s", got)
	}
}

// Of an episode only the newest state is shown.
func TestLastState(t *testing.T) {
	first, last := detection("one", 61, false), detection("one", 72, false)
	last.Revision, last.Message = 2, "newest."
	got := printed(t, first, last)
	if strings.Contains(got, "sentence of one") || strings.Count(got, "newest.") != 1 || strings.Count(got, "10.0.0.5") != 1 {
		t.Errorf("got:\n%s", got)
	}
}

// The order is by score, then by time, then by episode: never that of a map.
func TestOrder(t *testing.T) {
	var list []*event.Detection
	for _, e := range []string{"f", "c", "a", "e", "b", "d"} {
		list = append(list, detection(e, 61, false))
	}
	list[0].Start -= capture.Time(time.Hour)
	list[1].Score = 90
	want := ""
	for _, e := range []string{"c", "f", "a", "b", "d", "e"} {
		want += "sentence of " + e + ".\n"
	}
	for range 20 {
		got := ""
		for _, line := range strings.SplitAfter(printed(t, list...), "\n") {
			if strings.HasPrefix(line, "sentence") {
				got += line
			}
		}
		if got != want {
			t.Fatalf("got:\n%s\nwant:\n%s", got, want)
		}
	}
}

// What a host on the wire names itself must not steer the terminal.
func TestNamesAreMadeHarmless(t *testing.T) {
	d := detection("one", 61, false)
	d.Names = []string{"\x1b[2Jevil\n.example"}
	got := printed(t, d)
	if strings.Contains(got, "\x1b") || !strings.Contains(got, `\x1b[2Jevil\x0a.example`) {
		t.Errorf("got:\n%q", got)
	}
	d.Names, d.Service = nil, "\tx"
	if got := printed(t, d); !strings.Contains(got, `\x09x`) {
		t.Errorf("got:\n%q", got)
	}
}

type full struct{}

var errFull = errors.New("no space left on device")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestOutputFails(t *testing.T) {
	for _, list := range [][]*event.Detection{nil, {detection("one", 61, false)}, {detection("one", 61, true)}} {
		s := New(full{})
		for _, d := range list {
			if err := s.Detection(d); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); !errors.Is(err, errFull) || err.Error() != "output: no space left on device" {
			t.Errorf("error %v", err)
		}
	}
}
