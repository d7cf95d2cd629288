package kafkasink

import (
	"context"
	"errors"
	"fmt"

	"github.com/segmentio/kafka-go"
)

// patience is after how many failures in a row the connections are made anew:
// a client can be stuck with a broker that is no longer there.
const patience = 10

// send is the sink's goroutine: it sends until the queue is empty for good, or
// until it is aborted.
func (s *Sink) send(ctx context.Context) {
	c := &client{conf: s.conf, lim: s.lim}
	c.connect()
	if s.deliver(ctx, c) {
		c.close()
		close(s.idle)
		return
	}
	// Closing waits for the request that is under way, and that for a broker
	// that is perhaps not there. Nobody waits for this.
	close(s.idle)
	c.close()
}

// deliver sends what is queued, and tells whether that came to its end.
func (s *Sink) deliver(ctx context.Context, c *client) bool {
	most, pause, row := requestMessages, s.lim.first, trouble{sink: s}
	for {
		batch := s.next(most)
		if batch == nil {
			return true
		}
		err := c.w.WriteMessages(ctx, batch...)
		aborted := ctx.Err() != nil
		r := judge(batch, err)
		if len(r.refused) > 0 {
			s.letters.keep(r.refused, "the broker does not accept it: "+reason(r.cause))
		}
		s.settle(r, aborted)
		switch {
		case aborted:
			return false
		case r.cause == nil:
			most, pause = min(2*most, requestMessages), s.lim.first
			row.over()
		case r.split:
			most = max(1, len(batch)/2)
		}
		if r.again == 0 {
			continue
		}
		row.failed(r.cause)
		if row.failures%patience == 0 {
			c.close()
			c.connect()
		}
		if !sleep(ctx, pause) {
			return false
		}
		pause = min(2*pause, s.lim.long)
	}
}

// result is how a request went.
type result struct {
	done      []bool // for each message: taken, or given up
	delivered uint64
	again     uint64 // to be sent again
	givenUp   uint64
	refused   []kafka.Message // given up
	split     bool            // one of several is refused: find out which
	cause     error           // the last reason why something failed
}

// judge reads the answer to a request.
func judge(batch []kafka.Message, err error) result {
	r := result{done: make([]bool, len(batch))}
	var each kafka.WriteErrors
	if err != nil && (!errors.As(err, &each) || len(each) != len(batch)) {
		each = make(kafka.WriteErrors, len(batch))
		for i := range each {
			each[i] = err
		}
	}
	for i, m := range batch {
		switch {
		case err == nil || each[i] == nil:
			r.done[i] = true
			r.delivered++
			continue
		case !hopeless(each[i]):
			r.again++
		case len(batch) > 1:
			r.split = true
		default:
			r.done[i] = true
			r.givenUp++
			r.refused = append(r.refused, m)
		}
		r.cause = each[i]
	}
	return r
}

// hopeless tells whether a broker will refuse a message however often it is
// sent. All else can be mended by someone, and is tried again.
func hopeless(err error) bool {
	return errors.Is(err, kafka.MessageSizeTooLarge) || errors.Is(err, kafka.RecordListTooLarge) || errors.Is(err, kafka.InvalidRecord)
}

// trouble is a row of failures. It is told when the second has come, since the
// first is often only a leader that has moved; and once more when its nature
// changes to something that a person has to mend.
type trouble struct {
	sink     *Sink
	failures int
	told     string // what was told last
}

func (t *trouble) failed(cause error) {
	t.failures++
	text, person := explain(cause)
	if t.failures < 2 || t.told != "" && (!person || text == t.told) {
		return
	}
	t.told = text
	t.sink.conf.Say(fmt.Sprintf("cannot deliver to %s: %s; trying again until it works", t.sink.conf.Topic, text))
}

func (t *trouble) over() {
	if t.told != "" {
		t.sink.conf.Say(fmt.Sprintf("delivering to %s again after %d failed tries", t.sink.conf.Topic, t.failures))
	}
	t.failures, t.told = 0, ""
}
