package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

const kept = "../../pcaps/wire"

// budget is what all captures have together, at most.
const budget = 400 << 10

// TestCapturesAreThoseKept holds the files against this program, byte for byte.
func TestCapturesAreThoseKept(t *testing.T) {
	made := map[string]bool{}
	total := 0
	for _, s := range samples() {
		if made[s.name+".pcap"] {
			t.Errorf("%s is there twice", s.name)
		}
		made[s.name+".pcap"] = true
		want, err := s.file()
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		total += len(want)
		got, err := os.ReadFile(filepath.Join(kept, s.name+".pcap"))
		if err != nil {
			t.Fatalf("%v; scripts/wire.sh writes it", err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: what is kept differs from what is made; scripts/wire.sh writes it anew", s.name)
		}
	}
	files, err := filepath.Glob(filepath.Join(kept, "*.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !made[filepath.Base(f)] {
			t.Errorf("%s: nothing makes it", f)
		}
	}
	if total > budget {
		t.Errorf("%d bytes in all, want at most %d", total, budget)
	}
}

// TestListNamesAll holds the list in README.md: a line for each capture, in
// their order.
func TestListNamesAll(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(kept, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(line, "| `"); ok {
			name, _, _ = strings.Cut(name, "`")
			listed = append(listed, name)
		}
	}
	for i, s := range samples() {
		if i >= len(listed) || listed[i] != s.name {
			t.Fatalf("%s stands not at its place in the list", s.name)
		}
	}
	if len(listed) != len(samples()) {
		t.Errorf("%d captures are listed, %d are there", len(listed), len(samples()))
	}
}

// TestCapturesAreSound reads what is written with another program's reader.
func TestCapturesAreSound(t *testing.T) {
	for _, s := range samples() {
		b, err := s.file()
		if err != nil {
			t.Fatal(err)
		}
		r, err := pcapgo.NewReader(bytes.NewReader(b))
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		frames := 0
		for ; ; frames++ {
			data, about, err := r.ReadPacketData()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: frame %d: %v", s.name, frames+1, err)
			}
			if about.Timestamp.Before(start()) || about.Length < len(data) {
				t.Errorf("%s: frame %d: %+v", s.name, frames+1, about)
			}
		}
		if frames == 0 || r.LinkType() != layers.LinkTypeEthernet {
			t.Errorf("%s: %d frames of %v", s.name, frames, r.LinkType())
		}
	}
}
