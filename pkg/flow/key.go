// Package flow holds the conversations that are going on: a bounded table in
// packet time, with a memory for the handshakes that may become one.
package flow

import (
	"encoding/binary"

	"github.com/hookhound/hookhound/pkg/packet"
)

// Side is one of the two ends of a flow: 0 is the lower endpoint of its Key,
// whoever that is. Which side is the client is found out later.
type Side uint8

// Other is the opposite end.
func (s Side) Other() Side { return s ^ 1 }

// Key names a conversation, the same for both directions: the lower endpoint
// (address, then port) stands first. It is comparable and holds no pointers.
type Key struct {
	Addr     [2]packet.Addr
	Port     [2]uint16
	Protocol uint8
	// Space tells address spaces apart that use the same addresses, where a
	// network has such; zero where it has not.
	Space [3]byte
}

// In puts the key into the address space of a packet's outer headers.
func (k *Key) In(space uint64) {
	h := fold(space, mix3)
	k.Space = [3]byte{byte(h), byte(h >> 8), byte(h >> 16)}
}

// KeyOf returns the key of the packet's conversation, and which side sent it.
func KeyOf(p *packet.Packet) (k Key, side Side) {
	side = k.Set(p)
	return k, side
}

// Set makes k the key of the packet's conversation and tells which side sent
// it. It writes in place: a key that was just put together and is copied as a
// whole makes the processor wait until its parts have reached the cache.
func (k *Key) Set(p *packet.Packet) Side {
	k.Protocol = p.Protocol
	if below(p) {
		k.Addr[0], k.Addr[1] = p.Src, p.Dst
		k.Port[0], k.Port[1] = p.SrcPort, p.DstPort
		return 0
	}
	k.Addr[0], k.Addr[1] = p.Dst, p.Src
	k.Port[0], k.Port[1] = p.DstPort, p.SrcPort
	return 1
}

// below tells whether the sender is the lower endpoint. Addresses are compared
// as numbers of 64 bits, which orders them as their bytes do: this runs for
// every packet, and a call to compare sixteen bytes costs more than all else
// here.
func below(p *packet.Packet) bool {
	a, b := binary.BigEndian.Uint64(p.Src[:8]), binary.BigEndian.Uint64(p.Dst[:8])
	if a == b {
		a, b = binary.BigEndian.Uint64(p.Src[8:]), binary.BigEndian.Uint64(p.Dst[8:])
	}
	return a < b || a == b && p.SrcPort <= p.DstPort
}
