package dhcpwire

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/packet"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/protocol/protocoltest"
)

// text is a lease as one line.
func text(l *protocol.Lease) string {
	s := fmt.Sprintf("%v %s %q %s %d", l.Addr, l.MAC, l.Host, l.ClientID, l.Lifetime/time.Second)
	if l.Requested {
		s += " requested"
	}
	return s
}

// play gives datagrams to a parser and returns the leases; side 0 is the
// client's.
func play(t testing.TB, p protocol.DatagramParser, talk ...protocoltest.Said) (list []string, rec protocoltest.Recorder) {
	rec.T = t
	for i, s := range talk {
		b := []byte(s.Bytes)
		now := capture.Time(int64(i+1) * int64(time.Millisecond))
		p.Datagram(&protocol.Datagram{Bytes: b, Length: len(b), Side: s.Side, Time: now, Clock: now}, &rec)
		for i := range b {
			b[i] = 0xdb
		}
	}
	for _, l := range rec.Leases {
		list = append(list, text(l))
	}
	return list, rec
}

func client(b string) protocoltest.Said { return protocoltest.Said{Side: 0, Bytes: b} }
func server(b string) protocoltest.Said { return protocoltest.Said{Side: 1, Bytes: b} }

const (
	mac  = "\x00\x00\x5e\x00\x53\x01"
	macT = "00:00:5e:00:53:01"
	none = "\x00\x00\x00\x00"
	addr = "\xc0\x00\x02\x07" // 192.0.2.7
)

// v4msg builds a message with its options.
func v4msg(op byte, xid, own, your string, options ...string) string {
	return string([]byte{op, 1, 6, 0}) + xid + "\x00\x00\x00\x00" + own + your + none + none +
		mac + strings.Repeat("\x00", 10+64+128) + "\x63\x82\x53\x63" + strings.Join(options, "") + "\xff"
}

func opt(code byte, v string) string { return string([]byte{code, byte(len(v))}) + v }

func TestV4(t *testing.T) {
	const x = "abcd"
	day := opt(optLifetime, "\x00\x01\x51\x80")
	kind := func(k byte) string { return opt(optType, string([]byte{k})) }
	overloaded := v4msg(bootReply, x, none, addr, kind(v4Ack), day, opt(optOverload, "\x03"))
	inFile := opt(optHost, "in-") + "\xff"
	inName := opt(optHost, "fields") + "\xff"
	overloaded = overloaded[:atFile] + inFile + overloaded[atFile+len(inFile):]
	overloaded = overloaded[:atSName] + inName + overloaded[atSName+len(inName):]
	for _, c := range []struct {
		name string
		talk []protocoltest.Said
		want []string
	}{
		{"a grant alone", []protocoltest.Said{server(v4msg(bootReply, x, none, addr, kind(v4Ack), day, opt(optHost, "build-7")))},
			[]string{`192.0.2.7 ` + macT + ` "build-7"  86400`}},
		{"asked and granted", []protocoltest.Said{
			client(v4msg(bootRequest, x, none, none, kind(v4Request), opt(optRequested, addr), opt(optHost, "build-7\x00"), opt(optClientID, "\x01"+mac))),
			server(v4msg(bootReply, x, none, addr, kind(v4Ack), day))},
			[]string{`192.0.2.7 ` + macT + ` "build-7" 0100005e005301 0 requested`, `192.0.2.7 ` + macT + ` "build-7" 0100005e005301 86400`}},
		{"another transaction", []protocoltest.Said{
			client(v4msg(bootRequest, x, none, none, kind(v4Request), opt(optHost, "build-7"))),
			server(v4msg(bootReply, "efgh", none, addr, kind(v4Ack), day))},
			[]string{`192.0.2.7 ` + macT + ` ""  86400`}},
		{"renewed", []protocoltest.Said{client(v4msg(bootRequest, x, addr, none, kind(v4Request), opt(optFQDN, "\x00\x00\x00a.example")))},
			[]string{`192.0.2.7 ` + macT + ` "a.example"  0 requested`}},
		{"a name in the form of DNS", []protocoltest.Said{server(v4msg(bootReply, x, none, addr, kind(v4Ack), day, opt(optHost, "a"), opt(optFQDN, "\x05\xff\xff\x01a\x07example\x00")))},
			[]string{`192.0.2.7 ` + macT + ` "a.example"  86400`}},
		{"a name in parts", []protocoltest.Said{server(v4msg(bootReply, x, none, addr, kind(v4Ack), opt(optHost, "a-"), day, opt(optHost, "b")))},
			[]string{`192.0.2.7 ` + macT + ` "a-b"  86400`}},
		{"options in other fields", []protocoltest.Said{server(overloaded)}, []string{`192.0.2.7 ` + macT + ` "in-fields"  86400`}},
		{"odd bytes", []protocoltest.Said{server(v4msg(bootReply, x, none, addr, kind(v4Ack), day, opt(optHost, "a\n\"b\xff")))},
			[]string{`192.0.2.7 ` + macT + ` "a\\010\"b\\255"  86400`}},
		{"released", []protocoltest.Said{client(v4msg(bootRequest, x, addr, none, kind(v4Release)))}, []string{`192.0.2.7 ` + macT + ` ""  0`}},
		{"declined", []protocoltest.Said{client(v4msg(bootRequest, x, none, none, kind(v4Decline), opt(optRequested, addr)))}, []string{`192.0.2.7 ` + macT + ` ""  0`}},
		{"informed", []protocoltest.Said{client(v4msg(bootRequest, x, addr, none, kind(v4Inform), opt(optHost, "a"))), server(v4msg(bootReply, x, addr, none, kind(v4Ack)))},
			[]string{`192.0.2.7 ` + macT + ` "a"  0 requested`}},
		{"offered", []protocoltest.Said{server(v4msg(bootReply, x, none, addr, kind(2), day))}, nil},
		{"refused", []protocoltest.Said{server(v4msg(bootReply, x, none, none, kind(6)))}, nil},
		{"a grant from a client", []protocoltest.Said{client(v4msg(bootRequest, x, none, addr, kind(v4Ack), day))}, nil},
		{"for ever", []protocoltest.Said{server(v4msg(bootReply, x, none, addr, kind(v4Ack), opt(optLifetime, "\xff\xff\xff\xff")))}, []string{`192.0.2.7 ` + macT + ` ""  4294967295`}},
		{"cut", []protocoltest.Said{server(v4msg(bootReply, x, none, addr, kind(v4Ack), day, opt(optHost, "build-7"))[:atOptions+3+6+4])}, []string{`192.0.2.7 ` + macT + ` ""  86400`}},
		{"cut short", []protocoltest.Said{server(v4msg(bootReply, x, none, addr)[:atOptions-1])}, nil},
	} {
		p := V4().New()
		got, rec := play(t, p, c.talk...)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if c.name != "cut short" && (len(rec.Clients) != 1 || rec.Clients[0] != 0) {
			t.Errorf("%s: clients %v", c.name, rec.Clients)
		}
	}

	p := V4().New().(*v4)
	for i := range 1000 {
		play(t, p, client(v4msg(bootRequest, string([]byte{byte(i), byte(i >> 8), 0, 0}), none, none, opt(optType, "\x03"), opt(optHost, "a"))))
	}
	if len(p.pending) != limit.DHCPPending {
		t.Errorf("%d requests are remembered after a flood", len(p.pending))
	}
}

func opt6(code uint16, v string) string {
	return string([]byte{byte(code >> 8), byte(code), byte(len(v) >> 8), byte(len(v))}) + v
}

func v6msg(kind byte, options ...string) string {
	return string([]byte{kind}) + "xid" + strings.Join(options, "")
}

func relayed(kind byte, inner string, options ...string) string {
	return string([]byte{kind, 0}) + strings.Repeat("\x20", 32) + strings.Join(options, "") + opt6(optRelayed, inner)
}

func TestV6(t *testing.T) {
	const address = "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"
	ia := func(lifetime string) string {
		return opt6(optNonTemporary, strings.Repeat("\x00", 12)+opt6(optAddress, address+"\x00\x00\x00\x01"+lifetime))
	}
	duid := opt6(optDUID, "\x00\x03\x00\x01"+mac)
	timed := opt6(optDUID, "\x00\x01\x00\x01\x01\x02\x03\x04"+mac)
	name := opt6(optName, "\x00\x01a\x07example\x00")
	const id, idTimed, hour = "0003000100005e005301", "000100010102030400005e005301", "\x00\x00\x0e\x10"
	line := `2001:db8::1 ` + macT
	nested := v6msg(v6Reply, duid, ia(hour))
	for range limit.DHCPRelays {
		nested = relayed(v6RelayReply, nested)
	}
	var crowd []string
	for range 100 {
		crowd = append(crowd, ia(hour))
	}
	for _, c := range []struct {
		name string
		talk []protocoltest.Said
		want []string
	}{
		{"a grant alone", []protocoltest.Said{server(v6msg(v6Reply, duid, ia(hour), name))}, []string{line + ` "a.example" ` + id + ` 3600`}},
		{"asked and granted", []protocoltest.Said{client(v6msg(v6Request, timed, ia(hour), opt6(optName, "\x00\x01a"))), server(v6msg(v6Reply, timed, ia(hour)))},
			[]string{line + ` "a" ` + idTimed + ` 3600 requested`, line + ` "a" ` + idTimed + ` 3600`}},
		{"asked without a name", []protocoltest.Said{client(v6msg(v6Renew, duid, ia(hour)))}, nil},
		{"released", []protocoltest.Said{client(v6msg(v6Release, duid, ia(hour)))}, []string{line + ` "" ` + id + ` 0`}},
		{"ended by the server", []protocoltest.Said{server(v6msg(v6Reply, duid, ia(none)))}, []string{line + ` "" ` + id + ` 0`}},
		{"relayed", []protocoltest.Said{
			client(relayed(v6RelayForward, v6msg(v6Rebind, opt6(optDUID, "\x00\x02\x00\x00"), ia(hour), name), opt6(optLinkLayer, "\x00\x01"+mac))),
			server(relayed(v6RelayReply, v6msg(v6Reply, opt6(optDUID, "\x00\x02\x00\x00"), ia(hour))))},
			[]string{line + ` "a.example" 00020000 3600 requested`, `2001:db8::1  "a.example" 00020000 3600`}},
		{"relayed often", []protocoltest.Said{server(nested)}, []string{line + ` "" ` + id + ` 3600`}},
		{"relayed too often", []protocoltest.Said{server(relayed(v6RelayReply, nested))}, nil},
		{"an association that is cut", []protocoltest.Said{server(v6msg(v6Reply, duid, ia(hour)[:40]))}, nil},
		{"an offer", []protocoltest.Said{server(v6msg(2, duid, ia(hour)))}, nil},
		{"many addresses", []protocoltest.Said{server(v6msg(v6Reply, append([]string{duid}, crowd...)...))}, slices.Repeat([]string{line + ` "" ` + id + ` 3600`}, limit.DHCPLeases)},
	} {
		got, _ := play(t, V6().New(), c.talk...)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestProbes(t *testing.T) {
	good4, good6 := v4msg(bootReply, "abcd", none, addr), v6msg(v6Reply, opt6(optDUID, "\x00\x03\x00\x01"+mac))
	for _, c := range []struct {
		name     string
		b        string
		from, to uint16
		v4, v6   protocol.Verdict
	}{
		{"v4", good4, 67, 68, protocol.Yes, protocol.No},
		{"v4 without its cookie", good4[:atCookie] + none + good4[atOptions:], 67, 68, protocol.No, protocol.No},
		{"v6", good6, 547, 546, protocol.No, protocol.Yes},
		{"v6 elsewhere", good6, 5470, 5460, protocol.No, protocol.No},
		{"v6, cut", good6[:12], 547, 546, protocol.No, protocol.Yes},
		{"others at v6's port", "\x07GET / HTTP/1.1\r\n", 547, 546, protocol.No, protocol.No},
		{"nothing", "", 547, 68, protocol.No, protocol.No},
	} {
		if g4, g6 := V4().Probe([]byte(c.b), c.from, c.to), V6().Probe([]byte(c.b), c.from, c.to); g4 != c.v4 || g6 != c.v6 {
			t.Errorf("%s: v4 %d, want %d; v6 %d, want %d", c.name, g4, c.v4, g6, c.v6)
		}
	}
}

// FuzzDHCP: whatever comes, leases have an address and somebody who has it,
// what is remembered is bounded, and a message cut anywhere tells no more
// addresses than the whole one.
func FuzzDHCP(f *testing.F) {
	f.Add([]byte(v4msg(bootReply, "abcd", none, addr, opt(optType, "\x05"), opt(optLifetime, "\x00\x01\x51\x80"), opt(optHost, "a"))), uint16(250), false)
	f.Add([]byte(v4msg(bootRequest, "abcd", addr, none, opt(optType, "\x03"), opt(optFQDN, "\x04\x00\x00\x01a\x00"))), uint16(1), false)
	f.Add([]byte(v6msg(v6Reply, opt6(optDUID, "\x00\x03\x00\x01"+mac), opt6(optNonTemporary, strings.Repeat("\x00", 12)+opt6(optAddress, strings.Repeat("\x20", 24))))), uint16(40), true)
	f.Add([]byte(relayed(v6RelayForward, v6msg(v6Request, opt6(optDUID, "\x00\x03\x00\x01"+mac), opt6(optTemporary, none+opt6(optAddress, strings.Repeat("\x20", 24))), opt6(optName, "\x00\x01a")))), uint16(90), true)
	f.Fuzz(func(t *testing.T, b []byte, cut uint16, six bool) {
		kind := V4()
		if six {
			kind = V6()
		}
		p := kind.New()
		whole, rec := play(t, p, client(string(b)))
		for _, l := range rec.Leases {
			if !l.Addr.IsValid() || l.Addr.IsUnspecified() || l.MAC == "" && l.ClientID == "" && l.Host == "" || l.Lifetime < 0 {
				t.Errorf("%x tells %s", b, text(l))
			}
			if len(l.Host) > 4*limit.DHCPValue || len(l.ClientID) > 2*limit.DHCPValue {
				t.Errorf("%d bytes of name, %d of identifier", len(l.Host), len(l.ClientID))
			}
		}
		part, _ := play(t, p, client(string(b[:min(int(cut), len(b))])))
		if len(whole) > limit.DHCPLeases || six && len(part) > len(whole) {
			t.Errorf("%x: whole %q, cut %q", b, whole, part)
		}
		again, _ := play(t, kind.New(), client(string(b)))
		if !slices.Equal(whole, again) {
			t.Errorf("%q, and then %q", whole, again)
		}
	})
}

// TestCorpus reads the DHCP of real captures.
func TestCorpus(t *testing.T) {
	root := os.Getenv("HOOKHOUND_TESTDATA")
	if root == "" {
		t.Skip("HOOKHOUND_TESTDATA is not set")
	}
	var paths []string
	for _, dir := range []string{"pcaps", "robustness/pcaps"} {
		list, err := filepath.Glob(filepath.Join(root, "corpus", dir, "*.pcap*"))
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, list...)
	}
	count := map[string]int{}
	for _, path := range paths {
		files, err := capture.Open([]string{path}, capture.Options{})
		if err != nil {
			continue
		}
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
			for _, kind := range []protocol.DatagramProtocol{V4(), V6()} {
				if kind.Probe(p.Payload, p.SrcPort, p.DstPort) != protocol.Yes {
					continue
				}
				count[kind.Name]++
				if p.DstPort > 1024 && p.SrcPort > 1024 {
					t.Logf("%s: %d > %d", filepath.Base(path), p.SrcPort, p.DstPort)
				}
				rec := protocoltest.Recorder{T: t}
				kind.New().Datagram(&protocol.Datagram{Bytes: p.Payload, Length: p.Length, Time: f.Time, Clock: f.Time}, &rec)
				for _, l := range rec.Leases {
					what := " granted"
					if l.Requested {
						what = " requested"
					} else if l.Lifetime == 0 {
						what = " ended"
					}
					count[kind.Name+what]++
					if l.Host != "" {
						count[kind.Name+what+" with a name"]++
					}
					t.Logf("%s: %s", filepath.Base(path), text(l))
				}
			}
		}
		files.Close()
	}
	t.Log(count)
	if count["dhcp granted"] < 20 {
		t.Error("too few leases were found")
	}
}
