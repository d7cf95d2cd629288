package starttls

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/protocol/protocoltest"
)

const (
	hello  = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
	answer = "\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03"
)

// talk reads a conversation: C and S say bytes, c and s have a gap.
func talk(lines ...string) (list []protocoltest.Said) {
	for _, l := range lines {
		said := protocoltest.Said{Bytes: l[1:]}
		if strings.ContainsRune("Ss", rune(l[0])) {
			said.Side = 1
		}
		if strings.ContainsRune("cs", rune(l[0])) {
			said.Bytes, said.Gap = "", 10
		}
		list = append(list, said)
	}
	return list
}

func ber(id byte, parts ...string) string {
	b := strings.Join(parts, "")
	return string([]byte{id, byte(len(b))}) + b
}

func adbMessage(command string, body string) string {
	return command + "\x00\x00\x00\x01\x00\x10\x00\x00" + string([]byte{byte(len(body)), 0, 0, 0}) + strings.Repeat("x", 8) + body
}

const (
	mysqlHello = "\x28\x00\x00\x00\x0a8.0.33\x00abcdefghijklmnopqrstuvwxyzabcdef"
	mysqlSSL   = "\x20\x00\x00\x01\x85\xae\xff\x19\x00\x00\x00\x01\xff\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	pgSSL      = "\x00\x00\x00\x08\x04\xd2\x16\x2f"
	rdpRequest = "\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00"
	rdpConfirm = "\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x02\x1f\x08\x00\x02\x00\x00\x00"
)

var (
	ldapTLS    = ber(sequence, "\x02\x01\x01", ber(extendedOp, ber(0x80, startTLS)))
	ldapSearch = ber(sequence, "\x02\x01\x01", ber(searchRequest, strings.Repeat("s", 100)))
	ldapDone   = ber(sequence, "\x02\x01\x01", ber(extendedAnswer, "\x0a\x01\x00\x04\x00\x04\x00"))
	ldapLong   = "\x30\x84\x00\x00\x00\x1d" + ldapTLS[2:]
)

// cases are conversations that hand over at the hello, at the last line.
var cases = [...]struct {
	name, kind string
	talk       []protocoltest.Said
}{
	{"SMTP", "starttls", talk("S220 mx ESMTP\r\n", "CEHLO a\r\n", "S250-mx\r\n250 STARTTLS\r\n", "CSTARTTLS\r\n", "S220 go\r\n", "C"+hello)},
	{"SMTP in small letters", "starttls", talk("S220 mx\r\n", "Cstarttls\n", "S220 go\r\n", "C"+hello)},
	{"SMTP, mail before", "starttls", talk("S220 mx\r\n", "CMAIL FROM:<a>\r\nRSET\r\n"+strings.Repeat("x", 100)+"\r\n", "CSTARTTLS\r\n", "S220 go\r\n", "C"+hello)},
	{"SMTP, client alone", "starttls", talk("CEHLO a\r\n", "CSTARTTLS\r\n", "C"+hello)},
	{"SMTP, server alone", "starttls", talk("S220 mx\r\n", "S250 STARTTLS\r\n", "S220 go\r\n", "S"+answer)},
	{"SMTP, the hello lost", "starttls", talk("S220 mx\r\n", "CSTARTTLS\r\n", "S220 go\r\n", "S"+answer)},
	{"SMTP, the word lost", "starttls", talk("S220 mx\r\n", "CEHLO a\r\n", "c", "S220 go\r\n", "C"+hello)},
	{"POP3", "starttls", talk("S+OK pop\r\n", "CCAPA\r\n", "S+OK\r\nSTLS\r\n.\r\n", "CSTLS\r\n", "S+OK go\r\n", "C"+hello)},
	{"IMAP", "starttls", talk("S* OK imap\r\n", "Ca1 STARTTLS\r\n", "Sa1 OK go\r\n", "C"+hello)},
	{"FTP", "starttls", talk("S220-ftp\r\n220 ready\r\n", "CAUTH TLS\r\n", "S234 go\r\n", "C"+hello)},
	{"NNTP", "starttls", talk("S200 news\r\n", "CSTARTTLS\r\n", "S382 go\r\n", "C"+hello)},
	{"ManageSieve", "starttls", talk("S\"IMPLEMENTATION\" \"x\"\r\nOK\r\n", "CSTARTTLS\r\n", "SOK\r\n", "C"+hello)},
	{"NATS", "starttls", talk("SINFO {\"server_id\":\""+strings.Repeat("x", 50)+"\"}\r\n", "C"+hello)},
	{"NATS, short", "starttls", talk("SINFO {}\r\n", "C"+hello)},
	{"XMPP", "xmpp", talk("C<?xml version='1.0'?><stream:stream>", "S<stream:features><starttls/>", "C<starttls/>", "S<proceed/>", "C"+hello)},
	{"PostgreSQL", "postgresql", talk("C"+pgSSL, "SS", "C"+hello)},
	{"PostgreSQL, GSS first", "postgresql", talk("C\x00\x00\x00\x08\x04\xd2\x16\x30", "SN", "C"+pgSSL, "SS", "C"+hello)},
	{"PostgreSQL, server alone", "postgresql", talk("SS", "S"+answer)},
	{"PostgreSQL, no wait", "postgresql", talk("C"+pgSSL, "C"+hello)},
	{"MySQL", "mysql", talk("S"+mysqlHello, "C"+mysqlSSL, "C"+hello)},
	{"MySQL, client alone", "mysql", talk("C"+mysqlSSL, "C"+hello)},
	{"LDAP", "ldap", talk("C"+ldapTLS, "S"+ldapDone, "C"+hello)},
	{"LDAP, a search before", "ldap", talk("C"+ldapSearch, "S"+ldapDone, "C"+ldapTLS, "S"+ldapDone, "C"+hello)},
	{"LDAP, a long length", "ldap", talk("C"+ldapLong, "S"+ldapDone, "C"+hello)},
	{"LDAP, a hole", "ldap", talk("C"+ldapSearch, "c", "S"+ldapDone, "C"+hello)},
	{"RDP", "rdp", talk("C"+rdpRequest, "S"+rdpConfirm, "C"+hello)},
	{"RDP, the confirmation lost", "rdp", talk("C"+rdpRequest, "s", "C"+hello)},
	{"ADB", "adb", talk("C"+adbMessage("CNXN", "host::"), "S"+adbMessage("STLS", ""), "C"+adbMessage("STLS", ""), "C"+hello)},
}

// others do not come to TLS. They hand over where that is sure, at the end of
// the last line, or wait.
var others = [...]struct {
	name, kind string
	leaves     bool
	talk       []protocoltest.Said
}{
	{"SMTP in the clear", "starttls", false, talk("S220 mx\r\n", "CEHLO a\r\n", "S250 ok\r\n", "CMAIL FROM:<a>\r\n")},
	{"a hello nobody asked for", "starttls", false, talk("S220 mx\r\n", "CEHLO a\r\n", "C"+hello)},
	{"a refusal", "starttls", false, talk("S220 mx\r\n", "CSTARTTLS\r\n", "S454 no\r\n", "CNOOP\r\n", "C"+hello)},
	{"a hello inside a line", "starttls", false, talk("S220 mx\r\n", "CSTARTTLS\r\nx"+hello)},
	{"much mail", "starttls", true, talk("S220 mx\r\n", "C"+strings.Repeat("x", limit.UpgradePrelude), "Cx")},
	{"PostgreSQL in the clear", "postgresql", true, talk("C"+pgSSL, "SN", "C\x00\x00\x00\x09\x00\x03\x00\x00x")},
	{"PostgreSQL with GSS", "postgresql", true, talk("C\x00\x00\x00\x08\x04\xd2\x16\x30", "SG")},
	{"MySQL in the clear", "mysql", true, talk("S"+mysqlHello, "C\x21\x00\x00\x01\x85\xa6\xff\x19"+strings.Repeat("x", 29))},
	{"RDP in the clear", "rdp", true, talk("C"+rdpRequest, "S"+rdpConfirm, "C\x03\x00\x00\x08\x02\xf0\x80x")},
	{"ADB in the clear", "adb", true, talk("C"+adbMessage("CNXN", ""), "S"+adbMessage("CNXN", ""), "C"+adbMessage("OPEN", "x"))},
	{"no LDAP", "ldap", true, talk("C"+ldapSearch, "C\x00")},
	{"LDAP of a length beyond all bounds", "ldap", true, talk("C\x30\x85\x01\x01\x01\x01\x01")},
	{"XMPP in the clear", "xmpp", true, talk("C<?xml " + strings.Repeat("x", limit.UpgradePrelude))},
}

func kindOf(name string) protocol.Protocol {
	all := Protocols()
	return all[slices.IndexFunc(all, func(p protocol.Protocol) bool { return p.Name == name })]
}

func size(talk []protocoltest.Said) (n int) {
	for _, s := range talk {
		n += len(s.Bytes)
	}
	return n
}

func TestHandsOver(t *testing.T) {
	for _, c := range cases {
		for _, piece := range []int{0, 1, 2, 7} {
			rec := protocoltest.Recorder{T: t}
			taken := protocoltest.Play(kindOf(c.kind).New(), &rec, c.talk, piece)
			last := c.talk[len(c.talk)-1].Bytes
			if want := size(c.talk) - len(last); !rec.HandedOver || taken != want {
				t.Errorf("%s in pieces of %d: handed over %v after %d bytes, want %d", c.name, piece, rec.HandedOver, taken, want)
			}
			if piece == 0 && string(rec.Rest) != last {
				t.Errorf("%s: handed on %q, want %q", c.name, rec.Rest, last)
			}
		}
	}
}

func TestStays(t *testing.T) {
	for _, c := range others {
		for _, piece := range []int{0, 1, 7} {
			rec := protocoltest.Recorder{T: t}
			if protocoltest.Play(kindOf(c.kind).New(), &rec, c.talk, piece); rec.HandedOver != c.leaves || rec.Rest != nil {
				t.Errorf("%s in pieces of %d: handed over %v with %q, want %v", c.name, piece, rec.HandedOver, rec.Rest, c.leaves)
			}
		}
	}
}

// TestProbes: the side that speaks first is known, by one protocol alone, and
// with 16 bytes at most.
func TestProbes(t *testing.T) {
	for _, c := range cases {
		b := ""
		for _, s := range c.talk {
			if s.Side == c.talk[0].Side {
				b += s.Bytes
			}
		}
		for _, p := range Protocols() {
			want := protocol.No
			if p.Name == c.kind {
				want = protocol.Yes
			}
			if got := p.Probe([]byte(b[:min(len(b), protocol.ProbeBytes)]), false); got != want {
				t.Errorf("%s: %s says %d, want %d", c.name, p.Name, got, want)
			}
		}
	}
	for _, b := range []string{
		hello, "GET / HTTP/1.1\r\n", "SSH-2.0-OpenSSH_", "HTTP/1.1 200 OK\r\n", strings.Repeat("\x00", 16),
		"\x05\x01\x00\x05\x01\x00\x01\x01\x02\x03\x04\x00\x50\x00\x00\x00", "PROXY TCP4 192.0.2.1", "\x30\x1d\x02\x01\x01\x42\x00aaaaaaaaaaaaa",
		"\x20\x00\x00\x01\x85\xa6\xff\x19\x00\x00\x00\x01\xff\x00\x00\x00", "\x03\x00\x00\x13\x0d\xe0\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
		"a1 LOGOUT\r\n      ", "PRI * HTTP/2.0\r\n", "OPTIONS * HTTP/1.",
	} {
		for _, p := range Protocols() {
			if got := p.Probe([]byte(b), false); got != protocol.No {
				t.Errorf("%q: %s says %d", b, p.Name, got)
			}
		}
	}
}

// FuzzSplit: bytes cut anywhere hand over at the same place, and a probe
// decides in time and takes nothing back.
func FuzzSplit(f *testing.F) {
	for i := range Protocols() {
		for _, c := range cases {
			if Protocols()[i].Name != c.kind {
				continue
			}
			var b, turns []byte
			for _, s := range c.talk {
				b, turns = append(b, s.Bytes...), append(turns, byte(len(s.Bytes)))
			}
			f.Add(uint8(i), b, turns)
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, b, turns []byte) {
		kinds := Protocols()
		kind := kinds[int(which)%len(kinds)]
		if len(b) > limit.UpgradePrelude {
			return // it is left with the next piece, whose size decides
		}
		var said []protocoltest.Said
		side, rest := flow.Side(0), b
		for _, n := range turns {
			n := min(int(n), len(rest))
			if n > 0 {
				said = append(said, protocoltest.Said{Side: side, Bytes: string(rest[:n])})
			} else {
				said = append(said, protocoltest.Said{Side: side, Gap: 1})
			}
			rest, side = rest[n:], side.Other()
		}
		// Where a side's place was lost it is looked for at the next segment.
		var first string
		for i, piece := range []int{0, 1, 2, 5} {
			rec := protocoltest.Recorder{T: t}
			taken := protocoltest.Play(kind.New(), &rec, said, piece)
			got := fmt.Sprint(rec.HandedOver)
			if rec.Rest != nil {
				got = fmt.Sprint("at ", taken)
				if rec.Rest[0] != handshake {
					t.Errorf("handed on %q", rec.Rest)
				}
			}
			if i == 0 {
				first = got
			} else if got != first {
				t.Errorf("in pieces of %d: %s, whole: %s", piece, got, first)
			}
		}
		last := protocol.More
		for n := range min(len(b), protocol.ProbeBytes) + 1 {
			v := kind.Probe(b[:n], false)
			if last != protocol.More && v != last || n == protocol.ProbeBytes && v == protocol.More {
				t.Errorf("%s: %x: with %d bytes %d, and %d before", kind.Name, b, n, v, last)
			}
			last = v
		}
	})
}
