// Command profile replays captures as hookhound replay does with its defaults,
// and writes profiles for go tool pprof:
//
//	go run ./scripts/bench/profile -cpu cpu.prof -allocs allocs.prof FILE...
//
// An allocation profile slows the run down, so that the CPU profile of the
// same run tells less: take one at a time.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/pprof"
	"syscall"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/catalog"
	"github.com/hookhound/hookhound/pkg/config"
	"github.com/hookhound/hookhound/pkg/detect"
	"github.com/hookhound/hookhound/pkg/event"
	"github.com/hookhound/hookhound/pkg/observe"
	"github.com/hookhound/hookhound/pkg/pipeline"
	"github.com/hookhound/hookhound/pkg/sink/jsonsink"
	"github.com/hookhound/hookhound/rules"
)

func main() {
	cpu := flag.String("cpu", "", "file for the CPU profile")
	allocs := flag.String("allocs", "", "file for the profile of all allocations")
	heap := flag.String("heap", "", "file for the profile of what is held at the end")
	workers := flag.Int("workers", 1, "workers, as of hookhound replay")
	flag.Parse()
	if err := run(*cpu, *allocs, *heap, *workers, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "profile: error:", err)
		os.Exit(1)
	}
}

func run(cpu, allocs, heap string, workers int, paths []string) error {
	if allocs == "" && heap == "" {
		runtime.MemProfileRate = 0
	}
	files, err := capture.Open(paths, capture.Options{})
	if err != nil {
		return err
	}
	defer files.Close()
	cat, err := catalog.Load(rules.FS)
	if err != nil {
		return err
	}
	loaded, err := config.Load("", nil, nil)
	if err != nil {
		return err
	}
	pipe := newPipeline(loaded, cat, workers)
	if cpu != "" {
		f, err := os.Create(cpu)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	before := usage()
	if err := pipe.Run(context.Background(), files); err != nil {
		return err
	}
	after, frames := usage(), pipe.Stats().Frames
	fmt.Printf("%d frames, %.2f s of CPU, %.0f ns a frame\n", frames, (after - before).Seconds(),
		float64(after-before)/float64(max(frames, 1)))
	if err := write(allocs, "allocs"); err != nil {
		return err
	}
	runtime.GC() // the heap profile is that of the last collection
	err = write(heap, "heap")
	runtime.KeepAlive(pipe)
	return err
}

// newPipeline wires the parts together as the command does, with the output
// thrown away after it was encoded.
func newPipeline(l *config.Loaded, cat *catalog.Catalog, workers int) *pipeline.Pipeline {
	sink := jsonsink.New(io.Discard, &event.Encoder{Mode: event.Replay, Version: "bench"})
	return pipeline.New(pipeline.Options{
		Workers: workers,
		Observe: observe.Options{
			Site: l.Site, Home: config.Prefixes(l.HomeNetworks), Exclude: config.Prefixes(l.Privacy.Exclude), Catalog: cat,
			Flows: l.Limits.Flows, StreamMemory: l.Limits.StreamMiB << 20,
		},
		Detect: detect.Options{
			Threshold: l.Detect.Threshold, Pairs: l.Limits.Pairs, HuntEntries: l.Detect.HuntEntries, Catalog: cat,
		},
	}, pipeline.Output{
		Detection: sink.Detection,
		Flushed:   func(pipeline.Progress) error { return sink.Flush() },
	})
}

func write(path, profile string) error {
	if path == "" {
		return nil
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := pprof.Lookup(profile).WriteTo(f, 0); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// usage is the CPU time of this process so far.
func usage() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
