package quicwire

import "github.com/hookhound/hookhound/pkg/protocol"

// answer takes a server's datagram. lone: it may be a probe of the path.
func (x *cutter) answer(d *datagram, plain int, lone bool, out protocol.Facts) {
	t := d.Time
	silence := t.Sub(x.lastAnswer)
	x.lastServer = max(x.lastServer, t)
	if plain <= answerSize || plain <= serverControl && x.phase == idle && !x.held {
		return
	}
	slight := plain <= serverControl
	switch {
	case !x.heard[client]:
		if (x.phase == idle || silence > burstTime) && x.mayCut(d) {
			x.finish(d.Clock, d.Frame, out)
			x.begin(d, t)
		}
	case x.held && !lone && !x.opening(t) && t.Sub(x.heldEnd) <= heldTime && x.ask(d, out):
		x.slight = slight
	case x.phase == asking:
		x.probed, x.slight = lone, slight
	case lone || x.phase == idle && (slight || x.opening(t) || !x.mayCut(d)):
		return // a probe; SETTINGS, tickets and new ids
	case x.phase == idle:
		x.begin(d, t)
		x.push = true
	case x.probed: // and the answer comes only now
		x.probed, x.down = false, 0
	}
	x.phase, x.slight = answering, x.slight && slight
	x.down += uint64(plain)
	x.lastAnswer = max(t, x.lastAnswer)
	x.moved(d)
}
