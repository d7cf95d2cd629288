package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/hookhound/hookhound/capture/live"
	"github.com/hookhound/hookhound/pkg/config"
	"github.com/hookhound/hookhound/pkg/event"
	"github.com/hookhound/hookhound/pkg/pipeline"
)

func runCmd(w world) *cobra.Command {
	var opt sensorOptions
	cmd := &cobra.Command{
		Use:   "run -i IFACE",
		Short: "Listen to an interface and report what it shows",
		Long: `run captures from a network interface, best one on a mirror (SPAN) port, and
prints detections as they arise. It needs only the capability CAP_NET_RAW.

SIGINT or SIGTERM stop it: it reads what the kernel's ring still holds, delivers
what it has found, and prints a summary. A second signal stops it at once.`,
		Example: `  sudo hookhound run -i eth1
  sudo hookhound run -i eth1 --filter 'tcp port 443' --kafka broker:9092
  sudo setcap cap_net_raw+ep hookhound && ./hookhound run -i eth1`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := w.settings(cmd)
			if err != nil {
				return err
			}
			return listen(cmd.Context(), &w, l, opt)
		},
	}
	cmd.Flags().StringVar(&opt.format, "format", formatJSON, "what standard output gets: json, or none")
	cmd.Flags().BoolVar(&opt.observations, "observations", false, "also write what was observed: hellos, exchanges, flows, HTTP requests, DNS answers and leases")
	config.AddFlags(cmd.Flags(), append(sensorSettings(), captureSettings()...)...)
	return cmd
}

func listen(ctx context.Context, w *world, l *config.Loaded, opt sensorOptions) error {
	if l.Capture.Interface == "" {
		return usageError{errors.New("no interface to listen on\nname one with -i, such as -i eth0; `ip link` lists them")}
	}
	switch opt.format {
	case formatJSON, formatNone:
	case formatTable:
		return usageError{errors.New("a table needs an end, and run has none\nleave out --format table")}
	default:
		return noFormat(opt.format, formatJSON, formatNone)
	}
	src, err := live.Open(live.Config{
		Interface: l.Capture.Interface, Filter: l.Capture.Filter, SnapLen: l.Capture.SnapLen,
		RingBytes: l.Capture.RingMiB << 20, NotPromiscuous: !l.Capture.Promiscuous,
	})
	if err != nil {
		return usageOr(err)
	}
	defer src.Close()
	opt.mode, opt.device = event.Live, l.Capture.Interface
	drops := dropWatch{w: w, src: src}
	opt.progress = drops.look
	s, err := newSensor(ctx, w, l, opt)
	if err != nil {
		return err
	}
	w.say("listening on %s (ring %d MiB); stop with SIGINT or SIGTERM", l.Capture.Interface, l.Capture.RingMiB)
	// The first signal ends the listening: what the ring holds is still read.
	// The second ends the process (signal.NotifyContext has let go by then).
	stop := context.AfterFunc(ctx, src.Stop)
	defer stop()
	runErr := s.run(context.WithoutCancel(ctx), src)
	delivery, delivered := s.deliver()
	s.summary(liveNotes(src.Stats()), delivery)
	switch {
	case runErr != nil:
		return runErr
	case !delivered:
		return partialError{}
	}
	return nil
}

// usageOr makes mistakes of the command line of those errors of live that are.
func usageOr(err error) error {
	var iface *live.InterfaceError
	var filter *live.FilterError
	if errors.As(err, &iface) || errors.As(err, &filter) {
		return usageError{err}
	}
	return err
}

// liveNotes are the counters of what a card did not give.
func liveNotes(st live.Stats) []note {
	undrained := uint64(0)
	if st.Undrained {
		undrained = 1
	}
	return []note{
		{"frames dropped by the kernel's ring", st.Dropped},
		{"frames dropped by the interface", st.IfDropped},
		{"frames cut by the snap length", st.Cut},
		{"ring that was not read to its end", undrained},
	}
}

// dropWatch says while the sensor runs when the kernel begins to drop frames,
// and then each time that their number has doubled.
type dropWatch struct {
	w    *world
	src  *live.Source
	next uint64
}

func (d *dropWatch) look(pipeline.Progress) error {
	st := d.src.Stats()
	if lost := st.Dropped + st.IfDropped; lost > d.next {
		d.next = 2 * lost
		d.w.say("%s of %s frames dropped so far: make the ring larger (--ring) or what is captured smaller (--filter)", grouped(lost), grouped(st.Received))
	}
	return nil
}
