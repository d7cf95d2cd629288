// Command tsharkdiff prints what tshark and hookhound read differently in
// capture files; scripts/compare-tshark runs it.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// row is one fact of a conversation. Ports and addresses are the innermost.
type row struct {
	kind           string // tls.sni, tls.ja3, tls.ja3s, http, dns
	client, server string // address:port
	value          string
}

func compareRows(a, b row) int {
	return cmp.Or(
		strings.Compare(a.client, b.client), strings.Compare(a.server, b.server),
		strings.Compare(a.kind, b.kind), strings.Compare(a.value, b.value),
	)
}

func main() {
	program := flag.String("hookhound", "hookhound", "the program to compare")
	flag.Parse()
	differ, err := run(*program, flag.Args(), os.Stdout)
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "tsharkdiff:", err)
		os.Exit(2)
	case differ:
		os.Exit(1)
	}
}

// run compares files one after the other.
func run(program string, files []string, out io.Writer) (differ bool, err error) {
	for _, file := range files {
		theirs, err := tshark(file)
		if err != nil {
			return differ, fmt.Errorf("%s: %w", filepath.Base(file), err)
		}
		ours, err := hookhound(program, file)
		if err != nil {
			return differ, fmt.Errorf("%s: %w", filepath.Base(file), err)
		}
		lines := compare(theirs, ours)
		if len(lines) > 0 && len(files) > 1 {
			fmt.Fprintf(out, "%s\n", filepath.Base(file))
		}
		for _, l := range lines {
			fmt.Fprintln(out, l)
		}
		differ = differ || len(lines) > 0
	}
	return differ, nil
}

// compare gives a line for each row that one side alone has. What a
// conversation repeats counts once: tshark shows retransmissions too.
func compare(theirs, ours []row) (lines []string) {
	all := map[row]string{}
	for _, r := range theirs {
		all[r] = "-"
	}
	for _, r := range ours {
		switch all[r] {
		case "-":
			all[r] = "="
		case "":
			all[r] = "+"
		}
	}
	for r, side := range all {
		if side == "=" {
			delete(all, r)
		}
	}
	rows := make([]row, 0, len(all))
	for r := range all {
		rows = append(rows, r)
	}
	slices.SortFunc(rows, compareRows)
	for _, r := range rows {
		lines = append(lines, fmt.Sprintf("%s %-8s  %s > %s  %s", all[r], r.kind, r.client, r.server, r.value))
	}
	return lines
}
