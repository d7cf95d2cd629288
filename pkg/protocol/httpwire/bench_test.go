package httpwire

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/protocol/protocoltest"
	"github.com/hookhound/hookhound/pkg/stream"
)

// deaf takes facts and does nothing.
type deaf struct{ protocoltest.Recorder }

func (*deaf) Exchange(protocol.Exchange)  {}
func (*deaf) Request(r *protocol.Request) {}

// A body passes without allocation, however it is framed.
func TestBodiesDoNotAllocate(t *testing.T) {
	chunked := []byte(fmt.Sprintf("%x\r\n%s\r\n", 1000, bytes.Repeat([]byte("x"), 1000)))
	frames := []byte(frame(frameData, 0, 1, string(bytes.Repeat([]byte("x"), 1000))) + frame(frameWindow, 0, 1, "\x00\x00\x03\xe8"))
	for _, x := range []struct {
		name   string
		p      protocol.Protocol
		before []event
		body   []byte
	}{
		{"of known length", HTTP(), []event{c(0, getA), s(1, "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n")}, bytes.Repeat([]byte("GET / HTTP/1.1\r\n"), 90)},
		{"chunked", HTTP(), []event{c(0, getA), s(1, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")}, chunked},
		{"until close", HTTP(), []event{c(0, getA), s(1, "HTTP/1.1 200 OK\r\n\r\n")}, bytes.Repeat([]byte("hello "), 200)},
		{"HTTP/2", HTTP2(), []event{c(0, preface+settings+newPeer().get(1, "/1")), s(1, settings+newPeer().status(1, 0, "200"))}, frames},
	} {
		p := x.p.New()
		out := &deaf{}
		for _, e := range x.before {
			k := stream.Chunk{Bytes: []byte(e.bytes), Side: 1, Time: moment(e.at), Clock: moment(e.at), Aligned: true}
			if e.side == 'S' {
				k.Side = 0
			}
			p.Chunk(&k, out)
		}
		k := stream.Chunk{Bytes: x.body, Time: moment(2), Clock: moment(2), Aligned: true}
		if n := testing.AllocsPerRun(100, func() {
			k.Time = k.Time.Add(time.Second)
			k.Clock = k.Time
			p.Chunk(&k, out)
		}); n != 0 {
			t.Errorf("a body %s: %v allocations a chunk", x.name, n)
		}
	}
}

// What a call costs on a connection that stays open: the request, its target,
// and a new name now and then.
func TestCallAllocatesLittle(t *testing.T) {
	p, out := HTTP().New(), &deaf{}
	at := moment(0)
	ask, answer := []byte("POST /api/webhooks/1/token HTTP/1.1\r\nHost: discord.com\r\nUser-Agent: python-requests/2\r\nAccept: */*\r\nContent-Length: 4\r\n\r\nbody"), []byte(ok2)
	if n := testing.AllocsPerRun(100, func() {
		at = at.Add(time.Second)
		p.Chunk(&stream.Chunk{Bytes: ask, Side: 1, Time: at, Clock: at, Aligned: true}, out)
		p.Chunk(&stream.Chunk{Bytes: answer, Side: 0, Time: at, Clock: at, Aligned: true}, out)
	}); n > 4 {
		t.Errorf("%v allocations a call, want at most 4 (two are the test's)", n)
	}
}

func BenchmarkCall(b *testing.B) {
	p, out := HTTP().New(), &deaf{}
	at := moment(0)
	ask := &stream.Chunk{Bytes: []byte("POST /api/webhooks/1/token HTTP/1.1\r\nHost: discord.com\r\nUser-Agent: python-requests/2\r\nAccept: */*\r\nContent-Length: 4\r\n\r\nbody"), Side: 1, Aligned: true}
	answer := &stream.Chunk{Bytes: []byte(ok2), Aligned: true}
	b.ReportAllocs()
	for b.Loop() {
		at = at.Add(time.Second)
		ask.Time, ask.Clock, answer.Time, answer.Clock = at, at, at, at
		p.Chunk(ask, out)
		p.Chunk(answer, out)
	}
}

func BenchmarkCallHTTP2(b *testing.B) {
	p, out := HTTP2().New(), &deaf{}
	at := moment(0)
	cl, sv := newPeer(), newPeer()
	p.Chunk(&stream.Chunk{Bytes: []byte(preface + settings + cl.get(1, "/x")), Side: 1, Time: at, Clock: at, Aligned: true}, out)
	p.Chunk(&stream.Chunk{Bytes: []byte(settings + sv.status(1, flagEndStream, "200")), Time: at, Clock: at, Aligned: true}, out)
	ask := &stream.Chunk{Bytes: []byte(cl.get(3, "/x")), Side: 1, Aligned: true}
	answer := &stream.Chunk{Bytes: []byte(sv.status(3, flagEndStream, "200")), Aligned: true}
	number := uint32(3)
	b.ReportAllocs()
	for b.Loop() {
		at = at.Add(time.Second)
		ask.Time, ask.Clock, answer.Time, answer.Clock = at, at, at, at
		for i := range 4 {
			ask.Bytes[5+i], answer.Bytes[5+i] = byte(number>>(24-8*i)), byte(number>>(24-8*i))
		}
		p.Chunk(ask, out)
		p.Chunk(answer, out)
		if number += 2; number > 1<<30 {
			b.StopTimer() // streams have numbers of 31 bits
		}
	}
}

func BenchmarkBody(b *testing.B) {
	for _, name := range []string{"Content-Length: 72057594037927936", "Transfer-Encoding: chunked"} {
		b.Run(name[:8], func(b *testing.B) {
			p, out := HTTP().New(), &deaf{}
			at := moment(0)
			p.Chunk(&stream.Chunk{Bytes: []byte(getA), Side: 1, Time: at, Clock: at, Aligned: true}, out)
			p.Chunk(&stream.Chunk{Bytes: []byte("HTTP/1.1 200 OK\r\n" + name + "\r\n\r\n"), Time: at, Clock: at, Aligned: true}, out)
			body := []byte(fmt.Sprintf("%x\r\n%s\r\n", 1440, bytes.Repeat([]byte("x"), 1440)))
			k := &stream.Chunk{Bytes: body, Time: at, Clock: at, Aligned: true}
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				p.Chunk(k, out)
			}
		})
	}
}

func BenchmarkConnection(b *testing.B) {
	out := &deaf{}
	at := moment(0)
	ask, answer := &stream.Chunk{Bytes: []byte(getA), Side: 1, Aligned: true, Time: at, Clock: at}, &stream.Chunk{Bytes: []byte(ok2), Aligned: true, Time: at, Clock: at}
	x := HTTP()
	b.ReportAllocs()
	for b.Loop() {
		p := x.New()
		p.Chunk(ask, out)
		p.Chunk(answer, out)
		p.Close(at, out)
	}
}
