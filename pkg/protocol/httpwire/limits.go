package httpwire

import (
	"time"

	"github.com/hookhound/hookhound/pkg/protocol"
)

// Bounds of HTTP/1.x.
const (
	// maxLine is how much of a line is held: a field of endless length costs
	// no more. It has room for a target of the greatest length that leaves.
	maxLine = protocol.MaxRequestField + 1<<10

	// maxHead bounds a head: an endless one (a header bomb, slow or fast)
	// counts as broken after it. Servers take 8 to 64 KiB.
	maxHead = 256 << 10

	// maxCalls bounds the requests that wait for answers: a client may
	// pipeline without end, and of a capture of one direction no answer is
	// seen. The oldest is then given without.
	maxCalls = 64

	// maxHeld bounds the bytes of requests that wait for answers, of one
	// connection: a client may fill each of them with long names. The oldest
	// are given without. maxReused bounds a name that is kept for the next
	// request of a connection, which may be idle for a day.
	maxHeld   = 64 << 10
	maxReused = 256

	// maxVia bounds the entries of Forwarded and X-Forwarded-For, of one message,
	// that are looked at until one is an address. Proxies stack a few; without it
	// 4 KiB of header block, each byte of which repeats a field of 2000 entries,
	// cost a third of a second.
	maxVia = 16

	// maxBody bounds a length that a head or a chunk may name; more is no
	// length. It keeps sums from overflowing.
	maxBody = 1 << 56
)

// Bounds of HTTP/2.
const (
	// maxTable bounds the dynamic table of a direction. Browsers offer 64 KiB;
	// a peer that offers 4 GiB and fills it gets a connection whose headers
	// are not read any more.
	maxTable = 64 << 10

	// maxString bounds one name or value of a header, before and after its
	// Huffman code is undone.
	maxString = 32 << 10

	// maxBlock bounds a header block, and maxContinuations its frames: the
	// CONTINUATION flood (CVE-2024-27316 and its like) is a block without end.
	maxBlock         = 256 << 10
	maxContinuations = 128

	// maxFields is how many fields of a block are looked at: an HPACK bomb
	// makes a long field out of each byte. The others are decoded only as far
	// as the table needs it.
	maxFields = 512

	// maxFrame is the longest frame that is believed where the place was lost:
	// what endpoints take unless they say otherwise (RFC 9113 section 6.5.2).
	maxFrame = 16 << 10

	// maxStreams bounds the open streams. Servers allow 100 to 250; a client
	// that opens more than this at once has its oldest given as they are.
	maxStreams = 256
)

// Bounds of what is told one by one.
const (
	// maxPushes is how many messages of a WebSocket, or streams that were
	// reset before an answer came (rapid reset, CVE-2023-44487), are told one
	// by one in a second (crowdTime); more are told as one. Otherwise each
	// byte or two of an attacker's would cost an observation.
	maxPushes = 32
	crowdTime = time.Second
)

// Times, in packet time.
const (
	// answerTime is how long a request waits for its answer before it is
	// given without.
	answerTime = 5 * time.Second

	// quietTime ends an exchange whose end cannot be seen, since bytes of it
	// were not captured or one side said less than its head promised.
	quietTime = 5 * time.Second

	// orphanTime is how long an answer waits for its request: a capture of
	// several cards may hand it over late, and so does a hole before it. No
	// other wait is shorter.
	orphanTime = time.Second

	// interimTime: an exchange that stays open is told each minute in which
	// it moved.
	interimTime = time.Minute
)
