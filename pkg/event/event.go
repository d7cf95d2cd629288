// Package event is what leaves the sensor: observations (facts at a time) and
// detections (verdicts with their evidence), and the one place that gives them
// their names. The names are those of the Elastic Common Schema where it has
// one, and stand under `hookhound.` where it has not.
//
// Both kinds are immutable once they were handed on, and both encode to one
// JSON object without a line break: fields are absent when unknown and never
// empty. Bytes that came off the wire and are not printable UTF-8 leave as
// \xNN.
package event

import (
	"net/netip"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/catalog"
	"github.com/hookhound/hookhound/pkg/packet"
	"github.com/hookhound/hookhound/pkg/protocol"
)

// SchemaVersion counts the incompatible changes of the JSON form.
const SchemaVersion = 1

// How the sensor was fed (`hookhound.mode`).
const (
	Live   = "live"
	Replay = "replay"
)

// ECSVersion is the release of the Elastic Common Schema whose names are used.
const ECSVersion = "9.5.0"

// Type is the kind of an observation.
type Type uint8

// The types of observations.
const (
	Hello Type = iota
	Exchange
	Flow
	HTTP
	Name
	Lease
)

// String is the word that leaves the sensor as `hookhound.observation`.
func (t Type) String() string {
	switch t {
	case Hello:
		return "hello"
	case Exchange:
		return "exchange"
	case HTTP:
		return "http"
	case Name:
		return "name"
	case Lease:
		return "lease"
	default:
		return "flow"
	}
}

// NameSource tells how the name of the other end was known.
type NameSource uint8

// From worst to best.
const (
	NameByAddress NameSource = iota // no name was seen
	NameByDNS                       // the client had asked for a name that led to the address
	NameBySNI                       // the TLS client named it
	NameByURL                       // a request in clear text named it, or what a proxy was asked for
)

// String is the word that leaves the sensor as `hookhound.visibility.name`.
func (n NameSource) String() string {
	switch n {
	case NameByDNS:
		return "dns"
	case NameBySNI:
		return "sni"
	case NameByURL:
		return "url"
	default:
		return "address"
	}
}

// Visibility is how much of something could be seen.
type Visibility struct {
	Bytes     uint64 // payload bytes that were seen
	Lost      uint64 // payload bytes that were sent and never captured
	Cut       uint64 // of the lost ones, those that the snap length cut off
	Copied    uint64 // payload bytes that a mirror showed a second time, not among the others
	Name      NameSource
	OneWay    bool // only one direction was captured
	Midstream bool // the connection's beginning was not captured
	Shared    bool // many hosts share the client's address
}

// Join adds what another part shows to the whole.
func (v *Visibility) Join(w Visibility) {
	v.Name = max(v.Name, w.Name)
	v.Bytes += w.Bytes
	v.Lost += w.Lost
	v.Cut += w.Cut
	v.Copied += w.Copied
	v.OneWay = v.OneWay || w.OneWay
	v.Midstream = v.Midstream || w.Midstream
	v.Shared = v.Shared || w.Shared
}

// LostShare is the share of the bytes that were never captured, 0 to 1.
func (v Visibility) LostShare() float64 { return share(v.Lost, v.Bytes+v.Lost) }

// CutShare is the share of the bytes that the snap length cut off, 0 to 1.
func (v Visibility) CutShare() float64 { return share(v.Cut, v.Bytes+v.Lost) }

// CopiedShare is the share of what was seen that had been seen before, 0 to 1:
// a half where a mirror shows everything twice.
func (v Visibility) CopiedShare() float64 { return share(v.Copied, v.Bytes+v.Copied) }

func share(part, all uint64) float64 {
	if all == 0 {
		return 0
	}
	return float64(part) / float64(all)
}

// Direction is where a conversation goes, by the home networks.
type Direction uint8

// The directions (ECS `network.direction`).
const (
	External Direction = iota
	Outbound
	Inbound
	Internal
)

// String is the ECS value.
func (d Direction) String() string {
	switch d {
	case Outbound:
		return "outbound"
	case Inbound:
		return "inbound"
	case Internal:
		return "internal"
	default:
		return "external"
	}
}

// Conn is who talks to whom: what all observations of one flow share. It is
// immutable; when more becomes known about a flow, it gets another one.
type Conn struct {
	Site      string
	Client    netip.AddrPort
	Server    netip.AddrPort
	Protocol  uint8 // IANA number of the transport
	Opened    capture.Time
	Direction Direction
	VLANs     []uint16      // the outer tags, at most two
	Tunnel    packet.Tunnel // the innermost tunnel with an id; the zero value without one
	TTL       uint8         // of the client's first packet, as captured; zero when none was

	// Hello is the newest hello of the connection, nil when there is none.
	Hello *protocol.Hello
	// Name is the server's name as the client gave it, lower case, without a
	// trailing dot; empty when unknown. Named tells where it was read.
	Name  string
	Named NameSource
	// Forwarded is the client that a proxy names in clear text; Client is then
	// the proxy. The zero value where nothing was said.
	Forwarded netip.Addr
	// OnBehalf: Forwarded is in the home networks, and so taken for the caller.
	OnBehalf bool
	// Match is the service behind the name or else behind the address.
	Match catalog.Match
}

// Caller is whose call it is: the client that a proxy names, or else the client.
// What a proxy says may be said by anybody: whoever sends such a header himself
// shifts his calls to another address. So a detection tells both, and judge looks
// at both.
func (c *Conn) Caller() netip.Addr {
	if c.OnBehalf {
		return c.Forwarded
	}
	return c.Client.Addr()
}

// Summary is what a flow was when it ended.
type Summary struct {
	First, Last capture.Time
	Bytes       [2]uint64 // payload on the wire: client's, server's
	Packets     [2]uint64 // frames with or without payload since the flow's first payload
	Outcome     string    // ECS event.outcome: success, failure or unknown
	Reason      string    // why the flow ended: finished, reset, idle, evicted, end, reused
}

// Request is an HTTP request in clear text, as far as privacy lets it leave.
type Request struct {
	Method    string
	Domain    string // the host that was asked for, port kept where it was sent
	Target    string // the request target, without what privacy keeps back
	UserAgent string
	Version   string // 1.0, 1.1 or 2
	Status    int    // of the answer; zero when none was seen
	Upgrade   string // what the connection turned into; empty: nothing else
	WebhookID string // names a webhook without giving access to it
	TokenHash string // keyed hash of the webhook's secret, hexadecimal; empty without a key
}

// Observation is an immutable fact at a time. Which of its parts counts is told
// by Type; Conn.Hello is the subject of a Hello.
type Observation struct {
	Type Type
	// Repeat: the exchange was reported before, as an interim.
	Repeat     bool
	Number     uint32       // of HTTP, Name and Lease: 0, 1, … in its connection
	Time       capture.Time // when the fact became known
	Frame      uint64       // the frame that made it known; zero where a deadline did
	Conn       *Conn
	Visibility Visibility
	Exchange   protocol.Exchange
	Summary    *Summary         // of a Flow
	Request    *Request         // of HTTP
	Answer     *protocol.Answer // of a Name
	Lease      *protocol.Lease
}
