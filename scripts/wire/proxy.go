package main

import "net/netip"

func proxies() []sample {
	return []sample{
		{"connect", "CONNECT through a proxy, TLS inside", func(t *trace) {
			c := t.talk("10.0.1.15:40200", "10.0.0.80:3128")
			c.open()
			c.say(client, head("CONNECT webhook.site:443 HTTP/1.1", "Host: webhook.site:443", "User-Agent: curl/7.88.1", "Proxy-Connection: Keep-Alive"))
			c.answer(head("HTTP/1.1 200 Connection established"))
			c.inside("webhook.site")
		}},
		{"forward-proxy", "a forward proxy: a client's request to it with a whole URL, and the proxy's own with X-Forwarded-For and with Forwarded", forwardProxy},
		{"socks5", "SOCKS5 to a name, TLS inside", func(t *trace) {
			c := t.talk("10.0.1.15:40202", "10.0.0.81:1080")
			c.open()
			c.say(client, u8(5, 1, 0))
			c.answer(u8(5, 0))
			c.say(client, u8(5, 1, 0, 3), vec8([]byte("webhook.site")), u16(443))
			c.answer(u8(5, 0, 0, 1, 0, 0, 0, 0), u16(0))
			c.inside("webhook.site")
		}},
		{"socks4a", "SOCKS4a to a name, TLS inside that names no server", func(t *trace) {
			c := t.talk("10.0.1.15:40203", "10.0.0.81:1080")
			c.open()
			c.say(client, u8(4, 1), u16(443), u8(0, 0, 0, 1), []byte("user\x00webhook.site\x00"))
			c.answer(u8(0, 90), u16(0), u32(0))
			c.tls13(t.script("").without(extServerName))
			c.call(200, 350)
			c.bye()
		}},
		{"proxy-header-1", "a PROXY header of version 1 in the segment of the hello", func(t *trace) {
			c := t.talk("10.0.0.90:40204", "203.0.113.40:443")
			c.open()
			h := t.script("behind.example.com")
			c.say(client, []byte("PROXY TCP4 10.0.1.15 203.0.113.40 51000 443\r\n"), h.record())
			c.answer(c.flight(choice{session: h.session}))
			c.say(client, changeCipher(), c.sealed(36))
			c.call(200, 350)
			c.bye()
		}},
		{"proxy-header-2", "a PROXY header of version 2 before TLS, over IPv6", func(t *trace) {
			c := t.talk("10.0.0.90:40205", "203.0.113.40:443")
			c.open()
			from, to := netip.MustParseAddr("2001:db8:1::15"), netip.MustParseAddr("2001:db8:113::40")
			header := cat(unhex("0d0a0d0a000d0a515549540a"), u8(0x21, 0x21), vec16(from.AsSlice(), to.AsSlice(), u16(51000, 443)))
			h := t.script("behind.example.com")
			c.say(client, header)
			c.say(client, h.record())
			c.answer(c.flight(choice{session: h.session}))
			c.say(client, changeCipher(), c.sealed(36))
			c.call(200, 350)
			c.bye()
		}},
	}
}

// inside is a visit on a connection that is open already.
func (c *conn) inside(name string) {
	c.tls13(c.script(name))
	c.call(200, 350)
	c.bye()
}

func forwardProxy(t *trace) {
	first := t.talk("10.0.1.15:40201", "10.0.0.80:3128")
	first.open()
	first.say(client, head("GET http://www.example.com/page?id=7 HTTP/1.1", "Host: www.example.com", agent, "Proxy-Connection: keep-alive"))

	second := t.talk("10.0.0.80:50001", "203.0.113.41:80")
	second.open()
	second.say(client, head("GET /page?id=7 HTTP/1.1", "Host: www.example.com", agent, "X-Forwarded-For: 10.0.1.15", "Via: 1.1 proxy.example.net"))
	answer := cat(head("HTTP/1.1 200 OK", "Content-Length: 6"), []byte("a page"))
	second.answer(answer)
	first.say(server, answer)
	second.say(client, head("GET /other HTTP/1.1", "Host: www.example.com", agent, `Forwarded: for="[2001:db8:1::16]:4711";proto=http, for=10.0.1.99`))
	second.answer(answer)
	second.close()
	first.close()
}
