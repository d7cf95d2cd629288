// Package tablesink prints detections for people: when the input has ended, the
// last state of each, the gravest first.
package tablesink

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/hookhound/hookhound/pkg/event"
)

// Sink gathers detections until Close. It keeps one for each episode.
type Sink struct {
	w    io.Writer
	last map[string]*event.Detection
}

// New makes a sink that prints to w.
func New(w io.Writer) *Sink { return &Sink{w: w, last: map[string]*event.Detection{}} }

// Detection takes the newest state of an episode.
func (s *Sink) Detection(d *event.Detection) error {
	s.last[d.Episode] = d
	return nil
}

// Close prints the tables: alerts, and below them the hunt list.
func (s *Sink) Close() error {
	var alerts, hunts []*event.Detection
	for _, d := range s.last {
		if d.Hunt {
			hunts = append(hunts, d)
		} else {
			alerts = append(alerts, d)
		}
	}
	if len(alerts)+len(hunts) == 0 {
		return s.print("Nothing to report.\n")
	}
	if len(alerts) > 0 {
		if err := s.table("ALERTS", alerts); err != nil {
			return err
		}
	}
	if len(hunts) > 0 {
		if len(alerts) > 0 {
			if err := s.print("\n"); err != nil {
				return err
			}
		}
		return s.table("HUNT LIST  rhythms to services outside the catalogue: look when there is time", hunts)
	}
	return nil
}

func (s *Sink) table(title string, list []*event.Detection) error {
	slices.SortFunc(list, func(a, b *event.Detection) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Start, b.Start), strings.Compare(a.Episode, b.Episode))
	})
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", title)
	t := tabwriter.NewWriter(&b, 0, 0, 3, ' ', 0)
	fmt.Fprintln(t, "SCORE\tSEVERITY\tCLIENT\tSERVICE\tBEATS\tEVERY\tJITTER\tUP\tDOWN\tFIRST (UTC)\tLAST (UTC)")
	for _, d := range list {
		r := &d.Rhythm
		fmt.Fprintf(t, "%.1f\t%s\t%s\t%s\t%d\t%s\t%.0f %%\t%s\t%s\t%s\t%s\n",
			d.Score, d.Severity(), d.Client, service(d), r.Count, event.Span(r.Interval), 100*r.Jitter,
			event.Size(r.UpMedian), event.Size(r.DownMedian),
			d.Start.Std().Format("2006-01-02 15:04:05"), d.End.Std().Format("2006-01-02 15:04:05"))
	}
	t.Flush()
	b.WriteByte('\n')
	for _, d := range list {
		fmt.Fprintf(&b, "%s\n", d.Message)
		for _, term := range d.Terms {
			fmt.Fprintf(&b, "  %+6.1f  %-9s %s\n", term.Value, term.Name, term.Why)
		}
	}
	return s.print(b.String())
}

func (s *Sink) print(text string) error {
	if _, err := io.WriteString(s.w, text); err != nil {
		return fmt.Errorf("output: %w", err)
	}
	return nil
}

func service(d *event.Detection) string {
	if len(d.Names) > 0 {
		return event.Text(d.Names[0])
	}
	return event.Text(d.Service)
}
