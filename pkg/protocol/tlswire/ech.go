package tlswire

import (
	"strings"

	"github.com/hookhound/hookhound/pkg/protocol"
)

// echState says what the hello shows of Encrypted Client Hello (RFC 9849).
func (ch *clientHello) echState() protocol.ECH {
	switch {
	case !ch.ech:
		return protocol.ECHNone
	case isOuterName(ch.serverName):
		return protocol.ECHOuter
	default:
		return protocol.ECHPresent
	}
}

// isOuterName says whether a server name is known as the public_name of an ECH
// configuration: a name that providers put on the outside of every hello, so
// that it says nothing about the service called.
func isOuterName(name []byte) bool {
	for _, outer := range [...]string{
		"cloudflare-ech.com", // all of Cloudflare's customers
		"public.tls-ech.dev", // a public test server
		"cover.defo.ie",      // a public test server
	} {
		if len(name) == len(outer) && strings.EqualFold(string(name), outer) {
			return true
		}
	}
	return false
}
