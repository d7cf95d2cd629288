package quicwire

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/hookhound/hookhound/pkg/limit"
)

// TestAssembly gives a stream of messages in pieces, in any order and more than
// once; what comes out is the same.
func TestAssembly(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var stream []byte
	var want [][]byte
	for i := range 5 {
		body := bytes.Repeat([]byte{byte(i)}, 700*i)
		want = append(want, body)
		stream = append(stream, byte(i), 0, byte(len(body)>>8), byte(len(body)))
		stream = append(stream, body...)
	}
	for range 200 {
		type part struct{ at, end int }
		var parts []part
		for at := 0; at < len(stream); {
			end := min(len(stream), at+1+r.IntN(600))
			parts = append(parts, part{at, end}, part{max(0, at-r.IntN(50)), end})
			at = end
		}
		r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		var a assembly
		n := 0
		for _, p := range parts {
			a.add(uint64(p.at), stream[p.at:p.end])
			for {
				kind, body, ok := a.next()
				if !ok {
					break
				}
				if int(kind) != n || !bytes.Equal(body, want[n]) {
					t.Fatalf("message %d: type %d, %d bytes", n, kind, len(body))
				}
				n++
			}
		}
		if n != len(want) || a.pieces != nil || a.held != nil {
			t.Fatalf("%d messages, %d pieces and %d bytes left", n, len(a.pieces), len(a.held))
		}
	}
}

// TestAssemblyLimits holds what one side may make us keep.
func TestAssemblyLimits(t *testing.T) {
	for _, c := range []struct {
		name string
		feed func(a *assembly)
	}{
		{"offset far ahead", func(a *assembly) { a.add(1<<62-1, []byte{1}) }},
		{"offset just ahead", func(a *assembly) { a.add(limit.QUICCrypto, []byte{1}) }},
		{"tiny pieces", func(a *assembly) {
			for i := range limit.QUICPieces + 1 {
				a.add(uint64(2*i+1), []byte{1})
			}
		}},
		{"much held", func(a *assembly) {
			for i := range 20 {
				a.add(uint64(100-i), make([]byte, 1000))
			}
		}},
		{"long message", func(a *assembly) { a.add(0, []byte{1, 0xff, 0xff, 0xff}); a.next() }},
	} {
		var a assembly
		c.feed(&a)
		if !a.failed || a.ready != nil || a.pieces != nil || a.held != nil {
			t.Errorf("%s: failed %v, %d ready, %d pieces, %d held", c.name, a.failed, len(a.ready), len(a.pieces), len(a.held))
		}
		a.add(0, []byte{1, 0, 0, 0})
		if _, _, ok := a.next(); ok {
			t.Errorf("%s: it goes on", c.name)
		}
	}
}
