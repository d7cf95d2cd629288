package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The README's first screen shows what scripts/demo.sh prints, as it is.
func TestReadmeShowsTheRealOutput(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(readme), "```\n")
	block, _, _ = strings.Cut(block, "```\n")
	got := hookhound(t, "replay", filepath.Join(pcaps, "curl-discord.pcap"), "--format", "table")
	want := "$ hookhound replay pcaps/curl-discord.pcap --format table\n" + got.stdout + got.stderr
	if block != want {
		t.Errorf("the README shows\n%s\nthe program prints\n%s", block, want)
	}
}
