package httpwire

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/net/http2/hpack"

	"github.com/hookhound/hookhound/pkg/limit"
)

// peer makes the frames of one side.
type peer struct {
	buf bytes.Buffer
	enc *hpack.Encoder
}

func newPeer() *peer {
	p := &peer{}
	p.enc = hpack.NewEncoder(&p.buf)
	return p
}

func frame(kind, flags byte, number uint32, payload string) string {
	h := []byte{byte(len(payload) >> 16), byte(len(payload) >> 8), byte(len(payload)), kind, flags, 0, 0, 0, 0}
	binary.BigEndian.PutUint32(h[5:], number)
	return string(h) + payload
}

func (p *peer) block(fields ...string) string {
	p.buf.Reset()
	for i := 0; i < len(fields); i += 2 {
		_ = p.enc.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
	}
	return p.buf.String()
}

// head makes a HEADERS frame.
func (p *peer) head(number uint32, flags byte, fields ...string) string {
	return frame(frameHeaders, flags|flagEndHeaders, number, p.block(fields...))
}

func (p *peer) get(number uint32, path string) string {
	return p.head(number, flagEndStream, ":method", "GET", ":scheme", "http", ":authority", "h", ":path", path, "user-agent", "u")
}

func (p *peer) status(number uint32, flags byte, code string) string {
	return p.head(number, flags, ":status", code)
}

const settings = "\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64"

func TestHTTP2(t *testing.T) {
	runScripts(t, HTTP2(), scripts2())
	runScripts(t, HTTP(), scriptsUpgrade())
}

func scripts2() []script {
	cl, sv := newPeer(), newPeer()
	long := cl.block(":method", "POST", ":path", "/long", "cookie", strings.Repeat("x", 300))
	lossy := newPeer()
	lost := [4]string{lossy.get(1, "/1"), lossy.get(3, "/3"), lossy.get(5, "/5"), lossy.get(7, "/7")}
	return []script{
		{name: "calls", events: []event{
			c(0, preface+settings), s(0.1, settings), c(0.2, newPeer().get(1, "/1")),
			s(1, newPeer().head(1, 0, ":status", "200")+frame(frameData, 0, 1, "hello")+frame(frameData, flagEndStream, 1, "")), end(9)},
			want: `client 1
			1.0 GET "h" /1 v2 200 agent "u" http
			0 0.2-1.0 known 1.0 up 12 down 6 clear (/1 200)`},
		{name: "overlapping streams, padding, priority, continuation, trailers, interim answer", events: []event{
			c(0, preface+settings+frame(frameSettings, 1, 0, "")+
				frame(frameHeaders, flagPadded|flagPriority, 1, "\x03"+"\x80\x00\x00\x00\x10"+long[:20]+"\x00\x00\x00")+
				frame(frameContinuation, 0, 1, long[20:100])+frame(frameContinuation, flagEndHeaders, 1, long[100:])+
				frame(frameData, flagPadded, 1, "\x02abcde\x00\x00")+frame(framePing, 0, 0, "12345678")+
				cl.head(1, flagEndStream, "trailer", "x")+cl.get(3, "/3")),
			s(1, settings+sv.status(1, 0, "103")+sv.status(3, flagEndStream, "404")+sv.status(1, 0, "200")+frame(frameData, 0, 1, "x")),
			s(2, sv.head(1, flagEndStream, "grpc-status", "0")), end(9)},
			want: `client 1
			1.0 GET "h" /3 v2 404 agent "u" http
			1.0 POST "" /long v2 200
			0 0.0-1.0 known 1.0 up 12 down 1 clear (/3 404)
			1 0.0-2.0 known 2.0 up 288 down 18 clear (/long 200)`},
		{name: "a stream that is reset", events: []event{
			c(0, preface+settings+newPeer().get(1, "/1")), s(0.5, settings), c(1, frame(frameReset, 0, 1, "\x00\x00\x00\x08")), end(9)},
			want: `client 1
			1.0 GET "h" /1 v2 0 agent "u" http
			0 0.0-1.0 known 1.0 up 12 down 0 guessed (/1 0)`},
		{name: "a long stream that another overtakes", events: []event{
			c(0, preface+settings+newPeer().get(1, "/1")), s(0.5, settings+newPeer().status(1, 0, "200")),
			s(30, frame(frameData, 0, 1, "abc")), s(100, frame(frameData, 0, 1, "abc")),
			c(110, frame(frameHeaders, 5, 3, "\x82\x84")), s(111, frame(frameHeaders, 5, 3, "\x88")), s(112, frame(frameData, 1, 1, "end")), end(200)},
			want: `client 1
			0.5 GET "h" /1 v2 200 agent "u" http
			111.0 GET "" / v2 200
			0 0.0-30.0 known 60.0 up 12 down 4 clear interim (/1 200)
			0 0.0-100.0 known 111.0 up 12 down 7 clear (/1 200)
			1 110.0-111.0 known 111.0 up 2 down 1 clear (/ 200)
			2 100.0-112.0 known 112.0 up 0 down 3 clear push (/1 200)`},
		{name: "one direction", events: []event{
			c(0, preface+settings+newPeer().get(1, "/1")), c(9, frame(frameHeaders, 5, 3, "\x82\x84")), end(30)},
			want: `client 1
			5.0 GET "h" /1 v2 0 agent "u" http
			14.0 GET "" / v2 0
			0 0.0-0.0 known 5.0 up 12 down 0 guessed (/1 0)
			1 9.0-9.0 known 14.0 up 2 down 0 guessed (/ 0)`},
		{name: "gap in data: framing and headers go on", events: []event{
			c(0, preface+settings+lost[0]), s(0.5, settings+"\x00\x00\x64\x00\x00\x00\x00\x00\x01"), gap('S', 1, 100), s(2, frame(frameHeaders, 5, 1, "\x88")), end(9)},
			want: `client 1
			2.0 GET "h" /1 v2 200 agent "u" http
			0 0.0-2.0 known 2.0 up 12 down 101 likely (/1 200)`},
		{name: "gap between frames: streams without their heads", events: []event{
			c(0, preface+settings+lost[0]), s(0.5, settings+frame(frameHeaders, 5, 1, "\x88")),
			gap('C', 1, len(lost[1])), c(2, lost[2]), s(3, frame(frameHeaders, 5, 5, "\x88")), c(4, lost[3]), s(5, frame(frameHeaders, 5, 7, "\x88")), end(9)},
			whole: true,
			want: `client 1
			0.5 GET "h" /1 v2 200 agent "u" http
			0 0.0-0.5 known 0.5 up 12 down 1 clear (/1 200)
			1 2.0-3.0 known 3.0 up 8 down 1 likely
			2 4.0-5.0 known 5.0 up 8 down 1 likely`},
		{name: "the server's push", events: []event{
			c(0, preface+settings+newPeer().get(1, "/1")),
			s(1, settings+frame(framePromise, flagEndHeaders, 1, "\x00\x00\x00\x02\x82\x84")+frame(frameHeaders, 4, 2, "\x88")+frame(frameData, 1, 2, "css")+frame(frameHeaders, 5, 1, "\x88")), end(9)},
			want: `client 1
			1.0 GET "h" /1 v2 200 agent "u" http
			0 1.0-1.0 known 1.0 up 0 down 4 likely push
			1 0.0-1.0 known 1.0 up 12 down 1 clear (/1 200)`},
	}
}

func scriptsUpgrade() []script {
	return []script{
		{name: "upgrade to h2c", events: []event{
			c(0, getA), s(1, ok2), c(2, "GET /up HTTP/1.1\r\nHost: h\r\nUpgrade: h2c\r\n\r\n"),
			s(3, "HTTP/1.1 101 Up\r\nUpgrade: h2c\r\n\r\n"+settings+newPeer().status(1, 0, "200")+frame(frameData, 1, 1, "abc")),
			c(4, preface+settings+newPeer().get(3, "/3")), s(5, newPeer().status(3, 1, "204")), end(9)},
			want: `client 1
			1.0 GET "h" /a v1.1 200
			3.0 GET "h" /up v1.1 200 upgrade h2c
			5.0 GET "h" /3 v2 204 agent "u" http
			0 0.0-1.0 known 1.0 up 28 down 40 clear (/a 200)
			1 2.0-3.0 known 3.0 up 43 down 37 clear (/up 200)
			2 4.0-5.0 known 5.0 up 12 down 1 clear (/3 204)`},
	}
}

// A client that resets streams as fast as it can does not make an observation
// of each.
func TestRapidReset(t *testing.T) {
	p := newPeer()
	events := []event{c(0, preface+settings), s(0.1, settings)}
	const n = 1000
	for i := range n {
		number := uint32(2*i + 1)
		events = append(events, c(0.2+float64(i)/n/2, p.get(number, fmt.Sprint("/", i%5))+frame(frameReset, 0, number, "\x00\x00\x00\x08")))
	}
	r := play(t, HTTP2(), append(events, end(9)), 0)
	if len(r.Requests) > limit.HTTPPushes+1 || len(r.Exchanges) != limit.HTTPPushes+1 {
		t.Errorf("%d requests and %d exchanges were told, want %d and one", len(r.Requests), len(r.Exchanges), limit.HTTPPushes)
	}
	up := uint64(0)
	for _, x := range r.Exchanges {
		up += x.Up
	}
	if up < n*5 {
		t.Errorf("%d bytes were told, want those of all streams", up)
	}
}
