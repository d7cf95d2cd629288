package protocol

import (
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/flow"
)

// Datagram is one UDP datagram of a conversation.
type Datagram struct {
	Bytes []byte // payload as captured; lent for one call
	// Length is the payload's length on the wire. It is greater than that of
	// Bytes where the snap length cut the frame.
	Length int
	Side   flow.Side // who sent it
	Time   capture.Time
	Frame  uint64
	// Clock is the moment of delivery: not before Time, and never running
	// back over all conversations.
	Clock capture.Time
}

// DatagramProtocol is an entry of the list of protocols over UDP in builtin.
type DatagramProtocol struct {
	Name string
	// Probe tells whether a datagram belongs to the protocol, by its content
	// and the ports of its sender and receiver. It keeps nothing, and answers
	// No or Yes.
	Probe func(b []byte, from, to uint16) Verdict
	// New makes a parser for one conversation.
	New func() DatagramParser
	// Idle is how long a conversation may be silent before it is forgotten.
	Idle time.Duration
}

// DatagramParser reads one UDP conversation. It is not safe for concurrent
// use. Its deadlines work as those of Parser.
type DatagramParser interface {
	// Datagram takes the next datagram of either side, in order of capture.
	Datagram(d *Datagram, out Facts)
	Due() capture.Time
	Advance(now capture.Time, out Facts)
	Close(now capture.Time, out Facts)
}
