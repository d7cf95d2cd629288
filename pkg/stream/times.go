package stream

import "time"

// AckedHole is how long bytes that the peer has acknowledged may still arrive
// before they count as never captured. Mirror ports and merged captures bring
// an acknowledgement before its data by a few milliseconds at most; a longer
// wait would hold the stream, and memory, for bytes that cannot come.
const AckedHole = 20 * time.Millisecond

// SilentHole is how long a hole may stand when the receiver's acknowledgements
// are not captured (one direction only, or no longer). It leaves room for one
// retransmission after the initial timeout of RFC 6298 (1 s). Without it one
// lost frame stops a one-way stream until its memory is full.
const SilentHole = 2 * time.Second

// RefusedHole is how long segments are held while the receiver's
// acknowledgement stands exactly at the hole, which says that it has not got
// them either. Then they are thrown away and the hole is not skipped:
// otherwise a forged segment that never reaches the receiver (a low TTL, a bad
// checksum) would make the sensor pass over the true bytes that follow. It
// spans five doublings of the retransmission timeout.
const RefusedHole = 30 * time.Second

// ResyncSegments is how many segments in a row, each beginning where the one
// before it ended, make the stream jump to a place outside limit.Window. A capture
// can drop hundreds of megabytes on a fast link, so there must be a way back;
// one segment must not suffice, since one is easily forged. A forger of as
// many moves the stream only until the true sender has sent as many.
const ResyncSegments = 4

// BlockSize is the room of one block of a Pool in bytes: a segment of an
// Ethernet frame fits into one. A connection is charged whole blocks, so that
// one-byte segments cost an attacker's connection what they cost the sensor.
const BlockSize = 1536

// slabBlocks is how many blocks a Pool takes from the heap at a time.
const slabBlocks = 32
