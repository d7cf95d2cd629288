package tlswire

import (
	"math/rand/v2"
	"testing"

	"github.com/hookhound/hookhound/pkg/protocol"
)

// BenchmarkHello is what a hello costs from its bytes to what leaves the
// parser, for one that is like others before it, for Chromium's, which
// shuffles its extensions each time, and for a client that makes up a new one
// each time, so that nothing remembered helps.
func BenchmarkHello(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	shuffled := make([][]byte, 4096)
	made := make([][]byte, 1<<15)
	for i := range shuffled {
		shuffled[i] = browser(random).body()
	}
	for i := range made {
		h := browser(random)
		h.ciphers = append(h.ciphers, uint16(i))
		made[i] = h.body()
	}
	for _, c := range []struct {
		name   string
		hellos [][]byte
	}{
		{"repeated", [][]byte{browser(nil).body()}},
		{"shuffled", shuffled},
		{"made up", made},
	} {
		b.Run(c.name, func(b *testing.B) {
			f := newFingerprinter('t')
			var ch clientHello
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if err := parseClientHello(c.hellos[i%len(c.hellos)], &ch); err != nil {
					b.Fatal(err)
				}
				h := f.hello(&ch)
				if h.Fingerprint.JA3 == "" {
					b.Fatal("no fingerprint")
				}
				i++
			}
		})
	}
}

func BenchmarkServerHello(b *testing.B) {
	body := handServer{version: versionTLS12, session: random32(), cipher: 0x1301,
		extensions: []handExt{ext(extSupportedVersions, 3, 4), ext(51, make([]byte, 36)...)}}.body()
	f := newFingerprinter('t')
	var sh serverHello
	var h protocol.Hello
	b.ReportAllocs()
	for b.Loop() {
		if err := parseServerHello(body, &sh); err != nil {
			b.Fatal(err)
		}
		f.answerHello(&h, &sh)
	}
}

func BenchmarkHandshakeReader(b *testing.B) {
	msg := message(msgClientHello, browser(nil).body())
	for _, c := range []struct {
		name string
		cut  int
	}{{"whole", len(msg)}, {"two segments", 1448}} {
		b.Run(c.name, func(b *testing.B) {
			var h handshakeReader
			b.ReportAllocs()
			for b.Loop() {
				found := false
				for _, part := range [][]byte{msg[:c.cut], msg[c.cut:]} {
					h.feed(part)
					for {
						_, m, ok := h.next()
						if !ok {
							break
						}
						found = m != nil
					}
				}
				if !found {
					b.Fatal("no hello")
				}
			}
		})
	}
}

// A hello like others before it costs no more than its name as a string, and a
// ServerHello nothing.
func TestRepeatedHelloAllocates(t *testing.T) {
	body := browser(nil).body()
	f := newFingerprinter('t')
	var ch clientHello
	var h protocol.Hello
	if n := testing.AllocsPerRun(100, func() {
		if err := parseClientHello(body, &ch); err != nil {
			t.Fatal(err)
		}
		h = f.hello(&ch)
	}); n > 1 {
		t.Errorf("a repeated ClientHello allocates %v times, want 1 at most", n)
	}
	answer := handServer{version: versionTLS12, cipher: 0xc02f, extensions: []handExt{alpn("h2"), ext(0xff01, 0)}}.body()
	var sh serverHello
	if n := testing.AllocsPerRun(100, func() {
		if err := parseServerHello(answer, &sh); err != nil {
			t.Fatal(err)
		}
		f.answerHello(&h, &sh)
	}); n > 0 {
		t.Errorf("a repeated ServerHello allocates %v times, want 0", n)
	}
	msg := message(msgClientHello, body)
	var r handshakeReader
	if n := testing.AllocsPerRun(100, func() {
		r.feed(msg)
		if _, m, ok := r.next(); !ok || m == nil {
			t.Fatal("no hello")
		}
	}); n > 0 {
		t.Errorf("a hello in one piece allocates %v times in the handshake reader, want 0", n)
	}
}
