package detect

import (
	"hash/maphash"

	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
)

// who is what the hellos of a connection tell of the programs at its ends, but
// for the JA3, which programs that shuffle their extensions have another of each
// time. Most connections of a network tell one of few things, so pairs share
// them.
type who struct {
	fingerprint   protocol.Fingerprint // without JA3
	ja3s, version string
}

// whos remembers whos of late, one in each place, and likewise the texts that
// they are made of. What is forgotten costs memory, nothing else.
type whos struct {
	seed maphash.Seed
	slot [limit.Programs]*who
	text [limit.Programs]string
}

// of returns what a hello tells.
func (w *whos) of(h *protocol.Hello) *who {
	f := &h.Fingerprint
	at := maphash.String(w.seed, f.JA4) ^ maphash.String(w.seed, h.JA3S)
	slot := &w.slot[at%limit.Programs]
	if *slot == nil || !(*slot).tells(h) {
		*slot = &who{
			fingerprint: protocol.Fingerprint{JA4: w.one(f.JA4), JA4Raw: w.one(f.JA4Raw), JA4Stable: w.one(f.JA4Stable)},
			ja3s:        w.one(h.JA3S),
			version:     h.Version, // a constant
		}
	}
	return *slot
}

// tells says whether it is what a hello tells.
func (w *who) tells(h *protocol.Hello) bool {
	f, g := &w.fingerprint, &h.Fingerprint
	return f.JA4 == g.JA4 && f.JA4Raw == g.JA4Raw && f.JA4Stable == g.JA4Stable && w.ja3s == h.JA3S && w.version == h.Version
}

// one returns a text that was given before, if it is alike.
func (w *whos) one(s string) string {
	slot := &w.text[maphash.String(w.seed, s)%limit.Programs]
	if *slot != s {
		*slot = s
	}
	return *slot
}
