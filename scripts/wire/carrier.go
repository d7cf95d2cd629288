package main

import (
	"encoding/binary"
	"net"
	"net/netip"
	"slices"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// A carrier puts an IP packet into frames.
type carrier func(from int, ip []byte) [][]byte

// mac gives the hardware addresses of what a side sends (RFC 7042).
func mac(from int) (src, dst net.HardwareAddr) {
	ends := [2]net.HardwareAddr{{0x00, 0x00, 0x5e, 0x00, 0x53, 0x01}, {0x00, 0x00, 0x5e, 0x00, 0x53, 0x02}}
	return ends[from], ends[1-from]
}

func etherType(ip []byte) layers.EthernetType {
	if ip[0]>>4 == 6 {
		return layers.EthernetTypeIPv6
	}
	return layers.EthernetTypeIPv4
}

// frameOf is an Ethernet frame with headers between Ethernet and what it
// carries.
func frameOf(from int, kind layers.EthernetType, between []gopacket.SerializableLayer, carried []byte) []byte {
	src, dst := mac(from)
	all := []gopacket.SerializableLayer{&layers.Ethernet{SrcMAC: src, DstMAC: dst, EthernetType: kind}}
	return serialize(append(append(all, between...), gopacket.Payload(carried))...)
}

func ethernet() carrier {
	return func(from int, ip []byte) [][]byte { return [][]byte{frameOf(from, etherType(ip), nil, ip)} }
}

// tagged adds VLAN tags, the outermost first.
func tagged(ids ...uint16) carrier {
	return func(from int, ip []byte) [][]byte {
		var tags []gopacket.SerializableLayer
		for i, id := range ids {
			next := layers.EthernetTypeDot1Q
			if i == len(ids)-1 {
				next = etherType(ip)
			}
			tags = append(tags, &layers.Dot1Q{VLANIdentifier: id, Type: next})
		}
		kind := layers.EthernetTypeDot1Q
		if len(ids) > 1 {
			kind = layers.EthernetTypeQinQ
		}
		return [][]byte{frameOf(from, kind, tags, ip)}
	}
}

// labelled adds MPLS labels, the outermost first.
func labelled(labels ...uint32) carrier {
	return func(from int, ip []byte) [][]byte {
		var all []gopacket.SerializableLayer
		for i, l := range labels {
			all = append(all, &layers.MPLS{Label: l, TTL: 62, StackBottom: i == len(labels)-1})
		}
		return [][]byte{frameOf(from, layers.EthernetTypeMPLSUnicast, all, ip)}
	}
}

// pppNumber is the number of IP in PPP (RFC 1332, RFC 5072).
func pppNumber(ip []byte) []byte {
	if ip[0]>>4 == 6 {
		return u16(0x0057)
	}
	return u16(0x0021)
}

func pppoe(session uint16) carrier {
	return func(from int, ip []byte) [][]byte {
		head := &layers.PPPoE{Version: 1, Type: 1, SessionId: session}
		return [][]byte{frameOf(from, layers.EthernetTypePPPoESession, []gopacket.SerializableLayer{head}, cat(pppNumber(ip), ip))}
	}
}

// over puts what inside makes of a packet into IP between two ends, and that
// into frames of a carrier.
func over(via carrier, client, server string, carried layers.IPProtocol, inside func(from int, ip []byte) []byte) carrier {
	ends := [2]netip.Addr{netip.MustParseAddr(client), netip.MustParseAddr(server)}
	id := uint16(0x7000)
	return func(from int, packet []byte) [][]byte {
		id++
		n := ip(ends[from], ends[1-from], carried, 60, id)
		return via(from, serialize(n, gopacket.Payload(inside(from, packet))))
	}
}

// overUDP does the same with UDP. The sender's port is one of its own for most
// tunnels, so that paths are shared well; zero stands for the tunnel's own.
func overUDP(via carrier, client, server string, sender, port uint16, inside func(from int, ip []byte) []byte) carrier {
	ends := [2]netip.Addr{netip.MustParseAddr(client), netip.MustParseAddr(server)}
	if sender == 0 {
		sender = port
	}
	id := uint16(0x7000)
	return func(from int, packet []byte) [][]byte {
		id++
		n := ip(ends[from], ends[1-from], layers.IPProtocolUDP, 60, id)
		return via(from, udp(n, sender, port, inside(from, packet)))
	}
}

// gre is IP in GRE with checksum, key and sequence number (RFC 2784, RFC 2890).
func gre(key uint32) carrier {
	sequence := [2]uint32{}
	return over(ethernet(), "192.0.2.1", "198.51.100.1", layers.IPProtocolGRE, func(from int, ip []byte) []byte {
		sequence[from]++
		return serialize(&layers.GRE{
			Protocol: etherType(ip), ChecksumPresent: true, KeyPresent: true, SeqPresent: true, Key: key, Seq: sequence[from],
		}, gopacket.Payload(ip))
	})
}

// mirror is a switch that sends copies of frames to a collector: all the same
// way.
func mirror(header func(sequence uint32, from int, frame []byte) []byte) carrier {
	sequence := uint32(0)
	ends := [2]netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.99")}
	return func(from int, packet []byte) [][]byte {
		sequence++
		n := ip(ends[0], ends[1], layers.IPProtocolGRE, 60, uint16(0x7000+sequence))
		inner := frameOf(from, etherType(packet), nil, packet)
		return [][]byte{frameOf(client, layers.EthernetTypeIPv4, nil, serialize(n, gopacket.Payload(header(sequence, from, inner))))}
	}
}

// The three types of ERSPAN (draft-foschiano-erspan).

func erspan1() carrier {
	return mirror(func(_ uint32, _ int, frame []byte) []byte {
		return cat(u16(0, 0x88be), frame)
	})
}

func erspan2(session, vlan uint16) carrier {
	return mirror(func(sequence uint32, from int, frame []byte) []byte {
		const taken = 2 << 11 // the tag was in the frame, and stands here instead
		return cat(u16(0x1000, 0x88be), u32(sequence), u16(1<<12|vlan, taken|session), u32(uint32(from)), frame)
	})
}

func erspan3(session, vlan uint16) carrier {
	return mirror(func(sequence uint32, from int, frame []byte) []byte {
		const ethernetFrame, platform = 0, 1
		return cat(u16(0x1000, 0x22eb), u32(sequence), u16(2<<12|vlan, session), u32(sequence*1000), u16(0),
			u16(ethernetFrame<<10|platform), u32(5<<26|7), u32(0), frame)
	})
}

func vxlan(via carrier, network uint32) carrier {
	return overUDP(via, "192.0.2.1", "198.51.100.1", 49321, 4789, func(from int, ip []byte) []byte {
		return cat(u32(0x08<<24), u32(network<<8), frameOf(from, etherType(ip), nil, ip))
	})
}

// geneve carries one option of a class that is set aside for experiments.
func geneve(network uint32) carrier {
	return overUDP(ethernet(), "192.0.2.1", "198.51.100.1", 49322, 6081, func(from int, ip []byte) []byte {
		option := cat(u16(0xff00), u8(1, 1), u32(7))
		return cat(u8(byte(len(option)/4), 0), u16(0x6558), u32(network<<8), option, frameOf(from, etherType(ip), nil, ip))
	})
}

// gtp carries a sequence number and one extension header, the PDU session
// container of 5G (3GPP TS 38.415).
func gtp(endpoint uint32) carrier {
	sequence := [2]uint16{}
	return overUDP(ethernet(), "192.0.2.1", "198.51.100.1", 0, 2152, func(from int, ip []byte) []byte {
		sequence[from]++
		container := cat(u16(sequence[from]), u8(0, 0x85), u8(1, byte(1-from)<<4, 9, 0))
		// Each end has an endpoint of its own.
		return cat(u8(0x36, 255), u16(uint16(len(container)+len(ip))), u32(endpoint+uint32(from)), container, ip)
	})
}

func ipInIP() carrier {
	return over(ethernet(), "192.0.2.1", "198.51.100.1", layers.IPProtocolIPv4, func(_ int, ip []byte) []byte { return ip })
}

func sixInFour() carrier {
	return over(ethernet(), "192.0.2.1", "198.51.100.1", layers.IPProtocolIPv6, func(_ int, ip []byte) []byte { return ip })
}

// teredo is IPv6 in UDP (RFC 4380); what the client gets has the origin before.
func teredo() carrier {
	return overUDP(ethernet(), "10.0.1.15", "192.0.2.1", 0, 3544, func(from int, ip []byte) []byte {
		if from == client {
			return ip
		}
		origin := cat(u16(0, 3544^0xffff), u8(198^0xff, 51^0xff, 100^0xff, 7^0xff))
		return cat(origin, ip)
	})
}

// l2tp is version 2 with a length, and PPP inside (RFC 2661).
func l2tp(tunnel, session uint16) carrier {
	return overUDP(ethernet(), "192.0.2.1", "198.51.100.1", 0, 1701, func(_ int, ip []byte) []byte {
		inside := cat(u8(0xff, 3), pppNumber(ip), ip)
		return cat(u16(0x4002, uint16(8+len(inside)), tunnel, session), inside)
	})
}

// twice shows each packet once more, in another network behind a router.
func twice(first, second carrier) carrier {
	return func(from int, ip []byte) [][]byte { return append(first(from, ip), second(from, routed(ip))...) }
}

// routed is an IPv4 packet behind a router.
func routed(ip []byte) []byte {
	ip = slices.Clone(ip)
	ip[8]--
	return checksummed(ip)
}

// checksummed fills in the checksum of an IPv4 header.
func checksummed(ip []byte) []byte {
	ip[10], ip[11] = 0, 0
	sum := uint32(0)
	for i := 0; i < int(ip[0]&15)*4; i += 2 {
		sum += uint32(binary.BigEndian.Uint16(ip[i:]))
	}
	for sum>>16 != 0 {
		sum = sum>>16 + sum&0xffff
	}
	binary.BigEndian.PutUint16(ip[10:], ^uint16(sum))
	return ip
}

// only lets one side's packets through.
func only(side int, via carrier) carrier {
	return func(from int, ip []byte) [][]byte {
		if from != side {
			return nil
		}
		return via(from, ip)
	}
}

// cut makes fragments of at most size bytes of what IP carries; they come in
// the order that arrange gives them.
func cut(via carrier, size int, arrange func([][]byte) [][]byte) carrier {
	number := uint32(0x1000)
	return func(from int, ip []byte) [][]byte {
		number++
		var pieces [][]byte
		if ip[0]>>4 == 6 {
			pieces = cut6(ip, size, number)
		} else {
			pieces = cut4(ip, size)
		}
		if len(pieces) > 1 {
			pieces = arrange(pieces)
		}
		var frames [][]byte
		for _, p := range pieces {
			frames = append(frames, via(from, p)...)
		}
		return frames
	}
}

// cut4 makes fragments of an IPv4 packet (RFC 791).
func cut4(ip []byte, size int) [][]byte {
	const head, more = 20, 0x2000
	if len(ip)-head <= size {
		return [][]byte{ip}
	}
	var all [][]byte
	for at := head; at < len(ip); at += size {
		end := min(at+size, len(ip))
		p := cat(ip[:head], ip[at:end])
		binary.BigEndian.PutUint16(p[2:], uint16(len(p)))
		field := uint16(at-head) / 8
		if end < len(ip) {
			field |= more
		}
		binary.BigEndian.PutUint16(p[6:], field)
		all = append(all, checksummed(p))
	}
	return all
}

// cut6 makes fragments of an IPv6 packet (RFC 8200 section 4.5).
func cut6(ip []byte, size int, number uint32) [][]byte {
	const head, fragment = 40, 44
	if len(ip)-head <= size {
		return [][]byte{ip}
	}
	var all [][]byte
	for at := head; at < len(ip); at += size {
		end := min(at+size, len(ip))
		field := uint16(at - head)
		if end < len(ip) {
			field |= 1
		}
		p := cat(ip[:head], u8(ip[6], 0), u16(field), u32(number), ip[at:end])
		p[6] = fragment
		binary.BigEndian.PutUint16(p[4:], uint16(len(p)-head))
		all = append(all, p)
	}
	return all
}

// shuffled is the order of fragments on a bad day: the last one first, and the
// second twice.
func shuffled(all [][]byte) [][]byte {
	slices.Reverse(all)
	return append(all, all[len(all)-2])
}
