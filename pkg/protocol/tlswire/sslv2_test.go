package tlswire

import (
	"testing"

	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// oldHello is a hello in the form of SSLv2, with a version.
func oldHello(version uint16, ciphers, session, challenge int) []byte {
	body := join([]byte{msgClientHello}, u16s(version, uint16(ciphers), uint16(session), uint16(challenge)),
		make([]byte, ciphers+session+challenge))
	return join(be16(0x8000|len(body)), body)
}

func TestHelloOfSSLv2(t *testing.T) {
	const hello = "80 2e 01 03 01 00 15 00 00 00 10 " + // a length, the version, lengths of lists
		"00 00 39 00 00 38 00 00 35 00 00 16 00 00 13 00 00 0a 07 00 c0 " +
		"00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f\n"
	const pure = "80 2e 01 00 02 00 15 00 00 00 10 " +
		"00 00 39 00 00 38 00 00 35 00 00 16 00 00 13 00 00 0a 07 00 c0 " +
		"00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f\n"
	tests := []struct {
		name, script string
		handed       bool
	}{
		{"answered in TLS", `
			0.0 C hex ` + hello + `
			0.1 S hello 1.2
			0.1 S message 11 900
			0.1 S message 14 0
			0.2 C message 16 33
			0.2 C record 20 1
			0.2 C record 22 40
			0.3 S record 20 1
			0.3 S record 22 40
			overhead C 24
			overhead S 24
			0.4 C data 300
			0.5 S data 900
			9.0 tick
			want hello 0 client server 1.2 known 0.3 sslv2 done
			want 0.4-0.5 up 300 down 900 clear`, false},
		{"answered by an alert", `
			0.0 C hex ` + hello + `
			0.1 S alert 2 70
			want hello 0 client 1.0 known 0.1 sslv2 failed alert server fatal protocol_version`, false},
		{"not answered", `
			0.0 C hex ` + hello + `
			60 tick
			want hello 0 client 1.0 known 30 sslv2`, false},
		{"the answer handed over first", `
			0.0 S hello 1.2
			0.0 C hex ` + hello + `
			want hello 0 client server 1.2 known 0 sslv2`, false},
		{"answered in SSLv2", `
			0.0 C hex ` + pure + `
			0.1 S hex 84 03 04 00 01 00 02 03 cf
			want hello 0 client server 2.0 known 0.1 sslv2`, true},
		{"resumed in SSLv2", `
			0.0 C hex ` + pure + `
			0.1 S hex 80 1b 04 01 00 00 02 00 00
			want hello 0 client server 2.0 resumed known 0.1 sslv2 by session_id`, true},
		{"refused in SSLv2", `
			0.0 C hex ` + pure + `
			0.1 S hex 80 03 00 00 01
			want hello 0 client 2.0 known 0.1 sslv2 failed`, true},
		{"the client's next record is none", `
			0.0 C hex ` + pure + `
			0.1 C hex 80 1a 02 00 00 00 00
			0.2 close
			want hello 0 client 2.0 known 0.2 sslv2`, false},
		{"a hello whose lists do not fill it", `
			0.0 C hex 80 2f 01 03 01 00 15 00 00 00 10
			0.2 close`, false},
		{"a hello with a hole in it", `
			0.0 C hex 80 2e 01 03 01 00
			0.1 C gap 42
			0.2 close`, false},
		{"not behind records", `
			0.0 C hello
			0.1 S hello 1.3
			0.2 C hex ` + hello + `
			want hello 0 client server 1.3 known 0.1`, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			whole := runScript(t, test.script, 0)
			whole.check()
			if len(whole.wants) == 0 && len(whole.facts.hellos) > 0 {
				t.Errorf("a hello out of nothing: %s", helloLine(whole.facts.hellos[0]))
			}
			if whole.parser.(*conn).handed != test.handed {
				t.Errorf("handed over: %v", !test.handed)
			}
			for _, h := range whole.facts.hellos {
				if h.Fingerprint != (protocol.Fingerprint{}) && h.SSLv2 {
					t.Errorf("fingerprints of a hello for which there are none: %+v", h.Fingerprint)
				}
			}
			if len(whole.facts.hellos) > 0 && (len(whole.facts.clients) != 1 || whole.facts.clients[0] != 0) {
				t.Errorf("clients: %v", whole.facts.clients)
			}
			if !test.handed { // what is handed over is another's
				for _, pieces := range []int{1, 4} {
					samePieces(t, &whole.facts, &runScript(t, test.script, pieces).facts)
				}
			}
		})
	}
}

// handedOver keeps what a parser leaves.
type handedOver struct {
	nothing
	n    int
	rest []byte
}

func (h *handedOver) Handover(rest *stream.Chunk) {
	h.n++
	if rest != nil {
		h.rest = rest.Bytes
	}
}

// Behind a server's hello in SSLv2 nothing can be read; it is left to others.
func TestSSLv2IsHandedOver(t *testing.T) {
	for _, rest := range []string{"", "\x00\x02\x03\xcf"} {
		p, out := Protocol().New(), &handedOver{}
		give := func(s flow.Side, b []byte) {
			p.Chunk(&stream.Chunk{Bytes: b, Side: s, Aligned: true, Time: 1, Clock: 1}, out)
		}
		give(0, oldHello(versionSSL2, 21, 16, 16))
		give(1, []byte("\x84\x03\x04\x00\x01"+rest))
		if out.n != 1 || string(out.rest) != rest {
			t.Errorf("handed over %d times, with % x, want % x", out.n, out.rest, rest)
		}
	}
}

func TestProbeOfSSLv2(t *testing.T) {
	for _, test := range []struct {
		name string
		b    []byte
		want protocol.Verdict
	}{
		{"TLS 1.0", oldHello(versionTLS10, 21, 0, 16), protocol.Yes},
		{"SSLv2 with a session", oldHello(versionSSL2, 21, 16, 16), protocol.Yes},
		{"a long challenge", oldHello(versionSSL3, 3, 0, 32), protocol.Yes},
		{"its first eleven bytes", oldHello(versionTLS10, 21, 0, 16)[:sslv2Head], protocol.Yes},
		{"its first ten bytes", oldHello(versionTLS10, 21, 0, 16)[:sslv2Head-1], protocol.More},
		{"its first byte", []byte{0x80}, protocol.More},
		{"no ciphers", oldHello(versionTLS10, 0, 0, 16), protocol.No},
		{"a part of a cipher", oldHello(versionTLS10, 20, 0, 16), protocol.No},
		{"an odd session", oldHello(versionTLS10, 21, 8, 16), protocol.No},
		{"a short challenge", oldHello(versionTLS10, 21, 0, 8), protocol.No},
		{"another version", oldHello(0x0201, 21, 0, 16)[:5], protocol.No},
		{"a version to come", oldHello(0x0305, 21, 0, 16)[:5], protocol.No},
		{"another message", []byte{0x80, 0x2e, 2}, protocol.No},
		{"a length that is another's", append([]byte{0x80, 0x40}, oldHello(versionTLS10, 21, 0, 16)[2:]...), protocol.No},
		{"RPC", []byte("\x80\x00\x00\x28\x72\xfe\x1d\x13\x00\x00\x00\x00"), protocol.No},
	} {
		if got := Probe(test.b, false); got != test.want {
			t.Errorf("%s: got %d, want %d", test.name, got, test.want)
		}
		if got := Probe(test.b, true); got != protocol.No {
			t.Errorf("%s in mid-stream: got %d, want No", test.name, got)
		}
	}
}
