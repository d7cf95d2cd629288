package kafkasink

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/hookhound/hookhound/pkg/event"
)

// broker gives the address of a real Apache Kafka broker, or skips the test.
// scripts/kafka/broker.sh starts one.
func broker(t testing.TB) []string {
	t.Helper()
	list := os.Getenv("HOOKHOUND_TEST_KAFKA")
	if list == "" {
		t.Skip("needs a real Kafka broker: HOOKHOUND_TEST_KAFKA=HOST:PORT")
	}
	return strings.Split(list, ",")
}

// made creates a topic of its own and removes it with the test.
func made(t testing.TB, brokers []string, partitions int, settings ...kafka.ConfigEntry) string {
	t.Helper()
	name := fmt.Sprintf("hookhound.test.%d", time.Now().UnixNano())
	admin(t, brokers, func(c *kafka.Client) error {
		res, err := c.CreateTopics(bounded(t, 20*time.Second), &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{
			{Topic: name, NumPartitions: partitions, ReplicationFactor: -1, ConfigEntries: settings},
		}})
		if err != nil {
			return err
		}
		return res.Errors[name]
	})
	t.Cleanup(func() {
		admin(t, brokers, func(c *kafka.Client) error {
			_, err := c.DeleteTopics(bounded(t, 20*time.Second), &kafka.DeleteTopicsRequest{Topics: []string{name}})
			return err
		})
	})
	return name
}

func admin(t testing.TB, brokers []string, do func(*kafka.Client) error) {
	t.Helper()
	transport := &kafka.Transport{}
	defer transport.CloseIdleConnections()
	if err := do(&kafka.Client{Addr: kafka.TCP(brokers...), Transport: transport, Timeout: 20 * time.Second}); err != nil {
		t.Error(err)
	}
}

// With HOOKHOUND_TEST_KAFKA_RESTART, a command for sh, the broker is taken down
// and brought back by it in the middle.
func TestRealBroker(t *testing.T) {
	brokers := broker(t)
	const total, clients = 20_000, 100
	name := made(t, brokers, 6)
	s, words := opened(t, Config{Brokers: brokers, Topic: name, Wait: true}, usual())
	want := many(0, total, clients)
	give(t, s, want[:total/2])
	if command := os.Getenv("HOOKHOUND_TEST_KAFKA_RESTART"); command != "" {
		down := exec.CommandContext(bounded(t, 150*time.Second), "sh", "-c", command)
		done := make(chan error, 1)
		go func() {
			out, err := down.CombinedOutput()
			if err != nil {
				err = fmt.Errorf("%w: %s", err, out)
			}
			done <- err
		}()
		// The sensor goes on while the broker is away.
		for n := total / 2; n < total; n++ {
			give(t, s, want[n:n+1])
			if n%100 == 0 {
				time.Sleep(50 * time.Millisecond)
			}
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	} else {
		give(t, s, want[total/2:])
	}
	st := s.Close(bounded(t, 60*time.Second))
	equal(t, "delivered", st.Delivered, total)
	equal(t, "undelivered", st.Undelivered, 0)
	duplicates := inTopic(t, recordsOf(t, brokers, name), want)
	t.Logf("%d delivered, %d sent again, %d duplicates; said %q", st.Delivered, st.Retried, duplicates, words.all())
}

func TestRealBrokerRefuses(t *testing.T) {
	brokers := broker(t)
	name := made(t, brokers, 2, kafka.ConfigEntry{ConfigName: "max.message.bytes", ConfigValue: "20000"})
	file := filepath.Join(t.TempDir(), "dead.jsonl")
	s, _ := opened(t, Config{Brokers: brokers, Topic: name, DeadLetter: file}, usual())
	want, bad := many(0, 100, 7), large(50, 1, 30_000)
	give(t, s, want[:50])
	give(t, s, []*event.Detection{bad})
	give(t, s, want[50:])
	st := s.Close(bounded(t, 30*time.Second))
	st.Retried = 0 // a new topic may have no leader yet
	equal(t, "stats", st, Stats{Delivered: 100, DeadLetters: 1})
	equalText(t, "file", fileText(t, file), bodies(t, []*event.Detection{bad}))
	equal(t, "duplicates", inTopic(t, recordsOf(t, brokers, name), want), 0)
}

func TestRealBrokerWithoutTheTopic(t *testing.T) {
	leakless(t)
	brokers := broker(t)
	_, err := open(bounded(t, 20*time.Second), Config{Brokers: brokers, Topic: "hookhound.test.none"}, encoder(), usual())
	if err == nil || !strings.HasPrefix(err.Error(), "kafka: there is no topic hookhound.test.none\ncreate it first: ") {
		t.Errorf("error %v", err)
	}
}
