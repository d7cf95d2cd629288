package quicwire

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
)

// afterHandshake is a conversation whose handshake is over: 1200 bytes are known to
// pass, what a client sends has 27 bytes beside its content and what a server
// sends 23.
func afterHandshake(t testing.TB) *talk {
	k := newTalk(t)
	k.say(0, hello1().packet())
	k.say(1, append(answer1().packet(), header(0xe0, clientID, serverID, 1000)...))
	k.wait(1)
	k.say(0, header(0xe0, serverID, clientID, 60))
	k.wait(1)
	return k
}

// play runs a script: C or S and the content of a datagram with a short header
// in bytes, + and milliseconds that pass.
func (k *talk) play(script string) {
	for _, word := range strings.Fields(script) {
		n, err := strconv.Atoi(word[1:])
		if err != nil {
			panic(err)
		}
		switch word[0] {
		case 'C':
			k.say(0, short(serverID, n+sealSize+8))
		case 'S':
			k.say(1, short(clientID, n+sealSize+4))
		case '+':
			k.wait(n)
		}
	}
}

// list writes exchanges as start:up/down in milliseconds and bytes, with i for
// interim, p for pushed and ? for guessed.
func list(began capture.Time, all []protocol.Exchange) string {
	var out []string
	for _, x := range all {
		s := fmt.Sprintf("%d:%d/%d", x.Start.Sub(began).Milliseconds(), x.Up, x.Down)
		if x.Interim {
			s += "i"
		}
		if x.Push {
			s += "p"
		}
		if x.Sure == protocol.Guessed {
			s += "?"
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func TestExchanges(t *testing.T) {
	for _, c := range []struct{ name, script, want string }{
		{"one", "C300 +20 S900 +1 C6 +3000", "0:300/900"},
		{"kept alive", "C300 +20 S900 +1 C6 +800 C310 +20 S890 +3000", "0:300/900 821:310/890"},
		{"two datagrams up, two down", "C300 +1 C200 +20 S5 S900 +1 S1100 C6 +3000", "0:500/2000"},
		{"acknowledgements and pings alone", "C300 +20 S900 +1 C6 +5000 C4 +20 S6 +15000 C4 +20 S6", "0:300/900"},
		{"settings, then a request much later", "C46 +20 S280 +5000 C300 +20 S900", "5020:300/900"},
		{"a small first request", "C46 C70 +20 S280 S35 +3000", "0:70/315"},
		{"no request", "C46 +20 S280 +60000", ""},
		{"small requests", "C300 +20 S900 +1 C6 +800 C14 +20 S18 +1 C6 +900 C14 +20 S18", "0:300/900 821:14/18 1742:14/18"},
		{"windows after a download", "C300 +20 S900 +1 C6 +2000 C30 +20 S6 +3000", "0:300/900"},
		{"probes beside requests", "C300 +20 S900 +1 C6 +800 C1340 C300 +20 S1344 S6 S900 +1 C6 +3000", "0:300/900 821:300/900"},
		{"probes alone", "C300 +20 S900 +1 C6 +800 C1340 +20 S6 +3000", "0:300/900"},
		{"a request as large as a probe", "C300 +20 S900 +1 C6 +800 C1340 +20 S900 +3000", "0:300/900 821:1340/900"},
		{"an answer as large as a probe", "C300 +20 S1344 +1 C6 +800 C300 +20 S1350", "0:300/1344 821:300/1350"},
		{"an upload with windows", "C1150 C1150 +20 S20 +1 C1150 C1150 +20 S20 +1 C400 +20 S60", "0:5000/60"},
		{"a download with losses", "C300 +20" + strings.Repeat(" S1150", 15) + " +1 C60 +1 S1150", "0:300/18400"},
		{"said again", "C300 +20 S900 +60 C300 C300 +20 S900 +1 C6", "0:300/1800"},
		{"never answered", "C300 +20 S6 +3000 C300 +20 S6 +3000", "0:300/0 3020:300/0"},
		{"a small request after one without answer", "C300 +20 S6 +3000 C14 +20 S18", "0:300/0 3020:14/18"},
		{"pushed", "C300 +20 S900 +1 C6 +5000 S200 +1 C6 +5000", "0:300/900 5021:0/200p"},
		{"a farewell", "C300 +20 S900 +1 C6 +5000 C60", "0:300/900"},
		{"a long answer", "C300 +20 S900 +1000 S900 +1000 S900 +1000 S900", "0:300/3600"},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := afterHandshake(t)
			began := k.now
			k.play(c.script)
			k.close()
			if got := list(began, k.Exchanges); got != c.want {
				t.Errorf("%s\n got %s\nwant %s", c.script, got, c.want)
			}
			for i, x := range k.Exchanges {
				if x.Index != uint32(i) || x.How != protocol.ByQUICDatagrams || x.Sure != protocol.Likely {
					t.Errorf("exchange %+v", x)
				}
			}
		})
	}
}

// TestInterim: what stays open is told each minute in which it moved.
func TestInterim(t *testing.T) {
	k := afterHandshake(t)
	began := k.now
	k.play("C300 +20 S900" + strings.Repeat(" +1000 S100", 130) + " +100000")
	want := "0:300/6800i 0:300/12800i 0:300/13900"
	if got := list(began, k.Exchanges); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestOneSide: with one direction alone silence cuts, and it is a guess.
func TestOneSide(t *testing.T) {
	for side, want := range map[string]string{"C": "0:500/0? 1001:300/0?", "S": "0:0/500? 1001:0/300?"} {
		k := newTalk(t)
		k.parser.(*conn).Orient(0)
		began := k.now
		role := flow.Side(0)
		if side == "S" {
			role = 1
		}
		for _, n := range []int{300, 200, 0, 300} {
			if n == 0 {
				k.wait(1000)
				continue
			}
			k.say(role, short(serverID, n+sealSize+defaultID))
			if n == 300 {
				k.wait(1)
			}
		}
		k.wait(5000)
		if got := list(began, k.Exchanges); got != want {
			t.Errorf("%s: got %s, want %s", side, got, want)
		}
	}
}

// TestTunnel: datagrams that go to and fro become a bounded number of
// exchanges, and none of their bytes is lost.
func TestTunnel(t *testing.T) {
	k := afterHandshake(t)
	const n, minute = 20000, 60
	for range n {
		k.play("C500 +1 S500 +2")
	}
	k.close()
	up := uint64(0)
	for _, x := range k.Final() {
		up += x.Up
	}
	if most := limit.QUICCutBurst + minute*int(time.Second/limit.QUICCutEvery) + 1; len(k.Final()) > most || up != n*500 {
		t.Errorf("%d exchanges with %d bytes up, want at most %d with %d", len(k.Final()), up, most, n*500)
	}
}

// TestNothingNew: after the handshake a datagram that ends nothing allocates
// nothing.
func TestNothingNew(t *testing.T) {
	k := afterHandshake(t)
	up, down, ack := short(serverID, 300), short(clientID, 1000), short(serverID, 32)
	late := header(0xe0, clientID, serverID, 300)
	k.say(0, up)
	d := protocol.Datagram{Time: k.now, Clock: k.now}
	if n := testing.AllocsPerRun(1000, func() {
		for _, x := range []struct {
			b    []byte
			side flow.Side
		}{{down, 1}, {ack, 0}, {late, 1}} {
			d.Bytes, d.Length, d.Side = x.b, len(x.b), x.side
			d.Time, d.Clock = d.Time+1e6, d.Clock+1e6
			k.parser.Datagram(&d, k)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// quiet takes facts and keeps none.
type quiet struct{ protocol.Facts }

func (quiet) Client(flow.Side)           {}
func (quiet) Hello(*protocol.Hello)      {}
func (quiet) Exchange(protocol.Exchange) {}

func BenchmarkDatagram(b *testing.B) {
	k := afterHandshake(b)
	down := short(clientID, 1000)
	d := protocol.Datagram{Bytes: down, Length: len(down), Side: 1, Time: k.now, Clock: k.now}
	b.ReportAllocs()
	for b.Loop() {
		d.Time, d.Clock = d.Time+1e5, d.Clock+1e5
		k.parser.Datagram(&d, quiet{})
	}
}

// BenchmarkHandshake is a conversation of a hello and its answer.
func BenchmarkHandshake(b *testing.B) {
	p := quic()
	hello, answer := hello1().packet(), answer1().packet()
	b.ReportAllocs()
	for b.Loop() {
		c := p.New()
		c.Datagram(&protocol.Datagram{Bytes: hello, Length: len(hello), Side: 0, Time: 1e18, Clock: 1e18}, quiet{})
		c.Datagram(&protocol.Datagram{Bytes: answer, Length: len(answer), Side: 1, Time: 1e18, Clock: 1e18}, quiet{})
	}
}
