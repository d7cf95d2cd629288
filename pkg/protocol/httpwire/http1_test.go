package httpwire

import (
	"strings"
	"testing"
)

const (
	getA = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n" // 27 bytes
	getB = "GET /b HTTP/1.1\r\nHost: h\r\n\r\n"
	ok2  = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" // 40 bytes
	none = "HTTP/1.1 204 No\r\n\r\n"                        // 19 bytes
)

func TestHTTP1(t *testing.T) { runScripts(t, HTTP(), scripts1()) }

func scripts1() []script {
	return []script{
		{name: "one call", events: []event{
			c(0, "POST /x?y HTTP/1.1\r\nHOST:  hooks.example \r\nuser-agent: curl/8\r\nContent-length: 4\r\n\r\nbody"),
			s(1, ok2), end(9)},
			want: `client 1
			1.0 POST "hooks.example" /x?y v1.1 200 agent "curl/8"
			0 0.0-1.0 known 1.0 up 88 down 40 clear (/x?y 200)`},
		{name: "kept alive, and pipelined", events: []event{
			c(0, getA), s(1, ok2), c(2, getB+getA), s(3, none+ok2), end(9)},
			want: `client 1
			1.0 GET "h" /a v1.1 200
			3.0 GET "h" /b v1.1 204
			3.0 GET "h" /a v1.1 200
			0 0.0-1.0 known 1.0 up 28 down 40 clear (/a 200)
			1 2.0-3.0 known 3.0 up 28 down 19 clear (/b 204)
			2 2.0-3.0 known 3.0 up 28 down 40 clear (/a 200)`},
		{name: "chunked both ways, with extensions and trailers", events: []event{
			c(0, "PUT /u HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\n\r\n"),
			s(1, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n00A\r\n0123456789\r\n1 \r\nz\r\n0\r\nX: y\r\n\r\n"),
			c(2, getA), s(3, none), end(9)},
			want: `client 1
			1.0 PUT "" /u v1.1 200
			3.0 GET "h" /a v1.1 204
			0 0.0-1.0 known 1.0 up 72 down 82 clear (/u 200)
			1 2.0-3.0 known 3.0 up 28 down 19 clear (/a 204)`},
		{name: "until close", events: []event{
			c(0, "GET / HTTP/1.0\r\n\r\n"), s(1, "HTTP/1.0 200 OK\r\n\r\nabc"), s(2, "def"), end(3)},
			want: `client 1
			1.0 GET "" / v1.0 200
			0 0.0-2.0 known 3.0 up 18 down 25 clear (/ 200)`},
		{name: "no bodies after HEAD and 304", events: []event{
			c(0, "HEAD /a HTTP/1.1\r\n\r\n"), s(1, "HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"),
			c(2, getB), s(3, "HTTP/1.1 304 Same\r\nContent-Length: 999\r\n\r\n"), c(4, getA), s(5, ok2), end(9)},
			want: `client 1
			1.0 HEAD "" /a v1.1 200
			3.0 GET "h" /b v1.1 304
			5.0 GET "h" /a v1.1 200
			0 0.0-1.0 known 1.0 up 20 down 40 clear (/a 200)
			1 2.0-3.0 known 3.0 up 28 down 42 clear (/b 304)
			2 4.0-5.0 known 5.0 up 28 down 40 clear (/a 200)`},
		{name: "100-continue", events: []event{
			c(0, "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"),
			s(1, "HTTP/1.1 100 Continue\r\n\r\n"), c(2, "abc"), s(3, none), end(9)},
			want: `client 1
			3.0 POST "" / v1.1 204
			0 0.0-3.0 known 3.0 up 63 down 44 clear (/ 204)`},
		{name: "refused before the body", whole: true, events: []event{
			c(0, "POST /p HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 300\r\n\r\n"),
			s(1, "HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n"), c(2, getA), s(3, none), end(9)},
			want: `client 1
			1.0 POST "" /p v1.1 417
			3.0 GET "h" /a v1.1 204
			0 0.0-1.0 known 2.0 up 63 down 38 clear (/p 417)
			1 2.0-3.0 known 3.0 up 28 down 19 clear (/a 204)`},
		{name: "refused before the body, which never comes", whole: true, events: []event{
			c(0, "POST /p HTTP/1.1\r\nContent-Length: 300\r\n\r\nabc"),
			s(1, "HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n"), c(20, getA), s(21, none), end(29)},
			want: `client 1
			1.0 POST "" /p v1.1 413
			21.0 GET "h" /a v1.1 204
			0 0.0-1.0 known 6.0 up 44 down 38 likely (/p 413)
			1 20.0-21.0 known 21.0 up 28 down 19 clear (/a 204)`},
		{name: "line feeds alone, empty lines first, folded fields, spaces", events: []event{
			c(0, "\r\n\nGET   /a  b HTTP/1.1\nHost:\n\th\nUser-Agent: a\n b\n\n"), s(1, "HTTP/1.1 200\nContent-Length: 0\n\n"), end(9)},
			want: `client 1
			1.0 GET "h" /a v1.1 200 agent "a b"
			0 0.0-1.0 known 1.0 up 48 down 32 clear (/a 200)`},
		{name: "a folded Transfer-Encoding, and a length that loses to it", events: []event{
			c(0, "POST /s HTTP/1.1\r\nContent-Length: 50\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"+getB), s(1, none+none), end(9)},
			want: `client 1
			1.0 POST "" /s v1.1 204
			1.0 GET "h" /b v1.1 204
			0 0.0-1.0 known 1.0 up 75 down 19 likely (/s 204)
			1 0.0-1.0 known 1.0 up 28 down 19 clear (/b 204)`},
		{name: "two lengths", events: []event{
			c(0, "POST /s HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 9\r\n\r\nab"+getB), s(1, none+none), end(9)},
			want: `client 1
			1.0 POST "" /s v1.1 204
			1.0 GET "h" /b v1.1 204
			0 0.0-1.0 known 1.0 up 60 down 19 likely (/s 204)
			1 0.0-1.0 known 1.0 up 28 down 19 clear (/b 204)`},
		{name: "absolute target and a proxy's fields", events: []event{
			c(0, "GET http://h.example/p HTTP/1.1\r\nX-Forwarded-For: unknown, 10.1.2.3:44, 10.9.9.9\r\nForwarded: for=_x;by=9.9.9.9, for=\"[2001:db8::7]:80\"\r\n\r\n"),
			s(1, none), end(9)},
			want: `client 1
			1.0 GET "" http://h.example/p v1.1 204 http for 2001:db8::7
			0 0.0-1.0 known 1.0 up 138 down 19 clear (http://h.example/p 204)`},
		{name: "methods of extensions", events: []event{
			c(0, "NOTIFY * HTTP/1.1\r\n\r\n"), s(1, none), c(2, "BREW-UP /pot HTTP/1.1\r\n\r\n"), s(3, none), end(9)},
			want: `client 1
			1.0 NOTIFY "" * v1.1 204
			3.0 BREW-UP "" /pot v1.1 204
			0 0.0-1.0 known 1.0 up 21 down 19 clear (* 204)
			1 2.0-3.0 known 3.0 up 25 down 19 clear (/pot 204)`},
		{name: "no version, and an answer without a head", events: []event{
			c(0, "GET /old\r\n"), s(1, "<html>hello</html>"), end(2)},
			want: `client 1
			1.0 GET "" /old v 0
			0 0.0-1.0 known 2.0 up 10 down 18 likely (/old 0)`},
		{name: "one direction: requests alone", events: []event{
			c(0, getA), c(3, getB), c(20, getA), end(40)},
			want: `client 1
			5.0 GET "h" /a v1.1 0
			8.0 GET "h" /b v1.1 0
			25.0 GET "h" /a v1.1 0
			0 0.0-0.0 known 5.0 up 28 down 0 guessed (/a 0)
			1 3.0-3.0 known 8.0 up 28 down 0 guessed interim (/b 0)
			1 3.0-3.0 known 20.0 up 28 down 0 guessed (/b 0)
			2 20.0-20.0 known 25.0 up 28 down 0 guessed interim (/a 0)
			2 20.0-20.0 known 40.0 up 28 down 0 guessed (/a 0)`},
		{name: "one direction: answers alone", events: []event{
			s(0, ok2), s(3, none), end(40)},
			want: `client 1
			0 0.0-0.0 known 1.0 up 0 down 40 guessed
			1 3.0-3.0 known 4.0 up 0 down 19 guessed`},
		{name: "the answer is handed over first", events: []event{
			s(1, ok2), c(0.9, getA), c(2, getB), s(3, none), end(40)},
			want: `client 1
			1.0 GET "h" /a v1.1 200
			3.0 GET "h" /b v1.1 204
			0 0.9-1.0 known 1.0 up 28 down 40 likely (/a 200)
			1 2.0-3.0 known 3.0 up 28 down 19 clear (/b 204)`},
		{name: "the server begins by itself", events: []event{
			c(0, getA), s(1, none), s(60, "HTTP/1.1 408 Timeout\r\nContent-Length: 0\r\n\r\n"), end(70)},
			want: `client 1
			1.0 GET "h" /a v1.1 204
			0 0.0-1.0 known 1.0 up 28 down 19 clear (/a 204)
			1 60.0-60.0 known 61.0 up 0 down 43 guessed push`},
		{name: "a long poll", events: []event{
			c(0, getA), s(1, none), c(2, getB), s(200, none), end(300)},
			want: `client 1
			1.0 GET "h" /a v1.1 204
			7.0 GET "h" /b v1.1 0
			0 0.0-1.0 known 1.0 up 28 down 19 clear (/a 204)
			1 2.0-2.0 known 62.0 up 28 down 0 clear interim (/b 0)
			1 2.0-200.0 known 200.0 up 28 down 19 clear (/b 204)`},
		{name: "server-sent events", events: []event{
			c(0, getA), s(1, "HTTP/1.1 200 OK\r\n\r\n"), s(30, "data: 1\n\n"), s(100, "data: 2\n\n"), s(110, "data: 3\n\n"), end(500)},
			want: `client 1
			1.0 GET "h" /a v1.1 200
			0 0.0-30.0 known 60.0 up 28 down 28 clear interim (/a 200)
			0 0.0-110.0 known 160.0 up 28 down 46 clear interim (/a 200)
			0 0.0-110.0 known 500.0 up 28 down 46 clear (/a 200)`},
		{name: "gap in a body of known length", events: []event{
			c(0, getA), s(1, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789"), gap('S', 2, 80), s(3, "0123456789"), c(4, getB), s(5, none), end(9)},
			want: `client 1
			1.0 GET "h" /a v1.1 200
			5.0 GET "h" /b v1.1 204
			0 0.0-3.0 known 3.0 up 28 down 140 likely (/a 200)
			1 4.0-5.0 known 5.0 up 28 down 19 likely (/b 204)`},
		{name: "gap over the end of a body", events: []event{
			c(0, getA), s(1, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789"), gap('S', 2, 500), s(3, "...rest"), c(4, getB), s(5, none), end(9)},
			want: `client 1
			1.0 GET "h" /a v1.1 200
			5.0 GET "h" /b v1.1 204
			0 0.0-2.0 known 2.0 up 28 down 140 likely (/a 200)
			1 4.0-5.0 known 5.0 up 28 down 19 likely (/b 204)`},
		{name: "gap in a chunked answer", events: []event{
			c(0, getA), s(1, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r"), gap('S', 2, 500), s(3, "...rest"), c(4, getB), s(5, none), end(9)},
			want: `client 1
			1.0 GET "h" /a v1.1 200
			5.0 GET "h" /b v1.1 204
			0 0.0-3.0 known 4.0 up 28 down 56 likely (/a 200)
			1 4.0-5.0 known 5.0 up 28 down 19 likely (/b 204)`},
		{name: "gap in a head", events: []event{
			c(0, "GET /a HTTP/1.1\r\nHost: h\r\nCook"), gap('C', 1, 50), s(2, none), c(3, getB), s(4, none), end(9)},
			want: `client 1
			2.0 GET "h" /a v1.1 204
			4.0 GET "h" /b v1.1 204
			0 0.0-2.0 known 2.0 up 30 down 19 likely (/a 204)
			1 3.0-4.0 known 4.0 up 28 down 19 likely (/b 204)`},
		{name: "a head that was cut off by the snap length", events: []event{
			c(0, "GET /a HTT"), gap('C', 1, 50), s(2, none), end(9)},
			want: `client 1
			2.0 GET "" /a v 204
			0 0.0-2.0 known 2.0 up 10 down 19 likely (/a 204)`},
		{name: "an answer was lost", events: []event{
			c(0, getA), s(1, none), c(2, getB), gap('S', 3, 400), c(4, getA), s(5, none), end(9)},
			want: `client 1
			1.0 GET "h" /a v1.1 204
			4.0 GET "h" /b v1.1 0
			5.0 GET "h" /a v1.1 204
			0 0.0-1.0 known 1.0 up 28 down 19 clear (/a 204)
			1 2.0-2.0 known 4.0 up 28 down 0 guessed (/b 0)
			2 4.0-5.0 known 5.0 up 28 down 19 likely (/a 204)`},
		{name: "no HTTP after all", events: []event{
			c(0, "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n"), s(1, "RTSP/1.0 200 OK\r\n\r\n"), c(2, "more"), end(9)},
			want: `client 1
			0 0.0-2.0 known 9.0 up 35 down 19 guessed connection`},
		{name: "no HTTP after all, for a long time", events: []event{
			c(0, "PLAY /x RTSP/1.0\r\n\r\n"), s(1, "$data"), s(100, "$data"), end(300)},
			want: `client 1
			0 0.0-1.0 known 60.0 up 20 down 5 guessed connection interim
			0 0.0-100.0 known 160.0 up 20 down 10 guessed connection interim
			0 0.0-100.0 known 300.0 up 20 down 10 guessed connection`},
		{name: "CONNECT", events: []event{
			c(0, "CONNECT discord.com:443 HTTP/1.1\r\nHost: discord.com:443\r\n\r\n"), s(1, "HTTP/1.1 200 Connection established\r\nContent-Length: 5\r\n\r\n\x16rest")},
			want: `client 1
			1.0 CONNECT "discord.com:443" discord.com:443 v1.1 200 upgrade connect
			0 0.0-1.0 known 1.0 up 59 down 58 clear (discord.com:443 200)
			target discord.com 443
			handed over "\x16rest"`},
		{name: "CONNECT is refused, and tried again", events: []event{
			c(0, "CONNECT a:443 HTTP/1.1\r\n\r\n"), s(1, "HTTP/1.1 407 Who\r\nContent-Length: 2\r\n\r\nno"),
			c(2, "CONNECT [2001:db8::1]:443 HTTP/1.1\r\n\r\n"), s(3, "HTTP/1.0 200\r\n\r\n")},
			want: `client 1
			1.0 CONNECT "" a:443 v1.1 407
			3.0 CONNECT "" [2001:db8::1]:443 v1.1 200 upgrade connect
			0 0.0-1.0 known 1.0 up 26 down 41 clear (a:443 407)
			1 2.0-3.0 known 3.0 up 38 down 16 clear ([2001:db8::1]:443 200)
			target 2001:db8::1 443
			handed over ""`},
		{name: "CONNECT whose answer was lost", events: []event{
			c(0, "CONNECT a.example:443 HTTP/1.1\r\n\r\n"), c(1, "\x16\x03\x01")},
			want: `client 1
			1.0 CONNECT "" a.example:443 v1.1 0 upgrade connect
			0 0.0-0.0 known 1.0 up 34 down 0 guessed (a.example:443 0)
			target a.example 443
			handed over "\x16\x03\x01"`},
		{name: "an unknown upgrade", events: []event{
			c(0, "POST /exec HTTP/1.1\r\nUpgrade: TCP\r\n\r\n"), s(1, "HTTP/1.1 101 Up\r\nUpgrade: tcp\r\n\r\nxyz")},
			want: `client 1
			1.0 POST "" /exec v1.1 101 upgrade tcp
			0 0.0-1.0 known 1.0 up 37 down 33 clear (/exec 101)
			handed over "xyz"`},
		{name: "WebSocket", events: []event{
			c(0, "GET /ws HTTP/1.1\r\nUpgrade: WebSocket\r\n\r\n"), s(1, "HTTP/1.1 101 Up\r\nUpgrade: websocket\r\n\r\n\x81\x02hi"),
			c(2, "\x82\x83mask123"), s(3, "\x89\x00\x01\x01a\x89\x01!\x80\x02bc"), c(4, "\x8a\x80mask"), s(5, "\xc1\x7e\x01\x00"+strings.Repeat("x", 256)), end(6)},
			want: `client 1
			1.0 GET "" /ws v1.1 101 upgrade websocket
			0 0.0-1.0 known 1.0 up 40 down 39 clear (/ws 101)
			1 1.0-1.0 known 1.0 up 0 down 2 clear push
			2 2.0-2.0 known 2.0 up 3 down 0 clear push
			3 3.0-3.0 known 3.0 up 0 down 3 clear push
			4 5.0-5.0 known 5.0 up 0 down 256 clear push`},
		{name: "a WebSocket message that takes minutes, with a gap", whole: true, events: []event{
			c(0, "GET /ws HTTP/1.1\r\nUpgrade: WebSocket\r\n\r\n"), s(1, "HTTP/1.1 101 Up\r\nUpgrade: websocket\r\n\r\n"),
			s(2, "\x82\x7e\x00\x0a01234"), gap('S', 70, 3), s(71, "89\x81\x01."), gap('S', 72, 9), s(73, "\x81\x01."), end(90)},
			want: `client 1
			1.0 GET "" /ws v1.1 101 upgrade websocket
			0 0.0-1.0 known 1.0 up 40 down 39 clear (/ws 101)
			1 2.0-2.0 known 62.0 up 0 down 5 clear push
			2 2.0-71.0 known 71.0 up 0 down 5 likely push
			3 71.0-71.0 known 71.0 up 0 down 1 likely push
			4 73.0-73.0 known 73.0 up 0 down 1 likely push`},
	}
}
