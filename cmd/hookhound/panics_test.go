package main

import (
	"bytes"
	"context"
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/config"
	"github.com/hookhound/hookhound/pkg/sink/kafkasink"
)

// failing is a source that panics now and then.
type failing struct{ calls int }

func (s *failing) Next(*capture.Frame) error {
	if s.calls++; s.calls > 3 {
		return io.EOF
	}
	panic("nobody\nthought of this")
}

// TestPanicsAreSaid: what happened, what it has cost and what to do, the last
// only once, and again in the summary; the run does not count as whole.
func TestPanicsAreSaid(t *testing.T) {
	there := filepath.Join(t.TempDir(), "report.pcapng")
	for report, hint := range map[string]string{
		there: "please report it, as SECURITY.md says, with " + strings.TrimSuffix(there, ".pcapng") + ".txt; " + there + " has the frames that were at hand, which are your traffic\n",
		filepath.Join(t.TempDir(), "no", "report.pcapng"): "report.pcapng: no such file or directory\nhookhound: hint: the setting bug_report names another file for them\n",
		"": "the setting bug_report names a file in which the frames are kept\n",
	} {
		var stderr bytes.Buffer
		w := &world{stdout: io.Discard, stderr: &stderr}
		l, err := config.Load("", []string{"HOOKHOUND_BUG_REPORT=" + report}, nil)
		if err != nil {
			t.Fatal(err)
		}
		s, err := newSensor(context.Background(), w, l, sensorOptions{format: formatNone})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.run(context.Background(), &failing{}); err != nil {
			t.Fatal(err)
		}
		if _, whole := s.deliver(); whole {
			t.Error("the run counts as whole")
		}
		s.summary(nil, kafkasink.Stats{})
		text := regexp.MustCompile(`(panics_test.go):[0-9]+`).ReplaceAllString(stderr.String(), "$1")
		first := "hookhound: error: a fault of hookhound's own while reading, at cmd/hookhound/panics_test.go: nobody\\nthought of this; the frame is left out\nhookhound: hint: "
		last := "\nFAILED        3 times by a fault of hookhound's own, 0 flows followed no more; please report it"
		if report == there {
			last += " with " + strings.TrimSuffix(there, ".pcapng") + ".txt"
		}
		if !strings.HasPrefix(text, first) || strings.Count(text, "a fault of") != 4 || strings.Count(text, "hint: please report") != 1 ||
			!strings.Contains(text, hint) || !strings.HasSuffix(text, last+"\n") {
			t.Errorf("%q:\n%s", report, text)
		}
	}
}
