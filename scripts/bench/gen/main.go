// Command gen builds the captures that the speed benchmark reads:
//
//	go run ./scripts/bench/gen -dir /tmp/captures handshake bulk tiny
//
// and the hostile ones that scripts/bench/siege.sh reads (siege.go).
//
// The same seed and scale give the same bytes on any machine. Each capture is
// written to DIR/KIND.pcap; a file is there whole or not at all.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	var opt options
	flag.StringVar(&opt.dir, "dir", ".", "folder for the captures")
	flag.Uint64Var(&opt.seed, "seed", 1, "what the captures follow from, with the scale")
	flag.Float64Var(&opt.scale, "scale", 1, "size, as a share of the whole")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: gen [flags] handshake|bulk|tiny...")
		flag.PrintDefaults()
	}
	flag.Parse()
	if err := generate(opt, flag.Args(), os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "gen: error:", err)
		os.Exit(1)
	}
}

type options struct {
	dir   string
	seed  uint64
	scale float64
}

// kind is one sort of capture. The number sets its random numbers apart from
// those of the others.
type kind struct {
	name   string
	number uint64
	build  func(w *writer, r *rand.Rand, scale float64)
}

func kinds() []kind {
	return []kind{
		{"handshake", 1, handshakes},
		{"bulk", 2, bulk},
		{"tiny", 3, tiny},
	}
}

func generate(opt options, names []string, log io.Writer) error {
	if len(names) == 0 {
		return errors.New("name the captures to build: handshake, bulk, tiny")
	}
	if opt.scale <= 0 {
		return fmt.Errorf("scale %v: it must be above 0", opt.scale)
	}
	for _, name := range names {
		k, err := find(name)
		if err != nil {
			return err
		}
		path := filepath.Join(opt.dir, k.name+".pcap")
		frames, bytes, err := k.file(path, opt)
		if err != nil {
			return err
		}
		fmt.Fprintf(log, "gen: %s: %d frames, %.2f Gbit on the wire\n", path, frames, float64(bytes)*8/1e9)
	}
	return nil
}

func find(name string) (kind, error) {
	var names []string
	for _, k := range append(kinds(), sieges()...) {
		if k.name == name {
			return k, nil
		}
		names = append(names, k.name)
	}
	return kind{}, fmt.Errorf("there is no capture %q: take one of %s", name, strings.Join(names, ", "))
}

// file writes the capture beside its place and then moves it there, so that a
// run that was stopped leaves nothing that looks like a capture.
func (k kind) file(path string, opt options) (frames, bytes uint64, err error) {
	f, err := os.Create(path + ".part")
	if err != nil {
		return 0, 0, err
	}
	frames, bytes, err = k.write(f, opt)
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(f.Name())
		return 0, 0, fmt.Errorf("%s: %w", path, err)
	}
	return frames, bytes, os.Rename(f.Name(), path)
}

func (k kind) write(out io.Writer, opt options) (frames, bytes uint64, err error) {
	w := newWriter(out)
	k.build(w, rand.New(rand.NewPCG(opt.seed, k.number)), opt.scale)
	return w.frames, w.bytes, w.out.Flush()
}

// scaled is a share of n, at least 1.
func scaled(n int, scale float64) int { return max(1, int(float64(n)*scale)) }
