package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/capture/live"
	"github.com/hookhound/hookhound/pkg/config"
	"github.com/hookhound/hookhound/pkg/event"
	"github.com/hookhound/hookhound/pkg/pipeline"
)

func replayCmd(w world) *cobra.Command {
	var opt sensorOptions
	cmd := &cobra.Command{
		Use:   "replay FILE|DIR|-...",
		Short: "Read capture files and report what they show",
		Long: `replay reads pcap and pcapng files (also compressed with gzip or zstd, whole
folders, or standard input with -) and prints detections as JSON lines, or as a
table for people. Times are those of the capture, and the same capture gives the
same output to the byte, for any number of workers.

What cannot be read is named on standard error, all else is read, and the exit
status is 1 then. A file that is cut off is read to its last whole frame. Files in
a folder that are no captures are passed over and counted. SIGINT or SIGTERM end
the reading; what was read by then is reported.`,
		Example: `  hookhound replay capture.pcapng
  hookhound replay --format table incident/
  zcat day.pcap.gz | hookhound replay - > detections.jsonl
  hookhound replay --observations capture.pcap | jq .tls.client
  hookhound replay --kafka broker:9092 --topic hookhound.replayed capture.pcap`,
		Args: atLeastOne("a capture file"),
		RunE: func(cmd *cobra.Command, files []string) error {
			l, err := w.settings(cmd)
			if err != nil {
				return err
			}
			return replay(cmd.Context(), &w, l, opt, files)
		},
	}
	cmd.Flags().StringVar(&opt.format, "format", formatJSON, "what standard output gets: json, table or none")
	cmd.Flags().BoolVar(&opt.observations, "observations", false, "also write what was observed: hellos, exchanges, flows, HTTP requests, DNS answers and leases")
	config.AddFlags(cmd.Flags(), sensorSettings()...)
	return cmd
}

func replay(ctx context.Context, w *world, l *config.Loaded, opt sensorOptions, paths []string) error {
	files, err := capture.Open(paths, capture.Options{Stdin: w.stdin, Context: ctx})
	switch {
	case err != nil && ctx.Err() != nil:
		w.say("interrupted; nothing was read")
		return partialError{}
	case errors.Is(err, capture.ErrStdinTwice):
		return usageError{err}
	case err != nil:
		return err
	}
	defer files.Close()
	var src pipeline.Source = files
	if l.Capture.Filter != "" {
		src = &filtered{src: files, expr: l.Capture.Filter, snap: l.Capture.SnapLen}
	}
	bar := newProgress(w, files)
	opt.mode, opt.waits, opt.progress = event.Replay, true, bar.update
	s, err := newSensor(ctx, w, l, opt)
	if err != nil {
		return err
	}
	runErr := s.run(ctx, src)
	bar.clear()
	delivery, delivered := s.deliver()
	var filter *live.FilterError
	if errors.As(runErr, &filter) {
		return usageError{filter}
	}
	problems := files.Problems()
	var errs []error
	for _, p := range problems {
		errs = append(errs, p.Err)
	}
	w.complain(errs...)
	if ctx.Err() != nil {
		w.say("interrupted; what follows is about the part that was read")
	}
	s.summary(fileNotes(files.Stats()), delivery)
	if n := files.Stats().Overlaps; n > 0 {
		w.warn(fmt.Errorf("%s before the end of those read earlier: what they share in time is read one after the other, and names and rhythms can be missed\nmerge them: mergecap -w - FILE... | hookhound replay -",
			plural(n, "file begins", "files begin")))
	}
	links := unknownLinks(s.pipe.Stats())
	if links != nil {
		w.complain(links)
	}
	switch {
	case runErr != nil:
		return runErr
	case len(problems) > 0, links != nil, !delivered, ctx.Err() != nil:
		return partialError{}
	}
	return nil
}

// unknownLinks says which frames were not looked into, nil if none.
func unknownLinks(st pipeline.Stats) error {
	var numbers []string
	for _, l := range st.Links {
		if l != 0 {
			numbers = append(numbers, fmt.Sprint(l))
		}
	}
	if len(numbers) == 0 {
		return nil
	}
	return fmt.Errorf("frames of link type %s are not decoded\nhttps://www.tcpdump.org/linktypes.html names it; Ethernet, Linux cooked, raw IP, PPP, Cisco HDLC, loopback and null are read", strings.Join(numbers, ", "))
}

// filtered passes on the frames that a BPF filter matches. Files may change
// their link type; the filter is compiled for each.
type filtered struct {
	src  pipeline.Source
	expr string
	snap int
	last capture.LinkType
	now  *live.Filter
}

func (f *filtered) Next(fr *capture.Frame) error {
	for {
		if err := f.src.Next(fr); err != nil {
			return err
		}
		if fr.Tick {
			return nil
		}
		if f.now == nil || fr.Link != f.last {
			filter, err := live.CompileFilter(fr.Link, f.snap, f.expr)
			if err != nil {
				return err
			}
			f.now, f.last = filter, fr.Link
		}
		if f.now.Match(fr) {
			return nil
		}
	}
}

// fileNotes are the counters of what capture files did not give.
func fileNotes(st capture.Stats) []note {
	return []note{
		{"dropped while capturing, as the files say", st.Dropped},
		{"cut by the snap length", st.Cut},
		{"with a time out of range", st.Clamped},
		{"without a time", st.Untimed},
		{"of an interface that the file does not describe", st.Orphans},
		{"files in folders that hold no capture", st.Skipped},
	}
}
