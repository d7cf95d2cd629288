package packet

import (
	"strconv"

	"github.com/hookhound/hookhound/pkg/limit"
)

// Kind is a kind of tunnel.
type Kind uint8

// The tunnels that are gone through.
const (
	NoTunnel Kind = iota
	MPLS          // RFC 3032, RFC 4023, with pseudowires of Ethernet (RFC 4448)
	PPPoE         // RFC 2516
	IPinIP        // RFC 2003, RFC 2473, RFC 4213: IPv4 and IPv6 in each other
	GRE           // RFC 2784, RFC 2890, RFC 1701
	PPTP          // GRE version 1, RFC 2637
	NVGRE         // RFC 7637
	ERSPAN        // draft-foschiano-erspan, types I, II and III
	VXLAN         // RFC 7348, with the generic extension and group policies
	Geneve        // RFC 8926
	GTP           // GTP-U, 3GPP TS 29.281
	L2TP          // version 2 over UDP, RFC 2661
	Teredo        // RFC 4380

	// Kinds is how many there are.
	Kinds int = iota
)

var kindNames = [Kinds]string{
	NoTunnel: "none",
	MPLS:     "mpls",
	PPPoE:    "pppoe",
	IPinIP:   "ip",
	GRE:      "gre",
	PPTP:     "pptp",
	NVGRE:    "nvgre",
	ERSPAN:   "erspan",
	VXLAN:    "vxlan",
	Geneve:   "geneve",
	GTP:      "gtp",
	L2TP:     "l2tp",
	Teredo:   "teredo",
}

// String is the name of the kind in events. It does not change between
// releases.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "tunnel_" + strconv.Itoa(int(k))
}

// Tunnel says what a packet was carried in. It is no part of a flow's key: the
// same conversation may be mirrored inside of a tunnel and outside.
type Tunnel struct {
	// ID is that of the innermost tunnel that has one which is not zero: the
	// bottom MPLS label, PPPoE or ERSPAN session, GRE key, PPTP call, virtual
	// subnet or network identifier (NVGRE, VXLAN, Geneve), tunnel endpoint
	// (GTP), or L2TP tunnel and session (16 bits each).
	ID uint32
	// Kind is that of the tunnel that has the ID; where none has, of the
	// innermost.
	Kind Kind
	// Depth is how many tunnels there are, of all kinds; 0 is none.
	Depth uint8
}

// Space is an identity of the address space that the packet's addresses belong
// to, for networks in which address spaces overlap: it is the same for both
// directions of a conversation, and 0 where nothing was stacked.
//
// A virtual network (VXLAN, Geneve, NVGRE) is one by itself, whatever VLAN its
// carrier crosses. Otherwise the first two VLAN tags count, and the id of
// PPPoE, GRE and ERSPAN. MPLS labels, GTP endpoints, L2TP sessions and PPTP
// calls do not count: each end gives out its own, so the two directions of a
// conversation have different ones.
func (p *Packet) Space() uint64 {
	vlans := uint64(p.VLAN[0])<<12 | uint64(p.VLAN[1])
	named := uint64(p.Tunnel.Kind)<<56 | uint64(p.Tunnel.ID)<<24
	switch p.Tunnel.Kind {
	case VXLAN, Geneve, NVGRE:
		return named
	case PPPoE, GRE, ERSPAN:
		return named | vlans
	}
	return vlans
}

// enter goes into a tunnel: what was read of its carrier is forgotten, but for
// the VLAN tags. It tells whether the tunnel is not too deep.
func (p *Packet) enter(k Kind, id uint32) bool {
	t := &p.Tunnel
	if t.Depth == limit.Tunnels {
		return false
	}
	t.Depth++
	if id != 0 || t.ID == 0 {
		t.Kind, t.ID = k, id
	}
	p.Src, p.Dst = Addr{}, Addr{}
	p.SrcPort, p.DstPort = 0, 0
	p.Protocol, p.TTL, p.IPID = 0, 0, 0
	return true
}
