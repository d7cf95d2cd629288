package dhcpwire

const (
	// maxPending is how many requests a conversation remembers for the names
	// in them: a relay has many clients. The oldest is forgotten, so a flood
	// of requests takes no more than this.
	maxPending = 64

	// maxValue is how much of an option is read: the longest name or
	// identifier. In DHCPv4 it may be split over many parts.
	maxValue = 255

	// maxRelays is how often a DHCPv6 message may be wrapped (RFC 8415 7.6,
	// HOP_COUNT_LIMIT); wrappings cost four bytes each, and more of them only
	// work.
	maxRelays = 8

	// maxLeases is how many addresses one message tells of. A host asks for
	// one or two; a datagram has room for two thousand.
	maxLeases = 16
)
