package stream

// Stats counts what the connections of one pool met.
//
// All bytes of a stream that are given out, plus HoleBytes, plus CutBytes, are
// its whole length as far as it was followed.
type Stats struct {
	Segments uint64 // all segments, with or without payload
	Bytes    uint64 // payload bytes given to receivers

	OutOfOrder     uint64 // segments of which something was held until a hole before it closed
	Retransmitted  uint64 // segments with payload of which no byte was new
	LateBytes      uint64 // bytes that arrived after they had been skipped as missing
	Overlaps       uint64 // segments that share bytes with held ones
	OverlapDiffers uint64 // those whose shared bytes were different; the first copy was kept

	Holes           uint64 // gaps given out, cut frames apart
	HoleBytes       uint64 // bytes missing in them
	SkippedByAck    uint64 // holes that the receiver had acknowledged AckedHole ago
	SkippedByTime   uint64 // holes that stood for SilentHole with no acknowledgement to judge by
	SkippedByMemory uint64 // holes given up because the pool or the connection was full
	SkippedByJump   uint64 // holes at and before a jump to a place outside limit.Window
	SkippedAtClose  uint64 // holes that were open at Close or a reset
	CutBytes        uint64 // bytes that the snap length cut off

	KeepAlives     uint64 // probes one before the expected byte
	Outside        uint64 // segments outside limit.Window, ignored unless they made a jump
	Jumps          uint64 // times the stream went on at a place outside limit.Window
	StrayAcks      uint64 // acknowledgements outside limit.Window, ignored
	Discarded      uint64 // held bytes thrown away because the receiver never took them
	AfterFin       uint64 // segments with payload behind the end of their stream
	FinsTakenBack  uint64 // ends given up because data came in their place, not acknowledged
	Resets         uint64 // resets that ended a connection
	BadResets      uint64 // resets whose number did not fit, ignored
	AfterReset     uint64 // segments of a side after it reset the connection, ignored
	ResetsRevoked  uint64 // resets whose sender went on sending in place
	OtherHandshake uint64 // SYNs with a number that does not belong to the connection
}

// Add adds the counts of another pool.
func (s *Stats) Add(o *Stats) {
	s.Segments += o.Segments
	s.Bytes += o.Bytes
	s.OutOfOrder += o.OutOfOrder
	s.Retransmitted += o.Retransmitted
	s.LateBytes += o.LateBytes
	s.Overlaps += o.Overlaps
	s.OverlapDiffers += o.OverlapDiffers
	s.Holes += o.Holes
	s.HoleBytes += o.HoleBytes
	s.SkippedByAck += o.SkippedByAck
	s.SkippedByTime += o.SkippedByTime
	s.SkippedByMemory += o.SkippedByMemory
	s.SkippedByJump += o.SkippedByJump
	s.SkippedAtClose += o.SkippedAtClose
	s.CutBytes += o.CutBytes
	s.KeepAlives += o.KeepAlives
	s.Outside += o.Outside
	s.Jumps += o.Jumps
	s.StrayAcks += o.StrayAcks
	s.Discarded += o.Discarded
	s.AfterFin += o.AfterFin
	s.FinsTakenBack += o.FinsTakenBack
	s.Resets += o.Resets
	s.BadResets += o.BadResets
	s.AfterReset += o.AfterReset
	s.ResetsRevoked += o.ResetsRevoked
	s.OtherHandshake += o.OtherHandshake
}
