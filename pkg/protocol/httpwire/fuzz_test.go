package httpwire

import (
	"testing"

	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/protocol/protocoltest"
	"github.com/hookhound/hookhound/pkg/stream"
)

// decodeEvents makes a conversation of any bytes: for each segment one of
// control (side, gap, seconds before it), one of length, and its bytes.
func decodeEvents(b []byte) (events []event) {
	at := 0.0
	for len(b) >= 2 && len(events) < 200 {
		control, n := b[0], int(b[1])
		b = b[2:]
		if control&8 != 0 {
			n *= 16
		}
		e := event{side: "CS"[control&1], at: at}
		switch {
		case control&2 != 0:
			e.gap = n + 1
		case n > len(b):
			e.bytes, b = string(b), nil
		default:
			e.bytes, b = string(b[:n]), b[n:]
		}
		if control&4 != 0 {
			at += float64(control >> 4 << 1)
		}
		e.at = at
		events = append(events, e)
	}
	return append(events, event{at: at + 100})
}

func encodeEvents(events []event) (b []byte) {
	last := 0.0
	for _, e := range events {
		if e.side == 0 || e.gap > 256 {
			continue
		}
		control := byte(0)
		if e.side == 'S' {
			control |= 1
		}
		if d := e.at - last; d >= 2 {
			control |= 4 | byte(min(d/2, 15))<<4
		}
		last = e.at
		if e.gap > 0 {
			b = append(b, control|2, byte(e.gap-1))
			continue
		}
		for s := e.bytes; len(s) > 0; {
			n := min(len(s), 255)
			b = append(b, control, byte(n))
			b = append(b, s[:n]...)
			s, control = s[n:], control&1
		}
	}
	return b
}

// alignedOnce says that only the first chunk of each side begins a segment.
type alignedOnce struct {
	protocol.Parser
	seen [2]bool
}

func (a *alignedOnce) Chunk(c *stream.Chunk, out protocol.Facts) {
	c.Aligned = c.Aligned && !a.seen[c.Side]
	a.seen[c.Side] = true
	a.Parser.Chunk(c, out)
}

// bounded checks that a parser holds no more than it may.
type bounded struct {
	protocol.Parser
	t testing.TB
}

func (x *bounded) Chunk(c *stream.Chunk, out protocol.Facts) {
	x.Parser.Chunk(c, out)
	switch p := x.Parser.(type) {
	case *conn:
		if len(p.calls) > limit.HTTPCalls || len(p.readers[0].line) > limit.HTTPLine || len(p.readers[1].line) > limit.HTTPLine {
			x.t.Errorf("%d calls, lines of %d and %d", len(p.calls), len(p.readers[0].line), len(p.readers[1].line))
		}
		if p.next != nil && len(p.next.streams) > limit.HTTPStreams {
			x.t.Errorf("%d streams", len(p.next.streams))
		}
	case *conn2:
		if len(p.streams) > limit.HTTPStreams {
			x.t.Errorf("%d streams", len(p.streams))
		}
	}
}

func fuzzConversation(f *testing.F, p protocol.Protocol, scripts []script) {
	for _, s := range scripts {
		f.Add(encodeEvents(s.events), byte(3))
	}
	plain, once := p, p
	plain.New = func() protocol.Parser { return &bounded{p.New(), f} }
	once.New = func() protocol.Parser { return &alignedOnce{Parser: p.New()} }
	f.Fuzz(func(t *testing.T, b []byte, pieces byte) {
		events := decodeEvents(b)
		plain.New = func() protocol.Parser { return &bounded{p.New(), t} }
		r := play(t, plain, events, int(pieces)) // what holds for all facts is checked by the recorder
		sane(t, r)
		whole := play(t, once, events, 0)
		if got, want := text(play(t, once, events, int(pieces%32)+1)), text(whole); !whole.HandedOver && got != want {
			t.Fatalf("in pieces of %d:\n%s\nwhole\n%s", pieces%32+1, got, want)
		}
	})
}

// sane checks what the recorder does not: each request is given once, and each
// exchange that has one comes with it.
func sane(t testing.TB, r *protocoltest.Recorder) {
	given := map[string]int{}
	for _, q := range r.Requests {
		given[q.Method+" "+q.Target]++
		if len(q.Target) > limit.RequestField || len(q.Host) > limit.RequestField || len(q.UserAgent) > limit.RequestField {
			t.Errorf("a field of a request is too long")
		}
	}
	final := r.Final()
	for _, x := range final {
		if x.Request != nil && !x.Push {
			if k := x.Request.Method + " " + x.Request.Target; given[k] > 0 {
				given[k]--
			} else {
				t.Errorf("an exchange of %s without its request", k)
			}
		}
	}
	if n := len(final); n > 0 && final[n-1].Index != uint32(n-1) {
		t.Errorf("%d exchanges, the last is number %d", n, final[n-1].Index)
	}
}

func FuzzHTTP1(f *testing.F) { fuzzConversation(f, HTTP(), append(scripts1(), scriptsUpgrade()...)) }

func FuzzHTTP2(f *testing.F) { fuzzConversation(f, HTTP2(), scripts2()) }
