package detect

import (
	"hash/maphash"
	"net/netip"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/event"
	"github.com/hookhound/hookhound/pkg/limit"
)

// conn is what a detection tells of a connection. The connection itself is not
// kept: pairs outlive it by far, and there are many.
type conn struct {
	opened   capture.Time
	address  [16]byte // the server's
	short    bool     // it is one of IPv4
	proxied  bool     // the pair's proxy opened it
	protocol uint8
	to, from uint16 // the server's port, the client's
	label    *label
	who      *who   // nil without a hello
	ja3      string // of the hello
}

// server is the other end. Addresses from packets have no zone.
func (c *conn) server() netip.AddrPort {
	a := netip.AddrFrom16(c.address)
	if c.short {
		a = a.Unmap()
	}
	return netip.AddrPortFrom(a, c.to)
}

func (c *conn) same(d *conn) bool {
	return c.opened == d.opened && c.from == d.from && c.to == d.to && c.address == d.address && c.short == d.short
}

// label is what a connection's server is called. Many clients call the same
// servers, so connections share labels.
type label struct {
	name, tenant string
	sni          bool // a TLS hello showed the name
}

// labels remembers labels of late, one in each place. What is forgotten costs
// memory, nothing else.
type labels struct {
	seed maphash.Seed
	slot [limit.Labels]*label
}

// of returns what a connection's server is called.
func (l *labels) of(c *event.Conn) *label {
	slot := &l.slot[maphash.String(l.seed, c.Name)%limit.Labels]
	n := label{c.Name, c.Match.Tenant, c.Named == event.NameBySNI}
	if *slot == nil || **slot != n {
		kept := n // what is not kept stays on the stack
		*slot = &kept
	}
	return *slot
}
