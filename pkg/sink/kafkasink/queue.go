package kafkasink

import (
	"time"

	"github.com/segmentio/kafka-go"
)

// limits are what a sink keeps to, together so that tests can be quick.
type limits struct {
	messages, bytes int           // of the queue
	connect         time.Duration // for one TCP connection
	answer          time.Duration // for one answer of a broker
	metadata        time.Duration // for how long it is believed who leads a partition
	first, long     time.Duration // pauses between tries: they double from first to long
}

// usual are the limits of every sink outside tests.
func usual() limits {
	return limits{
		// A detection has some kilobytes, so this is hours of a bad day; without
		// a bound a broker that is away takes all memory.
		messages: 20_000,
		bytes:    128 << 20,
		// Short, since a host that is switched off must not use up the time of
		// those behind it in the list.
		connect: 3 * time.Second,
		answer:  10 * time.Second,
		// kafka-go does not look again when it was told that a leader has moved.
		// It is also the time that a broker has to answer who leads.
		metadata: 2 * time.Second,
		first:    100 * time.Millisecond,
		long:     5 * time.Second,
	}
}

// One request may go to one partition as a whole, and a broker refuses a batch
// above message.max.bytes, 1 MiB unless told otherwise.
const (
	requestMessages = 1000
	requestBytes    = 900 << 10
	// overhead is more than a record's framing and our headers take.
	overhead = 256
)

// queue holds what is not acknowledged yet, oldest first.
type queue struct {
	list  []kafka.Message
	bytes int
}

func size(m kafka.Message) int { return len(m.Key) + len(m.Value) + overhead }

func (q *queue) len() int { return len(q.list) }

// room tells whether a message of n bytes may come in. An empty queue takes any.
func (q *queue) room(n int, lim limits) bool {
	return len(q.list) == 0 || len(q.list) < lim.messages && q.bytes+n <= lim.bytes
}

func (q *queue) add(m kafka.Message) {
	q.list = append(q.list, m)
	q.bytes += size(m)
}

// first copies the oldest messages that make one request: at most n, at least
// one.
func (q *queue) first(n int) []kafka.Message {
	k, bytes := 0, 0
	for k < min(n, len(q.list)) {
		bytes += size(q.list[k])
		if k > 0 && bytes > requestBytes {
			break
		}
		k++
	}
	return append([]kafka.Message(nil), q.list[:k]...)
}

// remove takes out those of the oldest messages that are done. The others keep
// their order, ahead of all that is newer.
func (q *queue) remove(done []bool) {
	at := len(done)
	for i := len(done) - 1; i >= 0; i-- {
		if done[i] {
			q.bytes -= size(q.list[i])
			continue
		}
		at--
		q.list[at] = q.list[i]
	}
	clear(q.list[:at]) // lets go of the bodies
	q.list = q.list[at:]
}

// clear empties the queue and gives what was in it.
func (q *queue) clear() []kafka.Message {
	left := q.list
	*q = queue{}
	return left
}
