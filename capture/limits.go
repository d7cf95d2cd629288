package capture

// The limits of the file reader. Capture files come from strangers and from
// disks that filled up, so no length field is believed before it was compared
// with one of these.
const (
	// MaxFrame bounds the captured bytes of one frame. It is the largest snap
	// length that libpcap writes; a length above it is damage or an attempt to
	// make us allocate.
	MaxFrame = 256 << 10

	// maxPacketBlock bounds a pcapng block that holds a frame: the frame and
	// generous options (comments, hashes). Such a block is held in memory whole.
	maxPacketBlock = MaxFrame + 256<<10

	// maxControlBlock bounds a section header, interface description or
	// statistics block, which are held whole as well. Their options are text
	// that a person wrote, and filters.
	maxControlBlock = 256 << 10

	// maxSkippedBlock bounds a block that is skipped unread (names, key logs,
	// custom blocks). Skipping costs no memory; the limit finds damage early
	// instead of running to the end of the file.
	maxSkippedBlock = 64 << 20

	// maxInterfaces bounds the interfaces of one pcapng section, so that a file
	// made of interface blocks does not become a table of millions.
	maxInterfaces = 1 << 16

	// maxFiles bounds how many files one call of Open takes in, so that a
	// directory tree given by mistake (the root of a disk) ends in an error and
	// not in an hour of opening.
	maxFiles = 1 << 20

	// maxWindow bounds the memory of the zstd decoder: what `zstd -d` accepts
	// unless told otherwise.
	maxWindow = 128 << 20

	// readSize is how much one read(2) asks for. Larger reads leave the cache,
	// smaller ones cost system calls.
	readSize = 256 << 10

	// headSize is how much of a file is looked at to tell what it is.
	headSize = 512
)
