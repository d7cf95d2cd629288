package quicwire

import (
	"slices"

	"github.com/hookhound/hookhound/pkg/limit"
)

// assembly puts the bytes of the CRYPTO frames of one side in order and cuts
// them into handshake messages. The zero value is ready for use.
type assembly struct {
	ready  []byte  // bytes in order from offset zero on
	read   int     // of ready, the bytes that were given as messages
	pieces []piece // beyond ready, sorted by where they begin
	held   []byte  // the bytes of pieces
	failed bool    // a limit was passed; nothing more is taken
}

// piece is bytes of the stream from at on that wait for those before them.
type piece struct {
	at      uint32
	from, n uint16 // where they are in held
}

// add takes bytes of the stream from an offset on; of what came before the
// first copy counts. Bytes beyond the limits end the assembly.
func (a *assembly) add(at uint64, b []byte) {
	switch {
	case a.failed || len(b) == 0:
	case at > limit.QUICCrypto || int(at)+len(b) > limit.QUICCrypto:
		a.fail()
	case int(at) > len(a.ready):
		a.keep(uint32(at), b)
	default:
		a.extend(int(at), b)
		a.drain()
	}
}

// extend appends what of b, which begins at or before the end of ready, is new.
func (a *assembly) extend(at int, b []byte) {
	if known := len(a.ready) - at; known < len(b) {
		a.ready = append(a.ready, b[known:]...)
	}
}

// keep holds a piece until the bytes before it are there.
func (a *assembly) keep(at uint32, b []byte) {
	i, _ := slices.BinarySearchFunc(a.pieces, at, func(p piece, at uint32) int { return int(p.at) - int(at) })
	for _, p := range a.pieces[i:] {
		if p.at != at {
			break
		}
		if int(p.n) >= len(b) {
			return // a copy
		}
	}
	if len(a.pieces) >= limit.QUICPieces || len(a.held)+len(b) > limit.QUICCrypto {
		a.fail()
		return
	}
	a.pieces = slices.Insert(a.pieces, i, piece{at, uint16(len(a.held)), uint16(len(b))})
	a.held = append(a.held, b...)
}

// drain moves the pieces that have become ready.
func (a *assembly) drain() {
	n := 0
	for _, p := range a.pieces {
		if int(p.at) > len(a.ready) {
			break
		}
		a.extend(int(p.at), a.held[p.from:int(p.from)+int(p.n)])
		n++
	}
	a.pieces = slices.Delete(a.pieces, 0, n)
	if len(a.pieces) == 0 {
		a.pieces, a.held = nil, nil
	}
}

// fail lets everything go.
func (a *assembly) fail() { *a = assembly{failed: true} }

// next gives the next handshake message that is complete: its type and its
// body, which is lent until the next call of add.
func (a *assembly) next() (kind uint8, body []byte, ok bool) {
	const header = 4
	b := a.ready[a.read:]
	if len(b) < header {
		return 0, nil, false
	}
	n := header + int(b[1])<<16 + int(b[2])<<8 + int(b[3])
	if a.read+n > limit.QUICCrypto {
		a.fail()
		return 0, nil, false
	}
	if len(b) < n {
		return 0, nil, false
	}
	a.read += n
	return b[0], b[header:n], true
}
