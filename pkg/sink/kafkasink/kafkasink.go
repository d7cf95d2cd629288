// Package kafkasink publishes detections to a Kafka topic.
//
// The promise: once Detection has returned true, the detection reaches the
// topic at least once, in the order in which detections of one client were
// given, unless the process ends before Close has returned, or the broker says
// that it will never take it. Close says what was not delivered.
//
// One goroutine sends, one request at a time, with the acknowledgement of all
// in-sync replicas. What failed, and only that, is sent again until it is taken,
// before anything newer is: so a failed batch is never overtaken. A message
// that was taken though its acknowledgement was lost is sent twice, with the
// same `event.id`.
//
// The key of a message is site and client, so that all that is said of a client
// stands in one partition, in order.
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
	DeadLetter string   // file for what was given up; empty: its ids are said
	// Wait lets Detection wait while the queue is full, as a replay can. A live
	// sensor cannot: there Detection refuses.
	Wait bool
	// Say gets a line for people when delivery begins to fail, and when it
	// works again.
	Say func(line string)
}

// Limits of the queue. A detection has some kilobytes, so this is hours of a
// bad day; without a bound a broker that is away takes all memory.
const (
	maxQueue      = 20_000
	maxQueueBytes = 128 << 20
)

// Stats are the counters of a sink.
type Stats struct {
	Delivered   uint64 // acknowledged by all in-sync replicas
	Retried     uint64 // messages that were sent again
	DeadLetters uint64 // given up because the broker will never take them
	Undelivered uint64 // not acknowledged when Close gave up waiting
}

// Sink is a publisher. Detection and Close are called from one goroutine.
type Sink struct {
	conf Config
	enc  *event.Encoder

	mu     sync.Mutex
	change *sync.Cond // queue, closing or stats have changed
	queue  []kafka.Message
	bytes  int
	ending bool // no more will come
	stats  Stats
	idle   chan struct{} // closed when the sender has returned
	abort  context.CancelFunc
}

// Open checks that a broker answers and that the topic exists, and starts to
// send. Its errors say what to do.
func Open(ctx context.Context, conf Config, enc *event.Encoder) (*Sink, error) {
	if conf.Say == nil {
		conf.Say = func(string) {}
	}
	if err := check(ctx, conf); err != nil {
		return nil, err
	}
	s := &Sink{conf: conf, enc: enc, idle: make(chan struct{})}
	s.change = sync.NewCond(&s.mu)
	// The sender outlives the context of the run: what was promised is sent
	// after the listening has ended.
	sending, abort := context.WithCancel(context.WithoutCancel(ctx))
	s.abort = abort
	go s.send(sending)
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
			{Key: "event.id", Value: []byte(d.EventID())},
			{Key: "content-type", Value: []byte("application/json")},
		},
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.queue) >= maxQueue || s.bytes+len(body) > maxQueueBytes && len(s.queue) > 0 {
		if !s.conf.Wait {
			return false
		}
		s.change.Wait()
	}
	s.queue = append(s.queue, m)
	s.bytes += len(body)
	s.change.Broadcast()
	return true
}

// Close waits until everything is delivered, or until the context ends, and
// tells what became of it. What was not delivered goes where dead letters go.
func (s *Sink) Close(ctx context.Context) Stats {
	s.mu.Lock()
	s.ending = true
	s.change.Broadcast()
	s.mu.Unlock()
	select {
	case <-s.idle:
	case <-ctx.Done():
		// The write that is under way is left to itself: closing a writer
		// that writes can hang.
		s.abort()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Undelivered = uint64(len(s.queue))
	for _, m := range s.queue {
		s.giveUp(m, "no broker took it in time")
	}
	s.queue = nil
	return s.stats
}

// next takes the oldest messages that make one request, without removing them
// from the queue: they stay until they are acknowledged.
func (s *Sink) next() []kafka.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.queue) == 0 {
		if s.ending {
			return nil
		}
		s.change.Wait()
	}
	n, bytes := 0, 0
	for n < len(s.queue) && n < batchMessages {
		size := len(s.queue[n].Key) + len(s.queue[n].Value) + overhead
		if n > 0 && bytes+size > batchBytes {
			break
		}
		n, bytes = n+1, bytes+size
	}
	return append([]kafka.Message(nil), s.queue[:n]...)
}

// settled removes the first n messages of the queue.
func (s *Sink) settled(n int, st Stats) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n = min(n, len(s.queue)) // Close may have emptied it
	for i := range n {
		s.bytes -= len(s.queue[i].Value)
		s.queue[i] = kafka.Message{}
	}
	s.queue = s.queue[n:]
	s.stats.Delivered += st.Delivered
	s.stats.Retried += st.Retried
	s.stats.DeadLetters += st.DeadLetters
	s.change.Broadcast()
}
