// Command beaconbench scores series of calls with the beacon scorer, timing
// and sizes only, so that it can be compared with other methods:
//
//	go run ./scripts/beaconbench -in flows.jsonl.gz > scores.tsv
//
// The input, plain or gzip, is one JSON object a line with the fields id, ts
// (epoch seconds, in any order), up and down (bytes). Other fields, such as
// the class that a series was drawn from, are not read. The output is
// id<TAB>score, with the score from 0 to 1. With -v the fitted rhythm follows.
package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/beacon"
)

func main() {
	in := flag.String("in", "-", "series to score: JSON lines, plain or gzip; - is standard input")
	verbose := flag.Bool("v", false, "print the fitted rhythm, too")
	flag.Parse()
	if err := bench(*in, os.Stdin, os.Stdout, *verbose); err != nil {
		fmt.Fprintln(os.Stderr, "beaconbench: error:", err)
		os.Exit(1)
	}
}

func bench(name string, in io.Reader, out io.Writer, verbose bool) error {
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	w := bufio.NewWriter(out)
	if err := scoreAll(in, w, verbose); err != nil {
		return errors.Join(fmt.Errorf("%s: %w", name, err), w.Flush())
	}
	return w.Flush()
}

// series is one line of the input.
type series struct {
	ID   string    `json:"id"`
	TS   []float64 `json:"ts"`
	Up   []float64 `json:"up"`
	Down []float64 `json:"down"`
}

func scoreAll(in io.Reader, w io.Writer, verbose bool) error {
	b := bufio.NewReaderSize(in, 1<<20)
	in = b
	if magic, _ := b.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(b)
		if err != nil {
			return err
		}
		in = z
	}
	lines := json.NewDecoder(in)
	for n := 1; ; n++ {
		var s series
		switch err := lines.Decode(&s); {
		case err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("series %d: %w", n, err)
		case len(s.Up) != len(s.TS) || len(s.Down) != len(s.TS):
			return fmt.Errorf("series %d (%s): %d times, but %d sizes up and %d down", n, s.ID, len(s.TS), len(s.Up), len(s.Down))
		}
		sc := s.score()
		line := fmt.Sprintf("%s\t%.6f", s.ID, sc.Total)
		if verbose {
			line += fmt.Sprintf("\t%v +-%.3f %v missed %.2f cluster %v, %d beats, %.1f nats, %.2f each, size %.2f",
				sc.Interval, sc.Jitter, sc.Shape, sc.Missed, sc.Cluster, sc.Count, sc.Nats, sc.PerInterval, sc.Size)
		}
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
}

// score adds the calls in the order of time, and asks once, at their end.
func (s series) score() beacon.Score {
	order := make([]int, len(s.TS))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		switch {
		case s.TS[i] < s.TS[j]:
			return -1
		case s.TS[i] > s.TS[j]:
			return 1
		}
		return 0
	})
	var b beacon.Series
	for _, i := range order {
		b.Note(timeOf(s.TS[i]), size(s.Up[i]), size(s.Down[i]))
	}
	b.Fit()
	return b.Score()
}

// timeOf converts epoch seconds, held within what a capture.Time can say.
func timeOf(seconds float64) capture.Time {
	const limit = 9.2e9
	return capture.Time(math.Round(max(-limit, min(seconds, limit)) * 1e9))
}

func size(bytes float64) uint64 { return uint64(max(0, min(bytes, 1<<53))) }
