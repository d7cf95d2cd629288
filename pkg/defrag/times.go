package defrag

import (
	"time"

	"github.com/hookhound/hookhound/pkg/limit"
)

// Timeout is how long the parts of a datagram are waited for, from the first
// that came, in packet time. Receivers wait 30 s (Linux) to 60 s (RFC 8200
// section 4.5); longer waits keep memory for what nobody will deliver.
const Timeout = 30 * time.Second

// Linger is how long a datagram that is finished or given up is remembered, so
// that further copies of its parts (a mirror sees them twice) do not begin it
// anew. A sender that uses the same identification again so soon sends 650000
// fragmented datagrams a second, or wants to be overlooked: a first part that
// tells other bytes than the last one begins another datagram.
const Linger = 100 * time.Millisecond

// pageBytes is the unit in which memory is given to a datagram: a part of an
// ordinary size takes one or two.
const (
	pageBytes = 2048
	maxPages  = (limit.FragmentPayload + pageBytes) / pageBytes
)
