package dnswire

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/protocol/protocoltest"
)

// wire writes a name without pointers.
func wire(name string) string {
	b := ""
	for l := range strings.SplitSeq(name, ".") {
		if l != "" {
			b += string([]byte{byte(len(l))}) + l
		}
	}
	return b + "\x00"
}

// rr is a record; sections are told apart in build.
type rr struct {
	name string
	kind uint16
	ttl  uint32
	data string
}

func be16(n ...int) string {
	var b []byte
	for _, n := range n {
		b = binary.BigEndian.AppendUint16(b, uint16(n))
	}
	return string(b)
}

func (r rr) String() string {
	class := classIN
	if r.kind == typeOPT {
		class = 1232
	}
	return wire(r.name) + be16(int(r.kind), class, int(r.ttl>>16), int(r.ttl&0xffff), len(r.data)) + r.data
}

// build writes a message: a query when there are no flags of a response.
func build(id, flags int, name string, kind int, answers, additional []rr) string {
	b := be16(id, flags, 1, len(answers), 0, len(additional)) + wire(name) + be16(kind, classIN)
	for _, r := range append(append([]rr{}, answers...), additional...) {
		b += r.String()
	}
	return b
}

func ask(id int, name string, kind int) string { return build(id, 0x0100, name, kind, nil, nil) }

func tell(id int, name string, kind int, answers ...rr) string {
	return build(id, 0x8180, name, kind, answers, nil)
}

func svcb(priority int, target string, params ...string) string {
	return be16(priority) + wire(target) + strings.Join(params, "")
}

func param(key int, value string) string { return be16(key, len(value)) + value }

const (
	v4  = "\xc0\x00\x02\x01" // 192.0.2.1
	v4b = "\xc0\x00\x02\x02"
	v6  = "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01" // 2001:db8::1
)

// text is an answer as one line.
func text(a *protocol.Answer) string {
	s := fmt.Sprintf("%s %d %d", a.Question, a.Type, a.RCode)
	for _, x := range a.Aliases {
		s += " >" + x
	}
	for _, x := range a.Addresses {
		s += fmt.Sprintf(" %v/%d", x.Addr, x.TTL/time.Second)
	}
	for _, x := range a.ALPN {
		s += " " + x
	}
	if a.ECH {
		s += " ech"
	}
	if a.Asked {
		s += " asked"
	}
	return s
}

// udpPlay gives datagrams to a parser; side 0 is the client's.
func udpPlay(t testing.TB, p protocol.DatagramParser, talk ...protocoltest.Said) (list []string, rec protocoltest.Recorder) {
	rec.T = t
	for i, s := range talk {
		b := []byte(s.Bytes)
		now := capture.Time(int64(i+1) * int64(time.Millisecond))
		p.Datagram(&protocol.Datagram{Bytes: b, Length: len(b) + s.Gap, Side: s.Side, Time: now, Clock: now, Frame: uint64(i)}, &rec)
		for i := range b {
			b[i] = 0xdb
		}
	}
	for _, a := range rec.Answers {
		list = append(list, text(a))
	}
	return list, rec
}

func client(b string) protocoltest.Said { return protocoltest.Said{Side: 0, Bytes: b} }
func server(b string) protocoltest.Said { return protocoltest.Said{Side: 1, Bytes: b} }

func TestAnswers(t *testing.T) {
	a := func(name, data string, ttl uint32) rr { return rr{name, typeA, ttl, data} }
	cname := func(name, to string, ttl uint32) rr { return rr{name, typeCNAME, ttl, wire(to)} }
	ring := []rr{cname("a.example", "b.example", 1), cname("b.example", "a.example", 1)}
	var ladder []rr
	for i := range 20 {
		ladder = append(ladder, cname(fmt.Sprintf("n%d.example", i), fmt.Sprintf("n%d.example", i+1), 9))
	}
	var many []rr
	for i := range 100 {
		many = append(many, a("example.com", "\xc0\x00\x02"+string([]byte{byte(i)}), 9))
	}
	for _, c := range []struct{ name, message, want string }{
		{"an address", tell(1, "Example.COM", typeA, a("example.com", v4, 60)), "example.com 1 0 192.0.2.1/60"},
		{"IPv6", tell(1, "example.com", typeAAAA, rr{"example.com", typeAAAA, 60, v6}), "example.com 28 0 2001:db8::1/60"},
		{"no such name", build(1, 0x8183, "example.com", typeA, nil, nil), "example.com 1 3"},
		{"aliases", tell(1, "www.example", typeA, cname("www.example", "cdn.example", 300), cname("CDN.example", "edge.example", 20), a("edge.example", v4, 60), a("edge.example", v4b, 10)),
			"www.example 1 0 >cdn.example >edge.example 192.0.2.1/20 192.0.2.2/10"},
		{"aliases behind the address", tell(1, "www.example", typeA, a("edge.example", v4, 60), cname("www.example", "edge.example", 20)), "www.example 1 0 >edge.example 192.0.2.1/20"},
		{"DNAME with its CNAME", tell(1, "a.old.example", typeA, rr{"old.example", typeDNAME, 5, wire("new.example")}, cname("a.old.example", "a.new.example", 0), a("a.new.example", v4, 60)),
			"a.old.example 1 0 >a.new.example 192.0.2.1/0"},
		{"DNAME alone", tell(1, "a.b.old.example", typeA, rr{"old.example", typeDNAME, 5, wire("new.example")}, a("a.b.new.example", v4, 60)),
			"a.b.old.example 1 0 >a.b.new.example 192.0.2.1/5"},
		{"DNAME does not rename its owner", tell(1, "old.example", typeA, rr{"old.example", typeDNAME, 5, wire("new.example")}, a("old.example", v4, 60)), "old.example 1 0 192.0.2.1/60"},
		{"another name's address", tell(1, "example.com", typeA, a("discord.com", v4, 60)), "example.com 1 0"},
		{"a ring", tell(1, "a.example", typeA, ring...), "a.example 1 0 >b.example"},
		{"a ladder", tell(1, "n0.example", typeA, ladder...), "n0.example 1 0" + func() (s string) {
			for i := range limit.DNSAliases {
				s += fmt.Sprintf(" >n%d.example", i+1)
			}
			return s
		}()},
		{"an address of the wrong length", tell(1, "example.com", typeA, a("example.com", v4+"x", 60)), "example.com 1 0"},
		{"a time to live below zero", tell(1, "example.com", typeA, a("example.com", v4, 1<<31)), "example.com 1 0 192.0.2.1/0"},
		{"the same twice", tell(1, "example.com", typeA, a("example.com", v4, 60), a("example.com", v4, 60)), "example.com 1 0 192.0.2.1/60"},
		{"an extended code", build(1, 0x8180, "example.com", typeA, nil, []rr{{"", typeOPT, 1 << 24, ""}}), "example.com 1 16"},
		{"odd bytes", tell(1, "a b\x07\\.example", typeA), `a\032b\007\\.example 1 0`},
		{"the root", tell(1, "", 2), ". 2 0"},
		{"HTTPS", tell(1, "example.com", typeHTTPS, rr{"example.com", typeHTTPS, 60, svcb(1, ".", param(1, "\x02h3\x02h2"), param(4, v4), param(5, "xxxx"), param(6, v6))}),
			"example.com 65 0 192.0.2.1/60 2001:db8::1/60 h3 h2 ech"},
		{"HTTPS, an alias", build(1, 0x8180, "example.com", typeHTTPS, []rr{{"example.com", typeHTTPS, 60, svcb(0, "pool.example")}},
			[]rr{{"pool.example", typeHTTPS, 30, svcb(1, ".", param(1, "\x02h2"))}, a("pool.example", v4, 90)}),
			"example.com 65 0 >pool.example 192.0.2.1/60 h2"},
		{"HTTPS with a target", build(1, 0x8180, "example.com", typeHTTPS, []rr{{"example.com", typeHTTPS, 60, svcb(1, "pool.example", param(1, "\x08http/1.1"))}}, []rr{a("pool.example", v4, 20)}),
			"example.com 65 0 192.0.2.1/20 http/1.1"},
		{"HTTPS, not there", tell(1, "example.com", typeHTTPS, rr{"example.com", typeHTTPS, 60, svcb(0, ".")}), "example.com 65 0"},
		{"SVCB behind a CNAME", tell(1, "_dns.example", typeSVCB, cname("_dns.example", "x.example", 7), rr{"x.example", typeSVCB, 60, svcb(1, ".", param(1, "\x03dot"))}), "_dns.example 64 0 >x.example dot"},
		{"keys out of order", tell(1, "example.com", typeHTTPS, rr{"example.com", typeHTTPS, 60, svcb(1, ".", param(4, v4), param(1, "\x02h3"))}), "example.com 65 0"},
		{"a list that overruns", tell(1, "example.com", typeHTTPS, rr{"example.com", typeHTTPS, 60, svcb(1, ".", param(1, "\x09h3"))}), "example.com 65 0"},
		{"hints of odd length", tell(1, "example.com", typeHTTPS, rr{"example.com", typeHTTPS, 60, svcb(1, ".", param(4, "abc"))}), "example.com 65 0"},
		{"a cut message", tell(1, "example.com", typeA, a("example.com", v4, 60), a("example.com", v4b, 60))[:29+26+20], "example.com 1 0 192.0.2.1/60"},
		{"more promised than there is", be16(1, 0x8180, 1, 0xffff, 0xffff, 0xffff) + wire("example.com") + be16(typeA, classIN) + a("example.com", v4, 60).String(), "example.com 1 0 192.0.2.1/60"},
		{"a pointer", be16(1, 0x8180, 1, 1, 0, 0) + wire("example.com") + be16(typeA, classIN) + "\xc0\x0c" + be16(typeA, classIN, 0, 60, 4) + v4, "example.com 1 0 192.0.2.1/60"},
		{"a pointer to itself", be16(1, 0x8180, 1, 1, 0, 0) + wire("example.com") + be16(typeA, classIN) + "\xc0\x1d" + be16(typeA, classIN, 0, 60, 4) + v4, "example.com 1 0"},
		{"a pointer ahead", be16(1, 0x8180, 1, 1, 0, 0) + "\xc0\x0e" + wire("example.com") + be16(typeA, classIN), ""},
		{"many addresses", tell(1, "example.com", typeA, many...), "64"},
		{"a zone", tell(1, "example.com", typeAXFR, a("example.com", v4, 60)), ""},
		{"an update", build(1, 0xa800, "example.com", 6, nil, nil), ""},
		{"another class", be16(1, 0x8180, 1, 0, 0, 0) + wire("version.bind") + be16(16, 3), ""},
		{"no question", be16(1, 0x8180, 0, 0, 0, 0), ""},
		{"two questions", be16(1, 0x8180, 2, 0, 0, 0) + wire("a") + be16(1, 1) + wire("b") + be16(1, 1), ""},
		{"a label of a kind that is not in use", be16(1, 0x8180, 1, 0, 0, 0) + "\x80a\x00" + be16(1, 1), ""},
		{"a long name", tell(1, strings.Repeat("aaaaaaa.", 32), typeA), ""},
		{"the longest name", tell(1, strings.Repeat("aaaaaaa.", 31)+"aaaaa", typeA), strings.Repeat("aaaaaaa.", 31) + "aaaaa 1 0"},
		{"nothing", "", ""},
	} {
		list, rec := udpPlay(t, UDP().New(), server(c.message))
		got := strings.Join(list, "; ")
		if c.name == "many addresses" {
			got = fmt.Sprint(len(rec.Answers[0].Addresses))
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if len(rec.Answers) > 0 && (len(rec.Clients) != 1 || rec.Clients[0] != 0) {
			t.Errorf("%s: clients %v, want the receiver of the answer", c.name, rec.Clients)
		}
	}
}

// Chains of pointers, each to the one before, end.
func TestPointerChain(t *testing.T) {
	b := be16(1, 0x8180, 1, 1, 0, 0) + wire("example.com") + be16(16, classIN)
	b += "\x00" + be16(16, classIN, 0, 60, 400)
	start := len(b)
	b += "\xc0\x0c"
	for i := 0; i < 398; i += 2 {
		b += be16(0xc000 | start + i)
	}
	m := new(message)
	m.b = []byte(b)
	if _, ok := m.name(len(b)-2, &m.alias); ok {
		t.Error("a chain of 200 pointers was followed")
	}
	if _, ok := m.name(start+2*(limit.DNSPointers-1), &m.alias); !ok || m.string(&m.alias) != "example.com" {
		t.Errorf("a chain of %d pointers was not followed", limit.DNSPointers)
	}
}

func TestPending(t *testing.T) {
	a := rr{"example.com", typeA, 60, v4}
	q, good := client(ask(7, "example.com", typeA)), server(tell(7, "Example.com", typeA, a))
	const line = "example.com 1 0 192.0.2.1/60"
	for _, c := range []struct {
		name string
		talk []protocoltest.Said
		want []string
	}{
		{"asked", []protocoltest.Said{q, good}, []string{line + " asked"}},
		{"one direction", []protocoltest.Said{good}, []string{line}},
		{"another id", []protocoltest.Said{q, server(tell(8, "example.com", typeA, a)), good}, []string{line + " asked"}},
		{"another question", []protocoltest.Said{q, server(tell(7, "example.org", typeA, a))}, nil},
		{"another type", []protocoltest.Said{q, server(tell(7, "example.com", typeAAAA, a))}, nil},
		{"from the asking side", []protocoltest.Said{q, client(tell(7, "example.com", typeA, a))}, []string{line}},
		{"twice", []protocoltest.Said{q, good, good}, []string{line + " asked"}},
		{"asked twice", []protocoltest.Said{q, q, good, good}, []string{line + " asked"}},
	} {
		got, _ := udpPlay(t, UDP().New(), c.talk...)
		if strings.Join(got, "; ") != strings.Join(c.want, "; ") {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}

	p := UDP().New().(*udp)
	var flood []protocoltest.Said
	for i := range 10_000 {
		flood = append(flood, client(ask(i, "example.com", typeA)))
	}
	got, _ := udpPlay(t, p, append(flood, server(tell(9_999, "example.com", typeA, a)), server(tell(1, "example.com", typeA, a)))...)
	if len(got) != 1 || len(p.pending.list) != limit.DNSPending-1 || cap(p.pending.list) > 2*limit.DNSPending {
		t.Errorf("after a flood of queries: %q, %d pending", got, len(p.pending.list))
	}
}

func TestParsersAreUsedAgain(t *testing.T) {
	kind := UDP()
	p := kind.New()
	udpPlay(t, p, client(ask(7, "example.com", typeA)))
	p.Close(0, &protocoltest.Recorder{})
	again := kind.New()
	if again != p {
		t.Error("another parser was made")
	}
	if got, _ := udpPlay(t, again, server(tell(9, "example.com", typeA))); len(got) != 1 {
		t.Errorf("the queries of another conversation are remembered: %q", got)
	}
}

func TestProbeUDP(t *testing.T) {
	query, answer := ask(7, "example.com", typeA), tell(7, "example.com", typeA, rr{"example.com", typeA, 60, v4})
	const high = 50_000
	netbios := build(7, 0x0110, "ckaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 33, nil, nil)
	for _, c := range []struct {
		name     string
		b        string
		from, to uint16
		want     protocol.Verdict
	}{
		{"a query", query, high, 53, protocol.Yes},
		{"an answer", answer, 53, high, protocol.Yes},
		{"a cut answer", answer[:40], 53, high, protocol.Yes},
		{"a query elsewhere", query, high, 5300, protocol.Yes},
		{"an answer elsewhere", answer, 5300, high, protocol.Yes},
		{"a query with EDNS elsewhere", build(7, 0x0120, "example.com", 1, nil, []rr{{"", typeOPT, 0, ""}}), high, 5300, protocol.Yes},
		{"a cut answer elsewhere", answer[:40], 5300, high, protocol.No},
		{"more behind it elsewhere", query + "x", high, 5300, protocol.No},
		{"the root elsewhere", ask(7, "", 2), high, 5300, protocol.No},
		{"a query with answers", build(7, 0x0100, "example.com", 1, []rr{{"example.com", typeA, 60, v4}}, nil), high, 53, protocol.No},
		{"mDNS", query, 5353, 5353, protocol.No},
		{"LLMNR", query, high, 5355, protocol.No},
		{"NetBIOS", netbios, 137, 137, protocol.No},
		{"NetBIOS elsewhere", netbios, high, high, protocol.No},
		{"mDNS's port to a resolver", query, 5353, 53, protocol.Yes},
		{"other things at the port", "GET / HTTP/1.1\r\n\r\n", high, 53, protocol.No},
		{"nothing", "", high, 53, protocol.No},
	} {
		if got := UDP().Probe([]byte(c.b), c.from, c.to); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func framed(messages ...string) (b string) {
	for _, m := range messages {
		b += be16(len(m)) + m
	}
	return b
}

func TestTCP(t *testing.T) {
	a := func(name string) string { return tell(7, name, typeA, rr{name, typeA, 60, v4}) }
	long := make([]rr, 2000)
	for i := range long {
		long[i] = rr{"c.example", typeA, 60, v4}
	}
	long[0].data = v4b
	for _, c := range []struct {
		name string
		talk []protocoltest.Said
		want string
	}{
		{"a pair", []protocoltest.Said{client(framed(ask(7, "a.example", typeA))), server(framed(a("a.example")))}, "a.example 1 0 192.0.2.1/60 asked"},
		{"several", []protocoltest.Said{
			client(framed(ask(7, "a.example", typeA), ask(7, "b.example", typeA))),
			server(framed(a("b.example"), a("a.example")))}, "b.example 1 0 192.0.2.1/60 asked; a.example 1 0 192.0.2.1/60 asked"},
		{"a hole in a message", []protocoltest.Said{
			server(framed(a("a.example"))[:2+27]), {Side: 1, Gap: len(a("a.example")) - 27}, server(framed(a("b.example")))},
			"a.example 1 0; b.example 1 0 192.0.2.1/60"},
		{"a hole over messages", []protocoltest.Said{
			server(framed(a("a.example"))[:20]), {Side: 1, Gap: 1000}, server("not a message at all"), server(framed(a("b.example")))},
			"b.example 1 0 192.0.2.1/60"},
		{"a long message", []protocoltest.Said{server(framed(tell(7, "c.example", typeA, long...)) + framed(a("b.example")))},
			"c.example 1 0 192.0.2.2/60 192.0.2.1/60; b.example 1 0 192.0.2.1/60"},
	} {
		for _, piece := range []int{0, 1, 3, 1000} {
			rec := protocoltest.Recorder{T: t}
			if protocoltest.Play(TCP().New(), &rec, c.talk, piece); rec.HandedOver {
				t.Errorf("%s: handed over", c.name)
			}
			var got []string
			for _, a := range rec.Answers {
				got = append(got, text(a))
			}
			if strings.Join(got, "; ") != c.want {
				if piece > 0 && c.name == "a hole over messages" {
					continue // it is taken up where a piece is long enough to tell
				}
				t.Errorf("%s in pieces of %d: %q, want %q", c.name, piece, got, c.want)
			}
		}
	}
	zone := be16(7, 0x8400, 0, 1, 0, 0) + rr{"a.example", typeA, 60, v4}.String()
	for _, c := range []struct {
		b    string
		left bool
	}{
		{"\x00\x05hello", true},
		{framed(ask(7, "a.example", typeA)) + "\x16\x03\x01" + strings.Repeat("\x02\x77\x03\xfe", 1500), true},
		{framed(ask(7, "a.example", typeA)) + framed(zone, zone), false},
	} {
		for _, piece := range []int{0, 7} {
			rec := protocoltest.Recorder{T: t}
			if protocoltest.Play(TCP().New(), &rec, []protocoltest.Said{client(c.b)}, piece); rec.HandedOver != c.left {
				t.Errorf("%.20q in pieces of %d: handed over %v", c.b, piece, rec.HandedOver)
			}
		}
	}
}

func TestProbeTCP(t *testing.T) {
	for _, c := range []struct {
		b    string
		want protocol.Verdict
	}{
		{"", protocol.More},
		{framed(ask(7, "example.com", typeA))[:2], protocol.More},
		{framed(ask(7, "example.com", typeA)), protocol.Yes},
		{framed(tell(7, "example.com", typeA)), protocol.Yes},
		{framed(ask(7, "", 2)), protocol.Yes},
		{"\x00\x05", protocol.No},
		{"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x00\x00\x00\x00\x00", protocol.No},
		{"GET / HTTP/1.1\r\n", protocol.No},
		{strings.Repeat("\x00", 16), protocol.No},
	} {
		if got := probeTCP([]byte(c.b), false); got != c.want {
			t.Errorf("%x: %d, want %d", c.b, got, c.want)
		}
	}
}

func TestQueriesDoNotAllocate(t *testing.T) {
	p := UDP().New()
	rec := &protocoltest.Recorder{}
	d := protocol.Datagram{Bytes: []byte(ask(7, "www.example.com", typeA))}
	d.Length = len(d.Bytes)
	p.Datagram(&d, rec)
	if n := testing.AllocsPerRun(100, func() { p.Datagram(&d, rec) }); n != 0 {
		t.Errorf("a query allocates %v times", n)
	}
	forged := protocol.Datagram{Bytes: []byte(tell(8, "www.example.com", typeA)), Side: 1}
	if n := testing.AllocsPerRun(100, func() { p.Datagram(&forged, rec) }); n != 0 {
		t.Errorf("a forged answer allocates %v times", n)
	}
}
