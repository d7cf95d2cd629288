package tlswire

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
)

// rawName is a server_name extension whose lengths are whatever they are.
func rawName(b ...byte) handExt { return handExt{extServerName, b} }

func TestClientHello(t *testing.T) {
	suites := []uint16{0x1301, 0x1302}
	many := make([]uint16, 120)
	for i := range many {
		many[i] = uint16(0x1000 + i)
	}
	var manyExts []handExt
	for i := range 110 {
		manyExts = append(manyExts, ext(uint16(0x2000+i)))
	}
	for _, c := range []struct {
		name string
		hello
	}{
		{"no list of extensions (SSL 3.0)", hello{
			from: hand{version: versionSSL3, ciphers: []uint16{4, 5}, bare: true},
			ja3:  "768,4-5,,,", ja4r: "ts3i020000_0004,0005_", version: "3.0",
		}},
		{"an empty list of extensions", hello{
			from: hand{version: versionTLS10, ciphers: []uint16{4, 5}},
			ja3:  "769,4-5,,,", ja4r: "t10i020000_0004,0005_", version: "1.0",
		}},
		{"no ciphers at all", hello{
			from: hand{version: versionTLS11, extensions: []handExt{ext(23)}},
			ja3:  "770,,23,,", ja4r: "t11i000100__0017", version: "1.1",
		}},
		{"only SNI and ALPN", hello{
			from: hand{version: versionTLS12, ciphers: suites, extensions: []handExt{sni("a.example"), alpn("h2")}},
			sni:  "a.example", alpn: "h2",
			ja3: "771,4865-4866,0-16,,", ja4r: "t12d0202h2_1301,1302_", version: "1.2",
		}},
		{"TLS 1.3 by supported_versions", hello{
			from: hand{version: versionTLS12, ciphers: suites, extensions: []handExt{
				sigAlgs(0x0804, 0x0403), versions(0x0a0a, versionTLS12, versionTLS13, 0xfafa)}},
			ja3: "771,4865-4866,13-43,,", ja4r: "t13i020200_1301,1302_000d,002b_0804,0403", version: "1.3",
		}},
		{"GREASE wherever it can stand", hello{
			from: hand{version: versionTLS12, ciphers: []uint16{0x0a0a, 0x1301, 0xfafa}, extensions: []handExt{
				ext(0x1a1a), groups(0x2a2a, 29, 0x3a3a), sigAlgs(0x4a4a, 0x0403, 0x5a5a), points(0),
				alpn("\x6a\x6a", "h2"), versions(0x7a7a, versionTLS13, 0x8a8a), ext(51, 0, 4, 0x9a, 0x9a, 0, 0), ext(0xaaaa, 0)}},
			alpn: "jj,h2",
			ja3:  "771,4865,10-13-11-16-43-51,29,0",
			ja4r: "t13i0106h2_1301_000a,000b,000d,002b,0033_0403", version: "1.3",
		}},
		{"nothing but GREASE in every list", hello{
			from: hand{version: versionTLS12, ciphers: []uint16{0x0a0a}, extensions: []handExt{
				ext(0x1a1a), groups(0x2a2a), sigAlgs(0x4a4a), alpn("\x0a\x0a"), versions(0x7a7a)}},
			alpn: `\x0a\x0a`,
			ja3:  "771,,10-13-16-43,,", ja4r: "t12i000400__000a,000d,002b", version: "1.2",
		}},
		{"almost GREASE", hello{
			from: hand{version: versionTLS12, ciphers: []uint16{0x0a1a, 0x1a0a, 0x0b0b}, extensions: []handExt{ext(0x2a3a)}},
			ja3:  "771,2586-6666-2827,10810,,", ja4r: "t12i030100_0a1a,0b0b,1a0a_2a3a", version: "1.2",
		}},
		{"ciphers that are no ciphers", hello{
			from: hand{version: versionTLS12, ciphers: []uint16{0x5600, 0x00ff, 0xfeff}},
			ja3:  "771,22016-255-65279,,,", ja4r: "t12i030000_00ff,5600,feff_", version: "1.2",
		}},
		{"signature_algorithms_cert too", hello{
			from: hand{version: versionTLS12, ciphers: suites, extensions: []handExt{
				{50, vec16(u16s(0x0201))}, sigAlgs(0x0403)}},
			ja3: "771,4865-4866,50-13,,", ja4r: "t12i020200_1301,1302_000d,0032_0403", version: "1.2",
		}},
		{"a draft of TLS 1.3", hello{
			from: hand{version: versionTLS12, ciphers: suites, extensions: []handExt{versions(0x7f1c, versionTLS13, versionTLS12)}},
			ja3:  "771,4865-4866,43,,", ja4r: "t00i020100_1301,1302_002b", version: "1.3-draft28",
		}},
		{"a private version", hello{
			from: hand{version: versionTLS12, ciphers: suites, extensions: []handExt{versions(0xfb1a)}},
			ja3:  "771,4865-4866,43,,", ja4r: "t00i020100_1301,1302_002b", version: "0xfb1a",
		}},
		{"more ciphers and extensions than two digits hold", hello{
			from: hand{version: versionTLS12, ciphers: many, extensions: manyExts},
			ja4a: "t12i999900", version: "1.2",
		}},
		{"ALPN that is not text", hello{
			from: hand{version: versionTLS12, ciphers: suites, extensions: []handExt{alpn("\xba\xad", "http/1.1", "a\x00\\")}},
			alpn: `\xba\xad,http/1.1,a\x00\`,
			ja3:  "771,4865-4866,16,,", ja4r: "t12i0201bd_1301,1302_", version: "1.2",
		}},
		{"SNI without a name", hello{
			from: hand{version: versionTLS12, ciphers: suites, extensions: []handExt{rawName()}},
			ja3:  "771,4865-4866,0,,", ja4r: "t12d020100_1301,1302_", version: "1.2",
		}},
		{"SNI whose first entry is no host_name", hello{
			from: hand{version: versionTLS12, ciphers: suites, extensions: []handExt{
				rawName(join(vec16([]byte{7}, vec16([]byte("x")), []byte{0}, vec16([]byte("b.example")), []byte{0}, vec16([]byte("c.example"))))...)}},
			sni: "b.example", ja4a: "t12d020100", version: "1.2",
		}},
		{"SNI with bytes that are not text", hello{
			from: hand{version: versionTLS12, ciphers: suites, extensions: []handExt{sni("A.\xff\x00Example")}},
			sni:  "A.\xff\x00Example", ja4a: "t12d020100", version: "1.2",
		}},
		{"SNI list length runs past the extension", hello{
			from: hand{version: versionTLS12, ciphers: suites, extensions: []handExt{
				rawName(join([]byte{0xff, 0xff, 0, 0, 1, 'a'})...), ext(23)}},
			sni: "a", ja4a: "t12d020200", version: "1.2",
		}},
		{"SNI name length runs past its list", hello{
			from: hand{version: versionTLS12, ciphers: suites, extensions: []handExt{
				rawName(0, 4, 0, 0, 3, 'a', 'b', 'c'), ext(23)}},
			sni: "abc", ja4a: "t12d020200", version: "1.2",
		}},
		{"SNI name length runs past the extension", hello{
			from: hand{version: versionTLS12, ciphers: suites, extensions: []handExt{
				rawName(0, 5, 0, 0, 9, 'a', 'b'), ext(23)}},
			sni: "ab", ja4a: "t12d020200", version: "1.2",
			malformed: "client hello: extension 0 at byte 45: short",
		}},
		{"an extension that comes twice", hello{
			from: hand{version: versionTLS12, ciphers: suites, extensions: []handExt{
				sni("first.example"), sni("second.example"), sigAlgs(0x0403), sigAlgs(0x0804)}},
			sni: "first.example",
			ja3: "771,4865-4866,0-0-13-13,,", ja4r: "t12d020400_1301,1302_000d,000d_0403", version: "1.2",
		}},
		{"a list with half a number", hello{
			from: hand{version: versionTLS12, ciphers: suites, extensions: []handExt{
				{extSupportedGroups, vec16([]byte{0, 29, 0})}, ext(23)}},
			ja3: "771,4865-4866,10-23,29,", ja4r: "t12i020200_1301,1302_000a,0017", version: "1.2",
		}},
		{"an empty extension that should hold a list", hello{
			from: hand{version: versionTLS12, ciphers: suites, extensions: []handExt{ext(extSupportedVersions), ext(23)}},
			ja3:  "771,4865-4866,43-23,,", ja4r: "t12i020200_1301,1302_0017,002b", version: "1.2",
			malformed: "client hello: extension 43 at byte 45: short",
		}},
		{"ECH", hello{
			from: hand{version: versionTLS12, ciphers: suites, extensions: []handExt{sni("a.example"), ext(extECH)}},
			sni:  "a.example", ja4a: "t12d020200", version: "1.2", ech: protocol.ECHPresent,
		}},
		{"ECH behind an outer name", hello{
			from: hand{version: versionTLS12, ciphers: suites, extensions: []handExt{sni("Cloudflare-ECH.com"), ext(extECH)}},
			sni:  "Cloudflare-ECH.com", ja4a: "t12d020200", version: "1.2", ech: protocol.ECHOuter,
		}},
		{"an outer name without ECH is a name", hello{
			from: hand{version: versionTLS12, ciphers: suites, extensions: []handExt{sni("cloudflare-ech.com")}},
			sni:  "cloudflare-ech.com", ja4a: "t12d020100", version: "1.2",
		}},
		{"as long as a hello may be", hello{
			from: hand{version: versionTLS12, ciphers: suites, extensions: []handExt{sni("a.example"), ext(21, make([]byte, limit.TLSHello-128)...)}},
			sni:  "a.example",
			ja3:  "771,4865-4866,0-21,,", ja4r: "t12d020200_1301,1302_0015", version: "1.2",
		}},
	} {
		t.Run(c.name, func(t *testing.T) { c.check(t) })
	}
}

// hello is a ClientHello and what is expected of it. Of the fingerprints the
// readable forms are given, and the hashes follow.
type hello struct {
	from      hand
	sni, alpn string
	ja3       string // the JA3 string, empty when it is not looked at
	ja4r      string
	ja4a      string // instead of ja4r where the lists are too long to read
	version   string
	ech       protocol.ECH
	malformed string
}

func (c hello) check(t *testing.T) {
	ch := mustClient(t, c.from.body())
	got := newFingerprinter('t').hello(ch)
	if !got.HasClient || got.ServerName != c.sni || strings.Join(got.ALPN, ",") != c.alpn || got.Version != c.version || got.ECH != c.ech {
		t.Errorf("got %+v", got)
	}
	if sum := md5.Sum([]byte(c.ja3)); c.ja3 != "" && got.Fingerprint.JA3 != hex.EncodeToString(sum[:]) {
		t.Errorf("JA3 %s is not that of %s", got.Fingerprint.JA3, c.ja3)
	}
	if c.ja4r != "" && got.Fingerprint.JA4Raw != c.ja4r {
		t.Errorf("ja4_r %s, want %s", got.Fingerprint.JA4Raw, c.ja4r)
	}
	if !strings.HasPrefix(got.Fingerprint.JA4, c.ja4a) {
		t.Errorf("JA4 %s, want it to begin with %s", got.Fingerprint.JA4, c.ja4a)
	}
	if want := hashed(got.Fingerprint.JA4Raw); got.Fingerprint.JA4 != want {
		t.Errorf("JA4 %s, but ja4_r hashes to %s", got.Fingerprint.JA4, want)
	}
	malformed := ""
	if ch.malformed != nil {
		malformed = ch.malformed.Error()
	}
	if malformed != c.malformed {
		t.Errorf("malformed: %q, want %q", malformed, c.malformed)
	}
}

// However short a hello is cut, what stands before the cut is read, and the
// place is named.
func TestClientHelloCutAnywhere(t *testing.T) {
	whole := browser(nil).body()
	all := mustClient(t, whole)
	for n := range len(whole) {
		var ch clientHello
		err := parseClientHello(bytes.Clone(whole[:n]), &ch)
		if (err != nil) != (n < 34) {
			t.Fatalf("cut at %d: error %v", n, err)
		}
		if err != nil {
			if want := "client hello: byte 2: short"; n >= 2 && err.Error() != want {
				t.Errorf("cut at %d: %v, want %s", n, err, want)
			}
			continue
		}
		// A hello may end where the extensions would begin.
		if bare := 34 + 33 + 2 + len(all.ciphers) + 2; (ch.malformed == nil) != (n == bare) {
			t.Fatalf("cut at %d: malformed %v", n, ch.malformed)
		}
		if len(ch.extensions) > len(all.extensions) || !slices.Equal(ch.extensions, all.extensions[:len(ch.extensions)]) {
			t.Fatalf("cut at %d: extensions %v", n, ch.extensions)
		}
		if !bytes.HasPrefix(all.ciphers, ch.ciphers) || !bytes.HasPrefix(all.serverName, ch.serverName) {
			t.Fatalf("cut at %d: something was read that is not there", n)
		}
		newFingerprinter('t').hello(&ch)
	}
	if all.malformed != nil {
		t.Errorf("the whole hello: %v", all.malformed)
	}
}

// What leaves the parser holds nothing of the message, which is lent.
func TestHelloOwnsItsBytes(t *testing.T) {
	body := browser(nil).body()
	f := newFingerprinter('t')
	want := f.hello(mustClient(t, bytes.Clone(body)))
	lent := bytes.Clone(body)
	got := newFingerprinter('t').hello(mustClient(t, lent))
	for i := range lent {
		lent[i] = 0xDB
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("after the message was overwritten: %+v, want %+v", got, want)
	}
}

// A list of 64 KiB of empty names does not become a megabyte.
func TestManyNames(t *testing.T) {
	list := make([]byte, 60000)
	body := hand{version: versionTLS12, ciphers: []uint16{1}, extensions: []handExt{{extALPN, vec16(list)}}}.body()
	if got := newFingerprinter('t').hello(mustClient(t, body)).ALPN; len(got) != limit.TLSALPN {
		t.Errorf("%d names, want %d", len(got), limit.TLSALPN)
	}
}
