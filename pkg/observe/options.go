package observe

import (
	"net/netip"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/catalog"
	"github.com/hookhound/hookhound/pkg/dedup"
	"github.com/hookhound/hookhound/pkg/event"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// Options are the settings of the observing half. They are shared by all
// shards and not changed.
type Options struct {
	Site    string
	Home    []netip.Prefix // whose clients are scored
	Exclude []netip.Prefix // whose flows are not followed, whichever end they are
	Catalog *catalog.Catalog

	// ExchangesOnly leaves out hellos and flows, where nobody but the judge
	// listens.
	ExchangesOnly bool

	// WholeURLs lets the targets of requests in clear text leave as they are;
	// otherwise their queries stay, and outside the catalogue their paths.
	WholeURLs bool
	// TokenKey keys the hash by which a webhook's secret leaves the sensor;
	// without one nothing of the secret leaves.
	TokenKey []byte

	// Overlapping tells that address spaces overlap: what VLANs and virtual
	// networks carry is kept apart, and the site of each is named after it.
	Overlapping bool

	// Seed is a secret that keeps a sender from making a packet that is taken
	// for a copy of another. Runs with one seed give the same result.
	Seed uint64

	Flows        int // flows at once, over all shards
	StreamMemory int // bytes held out of order, over all shards

	// Protocols and OverUDP list what is read; nil is what builtin lists.
	// They are called by each worker, and again after a panic.
	Protocols func() []protocol.Protocol
	OverUDP   func() []protocol.DatagramProtocol
}

// Stats are the counters of a shard.
type Stats struct {
	Flows     flow.Stats
	Stream    stream.Stats
	Copies    dedup.Stats
	Hellos    uint64
	Exchanges uint64 // interim ones left out
	Requests  uint64 // HTTP in clear text
	Names     uint64 // DNS answers
	Leases    uint64
	Opaque    uint64 // TCP flows that no parser could read
	Excluded  uint64 // flows of excluded subnets
	Stray     uint64 // packets without payload that belong to no flow
	Cut       uint64 // payload bytes that the snap length cut off
	Lost      uint64 // payload bytes that were sent and never captured, Cut included
	Bytes     uint64 // payload bytes captured, in order or not
	Panics    uint64 // faults of our own that were caught
	Dropped   uint64 // flows that are followed no more because of one
}

// Add adds the counts of another shard.
func (s *Stats) Add(o *Stats) {
	s.Flows.Add(&o.Flows)
	s.Copies.Add(&o.Copies)
	s.Stream.Add(&o.Stream)
	s.Hellos += o.Hellos
	s.Exchanges += o.Exchanges
	s.Requests += o.Requests
	s.Names += o.Names
	s.Leases += o.Leases
	s.Opaque += o.Opaque
	s.Excluded += o.Excluded
	s.Stray += o.Stray
	s.Cut += o.Cut
	s.Lost += o.Lost
	s.Bytes += o.Bytes
	s.Panics += o.Panics
	s.Dropped += o.Dropped
}

// Item is an observation with its place in the order of all of them: by time,
// then by the frame that made it known. What a deadline made known has frame 0
// and comes first; what the end of the input did comes last. Where both are the
// same, which only deadlines and the end can bring about, the shard decides.
type Item struct {
	Time  capture.Time
	Frame uint64
	Shard uint8
	event.Observation
}
