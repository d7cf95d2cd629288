package sockswire

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/protocol/protocoltest"
)

// talk reads a conversation: C and S say bytes, c and s have a gap of so many.
func talk(lines ...string) (list []protocoltest.Said) {
	for _, l := range lines {
		said := protocoltest.Said{Bytes: l[1:]}
		if strings.ContainsRune("Ss", rune(l[0])) {
			said.Side = 1
		}
		if strings.ContainsRune("cs", rune(l[0])) {
			said.Bytes, said.Gap = "", len(l)
		}
		list = append(list, said)
	}
	return list
}

const (
	name5  = "\x05\x01\x00\x03\x0bexample.com\x01\xbb"
	reply5 = "\x05\x00\x00\x01\x0a\x00\x00\x01\x04\x38"
	hello  = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc"
)

var cases = [...]struct {
	name   string
	talk   []protocoltest.Said
	target string
	rest   string // what is handed on; "-" when it does not hand over
}{
	{"5 by name", talk("C\x05\x01\x00", "S\x05\x00", "C"+name5, "S"+reply5, "C"+hello), "example.com:443", ""},
	{"5 by IPv4", talk("C\x05\x02\x00\x01", "S\x05\x00", "C\x05\x01\x00\x01\xc0\x00\x02\x07\x00\x50", "S"+reply5), "192.0.2.7:80", ""},
	{"5 by IPv6", talk("C\x05\x01\x00", "S\x05\x00", "C\x05\x01\x00\x04\x20\x01\x0d\xb8"+strings.Repeat("\x00", 11)+"\x01\x00\x50", "S"+reply5), "2001:db8::1:80", ""},
	{"5 with a password", talk("C\x05\x02\x00\x02", "S\x05\x02", "C\x01\x03bob\x06secret", "S\x01\x00", "C"+name5, "S"+reply5, "C"+hello), "example.com:443", ""},
	{"5, a wrong password", talk("C\x05\x01\x02", "S\x05\x02", "C\x01\x03bob\x06secret", "S\x01\x01", "C"+name5), "", ""},
	{"5, a server that speaks first behind it", talk("C\x05\x01\x00", "S\x05\x00", "C"+name5, "S"+reply5+"SSH-2.0"), "example.com:443", "SSH-2.0"},
	{"5, GSSAPI", talk("C\x05\x01\x01", "S\x05\x01", "C\x01\x01\x00\x01x"), "", ""},
	{"5, no method will do", talk("C\x05\x01\x00", "S\x05\xff"), "", ""},
	{"5, refused", talk("C\x05\x01\x00", "S\x05\x00", "C"+name5, "S\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00"), "example.com:443", ""},
	{"5, bind", talk("C\x05\x01\x00", "S\x05\x00", "C\x05\x02\x00\x01\xc0\x00\x02\x07\x00\x50"), "", ""},
	{"5, associate", talk("C\x05\x01\x00", "S\x05\x00", "C\x05\x03\x00\x01\x00\x00\x00\x00\x00\x00"), "", ""},
	{"5, no answer seen", talk("C\x05\x01\x00", "C"+name5, "C"+hello), "example.com:443", hello},
	{"5, all at once", talk("C\x05\x01\x00" + name5 + hello), "example.com:443", hello},
	{"5, the server alone", talk("S\x05\x00", "S"+reply5, "S"+hello), "", ""},
	{"5, the reply lost", talk("C\x05\x01\x00", "S\x05\x00", "C"+name5, "s         "), "example.com:443", ""},
	{"5, the method lost", talk("C\x05\x01\x00", "s ", "C"+name5, "S"+reply5, "C"+hello), "example.com:443", hello},
	{"5, the request lost", talk("C\x05\x01\x00", "S\x05\x00", "c      "), "", ""},
	{"5, a name that is none", talk("C\x05\x01\x00", "S\x05\x00", "C\x05\x01\x00\x03\x03a\x00b\x01\xbb", "S"+reply5), "", ""},
	{"5, not yet", talk("C\x05\x01\x00", "S\x05\x00", "C"+name5, "S"+reply5[:9]), "example.com:443", "-"},
	{"4", talk("C\x04\x01\x00\x50\xc0\x00\x02\x07bob\x00", "S\x00\x5a\x00\x00\x00\x00\x00\x00", "C"+hello), "192.0.2.7:80", ""},
	{"4a", talk("C\x04\x01\x01\xbb\x00\x00\x00\x01\x00example.com\x00", "S\x00\x5a\x00\x00\x00\x00\x00\x00x"), "example.com:443", "x"},
	{"4, refused", talk("C\x04\x01\x00\x50\xc0\x00\x02\x07\x00", "S\x00\x5b\x00\x00\x00\x00\x00\x00"), "192.0.2.7:80", ""},
	{"4, bind", talk("C\x04\x02\x00\x50\xc0\x00\x02\x07\x00"), "", ""},
	{"4, no answer seen", talk("C\x04\x01\x00\x50\xc0\x00\x02\x07\x00", "C"+hello), "192.0.2.7:80", hello},
	{"4, a user without an end", talk("C\x04\x01\x00\x50\xc0\x00\x02\x07" + strings.Repeat("x", 257)), "", ""},
	{"4, the client second", []protocoltest.Said{{Side: 1, Bytes: "\x04\x01\x00\x50\xc0\x00\x02\x07\x00"}, {Side: 0, Bytes: "\x00\x5a\x00\x00\x00\x00\x00\x00"}}, "192.0.2.7:80", ""},
}

func TestSOCKS(t *testing.T) {
	for _, c := range cases {
		for _, piece := range []int{0, 1, 2, 3, 7} {
			t.Run(fmt.Sprintf("%s/%d", c.name, piece), func(t *testing.T) {
				rec := protocoltest.Recorder{T: t}
				whole := 0
				for _, s := range c.talk {
					whole += len(s.Bytes)
				}
				taken := protocoltest.Play(Protocol().New(), &rec, c.talk, piece)
				got := ""
				for _, x := range rec.Targets {
					got += fmt.Sprintf("%s:%d", x.Host, x.Port)
				}
				if got != c.target {
					t.Errorf("target %q, want %q", got, c.target)
				}
				if rec.HandedOver != (c.rest != "-") {
					t.Fatalf("handed over: %v", rec.HandedOver)
				}
				if piece == 0 && c.rest != "-" && string(rec.Rest) != c.rest {
					t.Errorf("handed on %q, want %q", rec.Rest, c.rest)
				}
				if c.rest != "-" && c.rest != "" && taken != whole-len(c.rest) {
					t.Errorf("took %d bytes, want %d", taken, whole-len(c.rest))
				}
				want := c.talk[0].Side
				if c.name == "5, the server alone" {
					want = 0
				}
				if len(rec.Clients) != 1 || rec.Clients[0] != want {
					t.Errorf("clients %v, want %d", rec.Clients, want)
				}
			})
		}
	}
}

func TestPasswordIsNotKept(t *testing.T) {
	p := Protocol().New().(*socks)
	protocoltest.Play(p, &protocoltest.Recorder{}, talk("C\x05\x01\x02", "S\x05\x02", "C\x01\x03bob\x06secret", "S\x01\x00", "C\x05"), 0)
	for _, held := range p.held {
		if strings.Contains(string(held[:cap(held)]), "secret") {
			t.Error("the password is kept")
		}
	}
}

func TestProbe(t *testing.T) {
	for _, c := range []struct {
		b    string
		want protocol.Verdict
	}{
		{"", protocol.More},
		{"\x05\x01\x00", protocol.More},
		{"\x05\x00", protocol.More},
		{"\x05\x00\x05\x00\x00\x01", protocol.Yes},
		{"\x05\x00\x00", protocol.No},
		{"\x05\x01\x00\x05\x01\x00\x03", protocol.Yes},
		{"\x05\x01\x00\x05\x04", protocol.No},
		{"\x05\x02\x00\x02\x01\x03", protocol.Yes},
		{"\x05\x01\x00\x01\x03", protocol.No}, // a password that was not offered
		{"\x05\x02\x00\x00", protocol.More},
		{"\x05\x02\x00\x00\x05\x01\x00\x03", protocol.Yes}, // twice the same, and one that is nobody's
		{"\x05\x03\x7f\x00\x00\x05\x01\x00\x01", protocol.Yes},
		{"\x05\x02\x00\x00\x05\x01\x00\x07", protocol.No},
		{"\x05\x0b\x00\x00", protocol.No},
		{"\x05\x0c\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x80\x81\x05\x01", protocol.Yes},
		{"\x04\x01\x00\x50\xc0\x00\x02\x07", protocol.More},
		{"\x04\x01\x00\x50\xc0\x00\x02\x07\x00", protocol.Yes},
		{"\x04\x01\x00\x50\xc0\x00\x02\x07bob\x00", protocol.Yes},
		{"\x04\x01\x00\x50\xc0\x00\x02\x07b \xc3\xb6\x00", protocol.Yes},
		{"\x04\x01\x00\x50\x00\x00\x00\x07\x00example", protocol.Yes},
		{"\x04\x01\x00\x50\x00\x00\x01", protocol.No},
		{"\x04\x01\x00\x00", protocol.No},
		{"\x04\x01\x00\x50\xc0\x00\x02\x07\x01", protocol.No},
		{"\x04\x03", protocol.No},
		{"\x16\x03\x01", protocol.No},
	} {
		if got := probeSOCKS([]byte(c.b), false); got != c.want {
			t.Errorf("%x: %d, want %d", c.b, got, c.want)
		}
	}
}

func TestHeader(t *testing.T) {
	v2 := func(command, family, body string) string {
		return signature + command + family + string([]byte{byte(len(body) >> 8), byte(len(body))}) + body
	}
	inet := "\xc0\x00\x02\x01\xc6\x33\x64\x02\xdb\xfc\x01\xbb"
	client := netip.MustParseAddrPort("192.0.2.1:56316")
	for _, c := range []struct {
		name, head, target string
		client             netip.AddrPort
	}{
		{"v1", "PROXY TCP4 192.0.2.1 198.51.100.2 56316 443\r\n", "198.51.100.2:443", client},
		{"v1 of IPv6", "PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n", "2001:db8::2:2", netip.MustParseAddrPort("[2001:db8::1]:1")},
		{"v1 unknown", "PROXY UNKNOWN\r\n", "", netip.AddrPort{}},
		{"v1, no addresses", "PROXY TCP4 a b c d\r\n", "", netip.AddrPort{}},
		{"v1, a port that is none", "PROXY TCP4 192.0.2.1 198.51.100.2 56316 70000\r\n", "", netip.AddrPort{}},
		{"v2", v2("\x21", "\x11", inet), "198.51.100.2:443", client},
		{"v2 local", v2("\x20", "\x00", inet), "", netip.AddrPort{}},
		{"v2 with a name", v2("\x21", "\x11", inet+"\x01\x00\x02h2\x02\x00\x0bexample.com"), "example.com:443", client},
		{"v2, much of it", v2("\x21", "\x11", inet+"\x05\x07\xd0"+strings.Repeat("n", 2000)), "198.51.100.2:443", client},
		{"v2, too short", v2("\x21", "\x11", inet[:11]), "", netip.AddrPort{}},
		{"v2, unix", v2("\x21", "\x31", strings.Repeat("/", 216)), "", netip.AddrPort{}},
	} {
		for _, piece := range []int{0, 1, 5, 1000} {
			rec := protocoltest.Recorder{T: t}
			said := []protocoltest.Said{{Side: 1, Bytes: c.head + hello}}
			taken := protocoltest.Play(Header().New(), &rec, said, piece)
			got := protocol.Target{}
			if len(rec.Targets) > 0 {
				got = rec.Targets[0]
			}
			text := ""
			if got.Host != "" {
				text = fmt.Sprintf("%s:%d", got.Host, got.Port)
			}
			if text != c.target || got.Client != c.client || !rec.HandedOver || taken != len(c.head) {
				// One that hands over at the very end of a piece has no rest.
				t.Errorf("%s in pieces of %d: target %q from %v, handed over %v after %d of %d", c.name, piece, text, got.Client, rec.HandedOver, taken, len(c.head))
			}
		}
	}
	for _, bad := range []string{"PROXY TCP4 " + strings.Repeat("1", 107), signature + "\x11\x11\x00\x0c" + inet} {
		rec := protocoltest.Recorder{T: t}
		protocoltest.Play(Header().New(), &rec, []protocoltest.Said{{Bytes: bad}}, 0)
		if !rec.HandedOver || len(rec.Targets) > 0 {
			t.Errorf("%q: handed over %v, targets %v", bad, rec.HandedOver, rec.Targets)
		}
	}
}
