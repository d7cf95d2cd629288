package detect

import (
	"fmt"
	"strings"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/event"
)

// sentence says what a detection means, so that a person can act on it without
// reading the rest. The newest connection was opened at a time.
func sentence(d *event.Detection, at capture.Time) string {
	var b strings.Builder
	b.WriteString(d.Client.String())
	if d.Via.IsValid() {
		fmt.Fprintf(&b, " (so says the proxy %s)", d.Via)
	}
	fmt.Fprintf(&b, " called %s %d times", called(d), d.Rhythm.Count)
	fmt.Fprintf(&b, ", every %s", event.Span(d.Rhythm.Interval))
	if spread := time.Duration(d.Rhythm.Jitter * float64(d.Rhythm.Interval)); spread >= time.Millisecond {
		fmt.Fprintf(&b, " give or take %s", event.Span(spread))
	}
	fmt.Fprintf(&b, ", sending about %s each", event.Size(d.Rhythm.UpMedian))
	switch n := d.Rhythm.Conns; {
	case n == 1:
		fmt.Fprintf(&b, ", over one connection opened at %s UTC", opened(d, at))
	case d.Rhythm.Inside:
		fmt.Fprintf(&b, ", over %d connections that each carried several", n)
	case 10*n >= 9*d.Rhythm.Count:
		b.WriteString(", with a new connection each time")
	default:
		fmt.Fprintf(&b, ", over %d connections", n)
	}
	if m := d.Rhythm.Missed; m >= 0.1 {
		fmt.Fprintf(&b, "; %.0f %% of the beats are missing", 100*m)
	}
	if d.Visibility.Name == event.NameByDNS {
		b.WriteString("; the name is what the client had asked DNS for")
	}
	if d.Visibility.Shared {
		b.WriteString("; many hosts share this address")
	}
	if d.Action == event.Ended {
		fmt.Fprintf(&b, "; silent since %s UTC", d.End.Std().Format(time.DateTime))
	}
	return b.String()
}

// opened is the time of day at which the connection was opened, with its day
// where the newest beat was on another.
func opened(d *event.Detection, t capture.Time) string {
	at, last := t.Std(), d.End.Std()
	if at.Format(time.DateOnly) == last.Format(time.DateOnly) {
		return at.Format(time.TimeOnly)
	}
	return at.Format(time.DateTime)
}

// called names the service for a sentence, with the host where that says more.
// Both may be what the client wrote into its hello, and the sentence is read on
// terminals.
func called(d *event.Detection) string {
	name := event.Text(d.Service)
	if d.ServiceName != "" {
		name = d.ServiceName
	}
	if len(d.Names) > 0 && !strings.EqualFold(d.Names[0], name) {
		return fmt.Sprintf("%s (%s)", name, event.Text(d.Names[0]))
	}
	return name
}
