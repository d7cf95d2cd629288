package httpwire

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2/hpack"

	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/protocol/protocoltest"
	"github.com/hookhound/hookhound/pkg/stream"
)

// feed gives the same segment many times.
func feed(t *testing.T, p protocol.Parser, r protocol.Facts, side byte, b string, times int) {
	t.Helper()
	for range times {
		k := stream.Chunk{Bytes: []byte(b), Time: zero, Clock: zero}
		if side == 'C' {
			k.Side = 1
		}
		p.Chunk(&k, r)
	}
}

func started(t *testing.T, x protocol.Protocol, first string) (protocol.Parser, *protocoltest.Recorder) {
	p, r := x.New(), &protocoltest.Recorder{T: t}
	p.Chunk(&stream.Chunk{Bytes: []byte(first), Side: 1, Time: zero, Clock: zero, Aligned: true}, r)
	return p, r
}

// Heads without end, in one line or in many, cost no more than a line, and the
// request is given all the same.
func TestHeaderBombs(t *testing.T) {
	for _, x := range []string{strings.Repeat("a", 1400), "X: y\r\n", "X-Forwarded-For: " + strings.Repeat("1,", 500) + "\r\n"} {
		p, r := started(t, HTTP(), "GET /a HTTP/1.1\r\nHost: h\r\n")
		feed(t, p, r, 'C', x, 4*limit.HTTPHead/len(x))
		k := p.(*conn)
		if n := cap(k.readers[1].line); n > 2*limit.HTTPLine {
			t.Errorf("%.10q: a line of %d is held", x, n)
		}
		if k.readers[1].state != astray {
			t.Errorf("%.10q: the head is still read", x)
		}
		p.Advance(zero.Add(answerTime), r)
		if len(r.Requests) != 1 || r.Requests[0].Host != "h" {
			t.Errorf("%.10q: %d requests", x, len(r.Requests))
		}
	}
}

// What leaves is cut, also where a line is longer than what is held of it.
func TestLongFields(t *testing.T) {
	for _, n := range []int{limit.RequestField + 1, limit.HTTPLine + 5000} {
		x := strings.Repeat("x", n)
		p, r := started(t, HTTP(), "GET /"+x+" HTTP/1.1\r\nHost: "+x+"\r\nUser-Agent: "+x+"\r\n\r\n")
		feed(t, p, r, 'S', none, 1)
		if len(r.Requests) != 1 {
			t.Fatalf("%d: %d requests", n, len(r.Requests))
		}
		q := r.Requests[0]
		for _, s := range []string{q.Target, q.Host, q.UserAgent} {
			if len(s) != limit.RequestField {
				t.Errorf("%d: a field of %d", n, len(s))
			}
		}
	}
}

// Pipelined requests that nobody answers are given, and not kept.
func TestPipelineFlood(t *testing.T) {
	p, r := started(t, HTTP(), getA)
	feed(t, p, r, 'C', strings.Repeat(getA, 40), 100)
	k := p.(*conn)
	if len(k.calls) != limit.HTTPCalls || len(r.Requests) != 4001-limit.HTTPCalls {
		t.Errorf("%d calls are held and %d requests given, want %d and %d", len(k.calls), len(r.Requests), limit.HTTPCalls, 4001-limit.HTTPCalls)
	}
}

// Requests with long names that nobody answers do not fill the memory either.
func TestHeldRequests(t *testing.T) {
	long := strings.Repeat("x", 8000)
	p, r := started(t, HTTP(), getA)
	feed(t, p, r, 'C', "GET /"+long+" HTTP/1.1\r\nHost: "+long+"\r\nUser-Agent: "+long+"\r\n\r\n", 200)
	if k := p.(*conn); k.held > limit.HTTPHeld || len(r.Requests) < 190 || len(k.host) > limit.HTTPReused || len(k.agent) > limit.HTTPReused {
		t.Errorf("HTTP/1.1: %d bytes are held, %d requests were given", k.held, len(r.Requests))
	}
	feed(t, p, r, 'S', none, len(p.(*conn).calls))
	if k := p.(*conn); k.held != 0 || len(k.calls) != 0 {
		t.Errorf("HTTP/1.1: %d bytes of %d calls are held after all were answered", k.held, len(k.calls))
	}
	p, r = started(t, HTTP2(), preface+settings)
	for i := range 200 {
		peer := newPeer()
		feed(t, p, r, 'C', peer.head(uint32(2*i+1), flagEndStream, ":method", "GET", ":path", strings.Repeat("z", 8000)), 1)
	}
	if k := p.(*conn2); k.held > limit.HTTPHeld || len(r.Requests) < limit.HTTPPushes {
		t.Errorf("HTTP/2: %d bytes are held, %d requests were given", k.held, len(r.Requests))
	}
	p.Close(zero, r)
	if k := p.(*conn2); k.held != 0 {
		t.Errorf("HTTP/2: %d bytes are held at the end", k.held)
	}
}

// Lengths beyond all measure are none.
func TestHugeLengths(t *testing.T) {
	for _, head := range []string{"Content-Length: 99999999999999999999", "Content-Length: -1", "Content-Length: 1e9", "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1"} {
		p, r := started(t, HTTP(), "POST /a HTTP/1.1\r\n"+head+"\r\n\r\n")
		feed(t, p, r, 'S', none, 1)
		p.Close(zero, r)
		if len(r.Exchanges) != 1 || r.Exchanges[0].Sure == protocol.Clear {
			t.Errorf("%s: %d exchanges", head, len(r.Exchanges))
		}
	}
}

// HPACK bombs: a block of CONTINUATION frames without end, fields that each
// refer to a long entry of the table, a table of four gigabytes, endless
// strings, and more streams than a server would allow.
func TestHPACKBombs(t *testing.T) {
	long := newPeer()
	entry := long.head(1, 0, "bomb", strings.Repeat("x", 3800))
	huge := "\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x01\xff\xff\xff\xff"
	for _, x := range []struct {
		name, before, flood string
		times               int
		dark                bool
	}{
		{"continuations", frame(frameHeaders, 0, 3, "\x82"), frame(frameContinuation, 0, 3, "\x84"), 1000, true},
		{"empty continuations", frame(frameHeaders, 0, 3, "\x82"), frame(frameContinuation, 0, 3, ""), 1000, true},
		{"references", entry, frame(frameHeaders, flagEndHeaders, 1, strings.Repeat("\xbe", 10_000)), 200, false},
		{"an endless string", frame(frameHeaders, 0, 3, "\x00\x7f\xff\xff\x7f"), frame(frameContinuation, 0, 3, strings.Repeat("x", 1400)), 1000, true},
		{"a great table", frame(frameHeaders, flagEndHeaders, 3, "\x3f\xe1\xff\xff\x7f"), "", 1, true},
	} {
		p, r := started(t, HTTP2(), preface+settings)
		feed(t, p, r, 'S', huge, 1)
		feed(t, p, r, 'C', x.before, 1)
		feed(t, p, r, 'C', x.flood, x.times)
		k := p.(*conn2)
		if k.sides[1].dark != x.dark || len(k.streams) > limit.HTTPStreams {
			t.Errorf("%s: dark %v, %d streams", x.name, k.sides[1].dark, len(k.streams))
		}
		// What the sensor cannot read it still counts.
		feed(t, p, r, 'C', frame(frameContinuation, flagEndHeaders, 3, ""), 1)
		p.Close(zero, r)
	}
	p, r := started(t, HTTP2(), preface+settings)
	feed(t, p, r, 'S', settings, 1)
	for i := range 1000 {
		feed(t, p, r, 'C', frame(frameHeaders, flagEndHeaders, uint32(2*i+1), "\x82\x84"), 1)
	}
	if n := len(p.(*conn2).streams); n != limit.HTTPStreams || len(r.Exchanges) != limit.HTTPPushes {
		t.Errorf("%d streams are open and %d were given", n, len(r.Exchanges))
	}
}

// A WebSocket whose messages are tiny is told as one push a second beyond the
// first few.
func TestWebSocketFlood(t *testing.T) {
	p, r := started(t, HTTP(), "GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n")
	feed(t, p, r, 'S', "HTTP/1.1 101 Up\r\nUpgrade: websocket\r\n\r\n", 1)
	feed(t, p, r, 'S', strings.Repeat("\x81\x01x", 400), 100)
	p.Close(zero, r)
	if n := len(r.Exchanges); n != 1+limit.HTTPPushes+1 {
		t.Errorf("%d exchanges", n)
	}
	sum := uint64(0)
	for _, x := range r.Exchanges[1:] {
		sum += x.Down
	}
	if sum != 40_000 {
		t.Errorf("%d bytes were told", sum)
	}
}

// A server whose first bytes look like SETTINGS by chance does not make HTTP/2
// of the connection.
func TestNotHTTP2(t *testing.T) {
	p, r := HTTP2().New(), &protocoltest.Recorder{T: t}
	feed(t, p, r, 'S', settings, 1)
	feed(t, p, r, 'C', "\x05hello", 1)
	if !r.HandedOver || string(r.Rest) != "\x05hello" || len(r.Exchanges) != 0 {
		t.Errorf("handed over: %v, %q", r.HandedOver, r.Rest)
	}
}

// No segment costs much, whatever it holds.
func BenchmarkHostile(b *testing.B) {
	for _, x := range []struct {
		name  string
		p     protocol.Protocol
		first string
		body  string
	}{
		{"fields", HTTP(), "GET / HTTP/1.1\r\n", strings.Repeat("a:b\r\n", 280)},
		{"requests", HTTP(), "GET / HTTP/1.1\r\n\r\n", strings.Repeat("GET / HTTP/1.1\n\n", 87)},
		{"chunks", HTTP(), "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", strings.Repeat("1\nx\n", 350)},
		{"pings", HTTP2(), preface, strings.Repeat(frame(framePing, 0, 0, ""), 155)},
		{"streams", HTTP2(), preface, strings.Repeat(frame(frameHeaders, 4, 1, "\x82\x84"), 127)},
	} {
		b.Run(x.name, func(b *testing.B) {
			p, out := x.p.New(), &deaf{}
			p.Chunk(&stream.Chunk{Bytes: []byte(x.first), Side: 1, Time: zero, Clock: zero, Aligned: true}, out)
			k := &stream.Chunk{Bytes: []byte(x.body), Side: 1, Time: zero, Clock: zero}
			b.ReportAllocs()
			b.SetBytes(int64(len(x.body)))
			for b.Loop() {
				p.Chunk(k, out)
			}
		})
	}
}

// A head that comes in slowly is waited for: the request has its host.
func TestSlowHead(t *testing.T) {
	p, r := started(t, HTTP(), "POST /api HTTP/1.1\r\n")
	said := func(at time.Duration, side flow.Side, b string) {
		p.Advance(zero.Add(at), r)
		p.Chunk(&stream.Chunk{Bytes: []byte(b), Side: side, Time: zero.Add(at), Clock: zero.Add(at), Aligned: true}, r)
	}
	said(50*time.Second, 1, "User-Agent: a\r\n")
	said(100*time.Second, 1, "Host: slow.example\r\n\r\n")
	for _, x := range r.Exchanges {
		if x.Request != nil {
			t.Errorf("an exchange tells a request before its head is complete: %v", *x.Request)
		}
	}
	said(101*time.Second, 0, none)
	if len(r.Requests) != 1 || r.Requests[0].Host != "slow.example" || r.Requests[0].Status != 204 {
		t.Fatalf("got %d requests", len(r.Requests))
	}
	if x := r.Final(); len(x) != 1 || x[0].Request != r.Requests[0] {
		t.Errorf("got %d exchanges", len(x))
	}
}

// Lists of forwarded clients that name none are looked at only so far, also
// where a header block repeats one with each byte.
func TestForwardedBombs(t *testing.T) {
	list := strings.Repeat("a,", 1950)
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	for range 2 {
		if err := e.WriteField(hpack.HeaderField{Name: "x-forwarded-for", Value: list}); err != nil {
			t.Fatal(err)
		}
	}
	block := b.String() + strings.Repeat(b.String()[b.Len()-1:], 500)
	frames := preface + frame(frameSettings, 0, 0, "") + frame(frameHeaders, flagEndHeaders, 1, block)
	lines := "GET / HTTP/1.1\r\n" + strings.Repeat("X-Forwarded-For: "+list+"\r\n", 50)
	for _, c := range []struct {
		name  string
		kind  protocol.Protocol
		bytes string
	}{{"h2c", HTTP2(), frames}, {"http", HTTP(), lines}} {
		start := time.Now()
		started(t, c.kind, c.bytes)
		if took := time.Since(start); took > 100*time.Millisecond {
			t.Errorf("%s: %d bytes took %v", c.name, len(c.bytes), took)
		}
	}
	var n via
	if n.forwardedFor(list); n != limit.HTTPVia {
		t.Errorf("%d entries were looked at, want %d", n, limit.HTTPVia)
	}
}

// A preface is soon said. What follows it is handed over whole, however it was
// cut, if it is no HTTP/2.
func TestPrefaceThenTLS(t *testing.T) {
	const hello = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 and so on"
	for _, greeting := range []string{preface, preface + settings, preface + frame(frameSettings, 0, 0, "")} {
		for cut := range len(greeting + hello) {
			p, r := started(t, HTTP2(), (greeting + hello)[:cut+1])
			if !r.HandedOver {
				p.Chunk(&stream.Chunk{Bytes: []byte((greeting + hello)[cut+1:]), Side: 1, Time: zero, Clock: zero, Aligned: true}, r)
			}
			if whole := string(r.Rest) == hello; !r.HandedOver || !whole && !strings.HasPrefix(hello, string(r.Rest)) || len(r.Rest) < frameHeader {
				t.Fatalf("%d bytes, then the rest: handed over %v with %q", cut+1, r.HandedOver, r.Rest)
			}
		}
	}
}

// Empty lines ahead of a request, which servers pass over, hide nothing.
func TestEmptyLinesAhead(t *testing.T) {
	for _, n := range []int{1, 5, 7, 8, 100} {
		p, r := started(t, HTTP(), strings.Repeat("\r\n", n)+getA)
		feed(t, p, r, 'S', none, 1)
		if len(r.Requests) != 1 || r.Requests[0].Target != "/a" {
			t.Errorf("%d lines: %d requests", n, len(r.Requests))
		}
	}
}
