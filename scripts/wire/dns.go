package main

import (
	"net/netip"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

func names() []sample {
	return []sample{
		{"dns-udp", "DNS over UDP: an address over two aliases, IPv6, an HTTPS record with ALPN, ECH and hints, a name that is not there", dnsUDP},
		{"dns-tcp", "DNS over TCP: two queries in one segment, answers cut across segments", dnsTCP},
		{"dns-beacon", "a name is asked for each 5 min; TLS without a server name calls its address each 60 s, 14 times", dnsBeacon},
		{"ech", "an HTTPS record offers ECH, each 5 min; hellos with the outer name cloudflare-ech.com call its hint each 60 s, 14 times", ech},
		{"ech-grease", "a hello with ECH whose name is no outer name", func(t *trace) {
			t.talk("10.0.1.15:40320", "203.0.113.52:443").visit(t.script("grease.example.com").with(extECH))
		}},
		{"dns-encrypted", "DNS over TLS on port 853, and a call of a resolver for DNS over HTTPS", func(t *trace) {
			dot := t.script("dns.google")
			dot.alpn = []string{"dot"}
			t.talk("10.0.1.15:40310", "203.0.113.54:853").visit(dot)
			doh := t.script("cloudflare-dns.com")
			doh.alpn = []string{"h2"}
			c := t.talk("10.0.1.15:40311", "203.0.113.55:443")
			c.open()
			c.tls13(doh)
			// HTTP/2: preface with SETTINGS and a window; SETTINGS and their
			// acknowledgement before the answer.
			const prefaceSize, settingsSize, ackSize = 24 + 9 + 18 + 13, 9 + 18 + 13, 9
			c.say(client, c.sealed(prefaceSize), c.sealed(200))
			c.answer(c.sealed(settingsSize), c.sealed(ackSize))
			c.say(client, c.sealed(ackSize))
			c.answer(c.sealed(350))
			c.bye()
		}},
	}
}

func name(s string) dnsmessage.Name { return dnsmessage.MustNewName(s + ".") }

func query(id uint16, s string, kind dnsmessage.Type) dnsmessage.Message {
	return dnsmessage.Message{
		Header:    dnsmessage.Header{ID: id, RecursionDesired: true},
		Questions: []dnsmessage.Question{{Name: name(s), Type: kind, Class: dnsmessage.ClassINET}},
	}
}

func packed(m dnsmessage.Message) []byte {
	b, err := m.Pack()
	if err != nil {
		panic(err) // nothing in it comes from outside
	}
	return b
}

// reply is the answer to a query.
func reply(q dnsmessage.Message, answers ...dnsmessage.Resource) dnsmessage.Message {
	q.Response, q.RecursionAvailable = true, true
	q.Answers = answers
	return q
}

func about(s string, ttl uint32, body dnsmessage.ResourceBody) dnsmessage.Resource {
	return dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: name(s), Class: dnsmessage.ClassINET, TTL: ttl}, Body: body}
}

func cname(s, to string, ttl uint32) dnsmessage.Resource {
	return about(s, ttl, &dnsmessage.CNAMEResource{CNAME: name(to)})
}

func address(s, addr string, ttl uint32) dnsmessage.Resource {
	a := netip.MustParseAddr(addr)
	if a.Is4() {
		return about(s, ttl, &dnsmessage.AResource{A: a.As4()})
	}
	return about(s, ttl, &dnsmessage.AAAAResource{AAAA: a.As16()})
}

// https is a record of RFC 9460 with ALPN, hints and an ECH configuration.
func (t *trace) https(s string, ttl uint32, hint4, hint6 string) dnsmessage.Resource {
	config := cat(u8(7), u16(0x20), vec16(t.noise(32)), vec16(u16(1, 1)), u8(0), vec8([]byte("cloudflare-ech.com")), vec16())
	body := &dnsmessage.HTTPSResource{SVCBResource: dnsmessage.SVCBResource{Priority: 1, Target: dnsmessage.MustNewName(".")}}
	body.SetParam(dnsmessage.SVCParamALPN, cat(vec8([]byte("h3")), vec8([]byte("h2"))))
	body.SetParam(dnsmessage.SVCParamIPv4Hint, netip.MustParseAddr(hint4).AsSlice())
	body.SetParam(dnsmessage.SVCParamECH, vec16(u16(extECH), vec16(config)))
	body.SetParam(dnsmessage.SVCParamIPv6Hint, netip.MustParseAddr(hint6).AsSlice())
	return about(s, ttl, body)
}

// ask asks a resolver.
func (t *trace) ask(port string, q, a dnsmessage.Message) {
	c := t.talk("10.0.1.15:"+port, "10.0.0.53:53")
	c.datagram(client, packed(q))
	c.wait(think)
	c.datagram(server, packed(a))
}

func dnsUDP(t *trace) {
	q := query(0x1001, "www.example.com", dnsmessage.TypeA)
	t.ask("50001", q, reply(q,
		cname("www.example.com", "www.cdn.example.net", 300), cname("www.cdn.example.net", "edge.example.org", 60),
		address("edge.example.org", "203.0.113.50", 30), address("edge.example.org", "203.0.113.51", 30)))
	q = query(0x1002, "www.example.com", dnsmessage.TypeAAAA)
	t.ask("50002", q, reply(q, cname("www.example.com", "edge.example.org", 300), address("edge.example.org", "2001:db8:113::50", 30)))
	q = query(0x1003, "www.example.com", dnsmessage.TypeHTTPS)
	t.ask("50003", q, reply(q, t.https("www.example.com", 300, "203.0.113.50", "2001:db8:113::50")))
	q = query(0x1004, "nowhere.example.com", dnsmessage.TypeA)
	none := reply(q)
	none.RCode = dnsmessage.RCodeNameError
	t.ask("50004", q, none)
}

func dnsTCP(t *trace) {
	first, second := query(0x2001, "one.example.com", dnsmessage.TypeA), query(0x2002, "two.example.com", dnsmessage.TypeA)
	c := t.talk("10.0.1.15:50010", "10.0.0.53:53")
	c.open()
	c.say(client, vec16(packed(first)), vec16(packed(second)))
	answers := cat(vec16(packed(reply(second, address("two.example.com", "203.0.113.62", 60)))),
		vec16(packed(reply(first, address("one.example.com", "203.0.113.61", 60)))))
	c.size = 70 // a segment ends inside the second
	c.answer(answers)
	c.close()
}

// beacon calls an address each minute, 14 times; every fifth time its name is
// asked for before.
func (t *trace) beacon(from int, to string, h *hello, ask func(i int)) {
	for i := range 14 {
		began := t.at
		if i%5 == 0 {
			ask(i)
		}
		c := t.talk("10.0.1.15:"+port(from+i), to)
		c.open()
		c.tls13(h.again())
		c.call(420, 60)
		c.bye()
		t.at = began + time.Minute
	}
}

func dnsBeacon(t *trace) {
	t.beacon(40400, "198.51.100.20:443", t.script("").without(extServerName), func(i int) {
		q := query(uint16(0x3001+i), "webhook.site", dnsmessage.TypeA)
		t.ask(port(50030+i), q, reply(q, address("webhook.site", "198.51.100.20", 300)))
	})
}

func ech(t *trace) {
	t.beacon(40300, "198.51.100.21:443", t.script("cloudflare-ech.com").with(extECH), func(i int) {
		q := query(uint16(0x4001+i), "webhook.site", dnsmessage.TypeHTTPS)
		t.ask(port(50040+i), q, reply(q, t.https("webhook.site", 300, "198.51.100.21", "2001:db8:100::21")))
	})
}
