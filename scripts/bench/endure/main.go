// Command endure runs hookhound on hostile captures and prints what each cost
// beside ordinary traffic, and whether the beacon that is hidden in each was
// found:
//
//	go run ./scripts/bench/endure -hookhound ./hookhound -ordinary handshake.pcap SIEGE.pcap...
//
// The exit status is 3 where a beacon was missed, the memory went above the
// budget, or a packet cost more than twice what an ordinary one does.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"
)

type options struct {
	hookhound string
	ordinary  string
	rounds    int
	budget    int64 // MiB
	ratio     float64
}

func main() {
	var o options
	flag.StringVar(&o.hookhound, "hookhound", "", "the program to measure")
	flag.StringVar(&o.ordinary, "ordinary", "", "capture of ordinary traffic")
	flag.IntVar(&o.rounds, "rounds", 3, "how often each capture is read; the least counts")
	flag.Int64Var(&o.budget, "budget", 1024, "greatest resident memory in MiB")
	flag.Float64Var(&o.ratio, "ratio", 2, "greatest work a packet, to that of ordinary traffic")
	flag.Parse()
	missed, err := run(&o, flag.Args(), os.Stdout)
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "endure: error:", err)
		os.Exit(1)
	case len(missed) > 0:
		fmt.Fprintln(os.Stderr, "endure:", strings.Join(missed, "; "))
		os.Exit(3)
	}
}

// outcome is what one capture came to.
type outcome struct {
	packets int64
	cpu     time.Duration // user and system, least of the rounds
	peak    int64         // MiB
	found   bool          // the hidden beacon
}

func (o *outcome) each() time.Duration { return o.cpu / time.Duration(max(o.packets, 1)) }

func run(o *options, files []string, out io.Writer) (missed []string, err error) {
	if o.hookhound == "" || o.ordinary == "" || len(files) == 0 || o.rounds < 1 {
		return nil, errors.New("give -hookhound, -ordinary, at least one round and one hostile capture")
	}
	usual, err := o.endure(o.ordinary)
	if err != nil {
		return nil, err
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	defer t.Flush()
	fmt.Fprintln(t, "capture\tpackets\tns a packet\tto ordinary\tpeak MiB\tbeacon")
	fmt.Fprintf(t, "ordinary\t%d\t%d\t1.00\t%d\t\n", usual.packets, usual.each().Nanoseconds(), usual.peak)
	for _, file := range files {
		got, err := o.endure(file)
		if err != nil {
			return nil, err
		}
		name := strings.TrimSuffix(filepath.Base(file), ".pcap")
		ratio := float64(got.each()) / float64(max(usual.each(), 1))
		word := "found"
		if !got.found {
			word = "MISSED"
			missed = append(missed, name+": the beacon was missed")
		}
		if ratio > o.ratio {
			missed = append(missed, fmt.Sprintf("%s: %.2f times the work of an ordinary packet, not above %.2f", name, ratio, o.ratio))
		}
		if got.peak > o.budget {
			missed = append(missed, fmt.Sprintf("%s: %d MiB, not above %d", name, got.peak, o.budget))
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%.2f\t%d\t%s\n", name, got.packets, got.each().Nanoseconds(), ratio, got.peak, word)
	}
	return missed, nil
}

// endure reads a capture in each round.
func (o *options) endure(file string) (outcome, error) {
	var best outcome
	for i := range o.rounds {
		c := exec.Command(o.hookhound, "replay", file)
		var stdout, stderr bytes.Buffer
		c.Stdout, c.Stderr = &stdout, &stderr
		if err := c.Run(); err != nil {
			return best, fmt.Errorf("%s: %w: %s", file, err, strings.TrimSpace(stderr.String()))
		}
		use, ok := c.ProcessState.SysUsage().(*syscall.Rusage)
		if !ok {
			return best, errors.New("this system does not tell what a process used")
		}
		n, err := packets(stderr.String())
		if err != nil {
			return best, fmt.Errorf("%s: %w", file, err)
		}
		got := outcome{
			packets: n, cpu: c.ProcessState.UserTime() + c.ProcessState.SystemTime(),
			peak: use.Maxrss >> 10, found: found(stdout.String()),
		}
		if i == 0 || got.cpu < best.cpu {
			got.peak = max(got.peak, best.peak)
			best = got
		}
	}
	return best, nil
}

// found tells whether the alerts name the hidden beacon.
func found(alerts string) bool {
	for line := range strings.Lines(alerts) {
		if strings.Contains(line, `"client":"10.66.6.6","service":"discord"`) && strings.Contains(line, `"kind":"alert"`) {
			return true
		}
	}
	return false
}

var readLine = regexp.MustCompile(`(?m)^read +([0-9,]+) packets`)

// packets takes the number of packets out of the closing summary.
func packets(summary string) (int64, error) {
	m := readLine.FindStringSubmatch(summary)
	if m == nil {
		return 0, errors.New("the summary tells no packets")
	}
	return strconv.ParseInt(strings.ReplaceAll(m[1], ",", ""), 10, 64)
}
