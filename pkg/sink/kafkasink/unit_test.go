package kafkasink

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/segmentio/kafka-go"
)

func message(n, bytes int) kafka.Message {
	return kafka.Message{Key: []byte(fmt.Sprint(n)), Value: make([]byte, bytes)}
}

func names(list []kafka.Message) string {
	var b strings.Builder
	for _, m := range list {
		b.Write(m.Key)
		b.WriteByte(' ')
	}
	return strings.TrimSpace(b.String())
}

func TestQueueKeepsWhatFailedInFront(t *testing.T) {
	var q queue
	for n := range 8 {
		q.add(message(n, 100))
	}
	equal(t, "first", names(q.first(5)), "0 1 2 3 4")
	q.remove([]bool{true, false, true, false, true})
	equal(t, "left", names(q.list), "1 3 5 6 7")
	equal(t, "bytes", q.bytes, 5*size(message(0, 100)))
	q.remove([]bool{false, false})
	equal(t, "nothing done", names(q.list), "1 3 5 6 7")
	q.remove([]bool{true, true, true, true, true})
	equal(t, "bytes of nothing", q.bytes, 0)
	equal(t, "request of nothing", len(q.first(5)), 0)
}

func TestRequestStaysBelowTheBrokersLimit(t *testing.T) {
	var q queue
	for n := range 100 {
		q.add(message(n, 100_000))
	}
	list := q.first(requestMessages)
	total := 0
	for _, m := range list {
		total += size(m)
	}
	if total > requestBytes || total+size(list[0]) <= requestBytes {
		t.Errorf("%d messages of %d bytes in all, limit %d", len(list), total, requestBytes)
	}
	q.clear()
	q.add(message(0, 2*requestBytes))
	q.add(message(1, 1))
	equal(t, "one too large goes alone", names(q.first(requestMessages)), "0")
}

func TestQueueRoom(t *testing.T) {
	lim := limits{messages: 3, bytes: 1000}
	var q queue
	equal(t, "an empty one takes any", q.room(5000, lim), true)
	q.add(message(0, 100))
	equal(t, "to the limit", q.room(lim.bytes-q.bytes, lim), true)
	equal(t, "above the bytes", q.room(lim.bytes-q.bytes+1, lim), false)
	q.add(message(1, 0))
	q.add(message(2, 0))
	equal(t, "above the messages", q.room(1, limits{messages: 3, bytes: 1 << 20}), false)
}

func TestJudge(t *testing.T) {
	batch := []kafka.Message{message(0, 1), message(1, 1), message(2, 1)}
	large, moved := kafka.MessageSizeTooLarge, kafka.NotLeaderForPartition
	for _, test := range []struct {
		name                      string
		batch                     []kafka.Message
		err                       error
		done                      string
		delivered, again, givenUp uint64
		split                     bool
		cause                     error
	}{
		{"all taken", batch, nil, "[true true true]", 3, 0, 0, false, nil},
		{"some failed", batch, kafka.WriteErrors{nil, moved, nil}, "[true false true]", 2, 1, 0, false, moved},
		{"all failed at once", batch, io.EOF, "[false false false]", 0, 3, 0, false, io.EOF},
		{"one of several too large", batch, kafka.WriteErrors{large, large, nil}, "[false false true]", 1, 0, 0, true, large},
		{"failed and too large", batch, kafka.WriteErrors{large, nil, moved}, "[false true false]", 1, 1, 0, true, moved},
		{"too large alone", batch[:1], kafka.WriteErrors{large}, "[true]", 0, 0, 1, false, large},
		{"refused by the client", batch[:1], kafka.MessageTooLargeError{}, "[true]", 0, 0, 1, false, kafka.MessageTooLargeError{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := judge(test.batch, test.err)
			equal(t, "done", fmt.Sprint(r.done), test.done)
			equal(t, "delivered", r.delivered, test.delivered)
			equal(t, "again", r.again, test.again)
			equal(t, "given up", r.givenUp, test.givenUp)
			equal(t, "refused", len(r.refused), int(test.givenUp))
			equal(t, "split", r.split, test.split)
			equal(t, "cause", fmt.Sprint(r.cause), fmt.Sprint(test.cause))
		})
	}
}

func TestReasonsAreShort(t *testing.T) {
	at := &net.TCPAddr{IP: net.IPv4(10, 0, 0, 9), Port: 9092}
	wrap := func(err error) error {
		return fmt.Errorf("kafka.(*Client).Produce: %w", fmt.Errorf("fetch request error: %w", err))
	}
	for _, test := range []struct {
		err    error
		want   string
		person bool
	}{
		{wrap(&net.OpError{Op: "dial", Net: "tcp", Addr: at, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}), "10.0.0.9:9092: connection refused", false},
		{wrap(&net.OpError{Op: "dial", Net: "tcp", Addr: at, Err: os.NewSyscallError("connect", syscall.EHOSTUNREACH)}), "10.0.0.9:9092: no route to host", false},
		{wrap(&net.OpError{Op: "read", Net: "tcp", Addr: at, Err: os.ErrDeadlineExceeded}), "10.0.0.9:9092: no answer", false},
		{wrap(&net.OpError{Op: "read", Net: "tcp", Addr: at, Err: os.NewSyscallError("read", syscall.ECONNRESET)}), "10.0.0.9:9092: the broker closed the connection", false},
		{wrap(&net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "kafka-7", IsNotFound: true}}), "there is no host kafka-7", false},
		{wrap(&net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "i/o timeout", Name: "kafka-7", IsTimeout: true}}), "the name server does not answer for kafka-7", false},
		{wrap(io.ErrUnexpectedEOF), "the broker closed the connection", false},
		{wrap(fmt.Errorf("%w: text\nof the broker", kafka.ClusterAuthorizationFailed)), "the broker does not let this client in: grant it the rights to describe and to write the topic", true},
		{wrap(kafka.BrokerNotAvailable), "the leader of a partition cannot be reached", false},
		{wrap(errors.New("some\nother thing")), "some other thing", false},
	} {
		text, person := explain(test.err)
		equal(t, "reason", text, test.want)
		equal(t, test.want+": a person has to mend it", person, test.person)
	}
}

// answer is the beginning of a broker's first answer, as it should be or not.
func answer(size, id, entries uint32) []byte {
	b := binary.BigEndian.AppendUint32(nil, size)
	b = binary.BigEndian.AppendUint32(b, id)
	b = append(b, 0, 0)
	return binary.BigEndian.AppendUint32(b, entries)
}

// kafka-go takes deadlines away. What then never comes must not be waited for.
func TestNoWaitIsEndless(t *testing.T) {
	for name, set := range map[string]func(*guarded) error{
		"both": func(c *guarded) error { return c.SetDeadline(time.Time{}) },
		"read": func(c *guarded) error { return c.SetReadDeadline(time.Time{}) },
	} {
		here, there := net.Pipe()
		defer there.Close()
		c := &guarded{Conn: here, most: 10 * time.Millisecond}
		if err := set(c); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(5*time.Second, func() { there.Close() })
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
		if err := c.SetWriteDeadline(time.Time{}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Write(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s, write: %v", name, err)
		}
	}
}

func TestGuardKnowsBrokers(t *testing.T) {
	for _, test := range []struct {
		name string
		head []byte
		want error
	}{
		{"broker", append(answer(10+2*6, 1, 2), "123456123456"...), nil},
		{"broker without entries", answer(10, 1, 0), nil},
		{"web server", []byte("HTTP/1.1 400 Bad Request\r\n\r\n"), errForeign},
		{"HTTP/2 server", []byte("\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x80"), errForeign},
		{"SSH server", []byte("SSH-2.0-OpenSSH_9.2\r\n"), errForeign},
		{"short greeting", []byte("220 hi"), errForeign},
		{"TLS alert", []byte{21, 3, 3, 0, 2, 2, 70}, errTLS},
		{"more entries than bytes", answer(22, 1, 1_000_000), errForeign},
		{"closed at once", nil, io.EOF},
		{"closed early", answer(22, 1, 2)[:9], io.ErrUnexpectedEOF},
	} {
		t.Run(test.name, func(t *testing.T) {
			// However it comes in pieces, all of it passes, or the error comes.
			for _, r := range []io.Reader{bytes.NewReader(test.head), iotest.OneByteReader(bytes.NewReader(test.head))} {
				got, err := io.ReadAll(guardedReader{new(guard), r})
				if test.want == io.EOF {
					equal(t, "bytes", len(got), 0)
					equal(t, "error", err, nil)
					continue
				}
				equal(t, "error", err, test.want)
				if err == nil && !bytes.Equal(got, test.head) {
					t.Errorf("got %q, want %q", got, test.head)
				}
			}
		})
	}
}

type guardedReader struct {
	g *guard
	r io.Reader
}

func (g guardedReader) Read(b []byte) (int, error) { return g.g.read(g.r, b) }
