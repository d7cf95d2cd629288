package observe

import (
	"crypto/tls"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/hookhound/hookhound/pkg/event"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/protocol"
)

const (
	noContent = "S" + "HTTP/1.1 204 No Content\r\n\r\n"
	refused   = "S" + "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
	through   = "S" + "HTTP/1.1 200 Connection established\r\n\r\n"
)

// asks is a request of a client's, with the lines of its head.
func asks(lines ...string) string { return "C" + strings.Join(lines, "\r\n") + "\r\n\r\n" }

// calls is each request with its answer, on one connection.
func calls(requests ...string) (all []string) {
	for _, r := range requests {
		all = append(all, r, noContent)
	}
	return all
}

// hear plays a conversation in clear text to its end.
func hear(t *testing.T, opt *Options, all ...written) *watcher {
	t.Helper()
	k := plainTalk()
	k.server, k.fin = netip.MustParseAddrPort("203.0.113.9:8080"), true
	w := watch(t, opt)
	w.see(k.packets(all)...)
	w.close()
	return w
}

// TestHost: what a Host field says, however it is written, and what is no name.
func TestHost(t *testing.T) {
	for host, want := range map[string]event.Conn{
		"hooks.slack.com":                 {Name: "hooks.slack.com", Named: event.NameByURL},
		"HOOKS.Slack.com.:8080":           {Name: "hooks.slack.com", Named: event.NameByURL},
		"198.51.100.7:8080":               {},
		"[2001:DB8:0::1]:80":              {},
		"user:s3cr3t@x.hooks.slack.com":   {},
		"user:s3cr3t@x.webhook.site":      {},
		"":                                {},
		"a b":                             {},
		strings.Repeat("a.", 200) + "com": {},
	} {
		service := map[string]string{"198.51.100.7:8080": "198.51.100.7", "[2001:DB8:0::1]:80": "2001:db8::1"}[host]
		switch {
		case want.Name != "":
			service = "slack"
		case service == "":
			service = "203.0.113.9"
		}
		w := hear(t, options(t), prelude(calls(asks("GET / HTTP/1.1", "Host: "+host))...)...)
		x := w.only(event.Exchange)
		if c := x.Conn; c.Name != want.Name || c.Named != want.Named || x.Visibility.Name != want.Named || c.Match.ID != service {
			t.Errorf("Host %q: name %q by %v, service %q", host, c.Name, c.Named, c.Match.ID)
		}
	}
}

// TestNamesThatDisagree: the nearest name counts, unless another one that the
// client told weighs more in the catalogue.
func TestNamesThatDisagree(t *testing.T) {
	socks := func(host string) []written {
		return prelude("C\x05\x01\x00", "S\x05\x00", "C\x05\x01\x00\x03"+string(rune(len(host)))+host+"\x01\xbb", "S\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
	}
	connect := func(host string) []written { return prelude(asks("CONNECT "+host+" HTTP/1.1", "Host: "+host), through) }
	plain := func(host string) []written { return prelude(calls(asks("GET / HTTP/1.1", "Host: "+host))...) }
	hello := func(name string) []written { return recordTLS(t, name, 1, tls.VersionTLS13) }
	for name, c := range map[string]struct {
		all           []written
		want, service string
		by            event.NameSource
	}{
		"CONNECT, TLS":            {slices.Concat(connect("discord.com:443"), hello("discord.com")), "discord.com", "discord", event.NameBySNI},
		"fronted target":          {slices.Concat(connect("webhook.site:443"), hello("cdn.example")), "webhook.site", "webhook-site", event.NameByURL},
		"fronted hello":           {slices.Concat(connect("cdn.example:443"), hello("webhook.site")), "webhook.site", "webhook-site", event.NameBySNI},
		"neither is known":        {slices.Concat(connect("cdn.example:443"), hello("www.example.org")), "www.example.org", "example.org", event.NameBySNI},
		"SOCKS, TLS":              {slices.Concat(socks("webhook.site"), hello("cdn.example")), "webhook.site", "webhook-site", event.NameByURL},
		"SOCKS, address":          {slices.Concat(socks("198.51.100.7"), hello("www.example.org")), "www.example.org", "example.org", event.NameBySNI},
		"CONNECT, lying Host":     {slices.Concat(connect("webhook.site:80"), plain("www.example.org")), "webhook.site", "webhook-site", event.NameByURL},
		"CONNECT, Host":           {slices.Concat(connect("198.51.100.7:80"), plain("www.example.org")), "www.example.org", "example.org", event.NameByURL},
		"CONNECT, address":        {slices.Concat(connect("cdn.example.org:80"), plain("198.51.100.7")), "cdn.example.org", "example.org", event.NameByURL},
		"CONNECT, no name at all": {slices.Concat(connect("198.51.100.7:80"), plain("")), "", "198.51.100.7", event.NameByAddress},
		"CONNECT, user":           {slices.Concat(connect("user:s3cr3t@webhook.site:80"), plain("")), "", "203.0.113.9", event.NameByAddress},
	} {
		w := hear(t, options(t), c.all...)
		x := w.only(event.Exchange) // opening the tunnel is none
		if n := x.Conn; n.Name != c.want || n.Named != c.by || n.Match.ID != c.service || x.Exchange.Index != 0 {
			t.Errorf("%s: %q by %v, service %q, index %d", name, n.Name, n.Named, n.Match.ID, x.Exchange.Index)
		}
	}
}

// TestAddressIsNoName: a client that names an address in its hello names nobody.
func TestAddressIsNoName(t *testing.T) {
	for _, sent := range []string{"198.51.100.7", "2001:db8::1", "."} {
		w := watch(t, options(t))
		p := plainTalk().packets([]written{{up: true, b: []byte{22, 3, 1}}})[3]
		w.s.Packet(p)
		key, _ := flow.KeyOf(p)
		w.s.cur = w.s.table.Find(&key)
		w.s.Hello(&protocol.Hello{HasClient: true, ServerName: sent})
		o := w.s.Take()[0]
		if c := o.Conn; c.Name != "" || c.Named != event.NameByAddress || c.Match.ID != "203.0.113.9" || c.Hello.ServerName != sent {
			t.Errorf("%q: %+v", sent, c)
		}
	}
}

// TestProxyOfSeveral: on a connection to a proxy each call goes where its request
// says.
func TestProxyOfSeveral(t *testing.T) {
	hook := "http://chat.example/hooks/a1b2c3d4e5f6g7h8i9j0k1l2m3"
	targets := []string{
		"http://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX", "http://example.com/a",
		"http://webhook.site/x", "http://chat.example/", hook, "http://chat.example/", "/own",
	}
	services := []string{"slack", "example.com", "webhook-site", "chat.example", "chat.example", "chat.example", "203.0.113.9"}
	var requests []string
	for _, u := range targets {
		requests = append(requests, asks("GET "+u+" HTTP/1.1", "Host: 203.0.113.9:8080"))
	}
	pipelined := slices.Concat(prelude(requests...), prelude(strings.Split(strings.Repeat(noContent+"|", len(targets)-1)+noContent, "|")...))
	for name, all := range map[string][]written{"one by one": prelude(calls(requests...)...), "pipelined": pipelined} {
		w := hear(t, options(t), all...)
		for _, typ := range []event.Type{event.HTTP, event.Exchange} {
			list := w.of(typ)
			if len(list) != len(targets) {
				t.Fatalf("%s: %d of %v, want %d", name, len(list), typ, len(targets))
			}
			ids := map[string]bool{}
			for i, o := range list {
				if m := o.Conn.Match; m.ID != services[i] || m.PathMatched != (i == 0 || i == 4) || (m.Weight > 0) != (i == 0 || i == 2 || i == 4) {
					t.Errorf("%s: %v %d leads to %+v", name, typ, i, m)
				}
				ids[o.EventID()] = true
			}
			if len(ids) != len(list) {
				t.Errorf("%s: %d ids for %d of %v", name, len(ids), len(list), typ)
			}
		}
	}
}

// TestForwarded: a proxy names the client of each request by itself, and is
// believed as far as the home networks reach.
func TestForwarded(t *testing.T) {
	get := func(more ...string) string {
		return asks(append([]string{"GET / HTTP/1.1", "Host: hooks.slack.com"}, more...)...)
	}
	own, other, away := atHome.Addr(), netip.MustParseAddr("10.1.0.7"), netip.MustParseAddr("198.51.100.9")
	requests := calls(get("Forwarded: for=10.1.0.7"), get(), get("X-Forwarded-For: 198.51.100.9, 10.1.0.7"), get("X-Forwarded-For: 10.1.0.7"))
	said := []netip.Addr{other, {}, away, other}
	callers := []netip.Addr{other, own, own, other}
	x := hear(t, options(t), prelude(requests...)...).of(event.Exchange)
	if len(x) != 4 {
		t.Fatalf("%d exchanges", len(x))
	}
	for i, x := range x {
		if x.Conn.Forwarded != said[i] || x.Conn.Caller() != callers[i] || x.Conn.Client.Addr() != own {
			t.Errorf("exchange %d: on behalf of %v, caller %v", i, x.Conn.Forwarded, x.Conn.Caller())
		}
	}
	// The PROXY header names one for the whole connection.
	header := prelude("CPROXY TCP4 10.1.0.8 192.0.2.2 1 2\r\n")
	x = hear(t, options(t), slices.Concat(header, prelude(requests...))...).of(event.Exchange)
	if len(x) != 4 || x[0].Conn.Caller() != other || x[1].Conn.Caller() != netip.MustParseAddr("10.1.0.8") {
		t.Errorf("behind a PROXY header: %d exchanges, the second for %v", len(x), x[1].Conn.Caller())
	}
	// An excluded client stays unknown behind a proxy, too.
	opt := options(t)
	opt.Exclude = []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}
	w := hear(t, opt, prelude(requests...)...)
	if n := len(w.of(event.Exchange)); n != 2 {
		t.Errorf("%d exchanges are told, want 2", n)
	}
	for _, o := range w.all {
		if o.Conn.Forwarded == other {
			t.Errorf("told of an excluded client: %v", o.Type)
		}
	}
}

// TestNothingSecretLeaves: of URLs only what privacy lets leave does, in whatever
// observation.
func TestNothingSecretLeaves(t *testing.T) {
	const token = "S3CR3TS3CR3TS3CR3TS3CR3T"
	slack := "/services/T00000000/B00000000/" + token
	inTunnel := []string{asks("CONNECT hooks.slack.com:80 HTTP/1.1", "Host: hooks.slack.com:80"), through}
	for name, c := range map[string]struct {
		all    []string
		target string // as it may be shown
		domain string
	}{
		"query":           {calls(asks("GET /a?key="+token+" HTTP/1.1", "Host: www.example")), "/REDACTED?REDACTED", "www.example"},
		"path":            {calls(asks("GET /"+token+" HTTP/1.1", "Host: www.example")), "/REDACTED", "www.example"},
		"fragment":        {calls(asks("GET /#"+token+" HTTP/1.1", "Host: www.example")), "/", "www.example"},
		"URL in a query":  {calls(asks("GET /?to=https://x/"+token+" HTTP/1.1", "Host: www.example")), "/?REDACTED", "www.example"},
		"URL to a proxy":  {calls(asks("GET http://u:"+token+"@www.example/"+token+" HTTP/1.1", "Host: www.example")), "http://www.example/REDACTED", "www.example"},
		"foreign URL":     {calls(asks("GET ftp://u:"+token+"@www.example/"+token+" HTTP/1.1", "Host: www.example")), "www.example/REDACTED", "www.example"},
		"webhook":         {calls(asks("POST "+slack+" HTTP/1.1", "Host: hooks.slack.com:8080")), "/services/T00000000/B00000000/REDACTED", "hooks.slack.com:8080"},
		"Host":            {calls(asks("GET / HTTP/1.1", "Host: u:"+token+"@webhook.site")), "/", "REDACTED"},
		"Host is a URL":   {calls(asks("GET / HTTP/1.1", "Host: webhook.site/"+token)), "/", "REDACTED"},
		"CONNECT":         {[]string{asks("CONNECT u:" + token + "@webhook.site:443 HTTP/1.1"), through}, "REDACTED", ""},
		"CONNECT to URL":  {[]string{asks("CONNECT https://webhook.site/" + token + " HTTP/1.1"), through}, "REDACTED", ""},
		"CONNECT refused": {[]string{asks("CONNECT hooks.slack.com:443 HTTP/1.1", "Host: hooks.slack.com"), refused}, "hooks.slack.com:443", "hooks.slack.com"},
		"in a tunnel":     {slices.Concat(inTunnel, calls(asks("POST "+slack+" HTTP/1.1", "Host: hooks.slack.com"))), "/services/T00000000/B00000000/REDACTED", "hooks.slack.com"},
	} {
		for _, whole := range []bool{false, true} {
			opt := options(t)
			opt.WholeURLs, opt.TokenKey = whole, []byte("key")
			w := hear(t, opt, prelude(c.all...)...)
			list := w.of(event.HTTP)
			if len(list) == 0 {
				t.Fatalf("%s: no request", name)
			}
			enc := &event.Encoder{}
			for _, o := range w.all {
				line, err := enc.Observation(&o.Observation)
				if err != nil {
					t.Fatal(err)
				}
				if whole && o.Type == event.HTTP {
					continue
				}
				if strings.Contains(strings.ToUpper(string(line)), token) {
					t.Errorf("%s: the secret leaves in %s", name, line)
				}
			}
			r := list[len(list)-1].Request
			switch target := strings.Fields(c.all[len(c.all)-2])[1]; {
			case whole && r.Target != target:
				t.Errorf("%s: target %q of %q", name, r.Target, target)
			case !whole && (r.Target != c.target || r.Domain != c.domain):
				t.Errorf("%s: target %q, domain %q", name, r.Target, r.Domain)
			}
			if hook := strings.Contains(c.target, "services"); hook != (len(r.TokenHash) == 32) || hook != (r.WebhookID == "T00000000/B00000000") {
				t.Errorf("%s: id %q, hash %q", name, r.WebhookID, r.TokenHash)
			}
		}
	}
}

// TestRefusedTunnel: it is a call of what was asked for.
func TestRefusedTunnel(t *testing.T) {
	w := hear(t, options(t), prelude(asks("CONNECT hooks.slack.com:443 HTTP/1.1", "Host: www.example"), refused)...)
	if c := w.only(event.Exchange).Conn; c.Name != "hooks.slack.com" || c.Match.ID != "slack" {
		t.Errorf("%+v", c)
	}
}

// TestKeptBytes: what outlives a request holds no more of it than it shows.
func TestKeptBytes(t *testing.T) {
	w := watch(t, options(t))
	p := plainTalk().packets([]written{{up: true, b: []byte{22, 3, 1}}})[3]
	w.s.Packet(p)
	key, _ := flow.KeyOf(p)
	w.s.cur = w.s.table.Find(&key)
	target := "http://long.example/" + strings.Repeat("a", 8000)
	r := &protocol.Request{Method: "GET", Host: "proxy.example", Target: target}
	w.s.Request(r)
	w.s.Exchange(protocol.Exchange{How: protocol.ByHTTP, Request: r})
	from := uintptr(unsafe.Pointer(unsafe.StringData(target)))
	for _, o := range w.s.Take() {
		for _, kept := range []string{o.Conn.Name, o.Conn.Match.ID, o.Conn.Match.Host} {
			if at := uintptr(unsafe.Pointer(unsafe.StringData(kept))); kept != "long.example" || at >= from && at < from+uintptr(len(target)) {
				t.Errorf("%q is kept with the whole request", kept)
			}
		}
	}
	if k := w.s.cur.State.spoke(); k.request != nil {
		t.Error("a request is kept behind its exchange")
	}
}

// TestLeasesOfTheExcluded: their names and hardware addresses are not told.
func TestLeasesOfTheExcluded(t *testing.T) {
	opt := options(t)
	opt.Exclude = []netip.Prefix{netip.MustParsePrefix("10.7.0.0/16")}
	w := watch(t, opt)
	p := plainTalk().packets([]written{{up: true, b: []byte{22, 3, 1}}})[3]
	w.s.Packet(p)
	key, _ := flow.KeyOf(p)
	w.s.cur = w.s.table.Find(&key)
	for _, addr := range []string{"10.7.0.1", "10.8.0.1"} {
		w.s.Lease(&protocol.Lease{Addr: netip.MustParseAddr(addr), Host: "laptop"})
	}
	if list := w.s.Take(); len(list) != 1 || list[0].Lease.Addr.String() != "10.8.0.1" || w.s.Stats().Leases != 1 {
		t.Errorf("%d leases are told", len(list))
	}
}

// TestTimeToLive: the client's is told, whoever spoke first.
func TestTimeToLive(t *testing.T) {
	w := watch(t, options(t))
	for _, p := range plainTalk().packets(prelude("S220 mx\r\n", "CEHLO a\r\n")) {
		if p.Src.Std() != atHome.Addr() {
			p.TTL = 51
		}
		w.see(p)
	}
	w.close()
	if ttl := w.only(event.Exchange).Conn.TTL; ttl != 64 {
		t.Errorf("time to live %d", ttl)
	}
}

// TestBehindAnUpgrade: what is read and what is not are counted once each.
func TestBehindAnUpgrade(t *testing.T) {
	read := prelude(asks("GET /odd HTTP/1.1", "Host: www.example", "Connection: Upgrade", "Upgrade: odd"), "SHTTP/1.1 101 Switching Protocols\r\nUpgrade: odd\r\nConnection: Upgrade\r\n\r\n")
	odd := prelude("C\x00\x01 a protocol of its own", "S\x00\x02 whoever knows it", "C\x00\x03 and so on")
	joined := slices.Clone(read)
	joined[1].b = append(slices.Clone(read[1].b), "\x00\x07 at once"...)
	for name, c := range map[string]struct {
		all      []written
		up, down uint64
	}{
		"nothing":             {read, 0, 0},
		"more":                {slices.Concat(read, odd), 36, 19},
		"more, in one packet": {slices.Concat(joined, odd), 36, 19 + 10},
	} {
		w := hear(t, options(t), c.all...)
		x, st := w.of(event.Exchange), w.s.Stats()
		if c.up == 0 {
			if len(x) != 1 || x[0].Exchange.How != protocol.ByHTTP || st.Opaque != 0 {
				t.Errorf("%s: %d exchanges, %d flows opaque", name, len(x), st.Opaque)
			}
			continue
		}
		if len(x) != 2 || st.Opaque != 1 {
			t.Fatalf("%s: %d exchanges, %d flows opaque", name, len(x), st.Opaque)
		}
		last := x[1].Exchange
		if last.How != protocol.ByConnection || last.Index != 1 || last.Up != c.up || last.Down != c.down || last.Start < x[0].Exchange.Start.Add(ms) {
			t.Errorf("%s: %+v", name, last)
		}
		up, down := bytesOf(c.all)
		if n := x[0].Visibility.Bytes + x[1].Visibility.Bytes; n != up+down {
			t.Errorf("%s: the exchanges have seen %d bytes, want %d", name, n, up+down)
		}
	}
}
