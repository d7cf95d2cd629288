// Package flow holds the conversations that are going on: a bounded table in
// packet time, with a memory for the handshakes that may become one.
package flow

import (
	"bytes"

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
}

// KeyOf returns the key of the packet's conversation, and which side sent it.
func KeyOf(p *packet.Packet) (Key, Side) {
	c := bytes.Compare(p.Src[:], p.Dst[:])
	if c < 0 || c == 0 && p.SrcPort <= p.DstPort {
		return Key{Addr: [2]packet.Addr{p.Src, p.Dst}, Port: [2]uint16{p.SrcPort, p.DstPort}, Protocol: p.Protocol}, 0
	}
	return Key{Addr: [2]packet.Addr{p.Dst, p.Src}, Port: [2]uint16{p.DstPort, p.SrcPort}, Protocol: p.Protocol}, 1
}
