package httpwire

import (
	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// other stands for a connection that began like HTTP and is none, as RTSP and
// SIP do: it is told as one exchange, like one that no parser reads.
type other struct{ due capture.Time }

func (o *other) moved(c *stream.Chunk) {
	if o.due == capture.Never {
		o.due = c.Clock.Add(interimTime)
	}
}

func (o *other) advance(now capture.Time, l *ledger, t *tally, client flow.Side, out protocol.Facts) {
	o.due = capture.Never // until something moves
	out.Exchange(t.exchange(l.next, client, now, true))
}

func (o *other) close(now capture.Time, l *ledger, t *tally, client flow.Side, out protocol.Facts) {
	out.Exchange(t.exchange(l.take(), client, now, false))
}

func (t *tally) exchange(index uint32, client flow.Side, known capture.Time, interim bool) protocol.Exchange {
	return protocol.Exchange{
		Start: t.first, End: t.last, Known: max(known, t.last),
		Up: t.bytes[client], Down: t.bytes[client.Other()], Index: index,
		How: protocol.ByConnection, Sure: protocol.Guessed, Interim: interim,
	}
}
