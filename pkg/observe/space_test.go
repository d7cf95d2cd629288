package observe

import (
	"testing"

	"github.com/hookhound/hookhound/pkg/event"
	"github.com/hookhound/hookhound/pkg/packet"
)

// The same addresses and ports in two networks are one conversation, unless a
// setting says that networks overlap.
func TestAddressSpaces(t *testing.T) {
	datagram := func(vlan uint16, tunnel packet.Tunnel, i int) *packet.Packet {
		p := &packet.Packet{Time: epoch.Add(ms * 10), Src: packet.Addr(atHome.Addr().As16()), Dst: packet.Addr(outside.Addr().As16()),
			SrcPort: atHome.Port(), DstPort: 9999, Protocol: packet.ProtoUDP, Payload: make([]byte, 10+i), Length: 10 + i, Tunnel: tunnel}
		if vlan != 0 {
			p.VLAN[0], p.VLANs = vlan, 1
		}
		return p
	}
	all := []*packet.Packet{
		datagram(0, packet.Tunnel{}, 0),
		datagram(12, packet.Tunnel{}, 1),
		datagram(13, packet.Tunnel{Kind: packet.VXLAN, ID: 5001, Depth: 1}, 2),
		datagram(14, packet.Tunnel{Kind: packet.VXLAN, ID: 5001, Depth: 1}, 3),
		datagram(12, packet.Tunnel{Kind: packet.GRE, ID: 7, Depth: 1}, 4),
	}
	for overlapping, want := range map[bool][]string{
		false: {"default"},
		true:  {"default", "default/vlan-12", "default/vxlan-5001", "default/vlan-12/gre-7"},
	} {
		opt := options(t)
		opt.Overlapping = overlapping
		w := watch(t, opt)
		w.see(all...)
		w.close()
		var got []string
		for _, f := range w.of(event.Flow) {
			got = append(got, f.Conn.Site)
		}
		if len(got) != len(want) {
			t.Fatalf("overlapping %v: sites %v, want %v", overlapping, got, want)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("overlapping %v: sites %v, want %v", overlapping, got, want)
			}
		}
		if last := w.of(event.Flow); overlapping && last[2].Conn.Tunnel.ID != 5001 {
			t.Errorf("tunnel %+v", last[2].Conn.Tunnel)
		}
	}
}
