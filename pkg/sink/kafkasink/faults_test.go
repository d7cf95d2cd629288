package kafkasink

import (
	"errors"
	"math/rand/v2"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/hookhound/hookhound/pkg/event"
)

// What a broker answers with an error is not taken, and is sent again, ahead of
// what is newer.
func TestRefusedRequestsAreSentAgain(t *testing.T) {
	for _, test := range []struct {
		err  *kerr.Error
		said string
	}{
		{kerr.NotLeaderForPartition, "the broker says: not leader for partition (6)"},
		{kerr.LeaderNotAvailable, "a partition has no leader"},
		{kerr.NotEnoughReplicas, "fewer replicas are in sync than min.insync.replicas asks for"},
		{kerr.RequestTimedOut, "the broker says: request timed out (7)"},
		{kerr.KafkaStorageError, "the broker says: kafka storage error (56)"},
		{kerr.UnknownTopicOrPartition, "the topic is no longer there: create it again"},
		{kerr.TopicAuthorizationFailed, "the broker does not let this client write to the topic: grant it that right"},
		{kerr.InvalidTimestamp, "the broker refuses the time of the messages: set the clock of this host"},
		{kerr.UnknownServerError, "the broker says: unknown (-1)"},
	} {
		t.Run(test.err.Message, func(t *testing.T) {
			c := cluster(t, 4)
			fault := c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Partitions: []int32{0, 2}, Err: test.err, Count: -1})
			lim := quick()
			lim.long = lim.first
			s, words := opened(t, Config{Brokers: c.ListenAddrs()}, lim)
			want := many(0, 400, 20)
			give(t, s, want[:200])
			line := words.wait(t, "cannot deliver")
			give(t, s, want[200:])
			if err := fault.Wait(bounded(t, 10*time.Second), patience+3); err != nil { // past new connections
				t.Fatal(err)
			}
			fault.Remove()
			words.wait(t, "delivering to "+topic+" again after ")
			st := s.Close(bounded(t, 10*time.Second))
			equal(t, "line", line, "cannot deliver to "+topic+": "+test.said+"; trying again until it works")
			equal(t, "lines", len(words.all()), 2)
			equal(t, "delivered", st.Delivered, 400)
			equal(t, "undelivered and given up", st.Undelivered+st.DeadLetters, 0)
			// A refusal is no lost acknowledgement: nothing may come twice, unless
			// the leader has written and only its followers were late.
			if n := inTopic(t, records(t, c.ListenAddrs()), want); n != 0 && test.err != kerr.RequestTimedOut {
				t.Errorf("%d duplicates", n)
			}
		})
	}
}

// One failure in a row is what happens whenever a leader moves: no news.
func TestOneFailureIsNotSaid(t *testing.T) {
	c := cluster(t, 1)
	s, words := opened(t, Config{Brokers: c.ListenAddrs()}, quick())
	c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.NotLeaderForPartition})
	give(t, s, many(0, 3, 1))
	st := s.Close(bounded(t, 10*time.Second))
	equal(t, "delivered", st.Delivered, 3)
	if st.Retried == 0 {
		t.Error("nothing was sent again: the fault was not met")
	}
	equal(t, "lines", len(words.all()), 0)
}

// A trouble that turns into one that a person must mend is said once more.
func TestTopicDeletedWhileRunning(t *testing.T) {
	c := cluster(t, 2)
	s, words := opened(t, Config{Brokers: c.ListenAddrs()}, quick())
	give(t, s, many(0, 10, 5))
	fault := stuck(c)
	give(t, s, many(10, 20, 5))
	words.wait(t, "min.insync.replicas")
	if err := c.DeleteTopic(topic); err != nil {
		t.Fatal(err)
	}
	fault.Remove()
	words.wait(t, "the topic is no longer there: create it again")
	if err := c.CreateTopic(topic, 3, nil); err != nil {
		t.Fatal(err)
	}
	words.wait(t, "again after")
	give(t, s, many(20, 30, 5))
	st := s.Close(bounded(t, 10*time.Second))
	equal(t, "delivered", st.Delivered, 30)
	equal(t, "lines", len(words.all()), 3)
	got := records(t, c.ListenAddrs()) // of the new topic: what was taken before went with the old one
	if len(got) < 20 {
		t.Errorf("%d records in the new topic, want those from 10 on at least", len(got))
	}
}

// brittle cuts connections in the middle of answers: what the broker took is
// then not acknowledged.
type brittle struct {
	net.Listener
	cut func() bool
}

func (l brittle) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return brittleConn{c, l.cut}, err
}

type brittleConn struct {
	net.Conn
	cut func() bool
}

func (c brittleConn) Write(b []byte) (int, error) {
	if c.cut() {
		c.Conn.Close()
		return 0, errors.New("cut")
	}
	return c.Conn.Write(b)
}

func TestCutConnectionsAndMovedLeaders(t *testing.T) {
	const total, clients, partitions = 1500, 30, 6
	var armed atomic.Bool
	dice := rand.New(rand.NewPCG(1, 2))
	roll := make(chan bool)
	end := make(chan struct{})
	t.Cleanup(func() { close(end) })
	go func() { // the dice are not safe for concurrent use
		for {
			select {
			case roll <- dice.IntN(4) == 0:
			case <-end:
				return
			}
		}
	}()
	c := cluster(t, partitions, kfake.NumBrokers(3), kfake.ListenFn(func(network, address string) (net.Listener, error) {
		l, err := net.Listen(network, address)
		return brittle{l, func() bool { return armed.Load() && <-roll }}, err
	}))
	// Smaller requests than usual, so that there are many to break.
	s, _ := opened(t, Config{Brokers: c.ListenAddrs(), Wait: true}, func() limits { l := quick(); l.messages = 50; return l }())
	armed.Store(true)
	want := many(0, total, clients)
	for n := 0; n < total; n += 125 {
		give(t, s, want[n:n+125])
		if err := c.MoveTopicPartition(topic, int32(n/125%partitions), int32(n/125%3)); err != nil {
			t.Fatal(err)
		}
	}
	st := s.Close(bounded(t, 20*time.Second))
	armed.Store(false)
	equal(t, "delivered", st.Delivered, total)
	equal(t, "undelivered", st.Undelivered, 0)
	if st.Retried == 0 {
		t.Error("nothing was sent again: the test has broken nothing")
	}
	duplicates := inTopic(t, records(t, c.ListenAddrs()), want)
	t.Logf("%d delivered, %d sent again, %d duplicates", st.Delivered, st.Retried, duplicates)
}

func TestBrokerGoneAndBack(t *testing.T) {
	dir := kfake.DataDir(t.TempDir())
	first, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(4, topic), dir)
	if err != nil {
		t.Fatal(err)
	}
	address := first.ListenAddrs()[0]
	_, port, _ := net.SplitHostPort(address)
	number, _ := strconv.Atoi(port)
	s, words := opened(t, Config{Brokers: []string{address}}, quick())
	want := many(0, 900, 20)
	give(t, s, want[:300])
	first.Close()
	give(t, s, want[300:600])
	line := words.wait(t, "cannot deliver")
	if !strings.HasPrefix(line, "cannot deliver to "+topic+": "+address+": ") {
		t.Errorf("the line does not name the broker: %q", line)
	}
	second := cluster(t, 4, kfake.NumBrokers(1), kfake.Ports(number), dir)
	words.wait(t, "again after")
	give(t, s, want[600:])
	st := s.Close(bounded(t, 10*time.Second))
	equal(t, "delivered", st.Delivered, 900)
	equal(t, "lines", len(words.all()), 2)
	t.Logf("%d duplicates", inTopic(t, records(t, second.ListenAddrs()), want))
}

func TestBrokerGoneForGood(t *testing.T) {
	c := cluster(t, 1, kfake.NumBrokers(1))
	address := c.ListenAddrs()[0]
	file := filepath.Join(t.TempDir(), "dead.jsonl")
	s, words := opened(t, Config{Brokers: []string{address}, DeadLetter: file}, quick())
	c.Close()
	want := many(0, 50, 5)
	give(t, s, want)
	words.wait(t, "cannot deliver")
	st := s.Close(bounded(t, 100*time.Millisecond))
	equal(t, "undelivered", st.Undelivered, 50)
	equal(t, "delivered", st.Delivered, 0)
	equalText(t, "dead letter file", fileText(t, file), bodies(t, want))
	lines := words.all()
	equal(t, "lines", len(lines), 2)
	if want := "50 detections were not delivered (" + address + ": "; !strings.HasPrefix(lines[1], want) {
		t.Errorf("said %q, want it to begin with %q", lines[1], want)
	}
}

// large is a detection of about so many bytes.
func large(n, client, bytes int) *event.Detection {
	d := detection(n, client)
	d.Message = strings.Repeat("x", bytes)
	return d
}

func TestOversizedGoesToTheDeadLetters(t *testing.T) {
	for _, withFile := range []bool{true, false} {
		c := cluster(t, 2, kfake.BrokerConfigs(map[string]string{"message.max.bytes": "20000"}))
		conf, file := Config{Brokers: c.ListenAddrs()}, filepath.Join(t.TempDir(), "dead.jsonl")
		if withFile {
			conf.DeadLetter = file
		}
		s, words := opened(t, conf, quick())
		hold := stuck(c) // so that all are in one request
		want := many(0, 60, 7)
		bad := large(30, 2, 30_000)
		list := append(append(append([]*event.Detection{}, want[:30]...), bad), want[30:]...)
		give(t, s, list)
		words.wait(t, "cannot deliver")
		hold.Remove()
		words.wait(t, "again after")
		st := s.Close(bounded(t, 10*time.Second))
		equal(t, "delivered", st.Delivered, 60)
		equal(t, "dead letters", st.DeadLetters, 1)
		equal(t, "undelivered", st.Undelivered, 0)
		equal(t, "duplicates", inTopic(t, records(t, c.ListenAddrs()), want), 0)
		line := "1 detection was not delivered (the broker does not accept it: larger than max.message.bytes of the topic allows)"
		if withFile {
			equalText(t, "file", fileText(t, file), bodies(t, []*event.Detection{bad}))
			line += "; kept in " + file
		} else {
			line += ": event.id " + bad.EventID()
		}
		found := 0
		for _, l := range words.all() {
			if l == line {
				found++
			}
		}
		if found != 1 {
			t.Errorf("said %q, want once: %q", words.all(), line)
		}
	}
}

// A topic that takes small batches only still gets all that it takes singly.
func TestSmallBatchesOnly(t *testing.T) {
	c := cluster(t, 1, kfake.BrokerConfigs(map[string]string{"message.max.bytes": "5000"}))
	s, _ := opened(t, Config{Brokers: c.ListenAddrs()}, quick())
	want := many(0, 300, 7)
	give(t, s, want)
	st := s.Close(bounded(t, 15*time.Second))
	equal(t, "stats", st, Stats{Delivered: 300})
	equal(t, "duplicates", inTopic(t, records(t, c.ListenAddrs()), want), 0)
}

// A topic that refuses everything must not flood the log.
func TestManyLettersAreSaidBriefly(t *testing.T) {
	c := cluster(t, 1)
	s, words := opened(t, Config{Brokers: c.ListenAddrs()}, quick())
	c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.InvalidRecord, Count: -1})
	give(t, s, many(0, 60, 7))
	st := s.Close(bounded(t, 15*time.Second))
	equal(t, "stats", st, Stats{DeadLetters: 60})
	lines := words.all()
	equal(t, "lines", len(lines), maxLetters)
	if last := lines[len(lines)-1]; !strings.HasSuffix(last, "; further ones are only counted") {
		t.Errorf("last line %q", last)
	}
}
