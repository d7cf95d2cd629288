package packet

import "encoding/binary"

// l2tp reads a data message of L2TP version 2 (RFC 2661 section 3.1): flags,
// then length, tunnel, session, two sequence numbers and an offset, of which
// the flags tell whether they are there. Inside is PPP. Control messages are
// left as the UDP that they are.
func l2tp(v view, p *Packet) Reason {
	b := v.bytes
	if len(b) < 2 {
		return short(v, 2, notTunnel)
	}
	const (
		control, hasLength, hasSequence, hasOffset = 0x8000, 0x4000, 0x0800, 0x0200

		reserved = 0x34f0
		version  = 0x000f
	)
	flags := binary.BigEndian.Uint16(b)
	if flags&(control|reserved) != 0 || flags&version != 2 {
		return notTunnel
	}
	at := 2
	if flags&hasLength != 0 {
		at += 2
	}
	size := at + 4
	if flags&hasSequence != 0 {
		size += 4
	}
	if flags&hasOffset != 0 {
		size += 2
	}
	if len(b) < size {
		return short(v, size, notTunnel)
	}
	if flags&hasLength != 0 {
		n := int(binary.BigEndian.Uint16(b[2:]))
		if n < size || n > v.wire {
			return notTunnel
		}
		v = v.limit(n)
	}
	if flags&hasOffset != 0 {
		size += int(binary.BigEndian.Uint16(b[size-2:]))
		if size > v.wire {
			return notTunnel
		}
	}
	ids := binary.BigEndian.Uint32(b[at:])
	if ids>>16 == 0 || ids&0xffff == 0 {
		return notTunnel // no tunnel and no session has the number zero
	}
	if !p.enter(L2TP, ids) {
		return DeepTunnel
	}
	return ppp(v.skip(size), p)
}
