package protocoltest

import (
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// Said is what one side of a conversation says at once, or a gap in it.
type Said struct {
	Side  flow.Side
	Bytes string
	Gap   int
}

// Play gives a conversation to a parser until it hands over, a millisecond
// between what is said, and ends it. What is said is cut into pieces of at most
// so many bytes; zero leaves it whole. The bytes are spoilt after each call,
// since they are lent for one.
//
// It returns how many bytes the parser took, those that it handed on left out.
func Play(p protocol.Parser, rec *Recorder, talk []Said, piece int) (taken int) {
	const start = capture.Time(1_700_000_000_000_000_000)
	now := start
	for i, s := range talk {
		now = start.Add(time.Duration(i+1) * time.Millisecond)
		c := stream.Chunk{Side: s.Side, Gap: s.Gap, Time: now, Clock: now, Frame: uint64(i + 1)}
		if s.Gap > 0 {
			p.Chunk(&c, rec)
			if rec.HandedOver {
				return taken
			}
			continue
		}
		for at, n := 0, 0; at < len(s.Bytes); at += n {
			n = len(s.Bytes) - at
			if piece > 0 {
				n = min(n, piece)
			}
			c.Bytes, c.Aligned = []byte(s.Bytes[at:at+n]), at == 0
			p.Chunk(&c, rec)
			taken += n
			if rec.HandedOver {
				return taken - len(rec.Rest)
			}
			for i := range c.Bytes {
				c.Bytes[i] = 0xdb
			}
		}
	}
	p.Close(now, rec)
	return taken
}
