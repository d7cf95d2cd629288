package main

import (
	"net"
	"net/netip"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

func leases() []sample {
	return []sample{
		{"dhcp-v4", "DHCPv4: discover, offer, request, acknowledge for the host build-7, and a release an hour later", dhcp4},
		{"dhcp-v6", "DHCPv6: solicit, advertise, request, reply for the host build-7", dhcp6},
	}
}

func hardware() net.HardwareAddr { return net.HardwareAddr{0x00, 0x00, 0x5e, 0x00, 0x53, 0x15} }

// once sends one datagram between two ends.
func (t *trace) once(from int, src, dst string, data []byte) {
	a, b := netip.MustParseAddrPort(src), netip.MustParseAddrPort(dst)
	t.hosts++
	n := ip(a.Addr(), b.Addr(), layers.IPProtocolUDP, 64, uint16(0x7000+t.hosts))
	t.send(from, udp(n, a.Port(), b.Port(), data))
	t.wait(think)
}

func dhcp4(t *trace) {
	const everybody, nobody, gateway = "255.255.255.255", "0.0.0.0", "10.0.0.1"
	mine := net.IP{10, 0, 1, 15}
	option := func(kind layers.DHCPOpt, data ...byte) layers.DHCPOption { return layers.NewDHCPOption(kind, data) }
	message := func(kind layers.DHCPMsgType, more ...layers.DHCPOption) *layers.DHCPv4 {
		m := &layers.DHCPv4{
			Operation: layers.DHCPOpRequest, HardwareType: layers.LinkTypeEthernet, HardwareLen: 6, Xid: 0x5eed0001,
			ClientIP: net.IPv4zero.To4(), YourClientIP: net.IPv4zero.To4(), NextServerIP: net.IPv4zero.To4(), RelayAgentIP: net.IPv4zero.To4(),
			ClientHWAddr: hardware(), ServerName: make([]byte, 64), File: make([]byte, 128),
		}
		m.Options = append(layers.DHCPOptions{option(layers.DHCPOptMessageType, byte(kind))}, more...)
		m.Options = append(m.Options, option(layers.DHCPOptEnd))
		return m
	}
	const hostName = "build-7"
	host := layers.NewDHCPOption(layers.DHCPOptHostname, []byte(hostName))
	id := option(layers.DHCPOptClientID, cat(u8(1), hardware())...)
	asked := option(layers.DHCPOptRequestIP, mine...)
	gives := []layers.DHCPOption{
		option(layers.DHCPOptServerID, 10, 0, 0, 1), option(layers.DHCPOptLeaseTime, u32(3600)...), option(layers.DHCPOptSubnetMask, 255, 0, 0, 0),
	}

	t.once(client, nobody+":68", everybody+":67", serialize(message(layers.DHCPMsgTypeDiscover, id, host)))
	offer := message(layers.DHCPMsgTypeOffer, gives...)
	offer.Operation, offer.YourClientIP = layers.DHCPOpReply, mine
	t.once(server, gateway+":67", everybody+":68", serialize(offer))
	t.once(client, nobody+":68", everybody+":67", serialize(message(layers.DHCPMsgTypeRequest, id, asked, gives[0], host)))
	acknowledge := message(layers.DHCPMsgTypeAck, gives...)
	acknowledge.Operation, acknowledge.YourClientIP = layers.DHCPOpReply, mine
	t.once(server, gateway+":67", everybody+":68", serialize(acknowledge))

	t.wait(time.Hour)
	release := message(layers.DHCPMsgTypeRelease, id, gives[0])
	release.ClientIP = mine
	t.once(client, "10.0.1.15:68", gateway+":67", serialize(release))
}

func dhcp6(t *trace) {
	const agents, mine, gateway = "[ff02::1:2]:547", "[fe80::200:5eff:fe00:5315]:546", "[fe80::1]:547"
	duid := func(last byte) []byte { return cat(u16(3, 1), hardware()[:5], u8(last)) } // of the hardware address
	option := func(kind layers.DHCPv6Opt, parts ...[]byte) layers.DHCPv6Option {
		return layers.NewDHCPv6Option(kind, cat(parts...))
	}
	who := option(layers.DHCPv6OptClientID, duid(0x15))
	host := option(layers.DHCPv6OptClientFQDN, u8(0), vec8([]byte("build-7"))) // a part of a name: no root behind
	from := option(layers.DHCPv6OptServerID, duid(0x01))
	wants := option(layers.DHCPv6OptIANA, u32(1), u32(0), u32(0))
	leased := netip.MustParseAddr("2001:db8:1::15")
	gives := option(layers.DHCPv6OptIANA, u32(1), u32(1800), u32(2880), u16(5), vec16(leased.AsSlice(), u32(3600), u32(7200)))
	message := func(kind layers.DHCPv6MsgType, number byte, all ...layers.DHCPv6Option) gopacket.SerializableLayer {
		return &layers.DHCPv6{MsgType: kind, TransactionID: u8(0x5e, 0xed, number), Options: all}
	}
	t.once(client, mine, agents, serialize(message(layers.DHCPv6MsgTypeSolicit, 1, who, wants, host)))
	t.once(server, gateway, mine, serialize(message(layers.DHCPv6MsgTypeAdverstise, 1, who, from, gives)))
	t.once(client, mine, agents, serialize(message(layers.DHCPv6MsgTypeRequest, 2, who, from, gives, host)))
	t.once(server, gateway, mine, serialize(message(layers.DHCPv6MsgTypeReply, 2, who, from, gives, host)))
}
