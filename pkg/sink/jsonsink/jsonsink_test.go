package jsonsink

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/event"
)

const at = capture.Time(1_700_000_000_000_000_000)

func encoder() *event.Encoder { return &event.Encoder{Mode: event.Replay, Version: "test"} }

func detection(message string) *event.Detection {
	return &event.Detection{
		Time: at, Kind: event.KindWebhookBeacon, Action: event.Created, Episode: "e", Revision: 1, Site: "default",
		Client: netip.MustParseAddr("10.0.0.5"), Service: "discord", Start: at, End: at, Score: 72, Message: message,
		Rhythm: event.Rhythm{Count: 7, Interval: time.Minute},
	}
}

func observation() *event.Observation {
	return &event.Observation{
		Type: event.Flow, Time: at, Summary: &event.Summary{First: at, Last: at},
		Conn: &event.Conn{
			Site: "default", Client: netip.MustParseAddrPort("10.0.0.5:40000"), Server: netip.MustParseAddrPort("192.0.2.1:443"),
			Protocol: 6, Opened: at,
		},
	}
}

// What is written is what the encoder makes, a line each, in the order given.
func TestLines(t *testing.T) {
	var out, want bytes.Buffer
	s := New(&out, encoder())
	for _, message := range []string{"plain", "two\nlines", "a \u2028 separator", "<tag> & \"quotes\"", "\xff"} {
		d, o := detection(message), observation()
		if err := errors.Join(s.Detection(d), s.Observation(o)); err != nil {
			t.Fatal(err)
		}
		body, err := encoder().Detection(d)
		if err != nil {
			t.Fatal(err)
		}
		fact, err := encoder().Observation(o)
		if err != nil {
			t.Fatal(err)
		}
		want.Write(append(append(append(body, '\n'), fact...), '\n'))
	}
	if out.Len() > 0 {
		t.Errorf("%d bytes passed on before Flush", out.Len())
	}
	if err := s.Flush(); err != nil {
		t.Fatal(err)
	}
	if out.String() != want.String() {
		t.Errorf("got:\n%s\nwant:\n%s", &out, &want)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != 10 {
		t.Fatalf("%d lines, want 10", len(lines))
	}
	for _, line := range lines {
		var object map[string]any
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			t.Errorf("%v: %s", err, line)
		}
	}
}

// A long run keeps no more than the buffer.
func TestBufferIsBounded(t *testing.T) {
	var out bytes.Buffer
	s := New(&out, encoder())
	written := 0
	for range 1000 {
		d := detection(strings.Repeat("x", 1000))
		if err := s.Detection(d); err != nil {
			t.Fatal(err)
		}
		written += 1000
		if kept := written - out.Len(); kept > 64<<10 {
			t.Fatalf("%d bytes kept", kept)
		}
	}
}

type gone struct{ left int } // takes so many writes

func (g *gone) Write(b []byte) (int, error) {
	if g.left--; g.left < 0 {
		return 0, syscall.EPIPE
	}
	return len(b), nil
}

// A reader that has gone is told at once and at every later call, and can be
// told from other failures.
func TestOutputFails(t *testing.T) {
	s := New(&gone{left: 1}, encoder())
	if err := errors.Join(s.Detection(detection("one")), s.Flush(), s.Detection(detection("two"))); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Flush(); !errors.Is(err, syscall.EPIPE) || err.Error() != "output: broken pipe" {
			t.Errorf("Flush: %v", err)
		}
	}
	if err := s.Observation(observation()); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("Observation: %v", err)
	}
}
