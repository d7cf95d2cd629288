package detect

import (
	"fmt"
	"strings"
	"time"

	"github.com/hookhound/hookhound/pkg/event"
)

// sentence says what a detection means, so that a person can act on it without
// reading the rest.
func sentence(d *event.Detection, c *event.Conn) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s called %s %d times", d.Client, called(d), d.Rhythm.Count)
	fmt.Fprintf(&b, ", every %s", event.Span(d.Rhythm.Interval))
	if spread := time.Duration(d.Rhythm.Jitter * float64(d.Rhythm.Interval)); spread >= time.Millisecond {
		fmt.Fprintf(&b, " give or take %s", event.Span(spread))
	}
	fmt.Fprintf(&b, ", sending about %s each", event.Size(d.Rhythm.UpMedian))
	switch {
	case d.Rhythm.Conns == 1:
		fmt.Fprintf(&b, ", over one connection opened at %s UTC", c.Opened.Std().Format("15:04:05"))
	case d.Rhythm.Inside:
		fmt.Fprintf(&b, ", over %d connections that each carried several", d.Rhythm.Conns)
	default:
		b.WriteString(", with a new connection each time")
	}
	if m := d.Rhythm.Missed; m >= 0.1 {
		fmt.Fprintf(&b, "; %.0f %% of the beats are missing", 100*m)
	}
	if d.Action == event.Ended {
		fmt.Fprintf(&b, "; silent since %s UTC", d.End.Std().Format("2006-01-02 15:04:05"))
	}
	return b.String()
}

// called names the service for a sentence, with the host where that says more.
func called(d *event.Detection) string {
	name := d.Service
	if d.ServiceName != "" {
		name = d.ServiceName
	}
	if len(d.Names) > 0 && !strings.EqualFold(d.Names[0], name) {
		return fmt.Sprintf("%s (%s)", name, d.Names[0])
	}
	return name
}
