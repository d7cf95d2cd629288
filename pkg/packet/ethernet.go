package packet

import (
	"encoding/binary"

	"github.com/hookhound/hookhound/pkg/limit"
)

// The protocols behind an Ethernet type field that are read (IEEE registration
// authority), and the length fields of 802.3, which stand in the same place
// and are smaller.
const (
	typeLimit  = 0x0600 // below: the length of an 802.3 frame
	typeIPv4   = 0x0800
	typeVLAN   = 0x8100 // 802.1Q
	typeIPv6   = 0x86dd
	typeQinQ   = 0x88a8 // 802.1ad
	typeVLAN91 = 0x9100 // stacked tags before 802.1ad
	typeVLAN92 = 0x9200
	typeMPLS   = 0x8847
	typeMPLSUp = 0x8848 // upstream-assigned labels (RFC 5332)
	typePPPoE  = 0x8864 // the session stage; discovery has a type of its own
	typeARP    = 0x0806
)

// ethernet reads an Ethernet header: two addresses and a type.
func ethernet(v view, p *Packet) Reason {
	if len(v.bytes) < 14 {
		return Short
	}
	return etherType(binary.BigEndian.Uint16(v.bytes[12:]), v.skip(14), p)
}

// etherType reads what stands behind a type field, tags first.
func etherType(t uint16, v view, p *Packet) Reason {
	for {
		switch t {
		case typeIPv4:
			return ipv4(v, p)
		case typeIPv6:
			return ipv6(v, p)
		case typeVLAN, typeQinQ, typeVLAN91, typeVLAN92:
			if len(v.bytes) < 4 {
				return Short
			}
			if p.VLANs == limit.VLANs {
				return DeepVLAN
			}
			p.tag(binary.BigEndian.Uint16(v.bytes) & 0x0fff)
			t = binary.BigEndian.Uint16(v.bytes[2:])
			v = v.skip(4)
		case typeMPLS, typeMPLSUp:
			return mpls(v, p)
		case typePPPoE:
			return pppoe(v, p)
		default:
			if t < typeLimit {
				return llc(v.limit(min(int(t), v.wire)), p)
			}
			return NotIP
		}
	}
}

// tag counts a VLAN tag, and keeps the first two.
func (p *Packet) tag(id uint16) {
	if int(p.VLANs) < len(p.VLAN) {
		p.VLAN[p.VLANs] = id
	}
	p.VLANs++
}

// llc reads an 802.2 header. IP stands behind one only with SNAP (RFC 1042),
// which brings the type field back.
func llc(v view, p *Packet) Reason {
	if len(v.bytes) < 3 {
		return Short
	}
	if v.bytes[0] != 0xaa || v.bytes[1] != 0xaa || v.bytes[2] != 3 {
		return NotIP
	}
	if len(v.bytes) < 8 {
		return Short
	}
	// The organisation is zero for type fields; 0x0000f8 is the bridge tunnel
	// encapsulation of 802.1H.
	if v.bytes[3] != 0 || v.bytes[4] != 0 || v.bytes[5] != 0 && v.bytes[5] != 0xf8 {
		return NotIP
	}
	t := binary.BigEndian.Uint16(v.bytes[6:])
	if t < typeLimit {
		return NotIP
	}
	return etherType(t, v.skip(8), p)
}

// looksLikeEthernet tells of bytes that say nowhere what they are whether an
// Ethernet header with something known behind it stands there. enough is false
// where the snap length cut what would tell.
func looksLikeEthernet(v view) (yes, enough bool) {
	if v.wire < 14+20 {
		return false, true
	}
	if len(v.bytes) < 15 {
		return false, false
	}
	switch binary.BigEndian.Uint16(v.bytes[12:]) {
	case typeIPv4:
		return v.bytes[14]>>4 == 4 && v.bytes[14]&0x0f >= 5, true
	case typeIPv6:
		return v.bytes[14]>>4 == 6, true
	case typeVLAN, typeQinQ, typeMPLS, typePPPoE, typeARP:
		return true, true
	}
	return false, true
}
