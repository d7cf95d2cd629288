package dnswire

const (
	// maxName is the longest name on the wire (RFC 1035 2.3.4), over all its
	// pointers; without it a few bytes could unfold to megabytes.
	maxName = 255

	// maxPointers is how often a name may go on elsewhere. Each pointer must
	// lead back, which ends loops; this ends chains that are merely long. Real
	// servers need two or three.
	maxPointers = 32

	// maxRecords is how many records of a message are read: a header may
	// promise 196605, and 64 KiB can hold six thousand.
	maxRecords = 512

	// maxAliases is how many steps lead from a question to its addresses.
	// Resolvers give up earlier. No more DNAME records than this are kept, since
	// each step compares all of them: without it a message of 15 KiB took half a
	// second.
	maxAliases = 16

	// maxServices is how many service bindings of a name are followed, since each
	// looks through all records for the addresses of its target.
	maxServices = 16

	// maxAddresses and maxALPN bound what one answer tells.
	maxAddresses = 64
	maxALPN      = 16

	// maxPending is how many unanswered queries a conversation remembers: a
	// resolver that sends all its queries from one port has dozens under way.
	// The oldest is forgotten, so a flood of queries takes no more than this.
	maxPending = 64

	// maxHeld is how much of a message over TCP is kept until it is whole. A
	// longer one is read as far as that: a peer that never finishes a message
	// of 64 KiB does not keep more of our memory.
	maxHeld = 16 << 10

	// maxSpare and maxBuffers are how many parsers, and buffers of messages in
	// parts, that are not used any more are kept for the next conversations.
	maxSpare   = 1024
	maxBuffers = 64

	// maxRequest is the longest message that a probe takes for a query.
	maxRequest = 4096
)
