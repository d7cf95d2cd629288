package httpwire

import (
	"bytes"

	"github.com/hookhound/hookhound/pkg/protocol"
)

// methods are those of HTTP and its extensions (IANA's registry, UPnP, RPC over
// HTTP, configuration managers). Another token of capital letters may be one
// too, if its target looks like one.
const methods = " GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH QUERY " +
	"PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK SEARCH REPORT MKACTIVITY CHECKOUT MERGE CHECKIN UNCHECKOUT " +
	"UPDATE LABEL MKWORKSPACE VERSION-CONTROL BASELINE-CONTROL UPDATEREDIRECTREF MKREDIRECTREF ORDERPATCH ACL MKCALENDAR BIND REBIND " +
	"UNBIND LINK UNLINK PURGE NOTIFY SUBSCRIBE UNSUBSCRIBE M-SEARCH RPC_IN_DATA RPC_OUT_DATA BITS_POST CCM_POST " +
	"BCOPY BDELETE BMOVE BPROPFIND BPROPPATCH POLL X-MS-ENUMATTS SOURCE "

// known tells whether b is a method, and begins whether one begins with it.
func known(b []byte) bool { return len(b) > 2 && listed(b, ' ') }

func begins(b []byte) bool { return listed(b, 0) }

// listed looks for b in the list; end is what must follow, zero for anything.
func listed(b []byte, end byte) bool {
	for at := 0; at < len(methods)-1; {
		rest := methods[at+1:]
		if len(rest) > len(b) && rest[:len(b)] == string(b) && (end == 0 || rest[len(b)] == end) {
			return true
		}
		for at++; methods[at] != ' '; at++ {
		}
	}
	return false
}

// probeHTTP1 says whether b, the first bytes of a side, are HTTP/1.x: a status line,
// or a method and the beginning of a target. In mid-stream it is strict.
func probeHTTP1(b []byte, midstream bool) protocol.Verdict {
	b = b[:min(len(b), protocol.ProbeBytes)]
	if !midstream { // some clients send an empty line after a body, or before all
		full := len(b) == protocol.ProbeBytes
		b = bytes.TrimLeft(b, "\r\n")
		if full && len(b) < 5 { // so many empty lines that no more can be seen
			return protocol.Is(len(b) == 0 || begins(b))
		}
		return probe(b, false, full)
	}
	return probe(b, true, len(b) == protocol.ProbeBytes)
}

// probe looks at b; full says that there will be no more of it, and what still
// looks right is a yes.
func probe(b []byte, midstream, full bool) protocol.Verdict {
	v := status(b, midstream)
	if v == protocol.No {
		v = request(b, midstream, full)
	}
	if v == protocol.More && full {
		return protocol.Yes
	}
	return v
}

// status looks for "HTTP/1.1 200".
func status(b []byte, midstream bool) protocol.Verdict {
	const form = "HTTP/9.9 999"
	for i, x := range b[:min(len(b), len(form))] {
		switch want := form[i]; {
		case want == '9' && (x < '0' || x > '9'), want != '9' && x != want:
			return protocol.No
		case !midstream && i == 6: // "HTTP/1."
			return protocol.Yes
		}
	}
	if len(b) < len(form) {
		return protocol.More
	}
	return protocol.Yes
}

// request looks for a method and the beginning of its target.
func request(b []byte, midstream, full bool) protocol.Verdict {
	n := 0
	for n < len(b) && isToken(b[n]) {
		n++
	}
	if n == len(b) {
		if begins(b) || !full && n < protocol.ProbeBytes-1 {
			return protocol.More
		}
		return protocol.No
	}
	method, rest := b[:n], b[n:]
	if rest[0] != ' ' && (midstream || rest[0] != '\t') || n < 3 || string(method) == "PRI" {
		return protocol.No
	}
	rest = bytes.TrimLeft(rest, " \t")
	sure := known(method)
	if len(rest) == 0 {
		if !sure && full {
			return protocol.No
		}
		return protocol.More
	}
	switch x := rest[0]; {
	case x == '/' || x == '*':
		return protocol.Yes
	case string(method) == "CONNECT":
		return protocol.Is(isAlnum(x) || x == '[')
	}
	if rest[0] == '.' && sure { // a path without its slash; but not the dots of a text
		if len(rest) == 1 {
			return protocol.More
		}
		return protocol.Is(isAlnum(rest[1]))
	}
	absolute := protocol.BeginsFold(rest, "http://", "https://")
	if absolute != protocol.No || midstream || !sure {
		return absolute
	}
	// A known method with a target of no known form: but RTSP and SIP use
	// some of the methods too.
	switch v := protocol.BeginsFold(rest, "rtsp", "sip:", "sips:", "tel:"); v {
	case protocol.Yes:
		return protocol.No
	case protocol.More:
		return v
	}
	return protocol.Is(rest[0] > ' ' && rest[0] < 0x7f || bytes.HasPrefix(rest, []byte("\r")))
}

func isToken(x byte) bool {
	return 'A' <= x && x <= 'Z' || x == '_' || x == '-' || '0' <= x && x <= '9'
}

func isAlnum(x byte) bool {
	return 'a' <= x|0x20 && x|0x20 <= 'z' || '0' <= x && x <= '9'
}

// probeHTTP2 says whether b is the preface of an HTTP/2 client, or the SETTINGS
// with which a server begins. Nothing in mid-stream is told from other
// protocols.
func probeHTTP2(b []byte, midstream bool) protocol.Verdict {
	b = b[:min(len(b), protocol.ProbeBytes)]
	if n := min(len(b), len(preface)); string(b[:n]) == preface[:n] {
		if len(b) < protocol.ProbeBytes {
			return protocol.More
		}
		return protocol.Yes
	}
	if midstream {
		return protocol.No
	}
	// A frame of SETTINGS: 24 bits of length, type 4, flags 0, stream 0, and
	// its first entry: 16 bits of identifier, 32 of value.
	for i, x := range b {
		var ok bool
		switch i {
		case 2:
			ok = x > 0 && x <= 60 && x%6 == 0
		case 3:
			ok = x == frameSettings
		case 10:
			ok = x > 0 && x <= 16
		case 11, 12, 13, 14, 15:
			ok = true
		default:
			ok = x == 0
		}
		if !ok {
			return protocol.No
		}
	}
	if len(b) < 11 {
		return protocol.More
	}
	return protocol.Yes
}
