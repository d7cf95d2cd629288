package detect

import (
	"net/netip"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/event"
	"github.com/hookhound/hookhound/pkg/limit"
)

// namebook remembers which names led a client to which addresses, so that a
// connection that hides its name can still be named: without SNI, or with an
// outer one.
//
// There are two generations. When the young one is full it becomes the old one,
// and the old one is forgotten; so a client that asks for a million names takes
// no more memory than this, and pushes out what nobody used of late.
type namebook struct {
	young, old map[bookKey]booked
	limit      int // of one generation
}

type bookKey struct {
	site           string
	client, server netip.Addr
}

// booked is the newest name that led to an address, and the one before: a long
// connection keeps its name though the client asks again, for this name or, where
// many share an address, for another.
type booked struct {
	naming
	before naming
}

// naming is a name that led to an address for a time.
type naming struct {
	name  string
	known capture.Time
	until capture.Time // from then on a connection may not be named by it
}

// after is what a naming becomes behind another one: of the same name they are
// one.
func (n naming) after(was naming) naming {
	if n.name == was.name {
		n.known, n.until = was.known, max(n.until, was.until)
	}
	return n
}

// covers tells whether a connection that was opened at a time may be named by it.
func (n *naming) covers(opened capture.Time) bool {
	return n.known <= opened.Add(time.Second) && opened < n.until
}

const (
	// leastLife is how long an answer is good for at least: browsers and
	// resolvers on a host keep answers for a minute and more whatever their
	// time to live says.
	leastLife = 5 * time.Minute
)

// learn notes the addresses of a DNS answer.
func (b *namebook) learn(o *event.Observation) {
	a := o.Answer
	if a.Question == "" || !b.believes(o) {
		return
	}
	for i := range a.Addresses {
		n := &a.Addresses[i]
		life := min(max(n.TTL, leastLife), limit.AnswerLife)
		k := bookKey{o.Conn.Site, o.Conn.Client.Addr(), n.Addr}
		v := b.find(k)
		now := naming{a.Question, a.Time, a.Time.Add(life)}
		if v.name == now.name {
			v.naming = now.after(v.naming)
		} else {
			v = booked{now.after(v.before), v.naming}
		}
		b.put(k, v)
	}
}

// believes tells whether an answer is one that its client asked for, since anybody
// can send answers. One that answers no query that was seen counts only where one
// direction alone is captured: of its conversation, and of all in which this
// client asked something within a day.
func (b *namebook) believes(o *event.Observation) bool {
	k := bookKey{site: o.Conn.Site, client: o.Conn.Client.Addr()} // without a server
	v := b.find(k)
	if !o.Answer.Asked {
		return o.Visibility.OneWay && o.Time >= v.until
	}
	v.until = max(v.until, o.Time.Add(limit.AnswerLife))
	b.put(k, v)
	return true
}

// find returns what led a client to a server; without a name where nothing did.
func (b *namebook) find(k bookKey) booked {
	if v, ok := b.young[k]; ok {
		return v
	}
	return b.old[k]
}

func (b *namebook) put(k bookKey, v booked) {
	if b.young == nil || len(b.young) >= b.limit {
		if _, ok := b.young[k]; !ok {
			b.old, b.young = b.young, b.old
			clear(b.young)
			if b.young == nil {
				b.young = make(map[bookKey]booked)
			}
		}
	}
	b.young[k] = v
}

// of returns the name that had led a client to a server when a connection was
// opened, or "".
func (b *namebook) of(site string, client, server netip.Addr, opened capture.Time) string {
	k := bookKey{site, client, server}
	v, ok := b.young[k]
	if !ok {
		if v, ok = b.old[k]; !ok {
			return ""
		}
		b.put(k, v)
	}
	switch {
	case v.covers(opened):
		return v.name
	case opened.Add(time.Second) < v.known && v.before.covers(opened):
		return v.before.name
	}
	return ""
}

// named fills in the name of a call that shows none, by what its client had
// been told. The observation it returns is o, or a copy with another Conn.
func (j *Judge) named(o *event.Observation) *event.Observation {
	c := o.Conn
	if c.Named != event.NameByAddress || c.Match.Known() || j.opt.Catalog == nil {
		return o
	}
	server := c.Server.Addr()
	if a, err := netip.ParseAddr(c.Match.ID); err == nil {
		server = a // that a proxy was asked for
	}
	name := j.book(c).of(c.Site, c.Client.Addr(), server, c.Opened)
	if name == "" {
		return o
	}
	m := j.opt.Catalog.Host(name)
	if m.ID == "" {
		return o
	}
	named, conn := *o, *c
	conn.Name, conn.Named, conn.Match = name, event.NameByDNS, m
	named.Conn, named.Visibility.Name = &conn, event.NameByDNS
	return &named
}

// book is the namebook of a client. DNS and calls of one client meet here,
// though other shards observed them.
func (j *Judge) book(c *event.Conn) *namebook {
	k := pairKey{site: c.Site, client: c.Client.Addr()}
	return &j.books[k.fold()%shards]
}
