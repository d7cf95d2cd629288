package kafkasink

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/event"
)

const topic = "hookhound.detections"

// quick are limits with which a test need not wait.
func quick() limits {
	lim := usual()
	lim.connect, lim.answer = time.Second, time.Second
	lim.metadata = 100 * time.Millisecond
	lim.first, lim.long = 5*time.Millisecond, 20*time.Millisecond
	return lim
}

// cluster starts a fake cluster with the topic, and ends it with the test.
func cluster(t testing.TB, partitions int32, opts ...kfake.Opt) *kfake.Cluster {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.SeedTopics(partitions, topic)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func bounded(t testing.TB, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

func encoder() *event.Encoder { return &event.Encoder{Mode: event.Replay, Version: "test"} }

// said gathers what a sink says.
type said struct {
	mu    sync.Mutex
	lines []string
	fresh chan string
}

func newSaid() *said { return &said{fresh: make(chan string, 1000)} }

func (s *said) say(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, line)
	s.fresh <- line
}

func (s *said) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.lines...)
}

// wait returns when a line with these words has been said.
func (s *said) wait(t testing.TB, words string) string {
	t.Helper()
	limit := time.After(10 * time.Second)
	for {
		select {
		case line := <-s.fresh:
			if strings.Contains(line, words) {
				return line
			}
		case <-limit:
			t.Fatalf("not said within 10 s: %q; said: %q", words, s.all())
		}
	}
}

// opened is a sink under test, with what it said.
func opened(t testing.TB, conf Config, lim limits) (*Sink, *said) {
	t.Helper()
	leakless(t)
	words := newSaid()
	conf.Say = words.say
	if conf.Topic == "" {
		conf.Topic = topic
	}
	s, err := open(bounded(t, 20*time.Second), conf, encoder(), lim)
	if err != nil {
		t.Fatal(err)
	}
	return s, words
}

// leakless fails the test when something of ours, or of the Kafka client that we
// use, runs on after it. A request that was left to itself has its deadline.
func leakless(t testing.TB) {
	t.Cleanup(func() {
		var left string
		for limit := time.Now().Add(5 * time.Second); time.Now().Before(limit); time.Sleep(10 * time.Millisecond) {
			if left = ours(); left == "" {
				return
			}
		}
		t.Errorf("still running after Close:\n%s", left)
	})
}

func ours() string {
	buf := make([]byte, 1<<20)
	buf = buf[:runtime.Stack(buf, true)]
	for i, g := range strings.Split(string(buf), "\n\n") {
		if i > 0 && (strings.Contains(g, "segmentio/kafka-go") || strings.Contains(g, "kafkasink.(*Sink)")) && !strings.Contains(g, "testing.tRunner") {
			return g
		}
	}
	return ""
}

// detection makes the n-th detection; clients are numbered from 0.
func detection(n, client int) *event.Detection {
	a := netip.AddrFrom4([4]byte{10, 0, byte(client >> 8), byte(client)})
	if client%5 == 4 {
		a = netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", client))
	}
	at := capture.Time(1_700_000_000_000_000_000 + int64(n)*1_000_000_000)
	return &event.Detection{
		Time: at, Kind: event.KindWebhookBeacon, Action: event.Created, Episode: fmt.Sprintf("e%d", n), Revision: 1,
		Site: "default", Client: a, Service: "discord", ServiceName: "Discord", Class: "webhook",
		Names: []string{"discord.com"}, Start: at, End: at, Score: 72,
		Rhythm:  event.Rhythm{Count: 37, Interval: time.Minute, Jitter: 0.03, UpMedian: 420, DownMedian: 300, Conns: 1},
		Terms:   []event.Term{{Name: "rhythm", Value: 72, Why: "every 60 s"}},
		Message: fmt.Sprintf("detection %d", n),
	}
}

func key(d *event.Detection) string { return d.Site + "/" + d.Client.String() }

// give queues detections and fails the test when one is refused.
func give(t testing.TB, s *Sink, list []*event.Detection) {
	t.Helper()
	for i, d := range list {
		if !s.Detection(d) {
			t.Fatalf("detection %d was refused", i)
		}
	}
}

// many makes detections from to to-1 of so many clients in turn.
func many(from, to, clients int) (list []*event.Detection) {
	for n := from; n < to; n++ {
		list = append(list, detection(n, n%clients))
	}
	return list
}

// records reads the whole topic with another client than the one under test.
func records(t testing.TB, brokers []string) []*kgo.Record {
	t.Helper()
	return recordsOf(t, brokers, topic)
}

func recordsOf(t testing.TB, brokers []string, topic string) []*kgo.Record {
	t.Helper()
	ctx := bounded(t, 60*time.Second)
	client := kafka.Client{Addr: kafka.TCP(brokers...), Transport: &kafka.Transport{}}
	defer client.Transport.(*kafka.Transport).CloseIdleConnections()
	meta, err := client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{topic}})
	if err != nil {
		t.Fatal(err)
	}
	var ask []kafka.OffsetRequest
	starts := map[int32]kgo.Offset{}
	for _, p := range meta.Topics[0].Partitions {
		ask = append(ask, kafka.LastOffsetOf(p.ID))
		starts[int32(p.ID)] = kgo.NewOffset().AtStart()
	}
	ends, err := client.ListOffsets(ctx, &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{topic: ask}})
	if err != nil {
		t.Fatal(err)
	}
	want := int64(0)
	for _, p := range ends.Topics[topic] {
		if p.Error != nil {
			t.Fatal(p.Error)
		}
		want += p.LastOffset
	}
	c, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: starts}))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var all []*kgo.Record
	for int64(len(all)) < want {
		got := c.PollFetches(ctx)
		if err := got.Err(); err != nil {
			t.Fatalf("%d of %d records read: %v", len(all), want, err)
		}
		all = append(all, got.Records()...)
	}
	return all
}

// inTopic holds the promise: of the detections none is missing and none is
// foreign, and those of one client first appear in their order, in one
// partition. It returns the number of duplicates.
func inTopic(t testing.TB, got []*kgo.Record, want []*event.Detection) (duplicates int) {
	t.Helper()
	place := map[string]int{}
	for i, d := range want {
		place[d.EventID()] = i
	}
	seen := map[string]bool{}
	last, partition := map[string]int{}, map[string]int32{}
	for _, r := range got {
		var body struct {
			Event struct{ ID string }
		}
		if err := json.Unmarshal(r.Value, &body); err != nil {
			t.Fatalf("no JSON: %v: %q", err, r.Value)
		}
		i, known := place[body.Event.ID]
		k := string(r.Key)
		switch p, met := partition[k]; {
		case !known:
			t.Fatalf("nobody gave this: %s", r.Value)
		case k != key(want[i]):
			t.Fatalf("key %q, want %q", k, key(want[i]))
		case met && p != r.Partition:
			t.Fatalf("key %q in partitions %d and %d", k, p, r.Partition)
		}
		partition[k] = r.Partition
		if seen[body.Event.ID] {
			duplicates++
			continue
		}
		seen[body.Event.ID] = true
		if l, met := last[k]; met && i < l {
			t.Errorf("client %s: detection %d first appears after %d", k, i, l)
		}
		last[k] = i
	}
	if lost := len(want) - len(seen); lost > 0 {
		t.Errorf("%d of %d lost", lost, len(want))
	}
	return duplicates
}

// bodies are what the encoder makes of detections, a line each.
func bodies(t testing.TB, list []*event.Detection) string {
	t.Helper()
	var b strings.Builder
	for _, d := range list {
		body, err := encoder().Detection(d)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(body)
		b.WriteByte('\n')
	}
	return b.String()
}

func fileText(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// equalText compares texts that are too long to print.
func equalText(t testing.TB, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %d lines that differ from the %d wanted", what, strings.Count(got, "\n"), strings.Count(want, "\n"))
	}
}
