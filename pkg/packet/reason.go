package packet

import "strconv"

// Reason says why a frame gave no Packet. None of them is an error of ours;
// most are everyday traffic.
type Reason uint8

// What Decode may answer.
const (
	// OK: p holds a TCP segment or a UDP datagram.
	OK Reason = iota
	// UnknownLink: the link type is none that Decode reads.
	UnknownLink
	// Short: the bytes end inside a header, by the snap length or on the wire.
	Short
	// NotIP: ARP, LLDP, spanning tree and everything else that is not IP.
	NotIP
	// DeepVLAN: more than limit.VLANs tags.
	DeepVLAN
	// BadIPv4Header: another version, or lengths that contradict each other.
	BadIPv4Header
	// BadIPv6Header: another version, or an extension header that does not
	// fit into the packet.
	BadIPv6Header
	// DeepExtensions: more than limit.Extensions extension headers.
	DeepExtensions
	// Fragment: a part of a datagram. Src, Dst, Protocol and TTL are set,
	// Payload and Length are this part, and Packet.Part tells its place.
	Fragment
	// NoTransport: IP with neither TCP nor UDP inside, such as ICMP. Src, Dst,
	// Protocol and TTL are set, and Payload and Length are what IP carries.
	NoTransport
	// BadTCPHeader: a data offset below 5 or beyond the packet, or a packet
	// that is too short for a header.
	BadTCPHeader
	// BadUDPHeader: a length below 8 or beyond the packet, or a packet that is
	// too short for a header.
	BadUDPHeader
	// DeepTunnel: more than limit.Tunnels tunnels, or limit.MPLSLabels MPLS labels.
	DeepTunnel

	// Reasons is how many there are.
	Reasons int = iota
)

var names = [Reasons]string{
	OK:             "ok",
	UnknownLink:    "unknown_link",
	Short:          "short",
	NotIP:          "not_ip",
	DeepVLAN:       "deep_vlan",
	BadIPv4Header:  "bad_ipv4_header",
	BadIPv6Header:  "bad_ipv6_header",
	DeepExtensions: "deep_extensions",
	Fragment:       "fragment",
	NoTransport:    "no_transport",
	BadTCPHeader:   "bad_tcp_header",
	BadUDPHeader:   "bad_udp_header",
	DeepTunnel:     "deep_tunnel",
}

// String is the name of the reason's counter. It does not change between
// releases.
func (r Reason) String() string {
	if int(r) < len(names) {
		return names[r]
	}
	return "reason_" + strconv.Itoa(int(r))
}

// Stats counts frames by what Decode answered; index it with a Reason.
type Stats [Reasons]uint64

// Add adds the counts of another reader.
func (s *Stats) Add(o *Stats) {
	for i, n := range o {
		s[i] += n
	}
}

// Frames is the sum of all counts.
func (s *Stats) Frames() uint64 {
	var sum uint64
	for _, n := range s {
		sum += n
	}
	return sum
}
