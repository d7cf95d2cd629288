package sockswire

import (
	"slices"
	"testing"

	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/protocol/protocoltest"
)

// FuzzSplit: bytes cut anywhere tell the same, the parser holds no more than
// its limits, and what a probe said is not taken back.
func FuzzSplit(f *testing.F) {
	for _, c := range cases {
		var b []byte
		var turns []byte
		for _, s := range c.talk {
			b = append(b, s.Bytes...)
			turns = append(turns, byte(len(s.Bytes)))
		}
		f.Add(b, turns, byte(c.talk[0].Side), false)
	}
	f.Add([]byte("PROXY TCP4 192.0.2.1 198.51.100.2 56316 443\r\nGET /"), []byte{200}, byte(0), true)
	f.Add([]byte(signature+"\x21\x11\x00\x0c\xc0\x00\x02\x01\xc6\x33\x64\x02\xdb\xfc\x01\xbb\x16\x03"), []byte{200}, byte(1), true)
	f.Fuzz(func(t *testing.T, b, turns []byte, first byte, head bool) {
		kind := Protocol()
		if head {
			kind = Header()
		}
		var said []protocoltest.Said
		side := flow.Side(first & 1)
		for _, n := range turns {
			n := min(int(n), len(b))
			if n > 0 {
				said = append(said, protocoltest.Said{Side: side, Bytes: string(b[:n])})
			}
			b, side = b[n:], side.Other()
		}
		var want protocoltest.Recorder
		taken := 0
		for i, piece := range []int{0, 1, 3, 16} {
			rec := protocoltest.Recorder{T: t}
			p := kind.New()
			n := protocoltest.Play(p, &rec, said, piece)
			if s, ok := p.(*socks); ok && (cap(s.held[0]) > 2*limit.SOCKSMessage || cap(s.held[1]) > 2*limit.SOCKSMessage) {
				t.Errorf("it holds %d and %d bytes", cap(s.held[0]), cap(s.held[1]))
			}
			if h, ok := p.(*header); ok && (cap(h.sides[0].held) > 2*limit.ProxyHeader || cap(h.sides[1].held) > 2*limit.ProxyHeader) {
				t.Errorf("it holds %d and %d bytes", cap(h.sides[0].held), cap(h.sides[1].held))
			}
			if i == 0 {
				want, taken = rec, n
				continue
			}
			if !slices.Equal(rec.Targets, want.Targets) || !slices.Equal(rec.Clients, want.Clients) || rec.HandedOver != want.HandedOver {
				t.Errorf("in pieces of %d: %v %v %v, whole: %v %v %v", piece, rec.Targets, rec.Clients, rec.HandedOver, want.Targets, want.Clients, want.HandedOver)
			}
			if len(want.Rest) > 0 && n != taken {
				t.Errorf("in pieces of %d: %d bytes taken, whole: %d", piece, n, taken)
			}
		}
		if len(said) > 0 {
			last := protocol.More
			for n := range min(len(said[0].Bytes), protocol.ProbeBytes) + 1 {
				v := kind.Probe([]byte(said[0].Bytes[:n]), false)
				if last != protocol.More && v != last {
					t.Errorf("with %d bytes the probe says %d, and said %d", n, v, last)
				}
				last = v
			}
		}
	})
}
