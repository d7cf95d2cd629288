package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"golang.org/x/net/http2/hpack"
)

// head is the head of an HTTP/1 message.
func head(lines ...string) []byte { return []byte(strings.Join(lines, "\r\n") + "\r\n\r\n") }

func chunk(s string) []byte { return fmt.Appendf(nil, "%x\r\n%s\r\n", len(s), s) }

const agent = "User-Agent: python-requests/2.28.1"

func webs() []sample {
	return []sample{
		{"http-requests", "HTTP/1.1, six requests on one connection: plain, two pipelined, chunked both ways, 100-continue, HEAD", httpRequests},
		{"http-other-port", "HTTP/1.1 on port 4444", httpOtherPort},
		{"http-webhook-url", "webhook URLs with their secrets in clear text: Discord, Slack, webhook.site; and a path and query of no service", httpWebhook},
		{"websocket", "a WebSocket: the upgrade, messages of both sides, a ping each 20 s", websocket},
		{"http2-prior", "HTTP/2 in clear text by prior knowledge, three requests, two of them side by side", http2Prior},
		{"http2-upgrade", "HTTP/2 in clear text by upgrade from HTTP/1.1", http2Upgrade},
	}
}

func httpRequests(t *trace) {
	c := t.talk("10.0.1.15:40100", "203.0.113.20:80")
	c.open()
	host := "Host: api.example.com"
	c.say(client, head("GET /one HTTP/1.1", host, agent, "Accept: */*"))
	c.answer(head("HTTP/1.1 200 OK", "Content-Type: text/plain", "Content-Length: 5"), []byte("first"))
	c.wait(time.Second)

	c.say(client, head("GET /two HTTP/1.1", host, agent), head("DELETE /three HTTP/1.1", host, agent))
	c.answer(head("HTTP/1.1 200 OK", "Content-Length: 6"), []byte("second"), head("HTTP/1.1 204 No Content"))
	c.wait(time.Second)

	c.say(client, head("POST /four HTTP/1.1", host, agent, "Transfer-Encoding: chunked"), chunk("a body "), chunk("in two chunks"), chunk(""))
	c.answer(head("HTTP/1.1 201 Created", "Transfer-Encoding: chunked", "Trailer: X-Checked"), chunk("an answer "), chunk("in chunks, with a trailer"),
		head("0", "X-Checked: yes"))
	c.wait(time.Second)

	c.say(client, head("PUT /five HTTP/1.1", host, agent, "Expect: 100-continue", "Content-Length: 40"))
	c.answer(head("HTTP/1.1 100 Continue"))
	c.say(client, bytes.Repeat([]byte("ten bytes "), 4))
	c.answer(head("HTTP/1.1 200 OK", "Content-Length: 2"), []byte("ok"))
	c.wait(time.Second)

	c.say(client, head("HEAD /six HTTP/1.1", host, agent))
	c.answer(head("HTTP/1.1 200 OK", "Content-Length: 123456", "Connection: close"))
	c.close()
}

func httpOtherPort(t *trace) {
	c := t.talk("10.0.1.15:40101", "203.0.113.21:4444")
	c.open()
	c.say(client, head("POST /gate HTTP/1.1", "Host: c2.example.net:4444", "User-Agent: Mozilla/4.0 (compatible)", "Content-Length: 12"), []byte("id=1&cmd=run"))
	c.answer(head("HTTP/1.0 200 OK", "Content-Length: 4"), []byte("wait"))
	c.close()
}

// The secrets are made up.
const (
	discordHook = "/api/webhooks/123456789012345678/MadeUpTokenOfNobody_0123456789-abcdefghijklmnopqrstuvwxyzABCDEFGHIJK"
	slackHook   = "/services/T0MADEUP00/B0MADEUP00/MadeUpSecretOfNobody0000"
	siteHook    = "/5f0c1a52-8f0e-4a35-9d4e-0123456789ab"
)

func httpWebhook(t *trace) {
	port := 40110
	for _, call := range []struct{ to, host, target string }{
		{"203.0.113.30:80", "discord.com", discordHook + "?wait=true"},
		{"203.0.113.31:80", "hooks.slack.com", slackHook},
		{"203.0.113.32:80", "webhook.site", siteHook + "?host=build-7"},
		{"203.0.113.33:80", "www.example.org", "/private/path?password=hunter2"},
	} {
		c := t.talk(fmt.Sprintf("10.0.1.15:%d", port), call.to)
		port++
		c.open()
		body := `{"content":"10.0.1.15 build-7 root"}`
		c.say(client, head("POST "+call.target+" HTTP/1.1", "Host: "+call.host, agent, "Content-Type: application/json",
			fmt.Sprint("Content-Length: ", len(body))), []byte(body))
		c.answer(head("HTTP/1.1 204 No Content"))
		c.close()
		c.wait(time.Second)
	}
}

// message is a WebSocket frame (RFC 6455 section 5.2); a client's is masked.
func socketFrame(from int, opcode byte, text string) []byte {
	size := byte(len(text))
	if from == server {
		return cat(u8(0x80|opcode, size), []byte(text))
	}
	key := [4]byte{0x37, 0xfa, 0x21, 0x3d}
	masked := []byte(text)
	for i := range masked {
		masked[i] ^= key[i%4]
	}
	return cat(u8(0x80|opcode, 0x80|size), key[:], masked)
}

func websocket(t *trace) {
	const text, farewell, ping, pong = 1, 8, 9, 10
	c := t.talk("10.0.1.15:40120", "203.0.113.22:80")
	c.open()
	c.say(client, head("GET /live HTTP/1.1", "Host: push.example.com", "User-Agent: node", "Connection: Upgrade", "Upgrade: websocket",
		"Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="))
	c.answer(head("HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
	c.say(client, socketFrame(client, text, `{"subscribe":"orders"}`))
	for range 4 {
		c.wait(20 * time.Second)
		c.say(server, socketFrame(server, ping, "ping"))
		c.say(client, socketFrame(client, pong, "ping"))
		c.wait(time.Second)
		c.say(server, socketFrame(server, text, `{"order":4711,"state":"new"}`))
	}
	c.say(client, socketFrame(client, farewell, "\x03\xe8"))
	c.answer(socketFrame(server, farewell, "\x03\xe8"))
	c.close()
}

// The frames of HTTP/2 (RFC 9113 section 6).
const (
	frameData     = 0
	frameHeaders  = 1
	frameSettings = 4
	frameGoAway   = 7

	endStream, endHeaders, settingsAck = 1, 4, 1
)

// preface is what a client of HTTP/2 says first.
func preface() []byte { return []byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") }

func frame2(kind, flags byte, stream uint32, parts ...[]byte) []byte {
	b := cat(parts...)
	return cat(u24(len(b)), u8(kind, flags), u32(stream), b)
}

func settings2() []byte {
	const maxConcurrentStreams = 3
	return frame2(frameSettings, 0, 0, u16(maxConcurrentStreams), u32(100))
}

func settingsTaken() []byte { return frame2(frameSettings, settingsAck, 0) }

func goAway(last uint32) []byte { return frame2(frameGoAway, 0, 0, u32(last), u32(0)) }

func data2(stream uint32, s string) []byte { return frame2(frameData, endStream, stream, []byte(s)) }

// coder compresses the headers of one side.
type coder struct {
	block bytes.Buffer
	hpack *hpack.Encoder
}

func newCoder() *coder {
	c := &coder{}
	c.hpack = hpack.NewEncoder(&c.block)
	return c
}

// headers is a HEADERS frame; end says that no data follow.
func (c *coder) headers(stream uint32, end bool, pairs ...string) []byte {
	c.block.Reset()
	for i := 0; i < len(pairs); i += 2 {
		if err := c.hpack.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]}); err != nil {
			panic(err) // memory takes everything
		}
	}
	flags := byte(endHeaders)
	if end {
		flags |= endStream
	}
	return frame2(frameHeaders, flags, stream, c.block.Bytes())
}

func request2(method, path string) []string {
	return []string{":method", method, ":scheme", "http", ":authority", "grpc.example.com", ":path", path, "user-agent", "grpc-go/1.70.0"}
}

func http2Prior(t *trace) {
	c := t.talk("10.0.1.15:40130", "203.0.113.23:8080")
	up, down := newCoder(), newCoder()
	c.open()
	c.say(client, preface(), settings2(), up.headers(1, false, request2("POST", "/first")...), data2(1, "the first body"))
	c.answer(settings2(), settingsTaken(), down.headers(1, false, ":status", "200", "content-type", "text/plain"), data2(1, "the first answer"))
	c.say(client, settingsTaken())
	c.wait(time.Second)
	c.say(client, up.headers(3, true, request2("GET", "/second?page=2")...), up.headers(5, true, request2("GET", "/third")...))
	c.answer(down.headers(5, true, ":status", "404"), down.headers(3, false, ":status", "200"), data2(3, "the second answer"))
	c.wait(time.Second)
	c.say(client, goAway(0))
	c.close()
}

func http2Upgrade(t *trace) {
	c := t.talk("10.0.1.15:40131", "203.0.113.24:80")
	up, down := newCoder(), newCoder()
	settings := base64.RawURLEncoding.EncodeToString(cat(u16(3), u32(100)))
	c.open()
	c.say(client, head("GET /start HTTP/1.1", "Host: h2c.example.com", "User-Agent: curl/7.88.1", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c",
		"HTTP2-Settings: "+settings))
	c.answer(head("HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: h2c"),
		settings2(), down.headers(1, false, ":status", "200"), data2(1, "answered as HTTP/2"))
	c.say(client, preface(), settings2(), settingsTaken())
	c.answer(settingsTaken())
	c.wait(time.Second)
	c.say(client, up.headers(3, true, ":method", "GET", ":scheme", "http", ":authority", "h2c.example.com", ":path", "/more", "user-agent", "curl/7.88.1"))
	c.answer(down.headers(3, true, ":status", "204"))
	c.close()
}
