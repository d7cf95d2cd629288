// Package stream puts the bytes of a TCP connection in order, says aloud where
// bytes are missing, and never holds more than it may.
package stream

import (
	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/flow"
)

// Chunk is the next bytes of one direction of a connection, or a gap in them.
//
// A chunk never spans two segments, so that a reader who lost his place can
// look for a new one where a segment begins (Aligned).
type Chunk struct {
	// Bytes are lent for one call. They are nil in a gap.
	Bytes []byte
	// Gap is how many bytes of the stream are missing here; zero for bytes.
	// A gap stands between the bytes before and those after it, in a chunk of
	// its own.
	Gap int
	// Side sent the bytes.
	Side flow.Side
	// Aligned: Bytes begin where a segment began (nothing was trimmed off).
	Aligned bool
	// Time and Frame are those of the segment's first copy. For a gap they
	// are those of the frame that made it final.
	Time  capture.Time
	Frame uint64
	// Clock is the moment of delivery: not before Time, and never running
	// back over the chunks of all connections.
	Clock capture.Time
}

// Receiver takes what a connection delivers, in stream order per side.
type Receiver interface {
	Chunk(c *Chunk)
}
