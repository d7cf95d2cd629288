package tlswire

import (
	"testing"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol/protocoltest"
	"github.com/hookhound/hookhound/pkg/stream"
)

// greetWith gives a new parser one chunk after the other, a millisecond apart.
func greetWith(t *testing.T, chunks ...[]byte) (*conn, *protocoltest.Recorder) {
	t.Helper()
	p, out := Protocol().New().(*conn), &protocoltest.Recorder{T: t}
	for i, b := range chunks {
		at := capture.Time(i) * 1e6
		p.Chunk(&stream.Chunk{Bytes: b, Side: 1, Aligned: true, Time: at, Clock: at}, out)
		if out.GaveUp {
			break
		}
	}
	return p, out
}

// A client that begins a hello and goes silent is let go when its time is up.
func TestSilentHelloIsGivenUp(t *testing.T) {
	begun := []byte{typeHandshake, 3, 1, 2, 0, msgClientHello, 0, 1, 0xfc, 3, 3}
	p, out := greetWith(t, begun)
	if due := p.Due(); due != capture.Time(answerTime) {
		t.Fatalf("due at %v", due)
	}
	p.Advance(p.Due(), out)
	if !out.GaveUp || len(out.Hellos) != 0 {
		t.Errorf("gave up %v, %d hellos", out.GaveUp, len(out.Hellos))
	}
}

// A hello in records of one byte is read, as long as there are not endlessly
// many of them.
func TestHelloInTinyRecords(t *testing.T) {
	cut := func(msg []byte) (records []byte) {
		for _, b := range msg {
			records = append(records, typeHandshake, 3, 1, 0, 1, b)
		}
		return records
	}
	h := browser(nil)
	h.extensions = h.extensions[:5]
	hello := message(msgClientHello, h.body())
	if len(hello) > limit.TLSGreetingRecords {
		t.Fatalf("the hello takes %d bytes", len(hello))
	}
	p, out := greetWith(t, cut(hello))
	if out.GaveUp || p.greeting == nil || !p.greeting.spoken {
		t.Errorf("a hello of %d records was not read", len(hello))
	}
	endless := append([]byte{msgClientHello, 0, 0xff, 0xff}, make([]byte, 2*limit.TLSGreetingRecords)...)
	if _, out = greetWith(t, cut(endless)); !out.GaveUp {
		t.Error("an endless hello is read on")
	}
}
