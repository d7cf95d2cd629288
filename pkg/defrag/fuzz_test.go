package defrag

import (
	"bytes"
	"testing"
	"time"
)

// FuzzAdd plays fragments that the input chooses and holds them against a
// model that keeps a byte and a mark for each place: what comes out is what
// the first copies told, and in IPv6 nothing comes out after an overlap. The
// books of memory agree at the end.
func FuzzAdd(f *testing.F) {
	f.Add(false, []byte{0, 4, 1, 1, 4, 4, 0, 2})
	f.Add(true, []byte{0, 4, 1, 1, 4, 4, 0, 2, 4, 4, 0, 2})
	f.Add(false, []byte{2, 3, 1, 1, 0, 4, 1, 2, 5, 9, 0, 3, 3, 5, 1, 4})
	f.Add(true, []byte{2, 3, 1, 1, 0, 4, 1, 2, 5, 9, 0, 3})
	f.Fuzz(func(t *testing.T, v6 bool, script []byte) {
		b := newBench(t)
		m := maker{v6: v6, id: 1, src: 1}
		var told [256 * 8 * 2]byte
		var known [len(told)]bool
		total := -1
		for ; len(script) >= 4; script = script[4:] {
			from, n, more, fill := int(script[0])*8, int(script[1])*8, script[2]&1 != 0, script[3]
			if from == 0 && !more {
				continue // no fragment
			}
			if script[2]&0x80 != 0 {
				b.clock = b.clock.Add(time.Duration(script[2]) * 50 * time.Millisecond)
			}
			p := b.packets([][]byte{m.raw(bytes.Repeat([]byte{fill}, n), from, more)})[0]
			b.clock = b.clock.Add(time.Microsecond)
			p.Clock = b.clock
			before := b.Stats()
			whole := b.Add(&p)
			after := b.Stats()
			if after.TimedOut > before.TimedOut {
				break // the model is of one datagram
			}
			if after.Bad > before.Bad {
				if whole {
					t.Fatal("whole by a bad part")
				}
				if n > 0 && after.Waiting == 0 {
					break // it was given up
				}
				continue
			}
			overlaps, covered, differs := false, true, false
			for i := from; i < from+n; i++ {
				overlaps = overlaps || known[i]
				covered = covered && known[i]
				differs = differs || known[i] && told[i] != fill
				if !known[i] {
					told[i], known[i] = fill, true
				}
			}
			if overlaps && v6 && (differs || !covered) {
				if whole || after.Waiting != 0 {
					t.Fatal("it goes on after an overlap")
				}
				break
			}
			if !more {
				total = from + n
			}
			complete := total >= 0
			for i := 0; i < total && complete; i++ {
				complete = known[i]
			}
			if whole != complete {
				t.Fatalf("whole is %v, want %v", whole, complete)
			}
			if whole {
				if p.Length != total || !bytes.Equal(p.Payload, told[:total]) {
					t.Fatalf("%d of %d bytes, want %d", len(p.Payload), p.Length, total)
				}
				break
			}
		}
		b.held("end")
	})
}
