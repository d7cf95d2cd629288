package quicwire

import (
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/limit"
)

const (
	clientID = "c1c1c1c1"
	serverID = "5e5e5e5e5e5e5e5e"
	retryID  = "4e4e4e4e4e4e4e4e4e4e"
)

// hello1 is the client's first Initial packet with the whole hello.
func hello1() built {
	return built{version: version1, key: sampleID, dcid: sampleID, scid: clientID, client: true, size: 1200,
		frames: cryptoFrame(0, clientMessage())}
}

// answer1 is the server's Initial packet with its hello.
func answer1() built {
	return built{version: version1, key: sampleID, dcid: clientID, scid: serverID, frames: cryptoFrame(0, serverMessage())}
}

func with(p built, change func(p *built)) []byte {
	change(&p)
	return p.packet()
}

// retryMessage is the server's hello as a HelloRetryRequest.
func retryMessage() []byte {
	b := serverMessage()
	copy(b[4+2:], unhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"))
	return b
}

// secondMessage is a hello of the same client that differs.
func secondMessage() []byte {
	b := clientMessage()
	b[4+2+5] ^= 0xff // in its random
	return b
}

// header is a long header of version 1 with a length, and so many bytes.
func header(first byte, dcid, scid string, n int) []byte {
	b := append([]byte{first, 0, 0, 0, 1, byte(len(dcid) / 2)}, unhex(dcid)...)
	b = append(append(b, byte(len(scid)/2)), unhex(scid)...)
	if first&0x30 == 0x30 { // Retry has no length
		return append(b, make([]byte, n)...)
	}
	return append(append(b, 0x40|byte(n>>8), byte(n)), make([]byte, n)...)
}

func short(id string, n int) []byte {
	b := append([]byte{0x43}, unhex(id)...)
	return append(b, make([]byte, n-len(b))...)
}

// TestHellos plays handshakes and tells what is expected of each as
// "number:client,server@milliseconds".
func TestHellos(t *testing.T) {
	third := len(clientMessage()) / 3
	part := func(i, j int) []byte {
		return cryptoFrame(i*third, clientMessage()[i*third:min(j*third, len(clientMessage()))])
	}
	rest := cryptoFrame(2*third, clientMessage()[2*third:])
	for _, c := range []struct {
		name string
		play func(k *talk)
		want []string
	}{
		{"answered", func(k *talk) {
			k.say(0, hello1().packet())
			k.wait(30)
			k.say(1, answer1().packet())
		}, []string{"0:true,true@30"}},
		{"in pieces, the last first", func(k *talk) {
			k.say(0, with(hello1(), func(p *built) { p.frames, p.number = rest, 7 }))
			k.say(0, with(hello1(), func(p *built) { p.frames, p.number = part(1, 2), 8 }))
			k.say(0, with(hello1(), func(p *built) { p.frames, p.number = part(0, 1), 9 }))
			k.say(1, answer1().packet())
		}, []string{"0:true,true@0"}},
		{"the server's id in its second half", func(k *talk) {
			k.say(0, with(hello1(), func(p *built) { p.frames = part(0, 2) }))
			k.say(1, with(answer1(), func(p *built) { p.frames = []byte{framePing} }))
			k.say(0, with(hello1(), func(p *built) { p.frames, p.dcid, p.number = rest, serverID, 1 }))
			k.say(1, with(answer1(), func(p *built) { p.number = 1 }))
		}, []string{"0:true,true@0"}},
		{"two packets in a datagram", func(k *talk) {
			a := with(hello1(), func(p *built) { p.frames, p.size = part(0, 1), 0 })
			b := with(hello1(), func(p *built) { p.frames, p.size, p.number = cryptoFrame(third, clientMessage()[third:]), 0, 1 })
			k.say(0, append(a, b...))
			k.say(1, append(answer1().packet(), header(0xe0, clientID, serverID, 300)...))
		}, []string{"0:true,true@0"}},
		{"said twice", func(k *talk) {
			k.say(0, hello1().packet())
			k.say(0, with(hello1(), func(p *built) { p.number = 1 }))
			k.say(1, answer1().packet())
			k.say(1, with(answer1(), func(p *built) { p.number = 1 }))
			k.say(0, with(hello1(), func(p *built) { p.number = 2 }))
		}, []string{"0:true,true@0"}},
		{"Retry", func(k *talk) {
			k.say(0, hello1().packet())
			k.say(1, header(0xf0, clientID, retryID, 40))
			k.say(0, with(hello1(), func(p *built) { p.key, p.dcid, p.token, p.number = retryID, retryID, "70617373", 1 }))
			k.wait(10)
			k.say(1, with(answer1(), func(p *built) { p.key = retryID }))
		}, []string{"0:true,true@10"}},
		{"Retry, and the hello changed", func(k *talk) {
			k.say(0, hello1().packet())
			k.say(1, header(0xf0, clientID, retryID, 40))
			k.say(0, with(hello1(), func(p *built) {
				p.key, p.dcid, p.token, p.number = retryID, retryID, "70617373", 1
				p.frames = cryptoFrame(0, secondMessage())
			}))
			k.say(1, with(answer1(), func(p *built) { p.key = retryID }))
		}, []string{"0:true,true@0"}},
		{"HelloRetryRequest", func(k *talk) {
			k.say(0, hello1().packet())
			k.wait(5)
			k.say(1, with(answer1(), func(p *built) { p.frames = cryptoFrame(0, retryMessage()) }))
			k.wait(5)
			k.say(0, with(hello1(), func(p *built) {
				p.dcid, p.number, p.frames = serverID, 1, cryptoFrame(len(clientMessage()), secondMessage())
			}))
			k.wait(5)
			k.say(1, with(answer1(), func(p *built) { p.number, p.frames = 1, cryptoFrame(len(retryMessage()), serverMessage()) }))
		}, []string{"0:true,true@5", "1:true,true@15"}},
		{"the server chooses version 2", func(k *talk) {
			k.say(0, hello1().packet())
			k.say(1, with(answer1(), func(p *built) { p.version = version2 }))
		}, []string{"0:true,true@0"}},
		{"version negotiation", func(k *talk) {
			k.say(0, unhex("c01a2a3a4a08"+sampleID+"04"+clientID+"00000000000000000000000000"))
			k.say(1, unhex("8000000000"+"04"+clientID+"08"+sampleID+"00000001"+"6b3343cf"))
			k.say(0, hello1().packet())
			k.say(1, answer1().packet())
		}, []string{"0:true,true@0"}},
		{"never answered", func(k *talk) { k.say(0, hello1().packet()); k.wait(60_000) }, []string{"0:true,false@30000"}},
		{"the answer was lost", func(k *talk) {
			k.say(0, hello1().packet())
			k.wait(20)
			k.say(1, header(0xe0, clientID, serverID, 300))
			k.wait(5000)
		}, []string{"0:true,false@1020"}},
		{"refused", func(k *talk) {
			k.say(0, hello1().packet())
			k.wait(20)
			k.say(1, with(answer1(), func(p *built) { p.frames = []byte{frameClose, 0x41, 0x28, 0, 0} }))
		}, []string{"0:true,false@20"}},
		{"the end", func(k *talk) { k.say(0, hello1().packet()); k.wait(20) }, []string{"0:true,false@20"}},
		{"the answer came first", func(k *talk) {
			k.say(0, with(hello1(), func(p *built) { p.frames = part(0, 1) }))
			k.say(1, answer1().packet())
			k.wait(20)
			k.say(0, with(hello1(), func(p *built) { p.frames, p.number = cryptoFrame(third, clientMessage()[third:]), 1 }))
		}, []string{"0:true,true@20"}},
		{"the answer alone", func(k *talk) {
			k.say(0, with(hello1(), func(p *built) { p.frames = part(0, 1) }))
			k.say(1, answer1().packet())
			k.wait(5000)
		}, []string{"0:false,true@1000"}},
		{"another connection on the same ports", func(k *talk) {
			k.say(0, hello1().packet())
			k.say(1, answer1().packet())
			k.wait(3000)
			k.say(0, with(hello1(), func(p *built) {
				p.key, p.dcid, p.frames = retryID, retryID, cryptoFrame(0, secondMessage())
			}))
			k.say(1, with(answer1(), func(p *built) { p.key, p.scid = retryID, sampleID }))
		}, []string{"0:true,true@0", "1:true,true@3000"}},
		{"not QUIC's keys", func(k *talk) {
			k.say(0, with(hello1(), func(p *built) { p.key = retryID }))
			k.say(1, answer1().packet())
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := newTalk(t)
			began := k.now
			c.play(k)
			k.close()
			var got []string
			for _, h := range k.Hellos {
				got = append(got, fmt.Sprintf("%d:%v,%v@%d", h.Number, h.HasClient, h.HasServer, h.Known.Sub(began).Milliseconds()))
				if h.HasClient && (h.ServerName != "example.com" || h.Fingerprint.JA4[0] != 'q') {
					t.Errorf("name %q, fingerprint %+v", h.ServerName, h.Fingerprint)
				}
				if h.HasServer && (h.JA3S == "" || h.Version != "1.3") {
					t.Errorf("server: %q, version %q", h.JA3S, h.Version)
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
			if len(c.want) > 0 && (len(k.Clients) != 1 || k.Clients[0] != 0) {
				t.Errorf("clients %v, want side 0 once", k.Clients)
			}
			if len(k.Exchanges) > 0 {
				t.Errorf("exchanges of a handshake: %+v", k.Exchanges)
			}
		})
	}
}

// wait lets so many milliseconds pass, doing what falls due.
func (k *talk) wait(ms int) {
	k.now = k.now.Add(time.Duration(ms) * time.Millisecond)
	for d := k.parser.Due(); d <= k.now; d = k.parser.Due() {
		k.parser.Advance(d, k)
	}
}

// TestLetsGo: nothing of the handshake is held when its hello was told.
func TestLetsGo(t *testing.T) {
	k := newTalk(t)
	p := k.parser.(*conn)
	k.say(0, hello1().packet())
	if p.greeting == nil {
		t.Fatal("no greeting while the answer is awaited")
	}
	k.say(1, answer1().packet())
	k.say(0, with(hello1(), func(p *built) { p.dcid, p.number, p.frames = serverID, 1, []byte{framePing} }))
	k.say(1, with(answer1(), func(p *built) { p.number, p.frames = 1, []byte{framePing} }))
	k.say(1, header(0xe0, clientID, serverID, 300))
	if p.greeting != nil {
		t.Errorf("held after the hello: %+v", p.greeting)
	}
	if due := k.parser.Due(); due != capture.Never {
		t.Errorf("due at %v after the hello", due)
	}
}

// TestHiddenHello: packets that nobody can open, which a server passes over, hide
// no hello, neither ahead of it nor between its halves.
func TestHiddenHello(t *testing.T) {
	junk := func(k *talk, from int) {
		for i := range 40 {
			packet := hello1()
			packet.dcid, packet.key = hex.EncodeToString([]byte{byte(from + i), 9, 1, 2, 3, 4, 5, 6}), retryID
			k.say(0, packet.packet())
		}
	}
	half := func(number uint32, from, to int) []byte {
		return with(hello1(), func(p *built) { p.number, p.frames = number, cryptoFrame(from, clientMessage()[from:to]) })
	}
	for _, ahead := range []bool{true, false} {
		k := newTalk(t)
		if ahead {
			junk(k, 0)
		}
		k.say(0, half(0, 0, 100))
		if !ahead {
			junk(k, 0)
		}
		k.say(0, half(1, 100, len(clientMessage())))
		if k.close(); len(k.Hellos) != 1 || k.Hellos[0].ServerName != "example.com" {
			t.Errorf("ahead %v: %d hellos", ahead, len(k.Hellos))
		}
	}
}

// TestFlood: connection ids that a client makes up cost a bounded number of
// keys, and what cannot be opened ends in giving up.
func TestFlood(t *testing.T) {
	for _, opens := range []bool{true, false} {
		k := newTalk(t)
		p := k.parser.(*conn)
		packet := hello1()
		for i := range 3000 {
			packet.dcid = hex.EncodeToString([]byte{byte(i), byte(i >> 8), 1, 2, 3, 4, 5, 6})
			packet.key = retryID
			if opens {
				packet.key = packet.dcid
			}
			packet.frames = cryptoFrame(5, []byte{1, 2, 3})
			k.say(0, packet.packet())
			if g := p.greeting; g != nil && (len(g.dials) > limit.QUICDials || g.initials > limit.QUICInitials || g.failures > limit.QUICFailures) {
				t.Fatalf("%d dials, %d packets, %d failures", len(g.dials), g.initials, g.failures)
			}
		}
		if p.dials.used != limit.QUICDialBurst {
			t.Errorf("opens %v: keys were derived %d times, want %d", opens, p.dials.used, limit.QUICDialBurst)
		}
		k.close()
		if len(k.Hellos) != 0 {
			t.Errorf("hellos %+v", k.Hellos)
		}
	}
}
