package httpwire

import (
	"bytes"
	"net/netip"
	"strconv"
	"strings"

	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
)

// field is one of the header fields that are read.
type field uint8

const (
	otherField field = iota
	hostField
	agentField
	lengthField
	encodingField
	upgradeField
	expectField
	forwardedField
	forwardedForField
)

// fieldOf knows a field by its name, in any case.
func fieldOf(name []byte) field {
	switch len(name) {
	case 4:
		return fieldIf(name, "host", hostField)
	case 6:
		return fieldIf(name, "expect", expectField)
	case 7:
		return fieldIf(name, "upgrade", upgradeField)
	case 9:
		return fieldIf(name, "forwarded", forwardedField)
	case 10:
		return fieldIf(name, "user-agent", agentField)
	case 14:
		return fieldIf(name, "content-length", lengthField)
	case 15:
		return fieldIf(name, "x-forwarded-for", forwardedForField)
	case 17:
		return fieldIf(name, "transfer-encoding", encodingField)
	}
	return otherField
}

func fieldIf(name []byte, want string, f field) field {
	for i, x := range name {
		if 'A' <= x && x <= 'Z' {
			x |= 0x20
		}
		if x != want[i] {
			return otherField
		}
	}
	return f
}

// keep makes a string of b, the same as the one before where it is equal: what
// a connection repeats is not allocated again. A zero byte ends it, as for the
// many programs that are written in C.
func keep(b []byte, before string) string {
	b = b[:min(len(b), limit.RequestField)]
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	if string(b) == before {
		return before
	}
	return string(b)
}

// cut is keep for a string.
func cut(s string) string {
	n := min(len(s), limit.RequestField)
	if i := strings.IndexByte(s[:n], 0); i >= 0 {
		n = i
	}
	if n == len(s) {
		return s
	}
	return strings.Clone(s[:n])
}

// methodName makes a string of a method without allocating for common ones.
func methodName(b []byte) string {
	switch string(b) {
	case "GET":
		return "GET"
	case "POST":
		return "POST"
	case "HEAD":
		return "HEAD"
	case "PUT":
		return "PUT"
	case "OPTIONS":
		return "OPTIONS"
	case "CONNECT":
		return "CONNECT"
	case "PROPFIND":
		return "PROPFIND"
	}
	return keep(b, "")
}

// lastWord is what follows the last space, with what stands before it.
func lastWord(b []byte) (before, word []byte) {
	i := bytes.LastIndexAny(b, " \t")
	if i < 0 {
		return nil, b
	}
	return bytes.TrimRight(b[:i], " \t"), b[i+1:]
}

// versionOf reads "HTTP/1.1" as "1.1".
func versionOf(word []byte) (string, bool) {
	if len(word) < 6 || !bytes.EqualFold(word[:5], []byte("HTTP/")) || word[5] < '0' || word[5] > '9' {
		return "", false
	}
	switch v := word[5:]; {
	case string(v) == "1.1":
		return "1.1", true
	case string(v) == "1.0":
		return "1.0", true
	case len(v) <= 8:
		return string(v), true
	}
	return "", true
}

// schemeOf is the scheme that an absolute target names.
func schemeOf(target string) string {
	switch {
	case len(target) > 7 && strings.EqualFold(target[:7], "http://"):
		return "http"
	case len(target) > 8 && strings.EqualFold(target[:8], "https://"):
		return "https"
	}
	return ""
}

// via counts the entries of Forwarded and X-Forwarded-For of one message that
// were looked at, up to limit.HTTPVia.
type via uint8

// forwarded is the first address that a Forwarded field names (RFC 7239), the
// zero value if there is none. Names that hide an address ("unknown",
// "_hidden") are passed over.
func (n *via) forwarded(value string) netip.Addr {
	for len(value) > 0 && *n < limit.HTTPVia {
		*n++
		var part string
		part, value = element(value, ",;")
		name, v, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok || !strings.EqualFold(strings.TrimSpace(name), "for") {
			continue
		}
		if a := address(v); a.IsValid() {
			return a
		}
	}
	return netip.Addr{}
}

// forwardedFor is the first address that X-Forwarded-For names.
func (n *via) forwardedFor(value string) netip.Addr {
	for len(value) > 0 && *n < limit.HTTPVia {
		*n++
		var part string
		part, value = element(value, ",")
		if a := address(part); a.IsValid() {
			return a
		}
	}
	return netip.Addr{}
}

// element cuts off what stands before the first of the separators that is not
// in quotes.
func element(s, separators string) (part, rest string) {
	quoted := false
	for i := range len(s) {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case !quoted && strings.IndexByte(separators, s[i]) >= 0:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// address reads an address with or without quotes, brackets and port.
func address(s string) netip.Addr {
	s = strings.Trim(strings.TrimSpace(s), `"`)
	if a, err := netip.ParseAddr(s); err == nil {
		return a.WithZone("").Unmap()
	}
	if a, err := netip.ParseAddrPort(s); err == nil {
		return a.Addr().WithZone("").Unmap()
	}
	if strings.HasPrefix(s, "[") {
		s, _, _ = strings.Cut(s[1:], "]")
	} else {
		s, _, _ = strings.Cut(s, ":") // a port that is none, as "_hidden"
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Addr{}
	}
	return a.WithZone("").Unmap()
}

// endpoint splits the target of CONNECT.
func endpoint(target string) protocol.Target {
	host, port := target, ""
	if i := strings.LastIndexByte(target, ':'); i >= 0 && strings.IndexByte(target[i:], ']') < 0 &&
		(strings.HasPrefix(target, "[") || strings.IndexByte(target, ':') == i) {
		host, port = target[:i], target[i+1:]
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		n = 0
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if strings.Contains(host, "/") {
		host = "" // a path, not an endpoint
	}
	return protocol.Target{Host: host, Port: uint16(n)}
}
