package pipeline

import (
	"encoding/binary"

	"github.com/hookhound/hookhound/pkg/packet"
)

// Lengths of headers without options.
const (
	lenIPv4 = 20
	lenIPv6 = 40
	lenTCP  = 20
	lenUDP  = 8
)

// headersOf is how long the headers are that rawIP writes.
func headersOf(p *packet.Packet) int {
	n := lenIPv6 + lenUDP
	if p.Src.Std().Is4() {
		n -= lenIPv6 - lenIPv4
	}
	if p.Protocol == packet.ProtoTCP {
		n += lenTCP - lenUDP
	}
	return n
}

// rawIP makes an IP packet again of what was read of one. What it was carried
// in, options and checksums are lost.
func rawIP(p *packet.Packet) []byte {
	be := binary.BigEndian
	n := headersOf(p)
	v4 := p.Src.Std().Is4()
	b := make([]byte, 0, n+len(p.Payload))
	if v4 {
		b = append(b, 0x45, 0)
		b = be.AppendUint16(b, uint16(min(n+p.Length, 0xffff)))
		b = be.AppendUint16(b, p.IPID)
		b = append(b, 0, 0, p.TTL, p.Protocol, 0, 0)
		b = append(append(b, p.Src[12:]...), p.Dst[12:]...)
	} else {
		b = append(b, 0x60, 0, 0, 0)
		b = be.AppendUint16(b, uint16(min(n-lenIPv6+p.Length, 0xffff)))
		b = append(b, p.Protocol, p.TTL)
		b = append(append(b, p.Src[:]...), p.Dst[:]...)
	}
	b = be.AppendUint16(b, p.SrcPort)
	b = be.AppendUint16(b, p.DstPort)
	if p.Protocol == packet.ProtoTCP {
		b = be.AppendUint32(b, uint32(p.Seq))
		b = be.AppendUint32(b, uint32(p.Ack))
		b = append(b, lenTCP/4<<4, byte(p.Flags))
		b = be.AppendUint16(b, p.Window)
		b = append(b, 0, 0, 0, 0)
	} else {
		b = be.AppendUint16(b, uint16(min(lenUDP+p.Length, 0xffff)))
		b = append(b, 0, 0)
	}
	return append(b, p.Payload...)
}
