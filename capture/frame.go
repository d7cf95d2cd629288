// Package capture brings frames into the sensor: from a live card
// (capture/live, through libpcap) and from capture files (this package: pcap
// and pcapng, plain, gzip or from standard input, and whole directories).
//
// It is the only place where the outside world's clock enters the sensor.
// From here on time is data: each Frame carries the time at which it was
// captured, and a card that is idle sends ticks, so that what falls due while
// nothing is heard still falls due.
package capture

import (
	"math"
	"time"
)

// Time is a moment in nanoseconds since 1970-01-01 00:00 UTC. It spans the
// years 1678 to 2262; a capture that names a moment outside is clamped.
//
// It is a number and not a time.Time so that tables of flows hold no pointers
// and comparisons cost one instruction.
type Time int64

// The ends of time: Never is later than every captured moment, and Always
// earlier.
const (
	Never  Time = math.MaxInt64
	Always Time = math.MinInt64
)

// TimeOf converts a time.Time, clamped to the range of Time.
func TimeOf(t time.Time) Time {
	const limit = math.MaxInt64 / int64(time.Second)
	switch s := t.Unix(); {
	case s >= limit:
		return Never
	case s <= -limit:
		return Always
	default:
		return Time(s*int64(time.Second) + int64(t.Nanosecond()))
	}
}

// Std converts to a time.Time in UTC.
func (t Time) Std() time.Time { return time.Unix(0, int64(t)).UTC() }

// Add returns t+d, held at Never and Always where the sum would wrap.
func (t Time) Add(d time.Duration) Time {
	s := t + Time(d)
	switch {
	case d > 0 && s < t:
		return Never
	case d < 0 && s > t:
		return Always
	}
	return s
}

// Sub returns t-u, held at the longest duration where the difference would
// wrap.
func (t Time) Sub(u Time) time.Duration {
	d := time.Duration(t - u)
	switch {
	case t > u && d < 0:
		return math.MaxInt64
	case t < u && d > 0:
		return math.MinInt64
	}
	return d
}

// String is the RFC 3339 form with nanoseconds, for tests and errors.
func (t Time) String() string { return t.Std().Format(time.RFC3339Nano) }

// LinkType says how a frame begins: a LINKTYPE number of
// https://www.tcpdump.org/linktypes.html. It is 16 bits wide there; libraries
// that keep 8 take SLL2 (276) for something else.
type LinkType uint16

// The link types that packet.Decode reads.
const (
	LinkNull       LinkType = 0   // BSD loopback, family in the capturing host's byte order
	LinkEthernet   LinkType = 1   // Ethernet II and 802.3
	LinkPPP        LinkType = 9   // PPP, with or without address and control (RFC 1662)
	LinkRawBSD     LinkType = 12  // raw IP as DLT_RAW on most systems writes it
	LinkRawOpenBSD LinkType = 14  // raw IP as OpenBSD writes it
	LinkPPPHDLC    LinkType = 50  // PPP in HDLC-like framing, or Cisco HDLC
	LinkRaw        LinkType = 101 // raw IP, the version in the first nibble
	LinkCiscoHDLC  LinkType = 104 // Cisco HDLC
	LinkLoop       LinkType = 108 // OpenBSD loopback, family in network byte order
	LinkSLL        LinkType = 113 // Linux cooked capture v1
	LinkIPv4       LinkType = 228 // raw IPv4
	LinkIPv6       LinkType = 229 // raw IPv6
	LinkSLL2       LinkType = 276 // Linux cooked capture v2
)

// Frame is what a card or a file gave: bytes, their time and a running number.
//
// Bytes are lent: they stay as they are until the next call of the source's
// Next. Whoever needs them longer copies them.
type Frame struct {
	Bytes  []byte
	Time   Time
	Number uint64   // counts frames of this source from 1, over all its files
	Wire   uint32   // length on the wire in bytes; len(Bytes) is less where the snap length cut
	Link   LinkType // how Bytes begin
	Tick   bool     // no frame at all: only the clock moved
}
