package packet

import "encoding/binary"

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
)

// MaxVLANs bounds the tags of one frame. Networks stack two, rarely three; a
// frame made of tags alone would otherwise cost a step for every four bytes.
const MaxVLANs = 8

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
			if p.VLANs == MaxVLANs {
				return DeepVLAN
			}
			if int(p.VLANs) < len(p.VLAN) {
				p.VLAN[p.VLANs] = binary.BigEndian.Uint16(v.bytes) & 0x0fff
			}
			p.VLANs++
			t = binary.BigEndian.Uint16(v.bytes[2:])
			v = v.skip(4)
		default:
			if t < typeLimit {
				return llc(v.limit(min(int(t), v.wire)), p)
			}
			return NotIP
		}
	}
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
