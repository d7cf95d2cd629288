package packet

import (
	"encoding/binary"

	"github.com/hookhound/hookhound/pkg/limit"
)

// erspan reads a mirrored frame (draft-foschiano-erspan): type I has no header
// and no sequence number in GRE, type II has 8 bytes, type III 12 or 20.
//
// The VLAN of the mirrored frame stands in the header where the switch took
// the tag off the frame; it counts as a tag.
func erspan(t uint16, sequence bool, v view, p *Packet) Reason {
	if t == typeERSPAN && !sequence {
		if !p.enter(ERSPAN, 0) {
			return DeepTunnel
		}
		return ethernet(v, p)
	}
	size, version := 8, byte(1)
	if t == typeERSPAN3 {
		size, version = 12, 2
	}
	b := v.bytes
	if len(b) < size {
		return short(v, size, notTunnel)
	}
	if b[0]>>4 != version {
		return notTunnel
	}
	ip := false
	if t == typeERSPAN3 {
		switch b[10] >> 2 & 0x1f {
		case 0:
		case 2:
			ip = true
		default:
			return notTunnel // a type of frame that is not Ethernet
		}
		if b[11]&1 != 0 {
			size += 8
		}
		if len(b) < size {
			return short(v, size, notTunnel)
		}
	}
	session := binary.BigEndian.Uint16(b[2:])
	tag := binary.BigEndian.Uint16(b) & 0x0fff
	if !p.enter(ERSPAN, uint32(session&0x03ff)) {
		return DeepTunnel
	}
	const taken, cut = 0x1000, 0x0400
	if t == typeERSPAN && session&0x1800 == taken && tag != 0 && p.VLANs < limit.VLANs {
		p.tag(tag)
	}
	v = v.skip(size)
	if session&cut != 0 {
		// The switch cut the frame, as a snap length does: what the headers
		// inside say is how long it was.
		v.wire = max(v.wire, 1<<16)
	}
	if ip {
		return rawIP(v, p)
	}
	return ethernet(v, p)
}
