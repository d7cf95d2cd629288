package main

import (
	"fmt"
	"strconv"
	"time"
)

func port(n int) string { return strconv.Itoa(n) }

func crowds() []sample {
	return []sample{
		{"shared-address", "one address, 10.0.0.200, that six hosts share: each says hello its own way, with a TTL and a clock of its own", sharedAddress},
	}
}

func sharedAddress(t *trace) {
	type host struct {
		ttl uint8
		up  time.Duration
		say *hello
	}
	both := t.script("")
	both.alpn = []string{"h2", "http/1.1"}
	fewer := t.script("")
	fewer.suites = fewer.suites[:5]
	bare := t.script("").without(extALPN)
	longer := t.script("").with(18, extCompress)
	older := t.old("")
	older.versions = []uint16{0x0304, 0x0303}
	older = older.with(extVersions, extKeyShare)
	hosts := []host{
		{63, 90 * time.Hour, t.script("")}, {127, 3 * time.Hour, both}, {62, 700 * time.Hour, fewer},
		{63, 11 * time.Hour, bare}, {126, 2000 * time.Hour, longer}, {61, 26 * time.Minute, older},
	}
	for round := range 3 {
		for i := range hosts {
			c := t.talk(fmt.Sprintf("10.0.0.200:%d", 41000+10*round+i), "203.0.113.90:443")
			c.ttl[client] = hosts[i].ttl
			c.clock = hosts[i].up
			h := hosts[i].say.again()
			h.name = "www.example.com"
			c.open()
			c.tls13(h)
			c.call(200, 350)
			c.bye()
			c.wait(7 * time.Second)
		}
	}
}
