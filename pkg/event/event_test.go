package event

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/catalog"
	"github.com/hookhound/hookhound/pkg/packet"
	"github.com/hookhound/hookhound/pkg/protocol"
)

func TestCommunityID(t *testing.T) {
	// Values of the specification's own examples.
	for _, c := range []struct {
		a, b string
		want string
	}{
		{"128.232.110.120:34855", "66.35.250.204:80", "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
		{"66.35.250.204:80", "128.232.110.120:34855", "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
		{"[2001:470:e5bf:dead:4957:2174:e82c:4887]:63943", "[2607:f8b0:400c:c03::1a]:25", "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4="},
	} {
		got := CommunityID(netip.MustParseAddrPort(c.a), netip.MustParseAddrPort(c.b), packet.ProtoTCP)
		if got != c.want {
			t.Errorf("CommunityID(%s, %s) = %s, want %s", c.a, c.b, got, c.want)
		}
	}
}

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"discord.com":  "discord.com",
		"bücher.de":    "bücher.de",
		"a\x00b\nc":    `a\x00b\x0ac`,
		"\xff\xfe.com": `\xff\xfe.com`,
		"a\u2028b":     `a\xe2\x80\xa8b`,
	} {
		if got := Text(in); got != want {
			t.Errorf("Text(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestIDKeepsPartsApart(t *testing.T) {
	if ID("ab", "c") == ID("a", "bc") {
		t.Error("two lists of parts have one id")
	}
	if got := len(ID("a")); got != 32 {
		t.Errorf("id has %d digits, want 32", got)
	}
}

func TestWords(t *testing.T) {
	for d, want := range map[time.Duration]string{
		250 * time.Millisecond:   "250 ms",
		3 * time.Second:          "3 s",
		60500 * time.Millisecond: "60.5 s",
		5 * time.Minute:          "5 min",
		4 * time.Hour:            "4 h",
		0:                        "no fixed time",
	} {
		if got := Span(d); got != want {
			t.Errorf("Span(%v) = %q, want %q", time.Duration(d), got, want)
		}
	}
	for n, want := range map[uint64]string{0: "0 bytes", 1023: "1023 bytes", 1536: "1.5 KiB", 3 << 20: "3 MiB"} {
		if got := Size(n); got != want {
			t.Errorf("Size(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestSeverity(t *testing.T) {
	for score, want := range map[float64]string{0: "none", 39.9: "none", 40: "low", 60: "medium", 80: "high", 95: "critical", 100: "critical"} {
		if got := SeverityOf(score).String(); got != want {
			t.Errorf("severity of %v is %s, want %s", score, got, want)
		}
	}
}

// sampleConn is a connection with a hello of hostile names.
func sampleConn() *Conn {
	return &Conn{
		Site: "default", Protocol: packet.ProtoTCP,
		Client: netip.MustParseAddrPort("10.0.0.5:50000"), Server: netip.MustParseAddrPort("162.159.128.233:443"),
		Opened: 1_700_000_000_000_000_000, Direction: Outbound, VLANs: []uint16{7, 9}, Name: "discord.com",
		Hello: &protocol.Hello{HasClient: true, HasServer: true, ServerName: "discord.com\x00", Version: "1.3", ALPN: []string{"h2", "", "a\x00\xff"}, JA3S: "s",
			Fingerprint: protocol.Fingerprint{JA3: "3", JA4: "4", JA4Raw: "4r", JA4Stable: "4s"}},
	}
}

func sampleRequest() *Request {
	return &Request{Method: "POST", Domain: "hooks.example:8080", Target: "/services/T/B/REDACTED", UserAgent: "curl/8",
		Version: "1.1", Status: 200, WebhookID: "T/B", TokenHash: "00ff"}
}

func sampleAnswer() *protocol.Answer {
	return &protocol.Answer{Question: "hooks.example", Type: 28, ALPN: []string{"h3"}, ECH: true, Aliases: []string{"edge.example"},
		Addresses: []protocol.NamedAddress{{Addr: netip.MustParseAddr("2001:db8::9"), TTL: 90 * time.Second}}}
}

// TestClearText holds the names of the fields that are read off the wire in
// clear text; SIEM rules stand on them.
func TestClearText(t *testing.T) {
	enc := &Encoder{Mode: Replay}
	c := sampleConn()
	c.Forwarded = netip.MustParseAddr("10.1.0.7")
	lines := []struct {
		o    *Observation
		want []string
	}{
		{&Observation{Type: HTTP, Conn: c, Request: sampleRequest()}, []string{
			`"observation":"http"`, `"category":["network","web"],"type":["access","protocol"]`, `"http":{"version":"1.1","request":{"method":"POST"},"response":{"status_code":200}}`,
			`"url":{"domain":"hooks.example","port":8080,"original":"/services/T/B/REDACTED"}`, `"user_agent":{"original":"curl/8"}`,
			`"webhook":{"id":"T/B","token_hash":"00ff"}`, `"forwarded_ip":"10.1.0.7"`, `"protocol":"http"`,
		}},
		{&Observation{Type: Name, Conn: c, Answer: sampleAnswer()}, []string{
			`"observation":"name"`, `"question":{"name":"hooks.example","type":"AAAA"}`, `"response_code":"NOERROR"`,
			`"answers":[{"type":"CNAME","data":"edge.example"},{"type":"AAAA","data":"2001:db8::9","ttl":90}]`,
			`"resolved_ip":["2001:db8::9"]`, `"dns":{"alpn":["h3"],"ech":true}`,
		}},
		{&Observation{Type: Lease, Conn: c, Lease: &protocol.Lease{Addr: netip.MustParseAddr("10.0.0.5"), MAC: "00:00:5e:00:53:ab", Host: "build-7", Lifetime: time.Hour}}, []string{
			`"observation":"lease"`, `"host":{"name":"build-7","ip":["10.0.0.5"],"mac":["00-00-5E-00-53-AB"]}`, `"lifetime_s":3600`,
		}},
		{&Observation{Type: Lease, Conn: c, Lease: &protocol.Lease{Addr: netip.MustParseAddr("10.0.0.5"), Requested: true}}, []string{
			`"lease":{"requested":true}`,
		}},
		{&Observation{Type: Lease, Conn: c, Lease: &protocol.Lease{Addr: netip.MustParseAddr("10.0.0.5")}}, []string{
			`"lease":{"lifetime_s":0}`,
		}},
	}
	for host, want := range map[string]string{
		"a.example": `"domain":"a.example",`, "a.example:80": `"domain":"a.example","port":80,`, "[2001:db8::1]:8080": `"domain":"[2001:db8::1]","port":8080,`,
		"[2001:db8::1]": `"domain":"[2001:db8::1]",`, "2001:db8::1": `"domain":"2001:db8::1",`, "a:b": `"domain":"a:b",`, ":80": `"domain":":80",`, "a:99999": `"domain":"a:99999",`,
	} {
		r := sampleRequest()
		r.Domain = host
		lines = append(lines, struct {
			o    *Observation
			want []string
		}{&Observation{Type: HTTP, Conn: c, Request: r}, []string{`"url":{` + want + `"original"`}})
	}
	for _, l := range lines {
		b, err := enc.Observation(l.o)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range l.want {
			if !strings.Contains(string(b), want) {
				t.Errorf("%s is not in %s", want, b)
			}
		}
	}
}

func TestEncryptedDNS(t *testing.T) {
	tests := []struct {
		server   string
		protocol uint8
		class    catalog.Class
		want     string
	}{
		{"9.9.9.9:853", packet.ProtoTCP, "", "dot"},
		{"9.9.9.9:853", packet.ProtoUDP, "", "doq"},
		{"9.9.9.9:443", packet.ProtoTCP, catalog.Resolver, "doh"},
		{"9.9.9.9:443", packet.ProtoTCP, catalog.Registry, ""},
	}
	for _, test := range tests {
		c := &Conn{Server: netip.MustParseAddrPort(test.server), Protocol: test.protocol, Match: catalog.Match{Class: test.class}}
		if got := encryptedDNS(c); got != test.want {
			t.Errorf("%+v: %q", test, got)
		}
	}
}

// Two facts of one frame have two ids.
func TestFactsOfOneFrame(t *testing.T) {
	o := Observation{Type: Name, Conn: sampleConn(), Time: 5}
	first := o.EventID()
	if o.Number = 1; o.EventID() == first {
		t.Error("two answers of one frame have one id")
	}
}

// TestNoEmptyFields walks through everything that can be written: a field is
// absent when it is unknown, and never empty.
func TestNoEmptyFields(t *testing.T) {
	enc := &Encoder{Mode: Replay}
	bare := &Conn{Site: "default", Protocol: packet.ProtoTCP, Client: netip.MustParseAddrPort("10.0.0.5:50000"), Server: netip.MustParseAddrPort("1.1.1.1:443"), Hello: &protocol.Hello{}}
	for _, c := range []*Conn{sampleConn(), bare} {
		for _, o := range []*Observation{
			{Type: Hello, Conn: c}, {Type: Exchange, Conn: c}, {Type: Flow, Conn: c, Summary: &Summary{Outcome: "success", Reason: "ended"}},
			{Type: HTTP, Conn: c, Request: &Request{}}, {Type: HTTP, Conn: c, Request: sampleRequest()},
			{Type: Name, Conn: c, Answer: &protocol.Answer{}}, {Type: Name, Conn: c, Answer: sampleAnswer()},
			{Type: Lease, Conn: c, Lease: &protocol.Lease{}},
			{Type: Lease, Conn: c, Lease: &protocol.Lease{Addr: netip.MustParseAddr("10.0.0.5"), MAC: "00:00:5e:00:53:01", Host: "build-7", Lifetime: time.Hour}},
		} {
			b, err := enc.Observation(o)
			if err != nil {
				t.Fatal(err)
			}
			noEmpty(t, b)
		}
	}
	for _, d := range []*Detection{
		{Kind: KindWebhookBeacon, Action: Created, Site: "default", Client: netip.MustParseAddr("10.0.0.5"), Service: "discord", Message: "m", Episode: "e",
			Terms: []Term{{"timing", 50, "why"}}, Timeline: []Beat{{Time: 1, Up: 2, Down: 3}}},
		{Kind: KindBeacon, Action: Updated, Hunt: true, Rank: 3, Site: "default", Client: netip.MustParseAddr("fd00::1"), Service: "example.com", Message: "m", Episode: "e",
			Terms: []Term{{"timing", 50, "why"}}, Names: []string{"a\nb"}, Tenants: []string{"x", "y"}},
	} {
		b, err := enc.Detection(d)
		if err != nil {
			t.Fatal(err)
		}
		noEmpty(t, b)
		var m map[string]any
		if err := json.Unmarshal(b, &m); err != nil {
			t.Fatal(err)
		}
		if kind := m["event"].(map[string]any)["kind"]; (kind == "alert") == d.Hunt {
			t.Errorf("event.kind is %v for hunt=%v", kind, d.Hunt)
		}
	}
}

func noEmpty(t *testing.T, line []byte) {
	t.Helper()
	if strings.ContainsRune(string(line), '\n') {
		t.Errorf("a line break inside %s", line)
	}
	var m map[string]any
	if err := json.Unmarshal(line, &m); err != nil {
		t.Fatal(err)
	}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case nil:
			t.Errorf("%s is null", path)
		case string:
			if v == "" {
				t.Errorf("%s is empty", path)
			}
		case []any:
			if len(v) == 0 {
				t.Errorf("%s is empty", path)
			}
			for _, x := range v {
				walk(path+"[]", x)
			}
		case map[string]any:
			if len(v) == 0 {
				t.Errorf("%s is empty", path)
			}
			for k, x := range v {
				walk(path+"."+k, x)
			}
		}
	}
	walk("", m)
}

func TestSameRevisionSameID(t *testing.T) {
	d := Detection{Episode: EpisodeID("default", netip.MustParseAddr("10.0.0.5"), "discord", KindWebhookBeacon, 5), Revision: 1}
	e := d
	if d.EventID() != e.EventID() {
		t.Error("the same revision has two ids")
	}
	e.Revision = 2
	if d.EventID() == e.EventID() {
		t.Error("two revisions have one id")
	}
}

func TestTimesSortAsText(t *testing.T) {
	a, b := stamp(capture.Time(999_999_999)), stamp(capture.Time(1_000_000_000))
	if len(a) != len(b) || a >= b {
		t.Errorf("%s does not sort before %s", a, b)
	}
}

func TestInterimHasAnIDOfItsOwn(t *testing.T) {
	o := Observation{Type: Exchange, Conn: sampleConn(), Time: 5}
	end := o.EventID()
	o.Exchange.Interim = true
	if o.EventID() == end {
		t.Error("an exchange that ends at the moment of an interim has its id")
	}
}

// TestNothingUnprintableLeaves: what a client writes into its hello leaves in
// printable form, whichever field it is.
func TestNothingUnprintableLeaves(t *testing.T) {
	enc := &Encoder{Mode: Replay}
	c := sampleConn()
	c.Name, c.Match.ID, c.Match.Tenant = "a\x1b\xff.example", "b\x1b", "c\u202e"
	c.Hello.NextProto = "h\x07"
	d := &Detection{Kind: KindBeacon, Action: Created, Client: c.Client.Addr(), Service: "s\x1b", Names: []string{"n\x1b"},
		Tenants: []string{"t\x1b"}, Message: "m", Episode: "e"}
	var lines [][]byte
	dirty := &Request{Method: "G\x1b", Domain: "h\x1b", Target: "/\x07", UserAgent: "\xff", Upgrade: "\x1b", WebhookID: "\x1b"}
	answer := &protocol.Answer{Question: "q\x1b", Aliases: []string{"\x1b"}, ALPN: []string{"\xff"}}
	for _, typ := range []Type{Hello, Exchange, Flow, HTTP, Name, Lease} {
		b, err := enc.Observation(&Observation{Type: typ, Conn: c, Summary: &Summary{}, Request: dirty, Answer: answer, Lease: &protocol.Lease{Host: "\x1b"}})
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, b)
	}
	b, err := enc.Detection(d)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range append(lines, b) {
		for _, bad := range []string{`\u001b`, `\u0000`, `\u0007`, `\ufffd`, "\ufffd", "\u202e", "\x1b"} {
			if strings.Contains(string(line), bad) {
				t.Errorf("%q is in %s", bad, line)
			}
		}
	}
}
