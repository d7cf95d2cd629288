package quicwire

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
)

// FuzzConversation gives a parser datagrams of any content, at any time, from
// either side: a script of four bytes of header (side and pace, then length)
// and the datagram for each. Facts come in order (the recorder holds that),
// lent bytes are not changed, and what is held stays within its limits.
func FuzzConversation(f *testing.F) {
	add := func(datagrams ...[]byte) {
		var script []byte
		for i, b := range datagrams {
			script = binary.BigEndian.AppendUint16(append(script, byte(i&1), 3), uint16(len(b)))
			script = append(script, b...)
		}
		f.Add(script)
	}
	add(hello1().packet(), answer1().packet(), short(serverID, 300), short(clientID, 900), short(serverID, 32))
	add(hello1().packet(), header(0xf0, clientID, retryID, 40),
		with(hello1(), func(p *built) { p.key, p.dcid, p.token = retryID, retryID, "70617373" }))
	add(hello1().packet(), with(answer1(), func(p *built) { p.frames = cryptoFrame(0, retryMessage()) }),
		with(hello1(), func(p *built) { p.dcid, p.frames = serverID, cryptoFrame(len(clientMessage()), secondMessage()) }))
	add(with(hello1(), func(p *built) { p.frames = cryptoFrame(100, clientMessage()) }), header(0xd0, sampleID, "", 200), short("", 50))
	f.Fuzz(func(t *testing.T, script []byte) {
		k := newTalk(t)
		p := k.parser.(*conn)
		for len(script) >= 4 {
			side, pace, n := flow.Side(script[0]&1), script[1], int(binary.BigEndian.Uint16(script[2:]))
			script = script[4:]
			n = min(n, len(script))
			b := script[:n:n]
			script = script[n:]
			k.now = k.now.Add(time.Duration(pace) * time.Duration(pace) * time.Millisecond)
			if d := k.parser.Due(); d <= k.now {
				k.parser.Advance(k.now, k)
			}
			if d := k.parser.Due(); d <= k.now {
				t.Fatalf("due at %v after advancing to %v", d, k.now)
			}
			_ = probe(b, 443, 50000)
			before := string(b)
			k.say(side, b)
			if string(b) != before {
				t.Fatal("lent bytes were changed")
			}
			bounded(t, p)
		}
		k.close()
		for _, h := range k.Hellos {
			if !h.HasClient && !h.HasServer {
				t.Errorf("a hello of nobody: %+v", h)
			}
		}
	})
}

// bounded holds what a conversation may hold.
func bounded(t *testing.T, p *conn) {
	g := p.greeting
	if g == nil {
		return
	}
	if len(g.dials) > limit.QUICDials {
		t.Fatalf("%d dials", len(g.dials))
	}
	for _, k := range g.dials {
		if len(k.keys) > limit.QUICVersions {
			t.Fatalf("%d versions", len(k.keys))
		}
		for _, a := range k.crypto {
			if len(a.ready) > limit.QUICCrypto || len(a.held) > limit.QUICCrypto || len(a.pieces) > limit.QUICPieces {
				t.Fatalf("%d bytes ready, %d held, %d pieces", len(a.ready), len(a.held), len(a.pieces))
			}
		}
	}
}

// FuzzInitial seals any frames into Initial packets, as a hostile peer can, and
// holds the same.
func FuzzInitial(f *testing.F) {
	f.Add(cryptoFrame(0, clientMessage()), cryptoFrame(0, serverMessage()))
	f.Add(unhex("02000000000600"), unhex("0300ffffffffffffffff0000"))
	f.Add(append(cryptoFrame(300, clientMessage()), 6, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0), []byte{frameClose, 0, 0, 0})
	f.Fuzz(func(t *testing.T, up, down []byte) {
		const most = 15000
		up, down = up[:min(len(up), most)], down[:min(len(down), most)]
		k := newTalk(t)
		k.say(0, with(hello1(), func(p *built) { p.frames = up }))
		k.say(1, with(answer1(), func(p *built) { p.frames = down }))
		bounded(t, k.parser.(*conn))
		k.close()
	})
}

// FuzzAssembly: a stream cut into any pieces, in any order, is the stream.
func FuzzAssembly(f *testing.F) {
	f.Add(clientMessage(), []byte{3, 1, 200, 7})
	f.Add(append(serverMessage(), clientMessage()...), []byte{0, 0, 0})
	f.Fuzz(func(t *testing.T, stream, cuts []byte) {
		if len(stream) > limit.QUICCrypto || len(cuts) > limit.QUICPieces-1 {
			return
		}
		var whole, parts assembly
		whole.add(0, stream)
		type part struct{ at, end int }
		var list []part
		at := 0
		for _, c := range cuts {
			end := min(len(stream), at+int(c))
			list = append(list, part{at, end})
			at = end
		}
		list = append(list, part{at, len(stream)})
		for len(list) > 0 { // from the ends inwards
			p := list[len(list)-1]
			list = list[:len(list)-1]
			parts.add(uint64(p.at), stream[p.at:p.end])
			if len(list) > 0 {
				p, list = list[0], list[1:]
				parts.add(uint64(p.at), stream[p.at:p.end])
			}
		}
		for {
			k1, b1, ok1 := whole.next()
			k2, b2, ok2 := parts.next()
			if k1 != k2 || string(b1) != string(b2) || ok1 != ok2 {
				t.Fatalf("whole: %d %d bytes %v; in pieces: %d %d bytes %v", k1, len(b1), ok1, k2, len(b2), ok2)
			}
			if !ok1 {
				return
			}
		}
	})
}

// FuzzProbe: a probe answers No or Yes, and what it says Yes to is no short
// header.
func FuzzProbe(f *testing.F) {
	f.Add(hello1().packet())
	f.Add(unhex("8000000000" + "04" + clientID + "08" + sampleID + "00000001"))
	f.Fuzz(func(t *testing.T, b []byte) {
		switch v := probe(b, 443, 50000); {
		case v == protocol.More:
			t.Error("a probe of datagrams said More")
		case v == protocol.Yes && b[0]&0x80 == 0:
			t.Error("yes to a short header")
		}
	})
}
