package defrag

// Stats count fragments and what became of them.
type Stats struct {
	Parts       uint64 // fragments that came
	Whole       uint64 // datagrams made whole
	Cut         uint64 // of these, those that the snap length cut
	Copies      uint64 // parts that told the same again, or of a datagram that is finished
	Overlapping uint64 // parts that told other bytes: ignored in IPv4, the end of a datagram in IPv6
	Oversized   uint64 // parts that reach beyond the greatest datagram
	Bad         uint64 // parts of no length or of an odd one, that contradict the end, or with too many holes
	TimedOut    uint64 // datagrams that lacked a part for Timeout
	Evicted     uint64 // datagrams that had to go to make room
	Waiting     uint64 // datagrams that lack a part now
}

// Add adds the counts of another table.
func (s *Stats) Add(o *Stats) {
	s.Parts += o.Parts
	s.Whole += o.Whole
	s.Cut += o.Cut
	s.Copies += o.Copies
	s.Overlapping += o.Overlapping
	s.Oversized += o.Oversized
	s.Bad += o.Bad
	s.TimedOut += o.TimedOut
	s.Evicted += o.Evicted
	s.Waiting += o.Waiting
}
