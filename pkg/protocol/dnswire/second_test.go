package dnswire

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/packet"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/protocol/protocoltest"
)

// second is what golang.org/x/net makes of a response, if it reads it whole:
// question, code, and the addresses of the names that the question leads to.
func second(b []byte) (question string, kind uint16, rcode uint16, addrs []netip.Addr, ok bool) {
	var m dnsmessage.Message
	if m.Unpack(b) != nil || len(m.Questions) != 1 || !m.Response || m.OpCode != 0 {
		return
	}
	q := m.Questions[0]
	if q.Class != dnsmessage.ClassINET && q.Class != dnsmessage.ClassANY || q.Type == dnsmessage.TypeAXFR || q.Type == typeIXFR {
		return
	}
	for _, r := range m.Answers {
		if r.Header.Class != dnsmessage.ClassINET || r.Header.Type == typeDNAME || r.Header.Type == typeSVCB || r.Header.Type == typeHTTPS {
			return // it knows no such aliases
		}
	}
	if len(m.Answers)+len(m.Additionals) > limit.DNSAddresses {
		return
	}
	lower := func(n dnsmessage.Name) string { return strings.ToLower(n.String()) }
	name := lower(q.Name)
	seen := []string{name}
	for range limit.DNSAliases {
		for _, r := range m.Answers {
			if to, is := r.Body.(*dnsmessage.CNAMEResource); is && lower(r.Header.Name) == name {
				if name = lower(to.CNAME); slices.Contains(seen, name) {
					return "", 0, 0, nil, false // a ring: where it ends is a matter of taste
				}
				seen = append(seen, name)
				break
			}
		}
	}
	for _, r := range m.Answers {
		if lower(r.Header.Name) != name {
			continue
		}
		switch body := r.Body.(type) {
		case *dnsmessage.AResource:
			addrs = append(addrs, netip.AddrFrom4(body.A))
		case *dnsmessage.AAAAResource:
			addrs = append(addrs, netip.AddrFrom16(body.AAAA))
		}
	}
	rcode = uint16(m.RCode)
	for _, r := range m.Additionals {
		if r.Header.Type == dnsmessage.TypeOPT {
			rcode = uint16(r.Header.ExtendedRCode(m.RCode))
		}
	}
	return strings.ToLower(q.Name.String()), uint16(q.Type), rcode, unique(addrs), true
}

func unique(list []netip.Addr) []netip.Addr {
	slices.SortFunc(list, netip.Addr.Compare)
	return slices.Compact(list)
}

// agrees compares what the parser tells of a response with what the other
// library makes of it, and tells whether both could read it.
func agrees(t *testing.T, b []byte, a *protocol.Answer) bool {
	t.Helper()
	question, kind, rcode, addrs, ok := second(b)
	if !ok || kind == typeSVCB || kind == typeHTTPS {
		return false
	}
	// It takes addresses for longer or shorter than their records are.
	m := new(message)
	next, ok := m.begin(b)
	if !ok || !m.rest(next) {
		return false
	}
	for _, r := range m.records[:m.count] {
		if r.kind == typeA && r.end-r.data != 4 || r.kind == typeAAAA && r.end-r.data != 16 {
			return false
		}
	}
	for _, c := range []byte(question) {
		if c <= ' ' || c >= 0x7f || c == '\\' {
			return false // it writes odd bytes as they are
		}
	}
	if question != "." {
		question = strings.TrimSuffix(question, ".")
	}
	if a == nil {
		t.Errorf("%x: nothing told of %s", b, question)
		return true
	}
	var own []netip.Addr
	for _, x := range a.Addresses {
		own = append(own, x.Addr)
	}
	if a.Question != question || a.Type != kind || a.RCode != rcode || kind != typeANY && !slices.Equal(unique(own), addrs) {
		t.Errorf("%x: %s, want %s %d %d %v", b, text(a), question, kind, rcode, addrs)
	}
	return true
}

// FuzzMessage: where the other library reads a response, it says the same;
// datagrams and streams, cut anywhere, tell the same.
func FuzzMessage(f *testing.F) {
	f.Add([]byte(ask(7, "example.com", typeA)), []byte{}, uint8(3))
	f.Add([]byte(tell(7, "www.example.com", typeA, rr{"www.example.com", typeCNAME, 5, wire("a.example")}, rr{"a.example", typeA, 60, v4}, rr{"a.example", typeAAAA, 60, v6})), []byte(ask(1, "x.example", 28)), uint8(1))
	f.Add([]byte(tell(7, "a.old.example", typeA, rr{"old.example", typeDNAME, 5, wire("new.example")}, rr{"a.new.example", typeA, 60, v4})), []byte{}, uint8(7))
	f.Add([]byte(tell(1, "example.com", typeHTTPS, rr{"example.com", typeHTTPS, 60, svcb(1, ".", param(1, "\x02h3\x02h2"), param(4, v4), param(5, "xxxx"), param(6, v6))})), []byte{0, 1, 2}, uint8(2))
	f.Add([]byte(tell(1, "example.com", typeHTTPS, rr{"example.com", typeHTTPS, 60, svcb(0, "a.example")}, rr{"a.example", typeA, 60, v4})), []byte{0, 1, 2}, uint8(2))
	f.Add([]byte(be16(1, 0x8180, 1, 1, 0, 0)+wire("example.com")+be16(typeA, classIN)+"\xc0\x0c"+be16(typeA, classIN, 0, 60, 4)+v4), []byte{}, uint8(4))
	f.Fuzz(func(t *testing.T, b, behind []byte, piece uint8) {
		if len(b) > 0xffff || len(behind) > 0xffff {
			return
		}
		_, rec := udpPlay(t, UDP().New(), server(string(b)))
		var a *protocol.Answer
		if len(rec.Answers) > 0 {
			a = rec.Answers[0]
			if len(a.Addresses) > limit.DNSAddresses || len(a.Aliases) > limit.DNSAliases || len(a.ALPN) > limit.DNSALPN || len(a.Question) > 4*limit.DNSName {
				t.Errorf("more than the limits: %s", text(a))
			}
		}
		agrees(t, b, a)

		talk := []protocoltest.Said{server(framed(string(b), string(behind)))}
		var want []string
		for i, n := range []int{0, 1, int(piece)} {
			kind := TCP()
			p := kind.New().(*tcp)
			rec := protocoltest.Recorder{T: t}
			protocoltest.Play(p, &rec, talk, n)
			var got []string
			for _, a := range rec.Answers {
				got = append(got, text(a))
			}
			if i == 0 {
				want = got
			} else if !slices.Equal(got, want) {
				t.Errorf("in pieces of %d: %q, whole: %q", n, got, want)
			}
			if len(b) >= headerSize && len(b) <= limit.DNSHeld && a != nil && (len(got) == 0 || got[0] != text(a)) {
				t.Errorf("over TCP: %q, over UDP: %v", got, a)
			}
			for _, buffer := range p.maker.buffers {
				if cap(buffer) > 2*limit.DNSHeld {
					t.Errorf("%d bytes are held", cap(buffer))
				}
			}
		}
	})
}

// FuzzProbe: a probe decides with its 16 bytes and does not take back what it
// said, and a datagram that is taken for DNS away from its port is read.
func FuzzProbe(f *testing.F) {
	f.Add([]byte(ask(7, "example.com", typeA)))
	f.Add([]byte(framed(ask(7, "example.com", typeA))))
	f.Add([]byte(framed(tell(7, "", 2))))
	kind := UDP()
	f.Fuzz(func(t *testing.T, b []byte) {
		last := protocol.More
		for n := range min(len(b), protocol.ProbeBytes) + 1 {
			v := probeTCP(b[:n], false)
			if last != protocol.More && v != last || n == protocol.ProbeBytes && v == protocol.More {
				t.Errorf("with %d bytes of %x: %d, and %d before", n, b, v, last)
			}
			last = v
		}
		if kind.Probe(b, 5300, 50_000) != protocol.Yes {
			return
		}
		if kind.Probe(b, 53, 50_000) != protocol.Yes {
			t.Errorf("%x is DNS anywhere but at its port", b)
		}
		if rec := (protocoltest.Recorder{}); b[2]&0x80 == 0 {
			p := kind.New()
			p.Datagram(&protocol.Datagram{Bytes: b, Length: len(b)}, &rec)
			if len(rec.Clients) != 1 {
				t.Errorf("%x is a query, and nobody asked it", b)
			}
		}
	})
}

// TestCorpus reads the DNS of real captures. Where the other library reads a
// response, both must agree.
func TestCorpus(t *testing.T) {
	root := os.Getenv("HOOKHOUND_TESTDATA")
	if root == "" {
		t.Skip("HOOKHOUND_TESTDATA is not set")
	}
	paths, err := filepath.Glob(filepath.Join(root, "corpus", "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	more, _ := filepath.Glob(filepath.Join(root, "corpus", "robustness", "pcaps", "*"))
	kind := UDP()
	responses, compared, told, elsewhere, asked := 0, 0, 0, 0, 0
	for _, path := range append(paths, more...) {
		if !strings.Contains(filepath.Base(path), ".pcap") {
			continue
		}
		files, err := capture.Open([]string{path}, capture.Options{})
		if err != nil {
			continue
		}
		parsers := map[string]protocol.DatagramParser{}
		var f capture.Frame
		for {
			if err := files.Next(&f); err != nil {
				if !errors.Is(err, io.EOF) {
					t.Logf("%s: %v", filepath.Base(path), err)
				}
				break
			}
			var p packet.Packet
			if packet.Decode(&f, &p) != packet.OK || p.Protocol != packet.ProtoUDP {
				continue
			}
			if kind.Probe(p.Payload, p.SrcPort, p.DstPort) != protocol.Yes {
				continue
			}
			at53 := p.SrcPort == 53 || p.DstPort == 53
			if !at53 {
				elsewhere++
				t.Logf("%s: %d > %d: %.40q", filepath.Base(path), p.SrcPort, p.DstPort, p.Payload)
			}
			d := protocol.Datagram{Bytes: p.Payload, Length: p.Length, Time: f.Time, Clock: f.Time}
			key := fmt.Sprint(p.Src, p.SrcPort, p.Dst, p.DstPort)
			if back := fmt.Sprint(p.Dst, p.DstPort, p.Src, p.SrcPort); back < key {
				key, d.Side = back, 1
			}
			if parsers[key] == nil {
				parsers[key] = kind.New()
			}
			var live protocoltest.Recorder
			parsers[key].Datagram(&d, &live)
			for _, a := range live.Answers {
				if told++; a.Asked {
					asked++
				}
			}
			if p.Payload[2]&0x80 != 0 {
				responses++
				rec := protocoltest.Recorder{T: t}
				kind.New().Datagram(&d, &rec)
				var a *protocol.Answer
				if len(rec.Answers) > 0 {
					a = rec.Answers[0]
				}
				if agrees(t, p.Payload, a) {
					compared++
				}
			}
		}
		files.Close()
	}
	t.Logf("%d responses, %d compared, %d told, %d of them asked, %d datagrams away from port 53", responses, compared, told, asked, elsewhere)
	if compared*10 < responses*8 || told*10 < responses*8 {
		t.Errorf("%d responses, %d compared, %d told", responses, compared, told)
	}
}

func BenchmarkResponse(b *testing.B) {
	m := []byte(tell(7, "www.example.com", typeA, rr{"www.example.com", typeCNAME, 5, wire("a.example")}, rr{"a.example", typeA, 60, v4}, rr{"a.example", typeA, 60, v4b}))
	b.Run("own", func(b *testing.B) {
		b.ReportAllocs()
		p := UDP().New()
		rec := new(protocoltest.Recorder)
		for b.Loop() {
			rec.Answers = rec.Answers[:0]
			p.Datagram(&protocol.Datagram{Bytes: m, Side: 1}, rec)
		}
	})
	b.Run("dnsmessage", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var p dnsmessage.Parser
			if _, err := p.Start(m); err != nil {
				b.Fatal(err)
			}
			if _, err := p.AllQuestions(); err != nil {
				b.Fatal(err)
			}
			if _, err := p.AllAnswers(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("query", func(b *testing.B) {
		b.ReportAllocs()
		p := UDP().New()
		rec := new(protocoltest.Recorder)
		q := []byte(ask(7, "www.example.com", typeA))
		for b.Loop() {
			p.Datagram(&protocol.Datagram{Bytes: q}, rec)
		}
	})
}
