// Package dhcpwire reads DHCPv4 (RFC 2131, RFC 2132, RFC 4702) and DHCPv6 (RFC
// 8415, RFC 4704) and says which host has which address, and for how long.
//
// A lease is what a server grants: an ACK, or a REPLY with addresses. It ends
// with a RELEASE, a DECLINE, or an address whose lifetime is zero.
//
// A client's first REQUEST goes from no address to all, and the grant goes
// elsewhere: they are different conversations, which are read apart, so that a
// grant is told with what stands in it. Within one conversation (a renewal, a
// relay and its server) the grant gets the name that its request gave, by
// transaction. For all others the request is told as well, marked as Requested,
// where it names its host: who keeps leases joins both by hardware address or
// client identifier.
//
// A DHCPv6 client's hardware address is what the relay saw (RFC 6939), or that
// in its DUID, which may be of another interface of the same host.
package dhcpwire
