package quicwire

import (
	"bytes"

	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/limit"
)

// dial is a client's attempt to connect: the keys that come of the connection
// id that it made up for the server, and what was read with them. Retry makes
// another, and so does whoever tries anew on the same ports.
type dial struct {
	id     []byte
	client flow.Side
	keys   []keyring // one for each version: compatible negotiation changes it (RFC 9368)
	crypto [2]assembly
}

// keyring holds the keys of one version, by role.
type keyring struct {
	version uint32
	open    [2]*opener
}

// role is client or server.
func (k *dial) role(s flow.Side) int {
	if s == k.client {
		return client
	}
	return server
}

// opener gives the keys of a side in a version, derived when they are first
// needed; nil where there are too many.
func (k *dial) opener(number uint32, role int) *opener {
	for i := range k.keys {
		if r := &k.keys[i]; r.version == number {
			return r.get(k.id, role)
		}
	}
	if len(k.keys) >= limit.QUICVersions {
		return nil
	}
	k.keys = append(k.keys, keyring{version: number})
	return k.keys[len(k.keys)-1].get(k.id, role)
}

func (r *keyring) get(id []byte, role int) *opener {
	if r.open[role] == nil {
		if v, ok := versionOf(r.version); ok {
			r.open[role] = newOpener(&v, id, role == client)
		}
	}
	return r.open[role]
}

// try opens an Initial packet of a side and gives its frames, which are lent
// until the next one is opened. The packet is not changed.
func (m *maker) try(k *dial, side flow.Side, packet []byte, h *long) (frames []byte, ok bool) {
	o := k.opener(h.version, k.role(side))
	if o == nil {
		return nil, false
	}
	m.scratch = append(m.scratch[:0], packet...)
	return o.open(m.scratch, h.number)
}

// unlock opens an Initial packet with the keys of any dial, the newest first,
// or with those that come of its own connection id.
func (p *conn) unlock(d *datagram, h *long, packet []byte) (k *dial, frames []byte) {
	g := p.greeting
	for i := len(g.dials) - 1; i >= 0; i-- {
		k := g.dials[i]
		if frames, ok := p.maker.try(k, d.Side, packet, h); ok {
			return k, frames
		}
	}
	if !p.mayDial(d, h) {
		return nil, nil
	}
	k = &dial{id: bytes.Clone(h.dcid), client: d.Side}
	frames, ok := p.maker.try(k, d.Side, packet, h)
	if !ok {
		return nil, nil
	}
	if len(g.dials) >= limit.QUICDials {
		copy(g.dials, g.dials[1:])
		g.dials = g.dials[:limit.QUICDials-1]
	}
	g.dials = append(g.dials, k)
	return k, frames
}

// mayDial says whether keys are derived from the id of a packet: if its sender
// can be the client, the id one that clients make up or that Retry gave, and
// the flow has not made us derive too many.
func (p *conn) mayDial(d *datagram, h *long) bool {
	if len(h.dcid) > maxID || len(h.dcid) < leastID && !p.greeting.retried {
		return false
	}
	for _, k := range p.greeting.dials {
		if bytes.Equal(k.id, h.dcid) && k.client == d.Side {
			return false // these keys did not open it
		}
	}
	return p.dials.take(d.Clock, limit.QUICDialBurst, limit.QUICDialEvery)
}
