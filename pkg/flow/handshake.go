package flow

import (
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/packet"
)

// HandshakeAge is how long a SYN or SYN-ACK is remembered. A client sends its
// request at once, or soon; a key that comes back a minute later is another
// conversation.
const HandshakeAge = time.Minute

// Handshake is what is known of how a conversation began.
type Handshake struct {
	ISN       [2]packet.Seq // the initial sequence number of each side
	Has       [2]bool       // whether it is known
	Initiator Side          // who sent the SYN
}

// Handshakes remembers the SYN and SYN-ACK of conversations that have carried
// no payload yet, so that a bare SYN costs no flow. It has one fixed block of
// memory, and forgets: each key has two places, which it shares with others.
//
// A flood of SYN segments from other addresses or ports can overwrite bare
// SYNs, and nothing else: an entry that has seen a SYN-ACK gives way only to
// another one, or to age, and a SYN-ACK alone tells all that its SYN did. A
// flood of SYN-ACKs, answered or forged, can overwrite everything here. What
// is lost then is who began a conversation and where its sequence numbers
// start; the conversation itself is still seen.
//
// It is not safe for concurrent use: a shard has one owner.
type Handshakes struct {
	sets []handshakeSet // a power of two
}

// A set is the two places that a key can stand in.
type handshakeSet [2]handshakeEntry

// handshakeEntry fits into one cache line.
type handshakeEntry struct {
	key  Key
	at   capture.Time
	hand Handshake
	kind handshakeKind
}

type handshakeKind uint8

// In the order in which they give way.
const (
	none handshakeKind = iota
	bare               // no SYN-ACK was seen
	answered
)

// NewHandshakes returns a memory for at least the given number of handshakes,
// which takes 64 bytes for each.
func NewHandshakes(handshakes int) *Handshakes {
	sets := 1
	for sets*len(handshakeSet{}) < handshakes {
		sets *= 2
	}
	return &Handshakes{sets: make([]handshakeSet, sets)}
}

// SYN remembers a SYN without payload that the given side sent.
func (m *Handshakes) SYN(k *Key, side Side, seq packet.Seq, now capture.Time) {
	e := m.find(k, now)
	switch {
	case e == nil:
		if e = m.place(k, bare, now); e == nil {
			return
		}
		e.hand.Initiator = side
	case e.hand.Has[side] && e.hand.ISN[side] == seq:
		// Sent again.
	case e.hand.Initiator != side && !e.hand.Has[side]:
		// Both sides call each other (RFC 9293 section 3.5). The first stays
		// the initiator.
	default:
		*e = handshakeEntry{key: *k, kind: bare, hand: Handshake{Initiator: side}}
	}
	e.at = now
	e.hand.ISN[side], e.hand.Has[side] = seq, true
}

// SYNACK remembers a SYN-ACK without payload that the given side sent. ack is
// its acknowledgement number: the other side's first sequence number and one.
// Where it answers another SYN than the one remembered, or answers the same
// one anew with another number, it is left out, as the initiator leaves it.
func (m *Handshakes) SYNACK(k *Key, side Side, seq, ack packet.Seq, now capture.Time) {
	initiator := side.Other()
	e := m.find(k, now)
	if e == nil {
		e = m.place(k, answered, now)
		e.hand.Initiator = initiator
	}
	h := &e.hand
	if h.Has[initiator] && h.ISN[initiator] != ack-1 || h.Has[side] && h.ISN[side] != seq {
		return
	}
	e.at, e.kind = now, answered
	h.ISN[initiator], h.Has[initiator] = ack-1, true
	h.ISN[side], h.Has[side] = seq, true
}

// Take returns what is remembered of a conversation that now carries payload,
// and forgets it.
func (m *Handshakes) Take(k *Key, now capture.Time) (Handshake, bool) {
	e := m.find(k, now)
	if e == nil {
		return Handshake{}, false
	}
	h := e.hand
	*e = handshakeEntry{}
	return h, true
}

func (m *Handshakes) set(k *Key) *handshakeSet {
	return &m.sets[k.Hash()&uint64(len(m.sets)-1)]
}

// find returns the entry of a key that is not too old, or nil.
func (m *Handshakes) find(k *Key, now capture.Time) *handshakeEntry {
	s := m.set(k)
	for i := range s {
		if e := &s[i]; e.kind != none && e.key == *k && now.Sub(e.at) <= HandshakeAge {
			return e
		}
	}
	return nil
}

// place returns an entry for a key that has none, empty but for key and kind,
// or nil where both places hold what may not give way to a bare SYN. A place
// that is empty or too old is taken first, then a bare SYN, then the older.
func (m *Handshakes) place(k *Key, kind handshakeKind, now capture.Time) *handshakeEntry {
	s := m.set(k)
	rank := func(e *handshakeEntry) handshakeKind {
		if now.Sub(e.at) > HandshakeAge {
			return none
		}
		return e.kind
	}
	victim, lowest := &s[0], rank(&s[0])
	if r := rank(&s[1]); r < lowest || r == lowest && s[1].at < s[0].at {
		victim, lowest = &s[1], r
	}
	if lowest > kind {
		return nil
	}
	*victim = handshakeEntry{key: *k, kind: kind}
	return victim
}
