package kafkasink

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/segmentio/kafka-go"
)

const (
	// batchMessages and batchBytes bound one request. All of it may go to one
	// partition, and a broker refuses a batch above message.max.bytes, 1 MiB
	// unless told otherwise.
	batchMessages = 1000
	batchBytes    = 900 << 10
	// overhead is more than a record's framing and our headers take.
	overhead   = 256
	firstPause = 100 * time.Millisecond
	longPause  = 5 * time.Second
	// patience is after how many failures in a row the connections are made
	// anew: a client can be stuck with a broker that is no longer there.
	patience = 20
)

// send is the sink's goroutine. It returns when the queue is empty and no more
// will come, or when it is aborted.
func (s *Sink) send(ctx context.Context) {
	defer close(s.idle)
	c := &client{sink: s, w: s.writer()}
	defer func() { c.w.Close() }()
	for {
		batch := s.next()
		if batch == nil || !c.deliver(ctx, batch) {
			return
		}
	}
}

// client is a connection to the brokers, with its luck so far.
type client struct {
	sink     *Sink
	w        *kafka.Writer
	failures int // in a row
}

// deliver sends a batch until the broker has taken it or said that it never
// will, and tells whether that came to an end.
func (c *client) deliver(ctx context.Context, batch []kafka.Message) bool {
	s, pause, single := c.sink, firstPause, false
	var st Stats
	for rest := batch; len(rest) > 0; {
		part := rest
		if single {
			part = rest[:1]
		}
		err := c.w.WriteMessages(ctx, part...)
		if ctx.Err() != nil {
			return false
		}
		failed, cause := remaining(part, err)
		st.Delivered += uint64(len(part) - len(failed))
		rest = append(failed, rest[len(part):]...)
		switch {
		case len(failed) == 0:
			continue
		case errors.Is(cause, kafka.MessageSizeTooLarge) && len(part) == 1:
			st.DeadLetters++
			s.giveUp(part[0], "it is too large for the broker")
			rest = rest[1:]
			continue
		case errors.Is(cause, kafka.MessageSizeTooLarge):
			single = true // one of them is; the others need not suffer
			continue
		}
		st.Retried += uint64(len(failed))
		c.failed(cause)
		if !sleep(ctx, pause) {
			return false
		}
		pause = min(2*pause, longPause)
	}
	if c.failures > 0 {
		s.conf.Say(fmt.Sprintf("delivering to %s again after %d failed tries", s.conf.Topic, c.failures))
		c.failures = 0
	}
	s.settled(len(batch), st)
	return true
}

// failed notes a request that failed. The first of a row is told.
func (c *client) failed(cause error) {
	if c.failures++; c.failures == 1 {
		c.sink.conf.Say(fmt.Sprintf("cannot deliver to %s: %v; trying again until it works", c.sink.conf.Topic, cause))
	}
	if c.failures%patience == 0 {
		c.w.Close()
		c.w = c.sink.writer()
	}
}

// remaining tells which messages of a request have to be sent again, in their
// order, and the last reason why.
func remaining(batch []kafka.Message, err error) (failed []kafka.Message, cause error) {
	var each kafka.WriteErrors
	switch {
	case err == nil:
		return nil, nil
	case !errors.As(err, &each) || len(each) != len(batch):
		return slices.Clone(batch), err
	}
	for i, e := range each {
		if e != nil {
			failed, cause = append(failed, batch[i]), e
		}
	}
	return failed, cause
}

// sleep waits, and tells whether it waited to the end.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
