package kafkasink

import (
	"bufio"
	"context"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// listener serves each connection with f and gives its address.
func listener(t *testing.T, f func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				f(c)
			}()
		}
	}()
	return l.Addr().String()
}

// silent takes what it is sent and never answers.
func silent(c net.Conn) { io.Copy(io.Discard, c) }

// deaf is an address where nothing listens.
func deaf(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

const checkNames = "check the brokers' names and ports (--kafka, kafka.brokers), that one runs, and that a firewall lets this host through"

func TestOpenSaysWhatToDo(t *testing.T) {
	leakless(t)
	one := cluster(t, 1, kfake.NumBrokers(1)).ListenAddrs()[0]
	three := cluster(t, 1, kfake.NumBrokers(3)).ListenAddrs()[0]
	locked := cluster(t, 1, kfake.NumBrokers(1))
	locked.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Metadata}, Topic: topic, Err: kerr.TopicAuthorizationFailed, Count: -1})
	nobody, alsoNobody := deaf(t), deaf(t)
	mute := listener(t, silent)
	closing := listener(t, func(c net.Conn) { bufio.NewReader(c).ReadByte() })
	web := listener(t, func(c net.Conn) { io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n") })
	encrypted := listener(t, func(c net.Conn) { c.Write([]byte{21, 3, 3, 0, 2, 2, 70}) }) // protocol_version
	const plain = "the sensor speaks plain Kafka: name a listener that asks for neither TLS nor a login"
	noFolder := filepath.Join(t.TempDir(), "none", "dead.jsonl")
	for _, test := range []struct {
		name string
		conf Config
		want string
	}{
		{"nothing listens", Config{Brokers: []string{nobody}, Topic: topic},
			"kafka: no broker answers: " + nobody + ": connection refused\n" + checkNames},
		{"two of nothing", Config{Brokers: []string{nobody, alsoNobody}, Topic: topic},
			"kafka: no broker answers: " + nobody + ": connection refused; " + alsoNobody + ": connection refused\n" + checkNames},
		{"never answers", Config{Brokers: []string{mute}, Topic: topic},
			"kafka: no broker answers: " + mute + ": no answer\n" + checkNames},
		{"closes", Config{Brokers: []string{closing}, Topic: topic},
			"kafka: no broker answers: " + closing + ": the broker closed the connection\n" + plain},
		{"no Kafka", Config{Brokers: []string{web}, Topic: topic},
			"kafka: no broker answers: " + web + ": this is no Kafka broker\n" + checkNames},
		{"TLS", Config{Brokers: []string{encrypted}, Topic: topic},
			"kafka: no broker answers: " + encrypted + ": the broker expects TLS\n" + plain},
		{"no topic", Config{Brokers: []string{one}, Topic: "other"},
			"kafka: there is no topic other\ncreate it first: kafka-topics.sh --bootstrap-server " + one + " --create --topic other --partitions 6 --replication-factor 1"},
		{"no topic on three", Config{Brokers: []string{three}, Topic: "other"},
			"kafka: there is no topic other\ncreate it first: kafka-topics.sh --bootstrap-server " + three + " --create --topic other --partitions 6 --replication-factor 3 --config min.insync.replicas=2"},
		{"no right", Config{Brokers: locked.ListenAddrs(), Topic: topic},
			"kafka: " + locked.ListenAddrs()[0] + " does not let this client see the topic " + topic + "\ngrant it the rights to describe and to write it"},
		{"no folder for dead letters", Config{Brokers: []string{one}, Topic: topic, DeadLetter: noFolder},
			"kafka: dead letter file " + noFolder + ": no such file or directory\nname a file that can be written, in a folder that exists"},
	} {
		t.Run(test.name, func(t *testing.T) {
			start := time.Now()
			s, err := open(bounded(t, 20*time.Second), test.conf, encoder(), quick())
			if err == nil {
				s.Close(bounded(t, time.Second))
				t.Fatal("opened")
			}
			equal(t, "error", err.Error(), test.want)
			if took := time.Since(start); took > 3*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestOpenTakesTheBrokerThatAnswers(t *testing.T) {
	c := cluster(t, 1, kfake.NumBrokers(1))
	s, words := opened(t, Config{Brokers: []string{deaf(t), listener(t, silent), c.ListenAddrs()[0]}}, quick())
	want := many(0, 10, 2)
	give(t, s, want)
	// The writer picks brokers at random: it can meet the silent one first.
	st := s.Close(bounded(t, 20*time.Second))
	equal(t, "delivered", st.Delivered, 10)
	inTopic(t, records(t, c.ListenAddrs()), want)
	for _, line := range words.all() {
		if !strings.HasPrefix(line, "cannot deliver to ") && !strings.HasPrefix(line, "delivering to ") {
			t.Errorf("said %q", line)
		}
	}
}

func TestOpenWaitsForALeader(t *testing.T) {
	c := cluster(t, 1)
	fault := c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Metadata}, Topic: topic, Err: kerr.LeaderNotAvailable, Count: -1})
	s, words := opened(t, Config{Brokers: c.ListenAddrs()}, quick())
	want := many(0, 10, 2)
	give(t, s, want)
	words.wait(t, "cannot deliver to "+topic+": a partition has no leader")
	fault.Remove()
	equal(t, "delivered", s.Close(bounded(t, 10*time.Second)).Delivered, 10)
	inTopic(t, records(t, c.ListenAddrs()), want)
}

func TestOpenIsInterrupted(t *testing.T) {
	leakless(t)
	arrived := make(chan struct{}, 10)
	mute := listener(t, func(c net.Conn) { arrived <- struct{}{}; silent(c) })
	ctx, interrupt := context.WithCancel(context.Background())
	go func() { <-arrived; interrupt() }()
	lim := quick()
	lim.answer = 3 * time.Second // half of it, and the connection with it, is left to itself
	start := time.Now()
	_, err := open(ctx, Config{Brokers: []string{mute}, Topic: topic}, encoder(), lim)
	if err == nil || err.Error() != "kafka: interrupted while asking "+mute {
		t.Errorf("error %v", err)
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("took %v", took)
	}
}
