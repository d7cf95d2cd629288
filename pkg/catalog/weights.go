package catalog

const (
	// minToken is the least length that a shape may allow for a secret. A
	// shorter one could occur in a host or a path by chance, and could not be
	// taken out of a URL without spoiling it.
	minToken = 8

	// maxWeight is the weight of a service whose name alone says it all.
	maxWeight = 100
)
