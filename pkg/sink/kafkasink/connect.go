package kafkasink

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
)

const (
	// gather is how long a request waits for more messages. They come all at
	// once here, so it need not wait; 0 would mean a whole second.
	gather = 2 * time.Millisecond
	// unbounded lets the broker decide what is too large: kafka-go would refuse
	// a whole request for one message, and a request is never this large.
	unbounded = 256 << 20
)

// client holds the connections to the brokers. Its methods are called one after
// another, never while a write runs: closing a writer that writes can hang.
type client struct {
	conf Config
	lim  limits
	w    *kafka.Writer
	t    *kafka.Transport
}

// connect makes a writer with connections of its own. The zero values of
// kafka.Writer are those of another need: no acknowledgement, retries that
// repeat what was taken, a second of waiting.
func (c *client) connect() {
	c.t = transport(c.conf.Brokers, c.conf.Topic, c.lim)
	c.w = &kafka.Writer{
		Addr:         kafka.TCP(c.conf.Brokers...),
		Topic:        c.conf.Topic,
		Balancer:     kafka.Murmur2Balancer{Consistent: true},
		RequiredAcks: kafka.RequireAll,
		MaxAttempts:  1,
		BatchSize:    requestMessages, // of a partition: so a call never splits in two
		BatchBytes:   unbounded,
		BatchTimeout: gather,
		ReadTimeout:  c.lim.answer,
		WriteTimeout: c.lim.answer,
		Transport:    c.t,
	}
}

// close ends the connections. The writer leaves its transport open, which then
// asks the brokers who leads for ever.
func (c *client) close() {
	c.w.Close()
	c.t.CloseIdleConnections()
}

func transport(brokers []string, topic string, lim limits) *kafka.Transport {
	return &kafka.Transport{
		Dial: dialer{lim}.dial,
		// The brokers are tried in turn within this time.
		DialTimeout:    time.Duration(len(brokers))*lim.connect + lim.answer,
		MetadataTTL:    lim.metadata,
		MetadataTopics: []string{topic},
		ClientID:       "hookhound",
	}
}

// check asks the brokers for the topic, one after another until one answers.
func check(ctx context.Context, conf Config, lim limits) error {
	// A person waits here.
	lim.answer /= 2
	lim.metadata = lim.answer
	var silent []string
	var last error
	for _, broker := range conf.Brokers {
		meta, err := ask(ctx, broker, conf.Topic, lim)
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("kafka: interrupted while asking %s", broker)
		case err != nil:
			silent, last = append(silent, about(broker, reason(err))), err
			continue
		}
		return topicError(conf.Topic, broker, meta)
	}
	err := fmt.Errorf("kafka: no broker answers: %s", strings.Join(silent, "; "))
	if closed(last) || errors.Is(last, errTLS) {
		return fmt.Errorf("%w\nthe sensor speaks plain Kafka: name a listener that asks for neither TLS nor a login", err)
	}
	return fmt.Errorf("%w\ncheck the brokers' names and ports (--kafka, kafka.brokers), that one runs, and that a firewall lets this host through", err)
}

func ask(ctx context.Context, broker, topic string, lim limits) (*kafka.MetadataResponse, error) {
	t := transport([]string{broker}, topic, lim)
	defer t.CloseIdleConnections()
	// Above what the connection has, so that its own error comes first.
	client := kafka.Client{Addr: kafka.TCP(broker), Timeout: t.DialTimeout + 2*lim.answer, Transport: t}
	return client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{topic}})
}

// about puts the broker before a reason that does not name it.
func about(broker, reason string) string {
	if strings.HasPrefix(reason, broker) {
		return reason
	}
	return broker + ": " + reason
}

func topicError(topic, broker string, meta *kafka.MetadataResponse) error {
	for _, t := range meta.Topics {
		var code kafka.Error
		switch {
		case t.Name != topic:
		case errors.Is(t.Error, kafka.UnknownTopicOrPartition) || t.Error == nil && len(t.Partitions) == 0:
			return missing(topic, broker, len(meta.Brokers))
		case errors.Is(t.Error, kafka.TopicAuthorizationFailed):
			return fmt.Errorf("kafka: %s does not let this client see the topic %s\ngrant it the rights to describe and to write it", broker, topic)
		case errors.As(t.Error, &code) && code.Temporary() || t.Error == nil:
			return nil // what passes is waited for
		default:
			return fmt.Errorf("kafka: topic %s: %s", topic, reason(t.Error))
		}
	}
	return missing(topic, broker, len(meta.Brokers))
}

// missing says how to create the topic, with as many replicas as the cluster
// can hold, at most the usual three.
func missing(topic, broker string, brokers int) error {
	replicas, more := max(1, min(3, brokers)), ""
	if replicas == 3 {
		more = " --config min.insync.replicas=2"
	}
	return fmt.Errorf("kafka: there is no topic %s\ncreate it first: kafka-topics.sh --bootstrap-server %s --create --topic %s --partitions 6 --replication-factor %d%s",
		topic, broker, topic, replicas, more)
}
