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
	sets         []handshakeSet // a power of two
	seed0, seed1 uint64
}

// A set is the two places that a key can stand in: one cache line.
type handshakeSet [2]handshakeEntry

// handshakeEntry stands for its key by a name of 64 bits, which is a hash that
// begins with a secret: one in 2^64 keys has the name of another, and nobody
// can know which.
type handshakeEntry struct {
	name uint64
	at   capture.Time
	isn  [2]packet.Seq
	has  [2]bool
	side Side // the initiator
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
// which takes 32 bytes for each.
func NewHandshakes(handshakes int) *Handshakes {
	sets := 1
	for sets*len(handshakeSet{}) < handshakes {
		sets *= 2
	}
	return &Handshakes{sets: make([]handshakeSet, sets), seed0: secret(), seed1: secret()}
}

// SYN remembers a SYN without payload that the given side sent.
func (m *Handshakes) SYN(k *Key, side Side, seq packet.Seq, now capture.Time) {
	set, name := m.set(k), m.name(k)
	e := set.find(name, now)
	switch {
	case e == nil:
		if e = set.place(name, bare, now); e == nil {
			return
		}
		e.side = side
	case e.has[side] && e.isn[side] == seq:
		// Sent again.
	case e.side != side && !e.has[side]:
		// Both sides call each other (RFC 9293 section 3.5). The first stays
		// the initiator.
	default:
		*e = handshakeEntry{name: name, kind: bare, side: side}
	}
	e.at = now
	e.isn[side], e.has[side] = seq, true
}

// SYNACK remembers a SYN-ACK without payload that the given side sent. ack is
// its acknowledgement number: the other side's first sequence number and one.
// Where it answers another SYN than the one remembered, or answers the same
// one anew with another number, it is left out, as the initiator leaves it.
func (m *Handshakes) SYNACK(k *Key, side Side, seq, ack packet.Seq, now capture.Time) {
	initiator := side.Other()
	set, name := m.set(k), m.name(k)
	e := set.find(name, now)
	if e == nil {
		e = set.place(name, answered, now)
		e.side = initiator
	}
	if e.has[initiator] && e.isn[initiator] != ack-1 || e.has[side] && e.isn[side] != seq {
		return
	}
	e.at, e.kind = now, answered
	e.isn[initiator], e.has[initiator] = ack-1, true
	e.isn[side], e.has[side] = seq, true
}

// Take returns what is remembered of a conversation that now carries payload,
// and forgets it.
func (m *Handshakes) Take(k *Key, now capture.Time) (Handshake, bool) {
	e := m.set(k).find(m.name(k), now)
	if e == nil {
		return Handshake{}, false
	}
	h := Handshake{ISN: e.isn, Has: e.has, Initiator: e.side}
	*e = handshakeEntry{}
	return h, true
}

func (m *Handshakes) set(k *Key) *handshakeSet {
	return &m.sets[k.Hash()&uint64(len(m.sets)-1)]
}

func (m *Handshakes) name(k *Key) uint64 { return k.mix(m.seed0, m.seed1) }

// find returns the entry of a name that is not too old, or nil.
func (s *handshakeSet) find(name uint64, now capture.Time) *handshakeEntry {
	for i := range s {
		if e := &s[i]; e.name == name && e.kind != none && now.Sub(e.at) <= HandshakeAge {
			return e
		}
	}
	return nil
}

// place returns an entry for a name that has none, empty but for name and kind,
// or nil where both places hold what may not give way to a bare SYN. A place
// that is empty or too old is taken first, then a bare SYN, then the older.
func (s *handshakeSet) place(name uint64, kind handshakeKind, now capture.Time) *handshakeEntry {
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
	*victim = handshakeEntry{name: name, kind: kind}
	return victim
}

// Fetch reads a byte of where a key would stand, which brings that into the
// processor's cache. It says nothing.
func (m *Handshakes) Fetch(k *Key) byte { return byte(m.set(k)[0].kind) }
