// Package httpwire reads HTTP in clear text over TCP: HTTP/1.x (RFC 9112), the
// WebSocket messages behind an upgrade (RFC 6455), and HTTP/2 with prior
// knowledge or behind an upgrade (RFC 9113).
//
// It reads as real servers and clients do, not as the grammar says: lines may
// end in LF alone, fields may be folded, a target may hold spaces. Where bytes
// are missing it goes on inside a body whose length is known, and else at the
// next segment that begins with a request or a status line.
//
// # Exchanges
//
// Bytes of an exchange are those of the head and the body as they went over
// the wire; of HTTP/2 those of header blocks and data, without the headers of
// frames and padding. In HTTP/1.x exchanges are given in the order of their
// requests. In HTTP/2, where they overlap, and for WebSocket messages, the
// index is that of the order in which they are given: the first to be over is
// the first to be counted. A stream of which an interim state was given, and
// that others overtake, is given as it then is, and the rest of it later under
// another index, as a push.
//
// A request is given when the head of its final answer was seen, or when it
// has waited for it for a few seconds: a capture of one direction tells all
// requests too. An answer that comes later is in the Request of the Exchange.
package httpwire

import "github.com/hookhound/hookhound/pkg/protocol"

// HTTP is the entry of HTTP/1.x in the list of protocols.
func HTTP() protocol.Protocol {
	return protocol.Protocol{Name: "http", Probe: probeHTTP1, New: func() protocol.Parser { return newConn() }}
}

// HTTP2 is the entry of HTTP/2 in clear text, with prior knowledge, in the list
// of protocols.
func HTTP2() protocol.Protocol {
	return protocol.Protocol{Name: "h2c", Probe: probeHTTP2, New: func() protocol.Parser { return newConn2() }}
}
