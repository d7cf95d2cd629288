package packet

import (
	"encoding/binary"

	"github.com/hookhound/hookhound/pkg/limit"
)

const (
	protoGRE uint8 = 47

	// What GRE carries beside Ethernet types, in the same field.
	typeBridging = 0x6558 // transparent Ethernet bridging: a frame
	typeERSPAN   = 0x88be // types I and II
	typeERSPAN3  = 0x22eb
	typePPP      = 0x880b
	typeRedirect = 0x883e // WCCP, with or without a header of four bytes
	greChecksum  = 0x8000
	greRouting   = 0x4000
	greKey       = 0x2000
	greSequence  = 0x1000
	greAck       = 0x0080 // version 1 only
	greVersion   = 0x0007
)

// gre reads a GRE header with all its options (RFC 2784, 2890 and 1701) and
// what it carries. One that is none, or carries what is not known, is left as
// it is: IP without a transport.
func gre(v view, p *Packet) Reason {
	carrier := *p
	r := insideGRE(v, p)
	if r == notTunnel {
		*p = carrier
		return part(NoTransport, v, p)
	}
	return r
}

func insideGRE(v view, p *Packet) Reason {
	whole := v
	if len(v.bytes) < 4 {
		return short(v, 4, notTunnel)
	}
	flags, t := binary.BigEndian.Uint16(v.bytes), binary.BigEndian.Uint16(v.bytes[2:])
	switch flags & greVersion {
	case 0:
	case 1:
		return pptp(flags, t, v, p)
	default:
		return notTunnel
	}
	size := 4
	if flags&(greChecksum|greRouting) != 0 {
		size += 4
	}
	keyAt := size
	if flags&greKey != 0 {
		size += 4
	}
	if flags&greSequence != 0 {
		size += 4
	}
	if len(v.bytes) < size {
		return short(v, size, notTunnel)
	}
	var key uint32
	if flags&greKey != 0 {
		key = binary.BigEndian.Uint32(v.bytes[keyAt:])
	}
	v = v.skip(size)
	if flags&greRouting != 0 {
		var r Reason
		if v, r = skipRoutes(v); r != OK {
			return r
		}
	}
	switch t {
	case typeERSPAN, typeERSPAN3:
		return erspan(t, flags&greSequence != 0, v, p)
	case typeBridging:
		// NVGRE: the subnet's number, the lowest 4096 of which are reserved, and
		// eight bits to spread flows by.
		if flags&(greChecksum|greSequence) == 0 && key>>8 >= 0x1000 {
			return carried(NVGRE, key>>8, typeBridging, v, p)
		}
	case typePPP:
		if !p.enter(GRE, key) {
			return DeepTunnel
		}
		return ppp(v, p)
	case typeRedirect:
		// Version 1 of WCCP carries IP as it is, version 2 has a header whose
		// first byte is no version of IP.
		if len(v.bytes) < 1 {
			return short(whole, whole.wire-v.wire+1, notTunnel)
		}
		if v.bytes[0]>>4 != 4 {
			if v.wire < 4 {
				return notTunnel
			}
			v = v.skip(4)
		}
		t = typeIPv4
	}
	return carried(GRE, key, t, v, p)
}

// carried goes into a tunnel whose header names what follows by an Ethernet
// type.
func carried(k Kind, id uint32, t uint16, v view, p *Packet) Reason {
	if t < typeLimit {
		return notTunnel // a length in an Ethernet frame, here nothing
	}
	switch t {
	case typeIPv4, typeIPv6, typeBridging, typeVLAN, typeQinQ, typeVLAN91, typeVLAN92, typeMPLS, typeMPLSUp, typePPPoE:
	default:
		return notTunnel
	}
	if !p.enter(k, id) {
		return DeepTunnel
	}
	if t == typeBridging {
		return ethernet(v, p)
	}
	return etherType(t, v, p)
}

// skipRoutes skips source route entries (RFC 1701): family, offset, length and
// so many bytes; one of zeros ends the list.
func skipRoutes(v view) (view, Reason) {
	for range limit.GRERoutes {
		if len(v.bytes) < 4 {
			return v, short(v, 4, notTunnel)
		}
		n := int(v.bytes[3])
		last := n == 0 && binary.BigEndian.Uint16(v.bytes) == 0
		v = v.skip(4)
		if last {
			return v, OK
		}
		if len(v.bytes) < n {
			return v, short(v, n, notTunnel)
		}
		v = v.skip(n)
	}
	return v, notTunnel
}

// pptp reads GRE version 1 (RFC 2637 section 4.1): always PPP, always with a
// key, which is the payload's length and the call.
func pptp(flags, t uint16, v view, p *Packet) Reason {
	const never = greChecksum | greRouting
	if t != typePPP || flags&greKey == 0 || flags&never != 0 {
		return notTunnel
	}
	size := 8
	if flags&greSequence != 0 {
		size += 4
	}
	if flags&greAck != 0 {
		size += 4
	}
	if len(v.bytes) < size {
		return short(v, size, notTunnel)
	}
	length, call := int(binary.BigEndian.Uint16(v.bytes[4:])), binary.BigEndian.Uint16(v.bytes[6:])
	v = v.skip(size)
	if flags&greSequence == 0 || length > v.wire {
		return notTunnel // an acknowledgement alone carries nothing
	}
	if !p.enter(PPTP, uint32(call)) {
		return DeepTunnel
	}
	return ppp(v.limit(length), p)
}
