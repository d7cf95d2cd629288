package kafkasink

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
)

// reason says in a few words why something failed: the innermost cause, with
// the address that it is about.
func reason(err error) string {
	text, _ := explain(err)
	return text
}

// explain gives the reason, and tells whether a person has to mend it: what
// concerns the network or a leader often mends itself.
func explain(err error) (text string, person bool) {
	var code kafka.Error
	var dns *net.DNSError
	var wrong wrongPeer
	switch {
	case errors.As(err, &wrong):
		return wrong.Error(), true
	case errors.As(err, &code):
		return answered(code)
	case errors.Is(err, protocol.ErrNoTopic), errors.Is(err, protocol.ErrNoPartition):
		return answered(kafka.UnknownTopicOrPartition)
	case errors.Is(err, protocol.ErrNoLeader):
		return answered(kafka.LeaderNotAvailable)
	case errors.As(err, &dns) && dns.IsNotFound:
		return "there is no host " + dns.Name, false
	case errors.As(err, &dns):
		return "the name server does not answer for " + dns.Name, false
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), timeout(err):
		return where(err) + "no answer", false
	case closed(err):
		return where(err) + "the broker closed the connection", false
	}
	var number syscall.Errno
	if errors.As(err, &number) {
		return where(err) + number.Error(), false
	}
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return strings.Join(strings.Fields(err.Error()), " "), false
		}
		err = inner
	}
}

// answered words the error codes that a publisher meets.
func answered(code kafka.Error) (text string, person bool) {
	switch code {
	case kafka.UnknownTopicOrPartition:
		return "the topic is no longer there: create it again", true
	case kafka.TopicAuthorizationFailed:
		return "the broker does not let this client write to the topic: grant it that right", true
	case kafka.ClusterAuthorizationFailed:
		return "the broker does not let this client in: grant it the rights to describe and to write the topic", true
	case kafka.NotEnoughReplicas, kafka.NotEnoughReplicasAfterAppend:
		return "fewer replicas are in sync than min.insync.replicas asks for", false
	case kafka.LeaderNotAvailable:
		return "a partition has no leader", false
	case kafka.BrokerNotAvailable:
		return "the leader of a partition cannot be reached", false
	case kafka.InvalidTimestamp:
		return "the broker refuses the time of the messages: set the clock of this host", true
	case kafka.MessageSizeTooLarge, kafka.RecordListTooLarge:
		return "larger than max.message.bytes of the topic allows", true
	}
	return fmt.Sprintf("the broker says: %s (%d)", strings.ToLower(code.Title()), int(code)), !code.Temporary()
}

func timeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

// closed tells whether the other side ended the connection.
func closed(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// where is the remote address of a network error, with a colon.
func where(err error) string {
	var op *net.OpError
	if errors.As(err, &op) && op.Addr != nil {
		return op.Addr.String() + ": "
	}
	return ""
}
