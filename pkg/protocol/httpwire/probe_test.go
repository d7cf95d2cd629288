package httpwire

import (
	"testing"

	"github.com/hookhound/hookhound/pkg/protocol"
)

func TestProbe(t *testing.T) {
	const no, yes = protocol.No, protocol.Yes
	for _, c := range []struct {
		b              string
		fresh, mid, h2 protocol.Verdict
	}{
		{"GET / HTTP/1.1\r\n", yes, yes, no},
		{"\r\nGET /abcdefghijk", yes, no, no},
		{"\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n", yes, no, no},
		{"\r\n\r\n\r\n\r\n\r\n\r\n\r\nGE", yes, no, no},
		{"\r\n\r\n\r\n\r\n\r\n\r\n\r\n\x16\x03", no, no, no},
		{"POST http://h/abcde", yes, yes, no},
		{"POST .x/mms HTTP/1.1", yes, yes, no},
		{"PUT ... it down here", no, no, no},
		{"GET keyofredis12345\r\n", yes, no, no},
		{"OPTIONS * HTTP/1.1", yes, yes, no},
		{"OPTIONS rtsp://h/x", no, no, no},
		{"OPTIONS sip:a@b.example", no, no, no},
		{"CONNECT a.example:443", yes, yes, no},
		{"CONNECT [::1]:443 HT", yes, yes, no},
		{"BASELINE-CONTROL /x", yes, yes, no},
		{"ABSOLUTELY-NOTHING", no, no, no},
		{"NOTIFY * HTTP/1.1", yes, yes, no},
		{"NOTIFY sip:a@b.example", no, no, no},
		{"BREW /pot HTTP/1.1", yes, yes, no},
		{"USER anonymous\r\nPASS", no, no, no},
		{"EHLO mail.example.org", no, no, no},
		{"NICK /slash-of-nobody", yes, yes, no},
		{"get / HTTP/1.1\r\nHost", no, no, no},
		{"HTTP/1.1 200 OK\r\n\r\n", yes, yes, no},
		{"HTTP/1.1 OK and more", yes, no, no},
		{"HTTPS is a protocol.", no, no, no},
		{"SSH-2.0-OpenSSH_9.6p1", no, no, no},
		{"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03abcdef", no, no, no},
		{"PRI * HTTP/2.0\r\n\r\nSM", no, no, yes},
		{settings + "\x00\x00\x00", no, no, yes},
		{"\x00\x00\x06\x04\x01\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64", no, no, no},
		{"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", no, no, no},
	} {
		b := []byte(c.b)
		for _, x := range []struct {
			name string
			got  protocol.Verdict
			want protocol.Verdict
		}{
			{"fresh", probeHTTP1(b, false), c.fresh}, {"mid-stream", probeHTTP1(b, true), c.mid},
			{"HTTP/2", probeHTTP2(b, false), c.h2},
		} {
			if x.got != x.want {
				t.Errorf("%q, %s: %v, want %v", c.b, x.name, x.got, x.want)
			}
		}
	}
}

// A probe decides with ProbeBytes at the latest, never takes back what it said
// with fewer, and never are both protocols right.
func FuzzProbe(f *testing.F) {
	for _, s := range []string{"GET / HTTP/1.1\r\n", "\r\nPOST /x", "HTTP/1.1 200 OK", preface, settings, "UPDATEREDIRECTREF /", "CONNECT ", "GET  \t./x"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, mid := range []bool{false, true} {
			var says [2]protocol.Verdict
			for i, probe := range []func([]byte, bool) protocol.Verdict{probeHTTP1, probeHTTP2} {
				last := protocol.More
				for n := range len(b) + 1 {
					v := probe(b[:n], mid)
					if last != protocol.More && v != last {
						t.Fatalf("%q, mid-stream %v: said %d, with %d bytes %d", b, mid, last, n, v)
					}
					last = v
				}
				if len(b) >= protocol.ProbeBytes && last == protocol.More {
					t.Fatalf("%q, mid-stream %v: no decision", b, mid)
				}
				says[i] = last
			}
			if says[0] == protocol.Yes && says[1] == protocol.Yes {
				t.Fatalf("%q: both", b)
			}
		}
	})
}
