// Package protocol is the contract between the bytes of a connection and what
// is understood of them. Each protocol is a folder below (tlswire, …) with a
// probe and a parser; builtin lists them.
//
// Content chooses the parser, not the port.
package protocol

import (
	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/stream"
)

// Verdict is a probe's answer about the first bytes of one side.
type Verdict uint8

// A probe may say that it is too early to tell.
const (
	No Verdict = iota
	More
	Yes
)

// Protocol is one entry of the list in builtin.
type Protocol struct {
	Name string
	// Probe looks at the bytes that one side sent first (or, in mid-stream,
	// at those with which a segment begins). It keeps nothing. Fewer than
	// ProbeBytes may be there; with as many it answers No or Yes.
	Probe func(b []byte, midstream bool) Verdict
	// New makes a parser for one connection.
	New func() Parser
	// Prelude: its parser reads what stands before another protocol (SOCKS, a
	// PROXY header, a session before STARTTLS) and gives no exchanges. Until it
	// hands over, and if it never does, the connection counts as one that
	// cannot be read.
	Prelude bool
}

// ProbeBytes is with how many bytes at the latest a probe must decide.
const ProbeBytes = 16

// Parser reads one TCP connection. It is not safe for concurrent use.
type Parser interface {
	// Chunk takes the next bytes or gap of either side.
	Chunk(c *stream.Chunk, out Facts)
	// Due is when Advance must be called next though nothing was heard;
	// capture.Never if there is nothing to wait for. It may change with each
	// call of Chunk and Advance.
	Due() capture.Time
	// Advance does what is due at or before now; facts that were due at a
	// moment carry that moment.
	Advance(now capture.Time, out Facts)
	// Close ends the connection and gives out what is left. The parser is not
	// used again.
	Close(now capture.Time, out Facts)
}

// Facts receives what a parser understood, as soon as it is known. What it is
// given belongs to it.
type Facts interface {
	// Client says which side the protocol's own words show to be the client.
	Client(s flow.Side)
	// Hello gives a TLS hello with its answer.
	Hello(h *Hello)
	// Exchange gives a request with its answer, or an interim state of it.
	Exchange(e Exchange)
	// Request gives an HTTP request in clear text with its answer. The
	// Exchange that carries it follows or has gone before, with its number.
	Request(r *Request)
	// Target names the other end that the client asked a proxy for.
	Target(t Target)
	// Answer gives a DNS answer.
	Answer(a *Answer)
	// Lease gives a DHCP lease.
	Lease(l *Lease)
	// Handover ends a parser of a TCP connection whose bytes are another
	// protocol's from here on, on both sides: a tunnel behind CONNECT, TLS
	// behind STARTTLS. rest is what the current chunk still holds of it, nil
	// when nothing. The parser returns at once, and is not used again; Close
	// is not called.
	//
	// A parser that finds that the connection is not its own, or can say no
	// more of it, hands over as well. Done at a gap, it means that the place in
	// the stream is lost, and that a protocol may begin with any segment.
	Handover(rest *stream.Chunk)
	// GiveUp ends a parser that can say no more of its connection, and would
	// only cost: nothing of the connection is read any more, and what is left
	// of it counts as one whole. The parser returns at once, and is not used
	// again; Close is not called.
	GiveUp()
}
