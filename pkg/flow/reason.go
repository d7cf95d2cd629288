package flow

import "strconv"

// Reason says why a flow was closed.
type Reason uint8

// Why a flow was closed. The table itself closes only for Evicted; the others
// are its owner's.
const (
	// Ended: both sides said so (FIN), or the protocol did.
	Ended Reason = iota
	// Reset: one side broke it off (RST).
	Reset
	// Idle: nothing was heard for as long as its kind is kept.
	Idle
	// Evicted: the table was full, and no flow had been idle for longer.
	Evicted
	// Reused: a new conversation began under the same key.
	Reused
	// Finished: the input ended, or the sensor stops.
	Finished

	// Reasons is how many there are.
	Reasons int = iota
)

var names = [Reasons]string{
	Ended:    "ended",
	Reset:    "reset",
	Idle:     "idle",
	Evicted:  "evicted",
	Reused:   "reused",
	Finished: "finished",
}

// String is the name of the reason's counter. It does not change between
// releases.
func (r Reason) String() string {
	if int(r) < len(names) {
		return names[r]
	}
	return "reason_" + strconv.Itoa(int(r))
}

// Stats counts what a Table did.
type Stats struct {
	Opened uint64
	Closed [Reasons]uint64 // by Reason
	Peak   uint64          // the most flows that were open at once
}

// Add adds the counts of another table. The sum of peaks is an upper bound of
// the peak of both together.
func (s *Stats) Add(o *Stats) {
	s.Opened += o.Opened
	for i, n := range o.Closed {
		s.Closed[i] += n
	}
	s.Peak += o.Peak
}
