package event

import (
	"net/netip"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/protocol"
)

// The kinds of detections that there are.
const (
	KindWebhookBeacon = "webhook-beacon"
	KindBeacon        = "beacon"
)

// Action is why a detection is sent.
type Action string

// The actions (`event.action`).
const (
	Created Action = "created"
	Updated Action = "updated"
	Ended   Action = "ended"
)

// Severity in four steps; below Low nothing is sent.
type Severity uint8

// The severities and the score from which each counts.
const (
	None Severity = iota
	Low
	Medium
	High
	Critical
)

// SeverityOf tells the severity of a score of 0 to 100.
func SeverityOf(score float64) Severity {
	switch {
	case score >= 95:
		return Critical
	case score >= 80:
		return High
	case score >= 60:
		return Medium
	case score >= 40:
		return Low
	}
	return None
}

// String is the word that leaves the sensor as `hookhound.severity`.
func (s Severity) String() string {
	return [...]string{"none", "low", "medium", "high", "critical"}[min(s, Critical)]
}

// Number is the value of ECS `event.severity`: the scale that Elastic's
// detection rules use (21, 47, 73, 99).
func (s Severity) Number() int {
	return [...]int{0, 21, 47, 73, 99}[min(s, Critical)]
}

// Term is one named part of a score, in points of 0 to 100. All terms of a
// detection add up to its score.
type Term struct {
	Name  string
	Value float64
	Why   string
}

// Beat is one beat of a timeline.
type Beat struct {
	Time     capture.Time
	Up, Down uint64 // application bytes
}

// Rhythm is what the scorer found in a pair's beats.
type Rhythm struct {
	Count      int           // beats of the episode
	Interval   time.Duration // the fitted period
	Jitter     float64       // standard deviation of the intervals over the period
	Shape      string        // how the sleep is spread, empty when unknown
	Missed     float64       // share of expected beats that were not seen
	UpMedian   uint64        // application bytes a beat, client's
	DownMedian uint64        // application bytes a beat, server's
	Inside     bool          // most beats were seen inside connections that carried several
	Conns      int           // connections that carried the beats
}

// Detection is a verdict on a pair, with its evidence. It is immutable once
// sent.
type Detection struct {
	Time  capture.Time // packet time of the beat that caused it, or of the deadline
	Frame uint64

	Kind     string
	Hunt     bool // an entry of the hunt list, and no alert
	Rank     int  // of a hunt entry: its place on the day's list, from 1
	Action   Action
	Episode  string // hash of site, client, service, kind and first beat
	Revision uint32 // 1, 2, … within the episode

	Site    string
	Client  netip.Addr
	Service string // the pair's service: catalogue id, registrable domain or address
	// ServiceName and Class are the catalogue's; empty outside it.
	ServiceName string
	Class       string
	Tenants     []string
	Names       []string     // server names that were called, newest first
	ServerName  string       // the newest that a TLS hello showed; empty where none did
	Servers     []netip.Addr // addresses that were called, newest first
	ServerPort  uint16       // newest
	Protocol    uint8        // IANA number of the newest connection's transport
	Via         netip.Addr   // the proxy that named the client; the zero value without one
	Direction   Direction

	// Fingerprint, JA3S and Version are those of the newest TLS hello.
	Fingerprint protocol.Fingerprint
	JA3S        string
	Version     string

	Start, End capture.Time // first and last beat of the episode
	Rhythm     Rhythm
	Score      float64 // 0 to 100, the sum of the terms
	Terms      []Term
	Message    string
	Visibility Visibility
	Timeline   []Beat   // the newest beats, at most limit.EvidenceBeats
	Flows      []string // community ids, newest first, at most limit.EvidenceFlows
}

// Severity of the detection by its score.
func (d *Detection) Severity() Severity { return SeverityOf(d.Score) }
