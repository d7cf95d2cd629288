package packet

import (
	"encoding/binary"

	"github.com/hookhound/hookhound/pkg/limit"
)

// gtp reads a G-PDU of GTP-U (3GPP TS 29.281 section 5): flags, type, length
// of all behind the first eight bytes, endpoint; a sequence number and
// extension headers where the flags tell of any. The length fits the datagram
// exactly, and IP stands inside.
func gtp(v view, p *Packet) Reason {
	b := v.bytes
	if len(b) < 8 {
		return short(v, 8, notTunnel)
	}
	const (
		version, kind, spare = 0xe0, 0x10, 0x08
		optional, extended   = 0x07, 0x04
		gpdu                 = 255
	)
	if b[0]&(version|kind|spare) != 1<<5|kind || b[1] != gpdu || int(binary.BigEndian.Uint16(b[2:])) != v.wire-8 {
		return notTunnel
	}
	endpoint := binary.BigEndian.Uint32(b[4:])
	v = v.skip(8)
	if b[0]&optional != 0 {
		if len(v.bytes) < 4 {
			return short(v, 4, notTunnel)
		}
		next := v.bytes[3]
		if b[0]&extended == 0 {
			next = 0 // the byte is there, and means nothing
		}
		v = v.skip(4)
		for n := 0; next != 0; n++ {
			if len(v.bytes) < 1 {
				return short(v, 1, notTunnel)
			}
			size := int(v.bytes[0]) * 4
			if n == limit.Extensions || size == 0 {
				return notTunnel
			}
			if len(v.bytes) < size {
				return short(v, size, notTunnel)
			}
			next = v.bytes[size-1]
			v = v.skip(size)
		}
	}
	if len(v.bytes) < 1 {
		return short(v, 1, notTunnel)
	}
	if version := v.bytes[0] >> 4; version != 4 && version != 6 {
		return notTunnel
	}
	if !p.enter(GTP, endpoint) {
		return DeepTunnel
	}
	return rawIP(v, p)
}
