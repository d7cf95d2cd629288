package observe

import (
	"fmt"

	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/packet"
)

// keyOf makes the key of a packet's conversation, in its address space where
// these overlap.
func (s *Shard) keyOf(k *flow.Key, p *packet.Packet) flow.Side {
	side := k.Set(p)
	if s.opt.Overlapping {
		k.In(p.Space())
	}
	return side
}

// carriedBy notes the tunnel of a conversation's first packet.
func (c *conversation) carriedBy(p *packet.Packet) {
	if p.Tunnel.Depth > 0 {
		c.rarely().tunnel = p.Tunnel
	}
}

func (c *conversation) tunnel() packet.Tunnel {
	if c.rare == nil {
		return packet.Tunnel{}
	}
	return c.rare.tunnel
}

// site names the address space of a conversation: the site, and where spaces
// overlap the network within it, as packet.Space tells them apart.
func (s *Shard) site(c *conversation) string {
	if !s.opt.Overlapping {
		return s.opt.Site
	}
	t, site := c.tunnel(), s.opt.Site
	switch t.Kind {
	case packet.VXLAN, packet.Geneve, packet.NVGRE:
		return fmt.Sprintf("%s/%s-%d", site, t.Kind, t.ID)
	}
	for _, id := range c.vlan[:c.vlans] {
		site += fmt.Sprintf("/vlan-%d", id)
	}
	switch t.Kind {
	case packet.PPPoE, packet.GRE, packet.ERSPAN:
		site += fmt.Sprintf("/%s-%d", t.Kind, t.ID)
	}
	return site
}
