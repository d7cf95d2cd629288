package observe

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"strings"

	"github.com/hookhound/hookhound/pkg/catalog"
	"github.com/hookhound/hookhound/pkg/event"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
)

// spoken is what a conversation said in clear text. Most say nothing.
type spoken struct {
	target    *name      // the other end that a proxy was asked for; nil without one
	proxied   netip.Addr // whom a PROXY header named as the client, for the whole connection
	forwarded netip.Addr // whom the newest request names as the client
	// request is the newest one while its exchange is open: it may be long.
	request *protocol.Request
	match   catalog.Match // where the newest request leads
	number  uint32        // requests, answers and leases given out
}

func (c *conversation) spoke() *spoken { return &c.rarely().spoken }

// client is whom somebody named as the client; the zero value where nobody did.
func (k *spoken) client() netip.Addr {
	if k.forwarded.IsValid() {
		return k.forwarded
	}
	return k.proxied
}

// Request is called by a parser for each HTTP request in clear text.
func (s *Shard) Request(r *protocol.Request) {
	m := s.lookup(r)
	k := s.asked(r, &m.Match)
	s.stats.Requests++
	if s.opt.ExchangesOnly {
		return
	}
	c := &s.cur.State
	s.put(&event.Observation{Type: event.HTTP, Visibility: c.visibility(), Request: s.shown(r, &m), Number: k.next()})
}

const (
	upgradeConnect = "connect"
	methodConnect  = "CONNECT"
)

// tunnelled tells whether a request asks a proxy for a connection to somewhere
// (RFC 9110 section 9.3.6), and for where.
func tunnelled(r *protocol.Request) (host string, ok bool) {
	switch {
	case r.Method != methodConnect || strings.HasPrefix(r.Target, "/"): // RFC 8441 has a path
		return "", false
	case r.Target == "":
		return r.Host, true
	}
	return r.Target, true
}

// lookup finds out where a request leads.
func (s *Shard) lookup(r *protocol.Request) catalog.URLMatch {
	var m catalog.URLMatch
	switch host, ok := tunnelled(r); {
	case r.Upgrade == upgradeConnect: // what it asks for is told as the target
	case ok:
		m.Match = s.opt.Catalog.Host(host)
	default:
		m = s.opt.Catalog.Request(r.Host, r.Target)
	}
	if !hostly(m.Host) {
		m.ID = "" // somebody wrote something else where a name belongs
	}
	return m
}

// asked makes a request, which leads somewhere, the one that observations of its
// conversation are about.
func (s *Shard) asked(r *protocol.Request, m *catalog.Match) *spoken {
	c := &s.cur.State
	k := c.spoke()
	by := k.client()
	k.request, k.forwarded = r, r.Forwarded
	if *m != k.match {
		k.match = *m
		// What was sent can be a hundred times as long as what is kept of it,
		// and pairs outlive connections.
		k.match.ID, k.match.Host, k.match.Tenant = strings.Clone(m.ID), strings.Clone(m.Host), strings.Clone(m.Tenant)
		c.conn = nil
	}
	if k.client() != by {
		c.conn = nil
	}
	return k
}

// next numbers what is given out.
func (k *spoken) next() uint32 {
	k.number++
	return k.number - 1
}

// shown is a request as privacy lets it leave: without the query, outside the
// catalogue's shapes without the path, and never with a webhook's secret. Where
// a host belongs, only what can be one leaves.
func (s *Shard) shown(r *protocol.Request, m *catalog.URLMatch) *event.Request {
	e := &event.Request{
		Method: r.Method, Domain: r.Host, Target: r.Target, UserAgent: r.UserAgent,
		Version: r.Version, Status: r.Status, Upgrade: r.Upgrade, WebhookID: m.WebhookID,
	}
	if !s.opt.WholeURLs {
		_, tunnel := tunnelled(r)
		switch {
		case tunnel || r.Upgrade == upgradeConnect:
			e.Target = hostOnly(r.Target)
		case strings.Contains(r.Target, "://") && !strings.HasPrefix(r.Target, "/"):
			e.Target = m.Redacted
		default:
			e.Target = m.Target
		}
		e.Domain = hostOnly(r.Host)
	}
	if len(m.TokenBytes) > 0 && len(s.opt.TokenKey) > 0 {
		h := hmac.New(sha256.New, s.opt.TokenKey)
		h.Write(m.TokenBytes)
		e.TokenHash = hex.EncodeToString(h.Sum(nil)[:16])
	}
	return e
}

// hostOnly is a text where a host belongs, if it can be one.
func hostOnly(s string) string {
	if !hostly(s) {
		return catalog.Redacted
	}
	return s
}

// hostly tells whether a text has only what host names, addresses and ports are
// made of, and is no longer than they are.
func hostly(s string) bool {
	for _, b := range []byte(s) {
		switch {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9', strings.IndexByte("-_.:[]", b) >= 0:
		default:
			return false
		}
	}
	return len(s) <= limit.HostName+len(":65535")
}

// Target is called by a parser of a proxy's protocol.
func (s *Shard) Target(t protocol.Target) {
	c := &s.cur.State
	k := c.spoke()
	k.target = nil
	if a, err := netip.ParseAddr(t.Host); err == nil {
		k.target = &name{match: s.opt.Catalog.Host(a.WithZone("").Unmap().String())}
	} else if hostly(t.Host) {
		k.target = s.names.get(strings.Clone(t.Host), s.opt.Catalog)
	}
	if t.Client.IsValid() {
		k.proxied = t.Client.Addr().Unmap()
	}
	c.conn = nil
}

// Answer is called by a parser for each DNS answer.
func (s *Shard) Answer(a *protocol.Answer) {
	c := &s.cur.State
	s.stats.Names++
	s.put(&event.Observation{Type: event.Name, Visibility: c.visibility(), Answer: a, Number: c.spoke().next()})
}

// Lease is called by a parser for each DHCP lease.
func (s *Shard) Lease(l *protocol.Lease) {
	c := &s.cur.State
	if contains(s.opt.Exclude, l.Addr) {
		return
	}
	s.stats.Leases++
	s.put(&event.Observation{Type: event.Lease, Visibility: c.visibility(), Lease: l, Number: c.spoke().next()})
}
