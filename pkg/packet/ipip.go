package packet

// IP as the payload of IP (IANA protocol numbers): IP in IP (RFC 2003), 6in4
// (RFC 4213), and both in IPv6 (RFC 2473).
const (
	protoIPv4 uint8 = 4
	protoIPv6 uint8 = 41
)

// ipInIP reads IP that is carried in IP without anything between.
func ipInIP(v view, p *Packet) Reason {
	inner := p.Protocol
	if !p.enter(IPinIP, 0) {
		return DeepTunnel
	}
	if inner == protoIPv4 {
		return ipv4(v, p)
	}
	return ipv6(v, p)
}
