package packet

import (
	"net"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/hookhound/hookhound/capture"
)

// build makes the bytes of the layers with right lengths and checksums.
func build(t testing.TB, ls ...gopacket.SerializableLayer) []byte {
	t.Helper()
	var network gopacket.NetworkLayer
	for _, l := range ls {
		if n, ok := l.(gopacket.NetworkLayer); ok {
			network = n
		}
		var err error
		switch l := l.(type) {
		case *layers.TCP:
			err = l.SetNetworkLayerForChecksum(network)
		case *layers.UDP:
			err = l.SetNetworkLayerForChecksum(network)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	buf := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, ls...); err != nil {
		t.Fatal(err)
	}
	return append([]byte(nil), buf.Bytes()...)
}

func ether(t layers.EthernetType) *layers.Ethernet {
	return &layers.Ethernet{SrcMAC: net.HardwareAddr{2, 0, 0, 0, 0, 1}, DstMAC: net.HardwareAddr{2, 0, 0, 0, 0, 2}, EthernetType: t}
}

func tag(id uint16, t layers.EthernetType) *layers.Dot1Q {
	return &layers.Dot1Q{VLANIdentifier: id, Priority: 5, Type: t}
}

func v4(p layers.IPProtocol) *layers.IPv4 {
	return &layers.IPv4{Version: 4, IHL: 5, TTL: 63, Id: 0x1234, Protocol: p, SrcIP: net.IP{10, 0, 0, 5}, DstIP: net.IP{192, 0, 2, 7}}
}

func v6(p layers.IPProtocol) *layers.IPv6 {
	return &layers.IPv6{Version: 6, HopLimit: 61, NextHeader: p, SrcIP: net.ParseIP("2001:db8::5"), DstIP: net.ParseIP("2001:db8:1::7")}
}

func segment() *layers.TCP {
	return &layers.TCP{SrcPort: 40000, DstPort: 443, Seq: 0xfffffff0, Ack: 77, PSH: true, ACK: true, Window: 502,
		Options: []layers.TCPOption{{OptionType: 1, OptionLength: 1}, {OptionType: 1, OptionLength: 1},
			{OptionType: 8, OptionLength: 10, OptionData: []byte{1, 2, 3, 4, 5, 6, 7, 8}}}}
}

func datagram() *layers.UDP { return &layers.UDP{SrcPort: 40000, DstPort: 443} }

const body = "hello, world"

func payload() gopacket.Payload { return gopacket.Payload(body) }

// join puts byte strings behind one another.
func join(parts ...[]byte) []byte {
	var all []byte
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// frame is a frame of these bytes, captured whole.
func frame(link capture.LinkType, b []byte) *capture.Frame {
	return &capture.Frame{Bytes: b, Wire: uint32(len(b)), Link: link, Time: 42, Number: 7}
}

// set returns b with other bytes at an offset.
func set(b []byte, at int, with ...byte) []byte {
	b = append([]byte(nil), b...)
	copy(b[at:], with)
	return b
}
