package protocol

import (
	"net/netip"

	"github.com/hookhound/hookhound/capture"
)

// Request is an HTTP request in clear text with what is known of its answer.
// It is immutable once given to Facts. Strings are as sent, without leading
// and trailing white space, and at most limit.RequestField bytes long.
type Request struct {
	Known capture.Time // when the head of the answer was seen, or could not come any more
	Frame uint64       // the frame that made it known; zero where a deadline did

	Method    string
	Scheme    string // "http" or "https", where the target or :scheme names it; else empty
	Host      string // the Host field or :authority, port kept; empty when there is none
	Target    string // the request target: a path with its query, a whole URL to a proxy, host:port of CONNECT
	UserAgent string
	Version   string // "1.0", "1.1" or "2"
	// Forwarded is the client that a proxy names in Forwarded (RFC 7239) or
	// X-Forwarded-For: the first address of the list. It is the proxy's word,
	// or the client's.
	Forwarded netip.Addr

	Status  int    // of the final answer; zero when none was seen
	Upgrade string // what the connection turns into after this request: "websocket", "h2c", "connect"; else empty
}

// Target is the other end that a client asked a proxy for (CONNECT, SOCKS) or
// that a proxy names before it hands a connection on (the PROXY header).
type Target struct {
	Host string // a name, or an address in text; never empty
	Port uint16 // zero when unknown
	// Client is the address that the PROXY header names as the client; the
	// zero value elsewhere.
	Client netip.AddrPort
}
