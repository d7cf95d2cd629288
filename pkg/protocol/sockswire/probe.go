package sockswire

import (
	"github.com/hookhound/hookhound/pkg/protocol"
)

// The versions and commands of SOCKS.
const (
	version4 = 4
	version5 = 5

	connect   = 1
	bind      = 2
	associate = 3

	addressIPv4 = 1
	addressName = 3
	addressIPv6 = 4

	authVersion = 1 // of the user name and password exchange, RFC 1929

	noAuth       = 0
	userPassword = 2

	granted4 = 0x5a
)

// probeSOCKS says whether b begins a SOCKS connection: the client's side, or the
// server's alone. A greeting of SOCKS 5 is three bytes that much else could be,
// so it waits for the message behind it, which the client sends when the server
// has answered.
func probeSOCKS(b []byte, _ bool) protocol.Verdict {
	if len(b) == 0 {
		return protocol.More
	}
	b = b[:min(len(b), protocol.ProbeBytes)]
	switch b[0] {
	case version4:
		return probe4(b)
	case version5:
		return probe5(b)
	}
	return protocol.No
}

// probe4 looks for VN CD DSTPORT DSTIP USERID NULL.
func probe4(b []byte) protocol.Verdict {
	for i, c := range b {
		switch {
		case i == 1 && c != connect && c != bind,
			i == 3 && b[2] == 0 && c == 0, // port 0
			i == 4 && c >= 224,            // multicast and beyond
			// Of 0.0.0.0/8 only the 0.0.0.x of SOCKS 4a.
			(i == 5 || i == 6) && b[4] == 0 && c != 0,
			i == 7 && b[4] == 0 && c == 0,
			i >= 8 && c != 0 && (c < ' ' || c == 0x7f): // a user may have any name
			return protocol.No
		case i >= 8 && c == 0:
			return protocol.Yes
		}
	}
	return protocol.IfAll(len(b) == protocol.ProbeBytes)
}

// probe5 looks for VER NMETHODS METHODS and what follows: the request, or user
// name and password; or for what a server says that needs neither.
func probe5(b []byte) protocol.Verdict {
	if len(b) < 2 {
		return protocol.More
	}
	if b[1] == 0 { // a server that takes no password
		for i, c := range b[2:] {
			switch {
			case i == 0 && c != version5, i == 1 && c != 0, i == 2 && c != 0, i == 3 && !isAddressType(c):
				return protocol.No
			case i == 3:
				return protocol.Yes
			}
		}
		return protocol.More
	}
	methods := int(b[1])
	seen := [256]bool{}
	for _, m := range b[2:min(len(b), 2+methods)] {
		// Each is offered once; 0xff is an answer, and 0x0a to 0x7f belong to
		// nobody (IANA: SOCKS Methods). Servers do not mind, so it counts only
		// where the request behind them is out of sight.
		odd := seen[m] || m == 0xff || m > 9 && m < 0x80
		if odd && 2+methods+4 > protocol.ProbeBytes {
			return protocol.No
		}
		seen[m] = true
	}
	if len(b) < 2+methods {
		return protocol.IfAll(len(b) == protocol.ProbeBytes)
	}
	next := b[2+methods:]
	for i, c := range next {
		switch {
		case i == 0 && c != version5 && (c != authVersion || !seen[userPassword]):
			return protocol.No
		case next[0] == authVersion && i == 1:
			// It ends with a password of at least one byte: nothing more to
			// hold it against.
			return protocol.Is(c != 0)
		case next[0] == version5 && (i == 1 && (c < connect || c > associate) || i == 2 && c != 0 || i == 3 && !isAddressType(c)):
			return protocol.No
		case i == 3:
			return protocol.Yes
		}
	}
	return protocol.IfAll(len(b) == protocol.ProbeBytes)
}

func isAddressType(c byte) bool {
	return c == addressIPv4 || c == addressName || c == addressIPv6
}

// inName tells whether a byte can stand in a user's or a host's name.
func inName(c byte) bool { return c > ' ' && c < 0x7f }
