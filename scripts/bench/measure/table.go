package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// table is what the runs on one capture cost.
type table struct {
	name          string
	frames, bytes uint64
	costs         [commands][]use
	load          string
}

// ratio is the CPU time of a command over that of tcpdump, least to least.
func (t *table) ratio(which int) float64 {
	return float64(least(t.costs[which], cpu)) / float64(max(1, least(t.costs[peer], cpu)))
}

func cpu(u use) time.Duration  { return u.cpu }
func wall(u use) time.Duration { return u.wall }

func sorted(all []use, of func(use) time.Duration) []time.Duration {
	var list []time.Duration
	for _, u := range all {
		list = append(list, of(u))
	}
	slices.Sort(list)
	return list
}

func least(all []use, of func(use) time.Duration) time.Duration { return sorted(all, of)[0] }

// median of an even number of values is the lower of the two in the middle.
func median(all []use, of func(use) time.Duration) time.Duration {
	return sorted(all, of)[(len(all)-1)/2]
}

// print writes the table as Markdown.
func (t *table) print(out io.Writer) {
	fmt.Fprintf(out, "%s: %.2f million frames, %.2f Gbit, load average %s\n\n",
		t.name, float64(t.frames)/1e6, float64(t.bytes)*8/1e9, t.load)
	w := tabwriter.NewWriter(out, 0, 0, 1, ' ', 0)
	fmt.Fprintln(w, "| command\t| CPU s, least\t| median\t| to tcpdump\t| median\t| Mframes/s and core\t| Gbit/s and core\t| wall s, least\t| peak MiB\t|")
	fmt.Fprintln(w, "|---\t|---\t|---\t|---\t|---\t|---\t|---\t|---\t|---\t|")
	for which, name := range [commands]string{"tcpdump -w /dev/null", "hookhound replay", "the same, 2 workers"} {
		all := t.costs[which]
		seconds := least(all, cpu).Seconds()
		var peak int64
		for _, u := range all {
			peak = max(peak, u.peak)
		}
		fmt.Fprintf(w, "| %s\t| %.2f\t| %.2f\t| %.2f\t| %.2f\t| %.2f\t| %.1f\t| %.2f\t| %.0f\t|\n", name,
			seconds, median(all, cpu).Seconds(), t.ratio(which),
			median(all, cpu).Seconds()/median(t.costs[peer], cpu).Seconds(),
			float64(t.frames)/1e6/seconds, float64(t.bytes)*8/1e9/seconds, least(all, wall).Seconds(), float64(peak)/1024)
	}
	w.Flush()
}
