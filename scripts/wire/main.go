// Command wire makes the small captures of pcaps/wire, one for each thing that
// can stand on a wire:
//
//	go run ./scripts/wire -dir pcaps/wire
//
// Nothing in them was recorded: clients, servers and secrets are made up here,
// with addresses that are set aside for documentation (RFC 5737, RFC 3849). The
// same program writes the same bytes anywhere.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

func main() {
	dir := flag.String("dir", filepath.Join("pcaps", "wire"), "folder for the captures")
	flag.Parse()
	if err := generate(*dir, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "wire: error:", err)
		os.Exit(1)
	}
}

// sample is one capture.
type sample struct {
	name  string
	about string // what is in it, for people
	make  func(t *trace)
}

// samples are all captures, in the order of their list in README.md.
func samples() []sample {
	var all []sample
	for _, chapter := range [][]sample{
		tunnels(), fragments(), webs(), proxies(), names(), leases(), upgrades(), handshakes(), mirrors(), datagrams(), crowds(),
	} {
		all = append(all, chapter...)
	}
	return all
}

// file is the capture as it is written.
func (s sample) file() ([]byte, error) {
	t := newTrace(s.name)
	s.make(t)
	var b bytes.Buffer
	err := t.write(&b)
	return b.Bytes(), err
}

func generate(dir string, log io.Writer) error {
	for _, s := range samples() {
		b, err := s.file()
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if err := os.WriteFile(filepath.Join(dir, s.name+".pcap"), b, 0o644); err != nil {
			return err
		}
		fmt.Fprintf(log, "%-24s %6d bytes: %s\n", s.name, len(b), s.about)
	}
	return nil
}
