// Package kafkasink publishes detections to a Kafka topic.
//
// The promise: once Detection has returned true, the detection reaches the
// topic at least once, and detections of one client appear there first in the
// order in which they were given, unless the process ends before Close has
// returned, or the broker says that it will never take it. Close says what was
// not delivered.
//
// One goroutine sends, one request at a time, with the acknowledgement of all
// in-sync replicas. What failed, and only that, is sent again until it is taken,
// ahead of anything newer: so a client's detection is never overtaken by a later
// one. A partition that takes nothing for a while holds up the others only when
// what waits for it fills a request.
//
// A message that was taken though its acknowledgement was lost is sent twice,
// with the same `event.id`; consumers drop the second.
//
// The key of a message is site and client, so that all that is said of a client
// stands in one partition. Keys are spread as Java's client does it.
//
// The outside has its own clock: file door.go holds the one goroutine, the
// deadlines of connections and the pauses between tries. Nothing of them reaches
// a detection.
package kafkasink

import (
	"context"
	"sync"

	"github.com/segmentio/kafka-go"

	"github.com/hookhound/hookhound/pkg/event"
)

// Config says where to publish.
type Config struct {
	Brokers    []string // HOST:PORT
	Topic      string   // must exist
	DeadLetter string   // file for what was given up; empty: ids are said
	// Wait lets Detection wait while the queue is full, as a replay can. A live
	// sensor cannot: there Detection refuses.
	Wait bool
	// Say gets a line for people when delivery begins to fail, when it works
	// again, and when something is given up. It is called from the goroutine
	// that sends, too.
	Say func(line string)
}

// Stats are the counters of a sink.
type Stats struct {
	Delivered   uint64 // acknowledged by all in-sync replicas
	Retried     uint64 // sent again, counted each time
	DeadLetters uint64 // given up because the broker will never take them
	Undelivered uint64 // not acknowledged when Close gave up waiting
}

// Sink is a publisher. Detection and Close are called from one goroutine.
type Sink struct {
	conf    Config
	lim     limits
	enc     *event.Encoder
	letters letters

	mu     sync.Mutex
	change *sync.Cond // of any of these
	queue  queue
	ending bool   // no more will come
	hurry  bool   // the run was interrupted: nobody waits for room any more
	cause  string // of the last failure, empty while all goes well
	stats  Stats

	idle  chan struct{} // closed when nothing more will be sent
	abort context.CancelFunc
	calm  func() bool // ends the watch for an interrupt
}

// Open checks that a broker answers and that the topic exists, and starts to
// send. Its errors say what to do. The context is that of the run: when it ends,
// Detection waits no longer, but what was promised is still sent, until Close.
func Open(ctx context.Context, conf Config, enc *event.Encoder) (*Sink, error) {
	return open(ctx, conf, enc, usual())
}

func open(ctx context.Context, conf Config, enc *event.Encoder, lim limits) (*Sink, error) {
	if conf.Say == nil {
		conf.Say = func(string) {}
	}
	if err := writable(conf.DeadLetter); err != nil {
		return nil, err
	}
	if err := check(ctx, conf, lim); err != nil {
		return nil, err
	}
	s := &Sink{
		conf: conf, lim: lim, enc: enc, idle: make(chan struct{}),
		letters: letters{path: conf.DeadLetter, say: conf.Say},
	}
	s.change = sync.NewCond(&s.mu)
	s.calm = context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.hurry = true
		s.change.Broadcast()
	})
	sending, abort := context.WithCancel(context.WithoutCancel(ctx))
	s.abort = abort
	s.start(sending)
	return s, nil
}

// Detection queues a detection and tells whether that was possible: true is
// the promise.
func (s *Sink) Detection(d *event.Detection) bool {
	body, err := s.enc.Detection(d)
	if err != nil {
		s.conf.Say(err.Error())
		return false
	}
	m := kafka.Message{
		Key:   []byte(d.Site + "/" + d.Client.String()),
		Value: body,
		Headers: []kafka.Header{
			{Key: headerID, Value: []byte(d.EventID())},
			{Key: "content-type", Value: []byte("application/json")},
		},
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.queue.room(size(m), s.lim) {
		if !s.conf.Wait || s.hurry || s.ending {
			return false
		}
		s.change.Wait()
	}
	if s.ending {
		return false
	}
	s.queue.add(m)
	s.change.Broadcast()
	return true
}

// headerID names the header that repeats the body's `event.id`.
const headerID = "event.id"

// Close waits until everything is delivered, or until the context ends, and
// tells what became of it. What was not delivered goes where dead letters go. A
// request that is under way when the context ends is left to itself for some
// seconds and may still succeed: what it carried is counted as undelivered
// nonetheless, and may then be in the topic too.
func (s *Sink) Close(ctx context.Context) Stats {
	s.mu.Lock()
	s.ending = true
	s.change.Broadcast()
	s.mu.Unlock()
	select {
	case <-s.idle:
	case <-ctx.Done():
		s.abort()
		<-s.idle
	}
	s.abort()
	s.calm()
	s.mu.Lock()
	defer s.mu.Unlock()
	if left := s.queue.clear(); len(left) > 0 {
		s.stats.Undelivered += uint64(len(left))
		why := s.cause
		if why == "" {
			why = "the time was too short"
		}
		s.letters.keep(left, why)
	}
	return s.stats
}

// next gives the oldest messages that make one request, at most n, and waits
// for one if there is none. They stay in the queue. None come when the queue is
// empty for good.
func (s *Sink) next(n int) []kafka.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.queue.len() == 0 {
		if s.ending {
			return nil
		}
		s.change.Wait()
	}
	return s.queue.first(n)
}

// settle takes note of how a request went: what was taken leaves the queue. An
// aborted request tells nothing about what failed.
func (s *Sink) settle(r result, aborted bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue.remove(r.done)
	s.stats.Delivered += r.delivered
	s.stats.DeadLetters += r.givenUp
	switch {
	case aborted:
	case r.cause == nil:
		s.cause = ""
	default:
		s.stats.Retried += r.again
		s.cause = reason(r.cause)
	}
	s.change.Broadcast()
}
