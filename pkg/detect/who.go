package detect

import (
	"hash/maphash"

	"github.com/hookhound/hookhound/pkg/protocol"
)

// who is what the hellos of a connection tell of the programs at its ends. Most
// connections of a network tell one of few things, so pairs share them.
type who struct {
	fingerprint   protocol.Fingerprint
	ja3s, version string
}

// whos remembers whos of late, one in each place, and likewise the texts that
// they are made of: programs that shuffle their extensions have another JA3 each
// time, and all else alike. What is forgotten costs memory, nothing else.
type whos struct {
	seed maphash.Seed
	slot [whoSlots]*who
	text [whoSlots]string
}

// whoSlots bounds what is remembered to some 0.3 MiB. A site has some dozens of
// programs.
const whoSlots = 1 << 10

// of returns what a hello tells, nil for none.
func (w *whos) of(h *protocol.Hello) *who {
	if h == nil {
		return nil
	}
	n := who{h.Fingerprint, h.JA3S, h.Version}
	at := maphash.String(w.seed, n.fingerprint.JA3) ^ maphash.String(w.seed, n.ja3s)
	slot := &w.slot[at%whoSlots]
	if *slot == nil || **slot != n {
		f := &n.fingerprint
		*slot = &who{
			fingerprint: protocol.Fingerprint{
				JA3: f.JA3, JA4: w.one(f.JA4), JA4Raw: w.one(f.JA4Raw), JA4Stable: w.one(f.JA4Stable),
			},
			ja3s:    w.one(n.ja3s),
			version: n.version, // a constant
		}
	}
	return *slot
}

// one returns a text that was given before, if it is alike.
func (w *whos) one(s string) string {
	slot := &w.text[maphash.String(w.seed, s)%whoSlots]
	if *slot != s {
		*slot = s
	}
	return *slot
}
