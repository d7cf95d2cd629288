package kafkasink

import (
	"bytes"
	"context"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func TestDelivers(t *testing.T) {
	c := cluster(t, 6, kfake.NumBrokers(3))
	before := time.Now().Add(-time.Second)
	s, words := opened(t, Config{Brokers: c.ListenAddrs()}, quick())
	want := many(0, 3000, 20)
	give(t, s, want)
	st := s.Close(bounded(t, 10*time.Second))
	equal(t, "stats", st, Stats{Delivered: 3000})
	got := records(t, c.ListenAddrs())
	equal(t, "duplicates", inTopic(t, got, want), 0)
	equal(t, "lines said", len(words.all()), 0)

	byID := map[string]int{}
	for i, d := range want {
		byID[d.EventID()] = i
	}
	java := kgo.StickyKeyPartitioner(nil).ForTopic(topic) // hashes keys as Java's client does
	for _, r := range got {
		if len(r.Headers) != 2 || r.Headers[0].Key != "event.id" || r.Headers[1].Key != "content-type" || string(r.Headers[1].Value) != "application/json" {
			t.Fatalf("headers: %v", r.Headers)
		}
		i, known := byID[string(r.Headers[0].Value)]
		if !known {
			t.Fatalf("header event.id %q is no detection's", r.Headers[0].Value)
		}
		body, err := encoder().Detection(want[i])
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(r.Value, body) {
			t.Fatalf("body %s, want %s", r.Value, body)
		}
		equal(t, "partition of "+string(r.Key), int(r.Partition), java.Partition(r, 6))
		if r.Timestamp.Before(before) || r.Timestamp.After(time.Now().Add(time.Second)) {
			t.Fatalf("record time %v is not that of publishing", r.Timestamp)
		}
	}
}

func TestClosedSinkRefuses(t *testing.T) {
	c := cluster(t, 1)
	s, _ := opened(t, Config{Brokers: c.ListenAddrs(), Wait: true}, quick())
	start := time.Now()
	give(t, s, many(0, 1, 1))
	first := s.Close(bounded(t, 10*time.Second))
	if took := time.Since(start); took > 900*time.Millisecond {
		t.Errorf("one detection took %v", took)
	}
	equal(t, "stats", first, Stats{Delivered: 1})
	equal(t, "accepted after Close", s.Detection(detection(1, 0)), false)
	equal(t, "stats of a second Close", s.Close(bounded(t, time.Second)), first)
}

// stuck makes the brokers refuse all that is published, for as long as wanted.
func stuck(c *kfake.Cluster, partitions ...int32) *kfake.FaultHandle {
	return c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Partitions: partitions, Err: kerr.NotEnoughReplicas, Count: -1})
}

func TestFullQueueRefuses(t *testing.T) {
	c := cluster(t, 1)
	lim := quick()
	lim.messages = 10
	s, _ := opened(t, Config{Brokers: c.ListenAddrs()}, lim)
	fault := stuck(c)
	want := many(0, 10, 3)
	give(t, s, want)
	equal(t, "accepted above the limit", s.Detection(detection(10, 0)), false)
	fault.Remove()
	st := s.Close(bounded(t, 10*time.Second))
	equal(t, "delivered", st.Delivered, 10)
	equal(t, "duplicates", inTopic(t, records(t, c.ListenAddrs()), want), 0)
}

func TestFullQueueWaits(t *testing.T) {
	c := cluster(t, 1)
	lim := quick()
	lim.messages = 1000
	lim.bytes = len(bodies(t, many(0, 8, 3)))
	s, words := opened(t, Config{Brokers: c.ListenAddrs(), Wait: true}, lim)
	fault := stuck(c)
	want := many(0, 100, 3)
	given := make(chan bool)
	go func() {
		defer close(given)
		for _, d := range want {
			if !s.Detection(d) {
				return
			}
		}
		given <- true
	}()
	words.wait(t, "min.insync.replicas")
	select {
	case <-given:
		t.Fatal("all went into a queue that has no room")
	default:
	}
	fault.Remove()
	equal(t, "all accepted", <-given, true)
	st := s.Close(bounded(t, 10*time.Second))
	equal(t, "delivered", st.Delivered, 100)
	equal(t, "duplicates", inTopic(t, records(t, c.ListenAddrs()), want), 0)
}

// Who interrupts a replay must not wait for a broker that is away.
func TestInterruptEndsTheWait(t *testing.T) {
	leakless(t)
	c := cluster(t, 1)
	lim := quick()
	lim.messages = 5
	ctx, interrupt := context.WithCancel(context.Background())
	words := newSaid()
	s, err := open(ctx, Config{Brokers: c.ListenAddrs(), Topic: topic, Wait: true, Say: words.say}, encoder(), lim)
	if err != nil {
		t.Fatal(err)
	}
	fault := stuck(c)
	want := many(0, 5, 1)
	give(t, s, want)
	accepted := make(chan bool)
	go func() { accepted <- s.Detection(detection(5, 0)) }()
	words.wait(t, "cannot deliver")
	interrupt()
	equal(t, "accepted", <-accepted, false)
	fault.Remove()
	equal(t, "delivered after the interrupt", s.Close(bounded(t, 10*time.Second)).Delivered, 5)
	inTopic(t, records(t, c.ListenAddrs()), want)
}

func TestCloseGivesUp(t *testing.T) {
	c := cluster(t, 2)
	file := filepath.Join(t.TempDir(), "dead.jsonl")
	s, words := opened(t, Config{Brokers: c.ListenAddrs(), DeadLetter: file}, quick())
	fault := stuck(c, 1)
	want := many(0, 200, 20)
	give(t, s, want)
	words.wait(t, "cannot deliver")
	// Of three more requests the first may be older than the last detection,
	// the second has all, and when the third comes the second is settled.
	if err := fault.Wait(bounded(t, 10*time.Second), fault.Hits()+3); err != nil {
		t.Fatal(err)
	}
	ctx, now := context.WithCancel(context.Background())
	now()
	st := s.Close(ctx)
	// What went to the healthy partition is delivered, and the rest is kept.
	got := records(t, c.ListenAddrs())
	var kept []int
	inPartition := map[string]bool{}
	for _, r := range got {
		inPartition[string(r.Key)] = true
		equal(t, "partition", r.Partition, 0)
	}
	left := want[:0:0]
	for i, d := range want {
		if !inPartition[key(d)] {
			kept, left = append(kept, i), append(left, d)
		}
	}
	if len(got) == 0 || len(kept) == 0 {
		t.Fatalf("%d delivered and %d kept: the test needs both", len(got), len(kept))
	}
	equal(t, "delivered", st.Delivered, uint64(len(got)))
	equal(t, "undelivered", st.Undelivered, uint64(len(left)))
	equalText(t, "dead letter file", fileText(t, file), bodies(t, left))
	lines := words.all()
	equal(t, "lines said", len(lines), 2)
	const why = " were not delivered (fewer replicas are in sync than min.insync.replicas asks for); kept in "
	equal(t, "last line", lines[1], strconv.Itoa(len(left))+" detections"+why+file)
}

// A broker that takes a request and never answers holds nobody up for longer
// than Close was given.
func TestCloseLeavesAHungRequest(t *testing.T) {
	c := cluster(t, 1)
	release := make(chan struct{})
	arrived := make(chan struct{}, 10)
	c.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		arrived <- struct{}{}
		c.SleepControl(func() { <-release })
		return nil, nil, false
	})
	t.Cleanup(func() { close(release) })
	s, words := opened(t, Config{Brokers: c.ListenAddrs()}, quick())
	want := many(0, 12, 1)
	give(t, s, want)
	<-arrived
	start := time.Now()
	st := s.Close(bounded(t, 50*time.Millisecond))
	if took := time.Since(start); took > 500*time.Millisecond {
		t.Errorf("Close took %v", took)
	}
	equal(t, "stats", st, Stats{Undelivered: 12})
	line := "12 detections were not delivered (the time was too short): event.id "
	for i, d := range want[:10] {
		if i > 0 {
			line += ", "
		}
		line += d.EventID()
	}
	equal(t, "lines", len(words.all()), 1)
	equal(t, "line", words.all()[0], line+" and 2 more")
}
