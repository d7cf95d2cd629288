// Package limit holds every bound on what hostile bytes can make the sensor
// hold or do, each with the attack that it stops. Sizes are in bytes unless it
// is said otherwise; a bound holds for one conversation unless it says of what.
//
// Three settings stand beside these: the numbers of flows and of pairs and the
// memory of streams, which bound what all conversations take together. What a
// file of frames may ask for is bounded in package capture, which stands alone.
// Times that say how long something is waited for are with whoever waits.
package limit

import "time"

// Decoding of frames: pkg/packet.
const (
	// VLANs bounds the tags of one frame, over all its tunnels. Networks stack two,
	// rarely three; a frame made of tags alone would otherwise cost a step for every
	// four bytes.
	VLANs = 8
	// Extensions bounds the extension headers of one IPv6 packet, and those of one
	// GTP-U packet. Each kind should occur once, destination options twice (RFC 8200
	// section 4.1); a packet made of empty ones would otherwise cost a step for every
	// eight bytes.
	Extensions = 8
	// Tunnels bounds how many tunnels lie around the innermost conversation. Mirrored
	// traffic of an overlay has three (ERSPAN, VXLAN, and what the guests make); a
	// frame that is GRE in GRE in GRE would otherwise cost a step for every 24 bytes,
	// and its depth would be the depth of our stack.
	Tunnels = 6
	// MPLSLabels bounds one label stack. Providers stack up to five or six; a frame
	// made of labels alone would otherwise cost a step for every four bytes.
	MPLSLabels = 16
	// GRERoutes bounds the source route entries in one GRE header (RFC 1701), which
	// nobody sends any more; empty ones would otherwise cost a step for every four
	// bytes.
	GRERoutes = 8
)

// Fragments: pkg/defrag. Each worker has this once.
const (
	// FragmentBytes bounds what all incomplete datagrams hold together, in pages. A
	// flood of first fragments would otherwise take memory for as long as the rest is
	// waited for.
	FragmentBytes = 16 << 20
	// FragmentDatagrams bounds how many are incomplete or remembered. A flood of tiny
	// fragments would otherwise cost their bookkeeping, which is larger than they.
	FragmentDatagrams = 4096
	// FragmentShare is the part of both that the datagrams of one source may take: an
	// eighth. A flooder with one address then evicts itself, and hurts only who shares
	// its place; FragmentSources is how many places there are, found by a hash, so
	// that forged sources take no memory each.
	FragmentShare   = 8
	FragmentSources = 512
	// FragmentHoles bounds the holes of one incomplete datagram. Parts that come in
	// order or reversed make none; a sender of every other eight bytes would otherwise
	// make each insertion a walk through thousands. Receivers have no such bound, so
	// there is room for all of an Ethernet frame's 185 parts of eight bytes, every
	// other one first: else that order would hide a hello.
	FragmentHoles = 96
	// FragmentPayload is the greatest payload of a datagram (16 bits of length). Parts
	// that reach beyond it were the ping of death.
	FragmentPayload = 65535
)

// TCP: pkg/stream, and what pkg/observe gives it.
const (
	// Window bounds how far ahead of or behind the expected byte a segment or an
	// acknowledgement is believed. It is above the receive windows that systems use by
	// default (6 MiB and less); without it one forged number moves the stream by up to
	// half of the number space.
	Window = 16 << 20
	// FastOpen bounds the payload of a SYN that the answer to it may acknowledge (TCP
	// Fast Open): one segment. Without it a forged answer, far from any SYN, would
	// pass for that of another connection and end this one.
	FastOpen = 1 << 16
	// ConnMemory bounds what one connection may hold out of order: a sender who leaves
	// a hole open and sends on must not use up its shard's memory.
	ConnMemory = 1 << 20
	// Handshakes is how many SYNs without payload a shard remembers: a SYN flood
	// overwrites the older ones and takes no more memory.
	Handshakes = 1024
)

// Choice of a parser, and names: pkg/observe.
const (
	// Handovers is how many parsers may follow one another on a connection: a PROXY
	// header, SOCKS, CONNECT, STARTTLS and TLS are five. Without it a peer that asks
	// for upgrade after upgrade lets us look for a parser with each segment, for ever.
	Handovers = 8
	// ProbeSegments is at how many places a parser is looked for in a conversation
	// whose beginning was not captured: a flow of rubbish that never ends would
	// otherwise be probed with each segment. A segment of a large record begins
	// anywhere, and the largest record spans twelve segments of Ethernet.
	ProbeSegments = 64
	// ProbeDatagrams is at how many datagrams of a conversation a parser is looked
	// for, since a capture can begin in the midst of one, and the first datagram can
	// be lost. It ends the probing of a UDP flow that never ends.
	ProbeDatagrams = 64
	// Names is how many names as sent one generation of a worker's memory of matches
	// holds, and NameLength how long they may be: a client that makes up a million
	// names gets no more. Real ones are shorter, and a hello may hold 64 KiB.
	Names      = 4096
	NameLength = 96
)

// Panics: pkg/observe and pkg/pipeline. Who found a way to make one makes as
// many as he likes, and the sensor has other work than to write about them.
const (
	// Panics is of how many panics more than their number is kept, by the shards of
	// one worker, or by one stage: a flood of packets that make one would otherwise
	// fill memory and log with their evidence.
	Panics = 16
	// PanicEvidence is how many bytes of payload are kept with one panic, so that
	// large packets that make one take no more. The newest packet stands above all,
	// cut to this length if it must be.
	PanicEvidence = 32 << 10
	// PanicWhat and PanicStack bound the words of one, which may quote a peer's bytes
	// or recur as deep as a peer's nesting. The top of the stack is where it happened.
	PanicWhat  = 500
	PanicStack = 6 << 10
	// SourcePanics is how many times in a row the source may panic before the run
	// ends: it is not known whether it moves on at all, and a frame that it stumbles
	// over for ever would stop the run without a word.
	SourcePanics = 16
	// JudgePanics is how many times in a row the judge may panic before a new one
	// takes its place, which knows of no pair: something that fell due and panics
	// would come before everything that is observed, and blind the sensor.
	JudgePanics = 3
	// BugReport bounds the file of frames: a disk filled by packets that make us
	// panic. That of words is bounded by the number of panics and the length of each.
	BugReport = 1 << 20
	// BugReports is how many of them may stand in one folder. A sensor that is crashed
	// and started again and again must not fill the disk, and must not overwrite what
	// nobody has looked at yet.
	BugReports = 9
	// LinkTypes is how many link types that cannot be decoded are told by number: a
	// capture file of thousands would otherwise make a line of each.
	LinkTypes = 4
)

// TLS: pkg/protocol/tlswire.
const (
	// TLSHello bounds the body of one hello over all its fragments; without it a hello
	// that never finishes keeps our memory. Real hellos are below 4 KiB, those with
	// many post-quantum key shares below 16.
	TLSHello = 64 << 10
	// TLSHelloFirst is how much is set aside at once for a hello that announces more:
	// the rest only as its bytes arrive, or a peer that announces 64 KiB and sends 5
	// bytes would cost 64 KiB.
	TLSHelloFirst = 4 << 10
	// TLSRecord is the longest body of a record: 2^14 bytes of content and 2048 of
	// what TLS 1.2 allows beside it (RFC 5246 6.2.3). A longer one is no record, so
	// the place was lost; a forged length would otherwise let the parser pass over
	// four times as much unread.
	TLSRecord = 1<<14 + 2048
	// TLSGreetingRecords is in how many records a hello may come. Real ones come in
	// one or two, and a script's that somebody cuts into records of one byte, to hide
	// it, in up to 600. Without it each segment of a hello of endless records costs
	// hundreds of records.
	TLSGreetingRecords = 640
	// TLSALPN bounds the ALPN names of one hello that are told: a list of 64 KiB may
	// hold as many empty names, which would cost a megabyte as strings. Real clients
	// offer fewer than ten.
	TLSALPN = 64
	// TLSCache bounds what one generation of one cache of fingerprints holds. There
	// are two generations in each of a fingerprinter's three caches, so that no more
	// than 6 times this is held by a worker; a client that makes up a new hello each
	// time gets no more.
	TLSCache = 256 << 10
	// TLSCacheKey bounds the key of one entry: real shapes take 100 to 400 bytes, and
	// a hello of 64 KiB that is made to push out the others is not worth its place.
	TLSCacheKey = 1 << 10
	// TLSSpare is how many used structures of a kind are kept: as many as end before
	// others begin on a busy network. Those of a flood of connections are left to the
	// collector.
	TLSSpare = 1024
	// TLSSpareBuffer is the largest buffer that is kept for the next hello, or for the
	// next fingerprint; one that a giant hello needed is not.
	TLSSpareBuffer = 16 << 10
)

// QUIC: pkg/protocol/quicwire.
const (
	// QUICCrypto bounds the bytes of CRYPTO frames that are kept of one side, in order
	// and out of order together: without it, a hello without end or CRYPTO frames with
	// huge offsets would keep our memory. Real hellos are below 4 KiB.
	QUICCrypto = 16 << 10
	// QUICPieces bounds the pieces that wait for bytes before them: CRYPTO frames of a
	// byte each would otherwise cost more to sort than to send. Chromium cuts a hello
	// into a few dozen.
	QUICPieces = 256
	// QUICFrames bounds the frames that are read of one packet: 64 KiB of PING are as
	// many frames.
	QUICFrames = 1024
	// QUICRanges bounds the ranges that are read of one ACK frame, which may announce
	// 2^62. A real one acknowledges a handful of Initial packets.
	QUICRanges = 256
	// QUICPackets bounds the long headers that are read of one datagram: a sender has
	// four kinds of packets, and a datagram of empty ones, 64 KiB, could hold three
	// thousand.
	QUICPackets = 8
	// QUICDials bounds the keys that are kept for Initial packets of one connection: a
	// new one for each connection id that a client makes up. Retry, version
	// negotiation and a new attempt on the same ports make three.
	QUICDials = 4
	// QUICVersions bounds the keys of one dial: of the version that the client began
	// with and the one that the server chose. A client that names another version with
	// each packet makes no more.
	QUICVersions = 2
	// QUICIDs is how many connection ids are remembered by their sums: of the
	// connection at hand the client's first, one from Retry and the server's, and as
	// many of the one before, whose packets may come late. A client that changes its
	// id with each packet makes no more be remembered.
	QUICIDs = 6
	// QUICInitials bounds the Initial packets that are decrypted while one greeting
	// lasts, and QUICFailures those that no key opens before one was: a flood of
	// Initial packets. Handshakes have fewer than twenty. What no key opens later
	// costs a decryption for each dial, 2 us in all.
	QUICInitials = 128
	QUICFailures = 16
	// QUICInitial is the longest packet that is decrypted: datagrams of 64 KiB of
	// rubbish cost no work. Real ones fit into an Ethernet frame, or a jumbo frame.
	QUICInitial = 16 << 10
	// QUICDialBurst and QUICDialEvery bound the keys that are derived for one flow: so
	// many at once, then one more each time. Some clients open a connection each few
	// seconds on the same ports. Keys cost 9 us; a flood that takes new ports for each
	// packet costs more, so there is no use in being sparing, and whoever sends
	// packets that nobody can open ahead of a hello has to send many.
	QUICDialBurst = 64
	QUICDialEvery = time.Second / 8
	// QUICCutBurst and QUICCutEvery bound the exchanges that are told of one flow: a
	// tunnel or a call inside QUIC alternates with each datagram, and each would
	// become an observation. Beyond them, what follows counts to the exchange that is
	// open.
	QUICCutBurst = 64
	QUICCutEvery = time.Second / 8
)

// HTTP: pkg/protocol/httpwire.
const (
	// RequestField bounds each string of a request (pkg/protocol); what is longer is
	// cut. A field of megabytes would otherwise be kept, compared and printed.
	RequestField = 8 << 10
	// HTTPLine is how much of a line is held: a field of endless length costs no more.
	// It has room for a target of the greatest length that leaves.
	HTTPLine = RequestField + 1<<10
	// HTTPHead bounds a head: an endless one (a header bomb, slow or fast) counts as
	// broken after it. Servers take 8 to 64 KiB.
	HTTPHead = 256 << 10
	// HTTPCalls bounds the requests that wait for answers: a client may pipeline
	// without end, and of a capture of one direction no answer is seen. The oldest is
	// then given without.
	HTTPCalls = 64
	// HTTPHeld bounds the bytes of requests that wait for answers, of one connection:
	// a client may fill each of them with long names. The oldest are given without.
	// HTTPReused bounds a name that is kept for the next request of a connection,
	// which may be idle for a day: a flow that never ends.
	HTTPHeld   = 64 << 10
	HTTPReused = 256
	// HTTPVia bounds the entries of Forwarded and X-Forwarded-For, of one message,
	// that are looked at until one is an address. Proxies stack a few; without it 4
	// KiB of header block, each byte of which repeats a field of 2000 entries (an
	// HPACK bomb), cost a third of a second.
	HTTPVia = 16
	// HTTPToken bounds the name of the protocol that an Upgrade field names, which may
	// be as long as a line.
	HTTPToken = 64
	// HTTPBody bounds a length that a head or a chunk may name; more is no length. It
	// keeps sums of lengths that are made to overflow from doing so.
	HTTPBody = 1 << 56
	// HPACKTable bounds the dynamic table of a direction. Browsers offer 64 KiB; a
	// peer that offers 4 GiB and fills it gets a connection whose headers are not read
	// any more.
	HPACKTable = 64 << 10
	// HPACKString bounds one name or value of a header, before and after its Huffman
	// code is undone, which makes more of it: an endless one is an HPACK bomb.
	HPACKString = 32 << 10
	// HPACKFields is how many fields of a block are looked at: an HPACK bomb makes a
	// long field out of each byte. The others are decoded only as far as the table
	// needs it.
	HPACKFields = 512
	// HTTPBlock bounds a header block, and HTTPContinuations its frames: the
	// CONTINUATION flood (CVE-2024-27316 and its like) is a block without end.
	HTTPBlock         = 256 << 10
	HTTPContinuations = 128
	// HTTPFrame is the longest frame that is believed where the place was lost: what
	// endpoints take unless they say otherwise (RFC 9113 section 6.5.2). Bytes that
	// pass for the head of a frame of 16 MiB would otherwise hide what follows.
	HTTPFrame = 16 << 10
	// HTTPStreams bounds the open streams. Servers allow 100 to 250; a client that
	// opens more at once, and never ends them, has its oldest given as they are.
	HTTPStreams = 256
	// HTTPPushes is how many messages of a WebSocket, or streams that were reset
	// before an answer came (rapid reset, CVE-2023-44487), are told one by one in
	// HTTPPushTime; more are told as one. Otherwise each byte or two of an attacker's
	// would cost an observation.
	HTTPPushes   = 32
	HTTPPushTime = time.Second
)

// DNS: pkg/protocol/dnswire.
const (
	// DNSName is the longest name on the wire (RFC 1035 2.3.4), over all its pointers;
	// without it a few bytes of compression could unfold to megabytes.
	DNSName = 255
	// DNSPointers is how often a name may go on elsewhere. Each pointer must lead
	// back, which ends loops; this ends chains that are merely long. Real servers need
	// two or three.
	DNSPointers = 32
	// DNSRecords is how many records of a message are read: a header may promise
	// 196605, and 64 KiB can hold six thousand.
	DNSRecords = 512
	// DNSAliases is how many steps lead from a question to its addresses, which ends
	// loops of aliases. Resolvers give up earlier. No more DNAME records than this are
	// kept, since each step compares all of them: without it a message of 15 KiB took
	// half a second.
	DNSAliases = 16
	// DNSServices is how many service bindings of a name are followed, since each
	// looks through all records for the addresses of its target: a message full of
	// them would cost the square of its length.
	DNSServices = 16
	// DNSAddresses and DNSALPN bound what one answer tells: 64 KiB of addresses would
	// be thousands of names to remember.
	DNSAddresses = 64
	DNSALPN      = 16
	// DNSPending is how many unanswered queries a conversation remembers: a resolver
	// that sends all its queries from one port has dozens under way. The oldest is
	// forgotten, so a flood of queries takes no more than this.
	DNSPending = 64
	// DNSHeld is how much of a message over TCP is kept until it is whole. A longer
	// one is read as far as that: a peer that never finishes a message of 64 KiB does
	// not keep more of our memory.
	DNSHeld = 16 << 10
	// DNSSpare and DNSBuffers are how many parsers, and buffers of messages in parts,
	// that are not used any more are kept for the next conversations; those of a flood
	// are left to the collector.
	DNSSpare   = 1024
	DNSBuffers = 64
	// DNSRequest is the longest message that a probe takes for a query: rubbish of 64
	// KiB on port 53 makes no parser.
	DNSRequest = 4096
)

// DHCP: pkg/protocol/dhcpwire.
const (
	// DHCPPending is how many requests a conversation remembers for the names in them:
	// a relay has many clients. The oldest is forgotten, so a flood of requests (DHCP
	// starvation) takes no more than this.
	DHCPPending = 64
	// DHCPValue is how much of an option is read: the longest name or identifier. In
	// DHCPv4 it may be split over as many parts as a datagram holds.
	DHCPValue = 255
	// DHCPRelays is how often a DHCPv6 message may be wrapped (RFC 8415 7.6,
	// HOP_COUNT_LIMIT): a message of wrappings alone costs four bytes for each, and
	// work.
	DHCPRelays = 8
	// DHCPLeases is how many addresses one message tells of. A host asks for one or
	// two; a forged datagram has room for two thousand.
	DHCPLeases = 16
)

// SOCKS and PROXY: pkg/protocol/sockswire.
const (
	// SOCKSMessage bounds what one side's unfinished message may hold. The longest of
	// SOCKS 5 is a user name with its password, 513 bytes; without it a SOCKS 4
	// request whose user name never ends would be kept.
	SOCKSMessage = 600
	// SOCKSUser bounds the user name and the host name of SOCKS 4, which end with a
	// zero byte wherever it pleases the sender, if at all.
	SOCKSUser = 255
	// ProxyLine is the longest PROXY header of version 1, by its specification: a line
	// that never ends is none.
	ProxyLine = 107
	// ProxyHeader is how much of a PROXY header of version 2 is looked at. It may
	// announce 64 KiB of extensions, which are passed over, not kept.
	ProxyHeader = 512
)

// Upgrades to TLS: pkg/protocol/starttls.
const (
	// UpgradePrelude is how many bytes, of both sides, may go before the upgrade.
	// Sessions that upgrade do so at once; flows that never do, such as a day of mail
	// in the clear, would be looked at for nothing.
	UpgradePrelude = 64 << 10
	// UpgradeWord is how much of a line is kept to compare with the words: a line need
	// never end.
	UpgradeWord = 32
	// UpgradeHead is how much of a binary message is kept: enough for LDAP's object
	// identifier, behind lengths written as long as can be. A message may announce
	// gigabytes.
	UpgradeHead = 64
)

// The catalogue's questions: pkg/catalog.
const (
	// HostName is the longest host name that DNS can carry, without its last dot (RFC
	// 1035, section 2.3.4), and HostLabel the longest label of one. A longer one may
	// still match a pattern, but gives no registrable domain: a peer that sends
	// rubbish as a name must not fill the tables of whoever counts by it.
	HostName  = 253
	HostLabel = 63
	// URLTarget is how much of a path and query is compared with the shapes. Webhook
	// URLs stay below 400 bytes; without a limit a peer chooses how long the
	// expressions work.
	URLTarget = 4 << 10
	// Domains is how many names are remembered with their registrable domain, in about
	// 1 MiB if they are of the longest: a million names overwrite each other.
	Domains = 1 << 12
)

// What is remembered of hosts: pkg/detect, beside the number of pairs.
const (
	// AnswersPerShard bounds one generation of a shard's namebook: 64 shards remember
	// up to half a million names of late, in some 90 MiB. A host that looks up a
	// million names pushes out the older ones.
	AnswersPerShard = 4096
	// AnswerLife bounds how long a DNS answer is good for, and so what a forged time
	// to live can bring about.
	AnswerLife = 24 * time.Hour
	// CrowdsPerShard bounds one generation of the clients that are counted; 64 shards
	// remember 131,072. A scan from forged addresses makes no more.
	CrowdsPerShard = 1024
	// Labels bounds the labels that are remembered to some 0.4 MiB beside the names:
	// servers with made-up names overwrite each other.
	Labels = 1 << 13
	// Programs bounds what is remembered of hellos to some 0.3 MiB: a client that
	// makes up a new one each time overwrites others. A site has some dozens of
	// programs.
	Programs = 1 << 10
)

// The evidence in one detection: pkg/event. A message stays far below a broker's
// limit, whatever a host calls.
const (
	// EvidenceBeats is how many beats are told: a beacon that beats for a month.
	EvidenceBeats = 64
	// EvidenceFlows is how many community ids are told: a new connection for each
	// beat.
	EvidenceFlows = 16
	// EvidenceNames is how many names, and how many servers: a client that calls one
	// service by a million names.
	EvidenceNames = 8
)
