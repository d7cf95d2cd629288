package tlswire

import (
	"bytes"
	"testing"

	"github.com/hookhound/hookhound/pkg/limit"
)

type seen struct {
	kind uint8
	body []byte // nil where the reader keeps none
}

// readAll feeds a stream cut at every multiple of size, each piece overwritten
// after it was read, since it is only lent.
func readAll(stream []byte, size int) (got []seen) {
	var h handshakeReader
	for len(stream) > 0 {
		piece := bytes.Clone(stream[:min(size, len(stream))])
		stream = stream[len(piece):]
		h.feed(piece)
		for {
			kind, body, ok := h.next()
			if !ok {
				break
			}
			got = append(got, seen{kind, bytes.Clone(body)})
		}
		for i := range piece {
			piece[i] = 0xDB
		}
	}
	return got
}

func TestHandshakeReader(t *testing.T) {
	client := browser(nil).body()
	server := handServer{version: versionTLS12, cipher: 0xc02f}.body()
	long := bytes.Repeat([]byte{7}, limit.TLSHello)
	stream := join(
		message(0, nil), // HelloRequest
		message(msgClientHello, client),
		message(msgServerHello, server),
		message(msgCertificate, make([]byte, 3000)),
		message(14, nil), // ServerHelloDone
		message(msgClientHello, long),
		message(msgServerHello, append(long, 7)), // longer than we keep
		message(msgServerHello, server),
		message(msgClientHello, nil),
	)
	want := []seen{{0, nil}, {msgClientHello, client}, {msgServerHello, server}, {msgCertificate, nil}, {14, nil},
		{msgClientHello, long}, {msgServerHello, nil}, {msgServerHello, server}, {msgClientHello, nil}}
	for _, size := range []int{1, 2, 3, 4, 5, 7, 100, 1448, 16 << 10, len(stream)} {
		got := readAll(stream, size)
		if len(got) != len(want) {
			t.Fatalf("in pieces of %d: %d messages, want %d", size, len(got), len(want))
		}
		for i, w := range want {
			if got[i].kind != w.kind || !bytes.Equal(got[i].body, w.body) {
				t.Errorf("in pieces of %d: message %d is of type %d with %d bytes, want type %d with %d",
					size, i, got[i].kind, len(got[i].body), w.kind, len(w.body))
			}
		}
	}
}

// A peer that announces much and sends little costs what it sends.
func TestHandshakeReaderMemory(t *testing.T) {
	var h handshakeReader
	h.feed([]byte{msgClientHello, 0, 0xff, 0xff, 1})
	if _, _, ok := h.next(); ok {
		t.Fatal("a hello out of five bytes")
	}
	if cap(h.buf) > limit.TLSHelloFirst {
		t.Errorf("%d bytes set aside for one that came", cap(h.buf))
	}
	if !h.pending() {
		t.Error("nothing pending in the middle of a hello")
	}
	h.feed(make([]byte, 0xfffe))
	if _, msg, ok := h.next(); !ok || len(msg) != 0xffff {
		t.Fatalf("%d bytes, %v", len(msg), ok)
	}
	if h.buf != nil || h.pending() {
		t.Error("the buffer is kept though no hello is pending")
	}
	if _, _, ok := h.next(); ok || h.in != nil {
		t.Error("something is left")
	}
}

func TestHandshakeReaderGap(t *testing.T) {
	server := message(msgServerHello, handServer{version: versionTLS12, cipher: 0xc02f}.body())
	feed := func(h *handshakeReader, b []byte) (kinds []uint8) {
		for h.feed(b); ; {
			kind, _, ok := h.next()
			if !ok {
				return kinds
			}
			kinds = append(kinds, kind)
		}
	}
	var h handshakeReader
	feed(&h, message(msgCertificate, make([]byte, 3000))[:1000])
	if !h.gap(2004) {
		t.Error("a gap inside a message that is passed over lost the place")
	}
	if got := feed(&h, server); len(got) != 1 || got[0] != msgServerHello {
		t.Errorf("after the gap: %v", got)
	}
	feed(&h, message(msgCertificate, make([]byte, 3000))[:1000])
	if h.gap(2005) {
		t.Error("a gap that runs into the next message did not lose the place")
	}
	feed(&h, server[:20])
	if h.gap(1) || h.pending() || h.buf != nil {
		t.Error("a gap in a hello left something of it")
	}
	if got := feed(&h, server); len(got) != 1 || got[0] != msgServerHello {
		t.Errorf("after starting anew: %v", got)
	}
}

// pending says whether a message has begun and not ended.
func (h *handshakeReader) pending() bool {
	return h.buf != nil || h.have > 0 || h.skip > 0
}
