package tlswire

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/dreadl0ck/ja3"
	"github.com/dreadl0ck/tlsx"

	"github.com/hookhound/hookhound/pkg/limit"
)

// pieces feeds a stream of handshake messages in pieces of the given size and
// tells every message, so that two ways to cut it can be compared.
func pieces(stream []byte, size int) string {
	var b bytes.Buffer
	for _, m := range readAll(stream, size) {
		fmt.Fprintf(&b, "%d %x\n", m.kind, m.body)
	}
	return b.String()
}

// Whatever a ClientHello holds: it parses the same whole and in pieces, has the
// same fingerprints remembered and not, and JA4 is the hash of ja4_r.
func FuzzClientHello(f *testing.F) {
	for _, g := range readGolden(f) {
		f.Add(g.message(f)[handshakeHeader:], uint8(7))
	}
	f.Add(browser(nil).body(), uint8(100))
	f.Add(hand{version: versionSSL3, ciphers: []uint16{4}, bare: true}.body(), uint8(1))
	f.Add(hand{version: versionTLS12, ciphers: []uint16{0x0a0a}, extensions: []handExt{
		rawName(0, 4, 0, 0, 3, 'a', 'b', 'c'), sigAlgs(0x1a1a), alpn("\x2a\x2a", "\xff"), versions(0x7f1c),
		ext(extPreSharedKey), ext(extEarlyData), ext(extECH)}}.body(), uint8(3))
	f.Add([]byte{3, 3}, uint8(1))
	remembering := newFingerprinter('t')
	f.Fuzz(func(t *testing.T, body []byte, size uint8) {
		if len(body) > limit.TLSHello {
			return
		}
		msg := message(msgClientHello, body)
		stream := join(msg, message(msgCertificate, body), msg)
		if whole, cut := pieces(stream, len(stream)), pieces(stream, int(size)+1); whole != cut {
			t.Fatalf("in pieces of %d:\n%s\nwhole:\n%s", int(size)+1, cut, whole)
		}
		var ch clientHello
		err := parseClientHello(body, &ch)
		if (err == nil) != (len(body) >= 34) {
			t.Fatalf("%d bytes: error %v", len(body), err)
		}
		if err != nil {
			return
		}
		fresh := newFingerprinter('t')
		first := fresh.hello(&ch)
		for what, got := range map[string]string{
			"remembered": fmt.Sprint(fresh.hello(&ch)),
			"by one that saw others": fmt.Sprint(func() any {
				remembering.hello(&ch)
				return remembering.hello(&ch)
			}()),
		} {
			if got != fmt.Sprint(first) {
				t.Fatalf("%s: %s, first %+v", what, got, first)
			}
		}
		p := first.Fingerprint
		if want := hashed(p.JA4Raw); p.JA4 != want {
			t.Fatalf("JA4 %s, ja4_r hashes to %s", p.JA4, want)
		}
		if (p.JA4Stable != p.JA4) != (ch.psk || ch.earlyData) {
			t.Fatalf("JA4 %s, stable %s, psk %v, early data %v", p.JA4, p.JA4Stable, ch.psk, ch.earlyData)
		}
		if want := libraryJA3(&ch); p.JA3 != want {
			t.Fatalf("JA3 %s, the library says %s", p.JA3, want)
		}
		for _, name := range first.ALPN {
			for i := range len(name) {
				if !isPrintable(name[i]) {
					t.Fatalf("ALPN %q", name)
				}
			}
		}
		if !bytes.Contains(body, []byte(first.ServerName)) {
			t.Fatalf("the name %q is not in the message", first.ServerName)
		}
	})
}

// Whatever a ServerHello holds: it parses the same whole and in pieces, and has
// the same JA3S remembered and not.
func FuzzServerHello(f *testing.F) {
	f.Add(handServer{version: versionTLS12, cipher: 0x1301, session: random32(), extensions: []handExt{
		ext(extSupportedVersions, 3, 4), ext(extPreSharedKey, 0, 0)}}.body(), uint8(9))
	f.Add(handServer{version: versionTLS12, cipher: 0xc02f, extensions: []handExt{alpn("h2"), ext(0x2a2a)}}.body(), uint8(1))
	f.Add(handServer{version: versionTLS12, random: retryRandom}.body(), uint8(0))
	f.Add(join(u16s(0x7f12), random32(), u16s(0x1301), vec16(u16s(51, 0))), uint8(2))
	remembering := newFingerprinter('t')
	f.Fuzz(func(t *testing.T, body []byte, size uint8) {
		if len(body) > limit.TLSHello {
			return
		}
		msg := message(msgServerHello, body)
		stream := join(msg, message(msgCertificate, body), msg)
		if whole, cut := pieces(stream, len(stream)), pieces(stream, int(size)+1); whole != cut {
			t.Fatalf("in pieces of %d:\n%s\nwhole:\n%s", int(size)+1, cut, whole)
		}
		var sh serverHello
		if err := parseServerHello(body, &sh); err != nil {
			return
		}
		want := newFingerprinter('t').server(&sh)
		if len(want) != 32 {
			t.Fatalf("JA3S %q", want)
		}
		for range 2 {
			if got := remembering.server(&sh); got != want {
				t.Fatalf("JA3S remembered %s, fresh %s", got, want)
			}
		}
		if sh.retry != bytes.Equal(sh.random, []byte(retryRandom)) || len(sh.sessionID) > 255 {
			t.Fatalf("%+v", sh)
		}
	})
}

// libraryJA3 is the JA3 of a hello's lists as the library makes it of them.
func libraryJA3(ch *clientHello) string {
	b := tlsx.ClientHelloBasic{
		HandshakeVersion: tlsx.Version(ch.version),
		SupportedGroups:  withoutGREASE(nil, ch.groups), SupportedPoints: ch.points,
	}
	for _, c := range withoutGREASE(nil, ch.ciphers) {
		b.CipherSuites = append(b.CipherSuites, tlsx.CipherSuite(c))
	}
	for _, x := range ch.extensions {
		if !isGREASE(x) {
			b.AllExtensions = append(b.AllExtensions, x)
		}
	}
	return ja3.DigestHex(&b)
}
