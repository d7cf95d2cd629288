package observe

import (
	"net/netip"
	"slices"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/catalog"
	"github.com/hookhound/hookhound/pkg/event"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/protocol"
)

// Client is called by a parser that knows which side is the client.
func (s *Shard) Client(side flow.Side) {
	c := &s.cur.State
	if c.client != side {
		c.client, c.conn = side, nil
	}
}

// Hello is called by a parser for each TLS hello.
func (s *Shard) Hello(h *protocol.Hello) {
	c := &s.cur.State
	if !h.HasClient && c.hello != nil {
		h = answered(c.hello, h)
	}
	c.hello, c.name, c.conn = h, nil, nil
	if h.ECH != protocol.ECHOuter && h.ServerName != "" {
		// Now, while the hello is in the processor's cache.
		if n := s.names.get(h.ServerName, s.opt.Catalog); !n.address && n.clean != "" {
			c.name = n
		}
	}
	s.stats.Hellos++
	if s.opt.ExchangesOnly {
		return
	}
	s.put(&event.Observation{Type: event.Hello, Visibility: c.visibility()})
}

// answered joins a hello with an answer that came too late to be told with it.
func answered(client, server *protocol.Hello) *protocol.Hello {
	h := *client
	h.Known, h.Frame = server.Known, server.Frame
	h.TakeAnswer(server)
	return &h
}

// Exchange is called by a parser for each exchange.
func (s *Shard) Exchange(x protocol.Exchange) {
	c := &s.cur.State
	if r := x.Request; r != nil {
		k := c.spoke()
		if k.request != r {
			m := s.lookup(r)
			s.asked(r, &m.Match)
		}
		if !x.Interim {
			k.request = nil
		}
		if r.Upgrade == upgradeConnect {
			return // opening a tunnel is no call; those are inside
		}
	}
	if r := c.rare; r != nil {
		x.Index += r.base
	}
	all := c.visibility()
	v := all
	v.Bytes -= c.told.bytes
	v.Lost -= c.told.lost
	v.Cut -= c.told.cut
	if r := c.rare; r != nil {
		v.Copied -= r.told
	}
	o := event.Observation{Type: event.Exchange, Visibility: v, Exchange: x, Repeat: x.Index < c.reported}
	if !x.Interim {
		c.told = told{all.Bytes, all.Lost, all.Cut}
		if r := c.rare; r != nil {
			r.told = all.Copied
		}
		s.stats.Exchanges++
	}
	c.reported = max(c.reported, x.Index+1)
	s.put(&o)
}

// opaqueExchange tells of a connection that cannot be read as one exchange. What
// parsers have told before they handed over is no part of it.
func (s *Shard) opaqueExchange(f *flow.Flow[conversation], interim bool) {
	c := &f.State
	start, bytes := c.first, c.bytes
	if r := c.rare; r != nil && r.read != [2]uint64{} {
		start = r.since
		for side := range bytes {
			bytes[side] -= r.read[side]
		}
	}
	if bytes != [2]uint64{} {
		if !interim {
			s.stats.Opaque++
		}
		cur := s.cur
		s.cur = f
		s.Exchange(protocol.Exchange{
			Start: start, End: max(start, c.last), Known: s.now,
			Up: bytes[c.client], Down: bytes[c.client.Other()],
			How: protocol.ByConnection, Sure: protocol.Guessed, Interim: interim,
		})
		s.cur = cur
	}
	c.interim = capture.Never // until there is traffic again
}

// flow tells that a flow has ended.
func (s *Shard) flow(f *flow.Flow[conversation], why flow.Reason) {
	if s.opt.ExchangesOnly {
		return
	}
	c := &f.State
	up, down := c.client, c.client.Other()
	s.put(&event.Observation{Type: event.Flow, Visibility: c.visibility(), Summary: &event.Summary{
		First: c.first, Last: c.last,
		Bytes:   [2]uint64{c.bytes[up], c.bytes[down]},
		Packets: [2]uint64{c.packets[up], c.packets[down]},
		Outcome: c.outcome(why), Reason: why.String(),
	}})
}

// outcome is what ECS calls the result of a connection. Many clients end a good
// one with a reset; one that was reset before both sides had spoken failed.
func (c *conversation) outcome(why flow.Reason) string {
	switch {
	case why == flow.Ended, why == flow.Reset && c.bytes[0] > 0 && c.bytes[1] > 0:
		return "success"
	case why == flow.Reset && c.packets[0] > 0 && c.packets[1] > 0:
		return "failure"
	}
	return "unknown"
}

// put adds an observation of the flow that is being worked on.
func (s *Shard) put(o *event.Observation) {
	o.Time, o.Frame, o.Conn = s.now, s.frame, s.conn()
	if by := o.Conn.Forwarded; by.IsValid() && contains(s.opt.Exclude, by) {
		return // of an excluded client nothing is told, though a proxy calls for it
	}
	if s.frame == ^uint64(0) {
		o.Frame = 0
	}
	o.Visibility.Name = o.Conn.Named
	s.out = append(s.out, Item{Time: s.now, Frame: s.frame, Shard: s.number, Observation: *o})
}

// visibility is what could be seen of the whole flow so far. A few packets of
// one side alone prove nothing yet.
func (c *conversation) visibility() event.Visibility {
	v := event.Visibility{
		Bytes:     c.bytes[0] + c.bytes[1] - c.cut,
		Lost:      c.lost,
		Cut:       c.cut,
		OneWay:    c.packets[0] == 0 || c.packets[1] == 0,
		Midstream: c.midstream,
	}
	if r := c.rare; r != nil {
		v.Copied = r.copied
	}
	return v
}

// conn is what all observations of the current flow share.
func (s *Shard) conn() *event.Conn {
	f := s.cur
	c := &f.State
	if c.conn != nil {
		return c.conn
	}
	up, down := c.client, c.client.Other()
	n := &event.Conn{
		Site:     s.site(c),
		Tunnel:   c.tunnel(),
		Client:   endpoint(&f.Key, up),
		Server:   endpoint(&f.Key, down),
		Protocol: f.Key.Protocol,
		Opened:   c.first,
		VLANs:    slices.Clone(c.vlan[:c.vlans]),
		TTL:      c.ttl[up],
		Hello:    c.hello,
	}
	n.Direction = direction(contains(s.opt.Home, n.Client.Addr()), contains(s.opt.Home, n.Server.Addr()))
	c.nameOf(n)
	n.OnBehalf = n.Forwarded.IsValid() && contains(s.opt.Home, n.Forwarded)
	if n.Match.ID == "" {
		n.Match = s.opt.Catalog.Host(n.Server.Addr().String())
	}
	c.conn = n
	return n
}

// nameOf fills in what the server is called: by the hello, which is nearest to
// it, by the request, or by what a proxy was asked for. All of them are the
// client's words, and may contradict each other to hide where a call goes: what
// weighs more in the catalogue is believed, and the observations tell the others.
func (c *conversation) nameOf(n *event.Conn) {
	offer := func(name string, by event.NameSource, m *catalog.Match) {
		if n.Match.ID == "" || n.Named == event.NameByAddress && by != event.NameByAddress || m.Weight > n.Match.Weight {
			n.Name, n.Named, n.Match = name, by, *m
		}
	}
	if c.name != nil {
		offer(c.name.clean, event.NameBySNI, &c.name.match)
	}
	if c.rare == nil {
		return
	}
	k := &c.rare.spoken
	n.Forwarded = k.client()
	switch m := &k.match; {
	case m.ID == "":
	case isAddress(m):
		offer("", event.NameByAddress, m)
	default:
		offer(m.Host, event.NameByURL, m)
	}
	switch t := k.target; {
	case t == nil:
	case t.clean == "":
		offer("", event.NameByAddress, &t.match)
	default:
		offer(t.clean, event.NameByURL, &t.match)
	}
}

func endpoint(k *flow.Key, side flow.Side) netip.AddrPort {
	return netip.AddrPortFrom(k.Addr[side].Std(), k.Port[side])
}

func direction(client, server bool) event.Direction {
	switch {
	case client && server:
		return event.Internal
	case client:
		return event.Outbound
	case server:
		return event.Inbound
	}
	return event.External
}
