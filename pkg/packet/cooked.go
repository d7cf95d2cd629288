package packet

import "encoding/binary"

// cooked reads a Linux cooked header, version 1 (LINKTYPE_LINUX_SLL): packet
// type, hardware type, address length, eight bytes of address, protocol.
func cooked(v view, p *Packet) Reason {
	if len(v.bytes) < 16 {
		return Short
	}
	hardware := binary.BigEndian.Uint16(v.bytes[2:])
	protocol := binary.BigEndian.Uint16(v.bytes[14:])
	return cookedProtocol(hardware, protocol, v.skip(16), p)
}

// cooked2 reads version 2 (LINKTYPE_LINUX_SLL2): protocol, two bytes reserved,
// interface, hardware type, packet type, address length, address.
func cooked2(v view, p *Packet) Reason {
	if len(v.bytes) < 20 {
		return Short
	}
	protocol := binary.BigEndian.Uint16(v.bytes)
	hardware := binary.BigEndian.Uint16(v.bytes[8:])
	return cookedProtocol(hardware, protocol, v.skip(20), p)
}

// cookedProtocol reads the protocol field of both, whose meaning depends on
// the hardware type (Linux if_arp.h and if_ether.h).
func cookedProtocol(hardware, protocol uint16, v view, p *Packet) Reason {
	const (
		hardwareNetlink  = 824 // the protocol is a netlink family
		hardwareRadiotap = 803 // the protocol means nothing
		protocolLLC      = 4   // 802.2 follows
	)
	switch {
	case hardware == hardwareNetlink || hardware == hardwareRadiotap:
		return NotIP
	case protocol == protocolLLC:
		return llc(v, p)
	case protocol < typeLimit:
		return NotIP
	}
	return etherType(protocol, v, p)
}

// loopback reads the address family of LINKTYPE_NULL and LINKTYPE_LOOP, in
// either byte order: the first is the capturing host's, and files travel.
func loopback(v view, p *Packet) Reason {
	if len(v.bytes) < 4 {
		return Short
	}
	family := binary.BigEndian.Uint32(v.bytes)
	if family > 0xffff {
		family = binary.LittleEndian.Uint32(v.bytes)
	}
	v = v.skip(4)
	switch family {
	case 2: // everywhere
		return ipv4(v, p)
	case 10, 23, 24, 28, 30: // Linux, Windows, NetBSD and OpenBSD, FreeBSD, Darwin
		return ipv6(v, p)
	}
	return NotIP
}
