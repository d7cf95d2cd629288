package main

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"strings"
	"syscall"
	"time"

	"github.com/hookhound/hookhound/pkg/config"
	"github.com/hookhound/hookhound/pkg/detect"
	"github.com/hookhound/hookhound/pkg/event"
	"github.com/hookhound/hookhound/pkg/observe"
	"github.com/hookhound/hookhound/pkg/pipeline"
	"github.com/hookhound/hookhound/pkg/sink/jsonsink"
	"github.com/hookhound/hookhound/pkg/sink/kafkasink"
	"github.com/hookhound/hookhound/pkg/sink/tablesink"
)

// sensor is what replay and run have in common: a pipeline between a source
// and the sinks.
type sensor struct {
	w     *world
	l     *config.Loaded
	enc   *event.Encoder
	pipe  *pipeline.Pipeline
	json  *jsonsink.Sink  // nil with a table
	table *tablesink.Sink // nil with JSON
	kafka *kafkasink.Sink // nil without brokers

	refused uint64 // detections that the publisher had no room for
	sent    uint64
	deaf    bool // nobody reads standard output any more
	failed  bool // a panic was told of
}

// The formats of standard output.
const (
	formatJSON  = "json"
	formatTable = "table"
	formatNone  = "none"
)

type sensorOptions struct {
	mode         string // event.Mode...
	format       string
	observations bool
	device       string
	waits        bool                          // the input waits when a sink is slow
	progress     func(pipeline.Progress) error // called after each batch; may be nil
}

// newSensor wires a run together. Settings that cannot work are refused here,
// before anything is read.
func newSensor(ctx context.Context, w *world, l *config.Loaded, opt sensorOptions) (*sensor, error) {
	s := &sensor{w: w, l: l}
	cat, err := w.catalog(l)
	if err != nil {
		return nil, err
	}
	s.enc = &event.Encoder{Mode: opt.mode, Version: versionOf(), Device: opt.device}
	if opt.mode == event.Live {
		s.enc.Created = w.now
		s.enc.Host, _ = w.hostname()
	}
	switch opt.format {
	case formatJSON:
		s.json = jsonsink.New(w.stdout, s.enc)
	case formatTable:
		s.table = tablesink.New(w.stdout)
	case formatNone:
	default:
		return nil, noFormat(opt.format, formatJSON, formatTable, formatNone)
	}
	if opt.observations && s.json == nil {
		return nil, usageError{fmt.Errorf("observations are written as JSON lines only\nleave out --format %s", opt.format)}
	}
	if len(l.Kafka.Brokers) > 0 {
		s.kafka, err = kafkasink.Open(ctx, kafkasink.Config{
			Brokers: l.Kafka.Brokers, Topic: l.Kafka.Topic, DeadLetter: l.Kafka.DeadLetter,
			Wait: opt.waits, Say: func(line string) { w.say("kafka: %s", line) },
		}, s.enc)
		if err != nil {
			return nil, err
		}
	}
	out := pipeline.Output{Detection: s.detection, Flushed: func(now pipeline.Progress) error { return s.flushed(now, opt.progress) }, Panicked: s.panicked}
	if opt.observations {
		out.Observation = s.observation
	}
	s.pipe = pipeline.New(pipeline.Options{
		Workers: l.Workers, BugReport: l.BugReport, Version: versionOf(),
		Observe: observe.Options{
			Site: l.Site, Home: config.Prefixes(l.HomeNetworks), Exclude: config.Prefixes(l.Privacy.Exclude), Catalog: cat,
			Flows: l.Limits.Flows, StreamMemory: l.Limits.StreamMiB << 20,
			WholeURLs: l.Privacy.Level == config.PrivacyFull, TokenKey: []byte(l.Privacy.TokenKey),
			Overlapping: l.Overlapping, Seed: seed(opt.mode),
		},
		Detect: detect.Options{
			Threshold: l.Detect.Threshold, Pairs: l.Limits.Pairs, HuntEntries: l.Detect.HuntEntries, Catalog: cat,
		},
	}, out)
	return s, nil
}

// seed is a secret for live capture; a replay has to repeat to the byte.
func seed(mode string) uint64 {
	if mode == event.Live {
		return new(maphash.Hash).Sum64()
	}
	return 0
}

// noFormat refuses a name that is no format of standard output.
func noFormat(name string, formats ...string) error {
	return usageError{fmt.Errorf("there is no format %q\nformats: %s", name, strings.Join(formats, ", "))}
}

func (s *sensor) detection(d *event.Detection) error {
	s.sent++
	if s.kafka != nil {
		if !s.kafka.Detection(d) {
			s.refused++
		}
	}
	switch {
	case s.json != nil:
		return s.written(s.json.Detection(d))
	case s.table != nil:
		return s.table.Detection(d)
	}
	return nil
}

func (s *sensor) observation(o *event.Observation) error {
	if s.json == nil {
		return nil
	}
	return s.written(s.json.Observation(o))
}

// written looks at what a write to standard output came to. When its reader has
// gone, and Kafka is there to be told, the run goes on without it.
func (s *sensor) written(err error) error {
	if s.kafka == nil || !errors.Is(err, syscall.EPIPE) {
		return err
	}
	s.json, s.deaf = nil, true
	s.w.say("nobody reads standard output any more; detections go to Kafka alone")
	return nil
}

func (s *sensor) flushed(now pipeline.Progress, progress func(pipeline.Progress) error) error {
	if s.json != nil {
		if err := s.written(s.json.Flush()); err != nil {
			return err
		}
	}
	if progress != nil {
		return progress(now)
	}
	return nil
}

// run reads the source to its end and delivers everything.
func (s *sensor) run(ctx context.Context, src pipeline.Source) error {
	err := s.pipe.Run(ctx, src)
	if s.table != nil && err == nil {
		err = s.table.Close()
	}
	return err
}

// deliver waits until the publisher has delivered what it was given, and tells
// whether all of it was, and nothing was left out because of a panic.
func (s *sensor) deliver() (kafkasink.Stats, bool) {
	if s.kafka == nil {
		return kafkasink.Stats{}, s.pipe.Stats().Panics == 0
	}
	// The context of the run may be over: whoever stopped the sensor has
	// stopped its listening, and not what it has to say.
	ctx, cancel := context.WithTimeout(context.Background(), max(s.l.Kafka.DrainTimeout, time.Millisecond))
	defer cancel()
	st := s.kafka.Close(ctx)
	return st, s.pipe.Stats().Panics == 0 && st.Undelivered == 0 && s.refused == 0 && st.DeadLetters == 0 && !s.deaf
}
