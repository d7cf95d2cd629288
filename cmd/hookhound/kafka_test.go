package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kfake"
)

// fakeBroker is a broker in this process, with topics of three partitions.
func fakeBroker(t *testing.T, topics ...string) (address string, stop func()) {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, topics...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c.ListenAddrs()[0], c.Close
}

// readTopic reads n messages, in the order of each partition, and fails when
// they do not come in time.
func readTopic(t *testing.T, address, topic string, n int, patience time.Duration) []kafka.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	partitions, err := kafka.DefaultDialer.LookupPartitions(ctx, "tcp", address, topic)
	if err != nil {
		t.Fatal(err)
	}
	var all []kafka.Message
	for len(all) < n {
		all = all[:0]
		for _, p := range partitions {
			all = append(all, readPartition(t, ctx, address, topic, p.ID)...)
		}
		if ctx.Err() != nil {
			t.Fatalf("%d messages on %s within %v, want %d", len(all), topic, patience, n)
		}
		time.Sleep(50 * time.Millisecond)
	}
	return all
}

// readPartition reads what is there now.
func readPartition(t *testing.T, ctx context.Context, address, topic string, partition int) []kafka.Message {
	t.Helper()
	conn, err := kafka.DialLeader(ctx, "tcp", address, topic, partition)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	first, last, err := conn.ReadOffsets()
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Seek(first, kafka.SeekAbsolute); err != nil {
		t.Fatal(err)
	}
	var all []kafka.Message
	for int64(len(all)) < last-first {
		m, err := conn.ReadMessage(4 << 20)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}

// checkMessage holds a message against what every consumer relies on.
func checkMessage(t *testing.T, m kafka.Message) object {
	t.Helper()
	d := objects(t, string(m.Value)+"\n")[0]
	if got, want := string(m.Key), d.text("hookhound.site")+"/"+d.text("hookhound.pair.client"); got != want {
		t.Errorf("key %q, want %q", got, want)
	}
	headers := map[string]string{}
	for _, h := range m.Headers {
		headers[h.Key] = string(h.Value)
	}
	if id := d.text("event.id"); id == "" || headers["event.id"] != id {
		t.Errorf("header event.id %q, body %q", headers["event.id"], id)
	}
	return d
}

func TestReplayPublishes(t *testing.T) {
	broker, _ := fakeBroker(t, "hookhound.replayed")
	got := hookhound(t, "replay", "--site", "lab", "--kafka", broker, "--topic", "hookhound.replayed", pcaps)
	lines := objects(t, got.stdout)
	if got.status != statusOK || !strings.Contains(got.stderr, "\ndelivered     "+count(uint64(len(lines)), "detection")+" to hookhound.replayed\n") {
		t.Fatalf("status %d: %s", got.status, got.stderr)
	}
	// The bodies are the lines of standard output, and those of one client
	// stand in one partition in their order.
	want := map[string][]string{}
	for _, d := range lines {
		client := d.text("hookhound.pair.client")
		want[client] = append(want[client], d.text("event.id"))
	}
	have, where := map[string][]string{}, map[string]int{}
	messages := readTopic(t, broker, "hookhound.replayed", len(lines), 20*time.Second)
	bodies := map[string]bool{}
	for _, line := range strings.SplitAfter(got.stdout, "\n") {
		bodies[strings.TrimSuffix(line, "\n")] = true
	}
	for _, m := range messages {
		d := checkMessage(t, m)
		client := d.text("hookhound.pair.client")
		if p, ok := where[client]; ok && p != m.Partition {
			t.Errorf("%s stands in partitions %d and %d", client, p, m.Partition)
		}
		where[client] = m.Partition
		have[client] = append(have[client], d.text("event.id"))
		if !bodies[string(m.Value)] {
			t.Errorf("a body that standard output has not: %.200s", m.Value)
		}
	}
	for client, ids := range want {
		if strings.Join(have[client], " ") != strings.Join(ids, " ") {
			t.Errorf("%s: order %v, want %v", client, have[client], ids)
		}
	}
	if len(messages) != len(lines) || len(where) < 8 {
		t.Errorf("%d messages of %d clients, %d lines", len(messages), len(where), len(lines))
	}
}

func TestTopicThatDoesNotExist(t *testing.T) {
	broker, _ := fakeBroker(t, "other")
	got := hookhound(t, "replay", "--kafka", broker, filepath.Join(pcaps, "curl-discord.pcap"))
	if got.status != statusPartial || got.stdout != "" ||
		!strings.HasPrefix(got.stderr, "hookhound: error: kafka: there is no topic hookhound.detections\nhookhound: hint: ") {
		t.Errorf("%+v", got)
	}
}

// TestBrokerThatGoesAway stops the broker when the first frame is read: what it
// did not take is counted, named, and kept.
func TestBrokerThatGoesAway(t *testing.T) {
	broker, stop := fakeBroker(t, "hookhound.detections")
	letters := filepath.Join(t.TempDir(), "letters.jsonl")
	frames := framesOf(t, filepath.Join(pcaps, "curl-discord.pcap"))
	data := classic(binary.LittleEndian, 0xa1b2c3d4, 1000, frames)
	in := &hurdle{data: data, at: len(data) / 4, then: stop}
	got := hookhoundIn(t, world{stdin: in}, "replay", "--kafka", broker, "--drain-timeout", "300ms", "--dead-letter", letters, "-")
	if got.status != statusPartial {
		t.Errorf("status %d", got.status)
	}
	n := len(objects(t, got.stdout))
	if n < 2 {
		t.Errorf("%d detections on standard output", n)
	}
	for _, want := range []string{"\ndelivered     0 detections to hookhound.detections\n", fmt.Sprintf("\nNOT delivered %d detections that no broker took in time\n", n)} {
		if !strings.Contains(got.stderr, want) {
			t.Errorf("no %q in\n%s", want, got.stderr)
		}
	}
	kept, err := os.ReadFile(letters)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "dead letters", string(kept), got.stdout)
}

// hurdle does something once, before the byte at a place is read.
type hurdle struct {
	data []byte
	at   int
	then func()
	read int
}

func (h *hurdle) Read(b []byte) (int, error) {
	if h.read == len(h.data) {
		return 0, io.EOF
	}
	if h.read >= h.at && h.then != nil {
		h.then()
		h.then = nil
	}
	n := copy(b[:min(len(b), 4096)], h.data[h.read:])
	h.read += n
	return n, nil
}

// makeTopic makes a topic on a real broker, and removes it with the test.
func makeTopic(t *testing.T, address, topic string) {
	t.Helper()
	client := &kafka.Client{Addr: kafka.TCP(address), Timeout: 20 * time.Second}
	made, err := client.CreateTopics(context.Background(), &kafka.CreateTopicsRequest{
		Topics: []kafka.TopicConfig{{Topic: topic, NumPartitions: 3, ReplicationFactor: 1}},
	})
	if err == nil {
		err = made.Errors[topic]
	}
	if err != nil {
		t.Fatalf("topic %s: %v", topic, err)
	}
	t.Cleanup(func() {
		_, _ = client.DeleteTopics(context.Background(), &kafka.DeleteTopicsRequest{Topics: []string{topic}})
	})
	within(t, 20*time.Second, "a leader for "+topic, func() bool {
		partitions, err := kafka.DefaultDialer.LookupPartitions(context.Background(), "tcp", address, topic)
		return err == nil && len(partitions) == 3
	})
}
