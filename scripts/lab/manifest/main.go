// Command manifest puts the lab's captures into their folder and writes its
// manifest.jsonl: a line for each scenario, out of what the scenario said and
// what the server logged.
//
//	manifest LAB OUT SCENARIO...
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hookhound/hookhound/scripts/lab/truth"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "manifest:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 3 {
		return errors.New("usage: manifest LAB OUT SCENARIO [SCENARIO]")
	}
	lab, out := args[0], args[1]
	manifest := filepath.Join(out, "manifest.jsonl")

	// Scenarios that were not run again keep their lines.
	all, err := truth.Read(manifest)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, id := range args[2:] {
		c, err := collect(filepath.Join(lab, id), out, id)
		if err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
		if i := slices.IndexFunc(all, func(old truth.Capture) bool { return old.ID == id }); i >= 0 {
			all[i] = c
		} else {
			all = append(all, c)
		}
	}

	var lines []byte
	for _, c := range all {
		line, err := json.Marshal(c)
		if err != nil {
			return err
		}
		lines = append(append(lines, line...), '\n')
	}
	return os.WriteFile(manifest, lines, 0o644)
}

// collect reads what a scenario left in dir and copies its capture to out.
func collect(dir, out, id string) (truth.Capture, error) {
	c := truth.Capture{ID: id, File: id + ".pcap", Label: truth.Benign, Pairs: []truth.Pair{}}
	pcap, err := os.ReadFile(filepath.Join(dir, "capture.pcap"))
	if err != nil {
		return c, err
	}
	hash := sha256.Sum256(pcap)
	c.SHA256 = hex.EncodeToString(hash[:])
	if c.Frames, err = truth.CountFrames(pcap); err != nil {
		return c, err
	}
	about, err := readLines(filepath.Join(dir, "about"))
	if err != nil {
		return c, err
	}
	c.Scenario = strings.Join(about, " ")
	if c.Clients, err = readLines(filepath.Join(dir, "clients")); err != nil {
		return c, err
	}
	if c.Connections, err = readLines(filepath.Join(dir, "logs", "connections")); err != nil {
		return c, err
	}
	if c.Truth, err = truth.Lines[truth.Request](filepath.Join(dir, "logs", "requests.jsonl")); err != nil {
		return c, err
	}
	if len(c.Truth) == 0 {
		return c, errors.New("no request reached the server")
	}
	slices.SortFunc(c.Truth, func(a, b truth.Request) int { return int((a.T - b.T) * 1e6) })

	pairs, err := readLines(filepath.Join(dir, "pairs"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return c, err
	}
	for _, line := range pairs {
		var p truth.Pair
		if _, err := fmt.Sscan(line, &p.Client, &p.Service, &p.PeriodS, &p.Jitter, &p.Count); err != nil {
			return c, fmt.Errorf("pair %q: %w", line, err)
		}
		c.Pairs = append(c.Pairs, p)
		c.Label = truth.Beacon
	}
	return c, os.WriteFile(filepath.Join(out, c.File), pcap, 0o644)
}

func readLines(file string) ([]string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return strings.FieldsFunc(string(text), func(r rune) bool { return r == '\n' }), nil
}
