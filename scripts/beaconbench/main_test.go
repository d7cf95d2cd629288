package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// lines makes a regular and a short series, as the command reads them.
func lines(t *testing.T) string {
	t.Helper()
	regular := series{ID: "regular"}
	for i := range 50 {
		at := float64((i*7)%50) * 60 // any order
		regular.TS, regular.Up, regular.Down = append(regular.TS, 1.7e9+at), append(regular.Up, 400), append(regular.Down, 200)
	}
	var b strings.Builder
	for _, s := range []series{regular, {ID: "short", TS: []float64{5}, Up: []float64{1}, Down: []float64{1}}} {
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(text)
		b.WriteByte('\n')
	}
	return b.String()
}

func TestScores(t *testing.T) {
	text := lines(t)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte(text))
	z.Close()
	for name, in := range map[string]string{"plain": text, "gzip": packed.String()} {
		var out bytes.Buffer
		if err := bench("-", strings.NewReader(in), &out, false); err != nil {
			t.Fatal(err)
		}
		if want := "regular\t1.000000\nshort\t0.000000\n"; out.String() != want {
			t.Errorf("%s: got %q, want %q", name, out.String(), want)
		}
	}
	var out bytes.Buffer
	if err := bench("-", strings.NewReader(text), &out, true); err != nil || !strings.Contains(out.String(), "regular\t1.000000\t1m0s +-0.000 gaussian") {
		t.Errorf("verbose: %v, %q", err, out.String())
	}
}

func TestBadInput(t *testing.T) {
	for in, want := range map[string]string{
		`{"id":"a","ts":[1,2],"up":[1],"down":[1,2]}`: "series 1 (a): 2 times, but 1 sizes up and 2 down",
		"{}\nnonsense": "series 2: ",
	} {
		if err := bench("-", strings.NewReader(in), &bytes.Buffer{}, false); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", in, err, want)
		}
	}
	if err := bench(filepath.Join(t.TempDir(), "none"), nil, &bytes.Buffer{}, false); err == nil {
		t.Error("a missing file is no error")
	}
}

// TestDev holds how well beacons (P*) stand out from aperiodic calls (N*) on
// the project's set of made series. The class is part of the id and is read
// here alone.
func TestDev(t *testing.T) {
	root := os.Getenv("HOOKHOUND_TESTDATA")
	if root == "" {
		t.Skip("HOOKHOUND_TESTDATA is not set: no set of series to score")
	}
	var out bytes.Buffer
	if err := bench(filepath.Join(root, "beacon-bench", "dev.jsonl.gz"), nil, &out, false); err != nil {
		t.Fatal(err)
	}
	class := map[string][]float64{}
	var beacons, others []float64
	for line := range strings.Lines(out.String()) {
		id, text, _ := strings.Cut(strings.TrimSpace(line), "\t")
		score, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		switch id[0] {
		case 'P':
			name := id[:strings.LastIndexByte(id, '_')]
			class[name] = append(class[name], score)
			beacons = append(beacons, score)
		case 'N':
			others = append(others, score)
		}
	}
	if len(beacons) < 100 || len(others) < 100 {
		t.Fatalf("only %d beacons and %d others", len(beacons), len(others))
	}
	slices.Sort(others)
	auc := above(beacons, others)
	limit := others[len(others)-1-len(others)/100]
	seen := 0
	for _, x := range beacons {
		if x > limit {
			seen++
		}
	}
	rate := float64(seen) / float64(len(beacons))
	worst, by := 1.0, ""
	for name, v := range class {
		if a := above(v, others); a < worst || a == worst && name < by {
			worst, by = a, name
		}
	}
	report := fmt.Sprintf("AUC %.4f; at 1 %% false positives (above %.3f) %.4f seen; worst class %s %.4f", auc, limit, rate, by, worst)
	t.Log(report)
	if auc < 0.999 || rate < 0.998 || worst < 0.995 {
		t.Errorf("%s; want 0.999, 0.998 and 0.995", report)
	}
}

// above is the chance that a p is larger than an n (sorted), ties counted half.
func above(p, n []float64) float64 {
	sum := 0
	for _, x := range p {
		lo, _ := slices.BinarySearch(n, x)
		hi := lo
		for hi < len(n) && n[hi] == x {
			hi++
		}
		sum += lo + hi
	}
	return float64(sum) / 2 / float64(len(p)*len(n))
}
