package observe

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"strings"

	"github.com/hookhound/hookhound/pkg/catalog"
	"github.com/hookhound/hookhound/pkg/event"
	"github.com/hookhound/hookhound/pkg/protocol"
)

// spoken is what a conversation said in clear text. Most say nothing.
type spoken struct {
	target    *name      // the other end that a proxy was asked for; nil without one
	forwarded netip.Addr // whom a proxy named as the client
	request   *protocol.Request
	url       catalog.URLMatch // where request leads
	number    uint32           // requests, answers and leases given out
}

func (c *conversation) spoke() *spoken { return &c.rarely().spoken }

// Request is called by a parser for each HTTP request in clear text.
func (s *Shard) Request(r *protocol.Request) {
	k := s.asked(r)
	s.stats.Requests++
	if s.opt.ExchangesOnly {
		return
	}
	c := &s.cur.State
	s.put(&event.Observation{Type: event.HTTP, Visibility: c.visibility(), Request: s.shown(r, &k.url), Number: k.next()})
}

// asked makes a request the one that observations of its conversation are
// about.
func (s *Shard) asked(r *protocol.Request) *spoken {
	c := &s.cur.State
	k := c.spoke()
	if k.request == r {
		return k
	}
	was := k.url.Match
	k.request, k.url = r, s.opt.Catalog.Request(r.Host, r.Target)
	if r.Upgrade == upgradeConnect {
		k.url = catalog.URLMatch{} // what it asks for is the target
	}
	if m := &k.url.Match; m.Host != was.Host || m.ID != was.ID || m.Tenant != was.Tenant || r.Forwarded != k.forwarded {
		c.conn = nil
	}
	if r.Forwarded.IsValid() {
		k.forwarded = r.Forwarded
	}
	return k
}

const upgradeConnect = "connect"

// next numbers what is given out.
func (k *spoken) next() uint32 {
	k.number++
	return k.number - 1
}

// shown is a request as privacy lets it leave: without the query, outside the
// catalogue's shapes without the path, and never with a webhook's secret.
func (s *Shard) shown(r *protocol.Request, m *catalog.URLMatch) *event.Request {
	e := &event.Request{
		Method: r.Method, Domain: r.Host, Target: r.Target, UserAgent: r.UserAgent,
		Version: r.Version, Status: r.Status, Upgrade: r.Upgrade, WebhookID: m.WebhookID,
	}
	if !s.opt.WholeURLs && r.Upgrade != upgradeConnect {
		e.Target = m.Target
		if strings.Contains(r.Target, "://") {
			e.Target = m.Redacted
		}
	}
	if len(m.TokenBytes) > 0 && len(s.opt.TokenKey) > 0 {
		h := hmac.New(sha256.New, s.opt.TokenKey)
		h.Write(m.TokenBytes)
		e.TokenHash = hex.EncodeToString(h.Sum(nil)[:16])
	}
	return e
}

// Target is called by a parser of a proxy's protocol.
func (s *Shard) Target(t protocol.Target) {
	c := &s.cur.State
	k := c.spoke()
	if a, err := netip.ParseAddr(t.Host); err == nil {
		k.target = &name{clean: "", match: s.opt.Catalog.Host(a.Unmap().String())}
	} else {
		k.target = s.names.get(t.Host, s.opt.Catalog)
	}
	if t.Client.IsValid() {
		k.forwarded = t.Client.Addr().Unmap()
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
	s.stats.Leases++
	s.put(&event.Observation{Type: event.Lease, Visibility: c.visibility(), Lease: l, Number: c.spoke().next()})
}
