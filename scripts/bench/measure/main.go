// Command measure runs hookhound and tcpdump in turn over captures and prints
// what each cost:
//
//	go run ./scripts/bench/measure -hookhound ./hookhound -rounds 5 FILE...
//
// Costs are those of the process that was run: CPU seconds in user and kernel
// mode, wall time and the greatest resident memory, as wait4(2) tells them. Each
// capture is read once before, so that all find it in the page cache. The
// least of all rounds says what the work takes; the median, what else went on.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

func main() {
	var opt options
	flag.StringVar(&opt.hookhound, "hookhound", "", "the program to measure")
	flag.IntVar(&opt.rounds, "rounds", 5, "how often each command runs")
	flag.StringVar(&opt.floors, "floors", "", "greatest ratios to tcpdump, NAME=RATIO separated by commas; above one the exit status is 3")
	flag.Parse()
	err := run(opt, flag.Args(), os.Stdout)
	switch {
	case errors.Is(err, errFloor):
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(3)
	case err != nil:
		fmt.Fprintln(os.Stderr, "measure: error:", err)
		os.Exit(1)
	}
}

type options struct {
	hookhound string
	rounds    int
	floors    string
}

var errFloor = errors.New("slower than the floor")

func run(opt options, files []string, out io.Writer) error {
	if opt.hookhound == "" || len(files) == 0 || opt.rounds < 1 {
		return errors.New("give -hookhound, at least one round and one capture")
	}
	floors, err := parseFloors(opt.floors)
	if err != nil {
		return err
	}
	var missed []string
	for i, file := range files {
		if i > 0 {
			fmt.Fprintln(out)
		}
		table, err := measure(opt, file)
		if err != nil {
			return err
		}
		table.print(out)
		if limit, ok := floors[table.name]; ok && table.ratio(sensor) > limit {
			missed = append(missed, fmt.Sprintf("%s %.2f, not above %.2f", table.name, table.ratio(sensor), limit))
		}
	}
	if len(missed) > 0 {
		return fmt.Errorf("%w: %s", errFloor, strings.Join(missed, ", "))
	}
	return nil
}

// parseFloors reads "handshake=2.2,bulk=1".
func parseFloors(s string) (map[string]float64, error) {
	floors := make(map[string]float64)
	if s == "" {
		return floors, nil
	}
	for part := range strings.SplitSeq(s, ",") {
		name, value, _ := strings.Cut(part, "=")
		limit, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return nil, fmt.Errorf("floor %q: write NAME=RATIO", part)
		}
		floors[name] = limit
	}
	return floors, nil
}

// The commands, by their place in a table.
const (
	peer = iota
	sensor
	twoWorkers
	commands
)

func (o *options) command(which int, file string) []string {
	switch which {
	case sensor:
		return []string{o.hookhound, "replay", file}
	case twoWorkers:
		return []string{o.hookhound, "replay", "--workers", "2", file}
	}
	return []string{"tcpdump", "-r", file, "-w", os.DevNull}
}

// measure runs all commands on one capture, in turn, so that a busy minute of
// the machine meets each.
func measure(opt options, file string) (*table, error) {
	t := &table{name: strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))}
	var err error
	if t.frames, t.bytes, err = survey(file); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for range opt.rounds {
		for which := range commands {
			c, err := cost(opt.command(which, file))
			if err != nil {
				return nil, err
			}
			t.costs[which] = append(t.costs[which], c)
		}
	}
	t.load = load()
	return t, nil
}
