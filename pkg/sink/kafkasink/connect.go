package kafkasink

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
)

const (
	// answer is how long a broker may take for one answer.
	answer = 10 * time.Second
	// metadataAge is for how long the client believes who leads a partition:
	// kafka-go does not look again when it was told that a leader has moved.
	metadataAge = time.Second
	// gather is how long a request waits for more messages. They come all at
	// once here, so it need not wait; 0 would mean a whole second.
	gather = 2 * time.Millisecond
	// unbounded lets the broker decide what is too large: kafka-go would refuse
	// a whole request for one message, and say so of none.
	unbounded = 64 << 20
)

// writer makes a client with connections of its own. The zero values of
// kafka.Writer are those of another need: no acknowledgement, retries that
// repeat what was taken, a second of waiting.
func (s *Sink) writer() *kafka.Writer {
	return &kafka.Writer{
		Addr:         kafka.TCP(s.conf.Brokers...),
		Topic:        s.conf.Topic,
		Balancer:     kafka.Murmur2Balancer{Consistent: true},
		RequiredAcks: kafka.RequireAll,
		MaxAttempts:  1,
		BatchSize:    batchMessages,
		BatchBytes:   unbounded,
		BatchTimeout: gather,
		ReadTimeout:  answer,
		WriteTimeout: answer,
		Transport:    transport(s.conf),
	}
}

func transport(conf Config) *kafka.Transport {
	return &kafka.Transport{
		Dial:           dial,
		DialTimeout:    answer,
		MetadataTTL:    metadataAge,
		MetadataTopics: []string{conf.Topic},
		ClientID:       "hookhound",
	}
}

// dial makes a connection that never waits for ever: kafka-go takes the
// deadline away before some exchanges, and one unanswered one would stop it for
// good.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: answer}
	c, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return limited{c}, nil
}

// limited turns "no deadline" into a distant one.
type limited struct{ net.Conn }

// unlimited is how long an exchange without a deadline may take: above the
// longest wait of an idle connection's keep-alive, below a person's patience.
const unlimited = 2 * time.Minute

func finite(t time.Time) time.Time {
	if t.IsZero() {
		return time.Now().Add(unlimited)
	}
	return t
}

func (c limited) SetDeadline(t time.Time) error      { return c.Conn.SetDeadline(finite(t)) }
func (c limited) SetReadDeadline(t time.Time) error  { return c.Conn.SetReadDeadline(finite(t)) }
func (c limited) SetWriteDeadline(t time.Time) error { return c.Conn.SetWriteDeadline(finite(t)) }

// check asks the brokers for the topic.
func check(ctx context.Context, conf Config) error {
	ctx, cancel := context.WithTimeout(ctx, 2*answer)
	defer cancel()
	var last error
	for _, broker := range conf.Brokers {
		t := transport(conf)
		defer t.CloseIdleConnections()
		client := kafka.Client{Addr: kafka.TCP(broker), Timeout: answer, Transport: t}
		meta, err := client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{conf.Topic}})
		if err != nil {
			last = fmt.Errorf("%s: %w", broker, err)
			continue
		}
		return topicError(conf.Topic, meta)
	}
	return fmt.Errorf("kafka: no broker answers (%w)\ncheck kafka.brokers, that the broker runs, and that a firewall lets this host through", last)
}

func topicError(topic string, meta *kafka.MetadataResponse) error {
	for _, t := range meta.Topics {
		switch {
		case t.Name != topic:
		case errors.Is(t.Error, kafka.UnknownTopicOrPartition) || t.Error == nil && len(t.Partitions) == 0:
			return missing(topic)
		case errors.Is(t.Error, kafka.TopicAuthorizationFailed):
			return fmt.Errorf("kafka: the broker does not let this client use the topic %s\ngrant it the right to describe and write it", topic)
		case t.Error != nil:
			return fmt.Errorf("kafka: topic %s: %w", topic, t.Error)
		default:
			return nil
		}
	}
	return missing(topic)
}

func missing(topic string) error {
	return fmt.Errorf("kafka: there is no topic %s\ncreate it first, such as: %s", topic, strings.Join([]string{
		"kafka-topics.sh", "--bootstrap-server BROKER", "--create", "--topic " + topic,
		"--partitions 6", "--replication-factor 3", "--config min.insync.replicas=2"}, " "))
}
