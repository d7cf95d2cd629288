// Package packet reads the headers of one frame: link layer, stacked VLAN
// tags, IPv4, IPv6 with its extension headers, TCP and UDP. It goes through
// tunnels (GRE, VXLAN, MPLS and their like) to the innermost conversation,
// and hands out fragments so that others can make them whole (DecodeWhole).
//
// A Packet is a view: its Payload points into the frame that it was decoded
// from and lives as long as that frame. Decoding allocates nothing. What
// cannot be decoded is named by a Reason, for a counter; it is never an error
// of ours.
package packet

import (
	"net/netip"

	"github.com/hookhound/hookhound/capture"
)

// Addr is an IP address in 16 bytes; IPv4 stands in its mapped form
// (::ffff:a.b.c.d, RFC 4291 section 2.5.5.2). Unlike netip.Addr it holds no
// pointer, so that a table of a million flows costs the garbage collector
// nothing.
type Addr [16]byte

// Std converts to netip, IPv4 unmapped.
func (a Addr) Std() netip.Addr { return netip.AddrFrom16(a).Unmap() }

// String is the RFC 5952 form, or dotted decimal for IPv4.
func (a Addr) String() string { return a.Std().String() }

// Seq is a TCP sequence number. It wraps at 2^32 (RFC 9293 section 3.4), so it
// is compared by distance and never by size.
type Seq uint32

// Before tells whether s comes before t, seen across at most half the circle.
func (s Seq) Before(t Seq) bool { return int32(s-t) < 0 }

// Add returns the number n bytes after s.
func (s Seq) Add(n int) Seq { return s + Seq(n) }

// Distance is how many bytes t is ahead of s; negative when it is behind.
func (s Seq) Distance(t Seq) int { return int(int32(t - s)) }

// Flags are the control bits of a TCP header (RFC 9293 section 3.1).
type Flags uint8

// The control bits that the sensor acts on.
const (
	FIN Flags = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
)

// Has tells whether all of the bits in g are set.
func (f Flags) Has(g Flags) bool { return f&g == g }

// The transport protocols that are read (IANA protocol numbers).
const (
	ProtoTCP uint8 = 6
	ProtoUDP uint8 = 17
)

// Packet is one TCP segment or UDP datagram. It is copied between goroutines,
// so its fields are ordered to leave no gaps.
type Packet struct {
	// Time and Number are those of the frame. Clock is the greatest time of
	// all frames up to this one: it never runs back, while Time may.
	Time   capture.Time
	Clock  capture.Time
	Number uint64

	Src, Dst         Addr
	SrcPort, DstPort uint16
	Protocol         uint8
	TTL              uint8 // hop limit in IPv6
	VLANs            uint8 // how many tags were seen; VLAN holds the first two
	Flags            Flags // TCP only
	VLAN             [2]uint16

	// TCP only. For a Fragment they hold what Part reads.
	Seq    Seq
	Ack    Seq
	Window uint16

	// IPID is the identification of IPv4, which each datagram of a sender has
	// anew; many send 0 with "don't fragment" (RFC 6864). IPv6 has none: 0.
	IPID uint16

	// Tunnel is what the packet was carried in. The addresses and ports above
	// are always those of the innermost conversation.
	Tunnel Tunnel

	// Payload is what was captured of the transport payload; Length is how
	// long it was on the wire by the headers. Length is greater where the snap
	// length cut the frame. Padding behind the IP packet is in neither.
	Payload []byte
	Length  int
}
