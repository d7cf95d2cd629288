package protocol

import "github.com/hookhound/hookhound/capture"

// How tells by what an exchange was cut out of its flow.
type How uint8

// The ways in which exchanges are seen.
const (
	ByConnection    How = iota // a whole connection, or a minute of one, that could not be read inside
	ByTLSRecords               // record headers of TLS over TCP
	ByQUICDatagrams            // sizes of QUIC datagrams
	ByHTTP                     // HTTP in clear text
)

// String is the word that leaves the sensor.
func (h How) String() string {
	switch h {
	case ByTLSRecords:
		return "tls-records"
	case ByQUICDatagrams:
		return "quic-datagrams"
	case ByHTTP:
		return "http"
	default:
		return "connection"
	}
}

// Certainty says how sure it is that an exchange is one request and its
// answer.
type Certainty uint8

// From worst to best.
const (
	Guessed Certainty = iota // cut by silence alone: one direction, a whole connection, a resynchronised stream
	Likely                   // cut by record sizes and direction, with something missing or unusual
	Clear                    // the handshake was seen and every record header since
)

// String is the word that leaves the sensor.
func (c Certainty) String() string {
	switch c {
	case Clear:
		return "clear"
	case Likely:
		return "likely"
	default:
		return "guessed"
	}
}

// Exchange is one request and its answer.
type Exchange struct {
	Start capture.Time // the request's first byte
	End   capture.Time // the last byte that belongs to it so far
	Known capture.Time // when the sensor knew it: never before End
	Frame uint64       // the frame that made it known; zero where a deadline did
	Up    uint64       // application bytes from the client, without record overhead
	Down  uint64       // application bytes from the server
	Index uint32       // 0, 1, … in its connection
	How   How
	Sure  Certainty
	// Interim: the exchange is still open, and this is what it was so far; a
	// later one with the same Index replaces it.
	Interim bool
	// Push: the server began (a pushed message, a long poll's late answer
	// without a request that was seen); it is no call of the client's.
	Push bool
	// Request is the HTTP request, where it was read; nil elsewhere.
	Request *Request
}
