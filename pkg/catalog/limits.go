package catalog

const (
	// MaxName is the longest host name that DNS can carry, without its last
	// dot (RFC 1035, section 2.3.4). A longer one may still match a pattern,
	// but gives no registrable domain: a peer that sends rubbish as a name
	// must not fill the tables of whoever counts by Match.ID.
	MaxName = 253

	// MaxLabel is the longest label of a host name (same source).
	MaxLabel = 63

	// MaxTarget is how much of a path and query is compared with the shapes.
	// Webhook URLs stay below 400 bytes; without a limit a peer chooses how
	// long the expressions work.
	MaxTarget = 4 << 10

	// minToken is the least length that a shape may allow for a secret. A
	// shorter one could occur in a host or a path by chance, and could not be
	// taken out of a URL without spoiling it.
	minToken = 8

	// maxWeight is the weight of a service whose name alone says it all.
	maxWeight = 100
)
