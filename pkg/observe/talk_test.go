package observe

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/catalog"
	"github.com/hookhound/hookhound/pkg/event"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/packet"
	"github.com/hookhound/hookhound/rules"
)

// A conversation of crypto/tls is recorded once as the bytes that each side
// wrote, and then played as packets: with a handshake, segmented, acknowledged
// and ended, and with whatever a test takes out of it.

// written is one write of one side.
type written struct {
	up   bool
	beat int // 0 is the handshake with the first request
	b    []byte
}

// recorder notes what both sides of a connection write, in order.
type recorder struct {
	mu   sync.Mutex
	beat int
	all  []written
}

type recorded struct {
	net.Conn
	r  *recorder
	up bool
}

func (c recorded) Write(b []byte) (int, error) {
	c.r.mu.Lock()
	c.r.all = append(c.r.all, written{c.up, c.r.beat, append([]byte(nil), b...)})
	c.r.mu.Unlock()
	return c.Conn.Write(b)
}

const requestSize, answerSize = 420, 300

// recordTLS lets a client call a server by name so many times on one connection.
func recordTLS(t testing.TB, name string, calls int, version uint16) []written {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	r := &recorder{}
	done := make(chan error, 1)
	go func() {
		far, err := listener.Accept()
		if err != nil {
			done <- err
			return
		}
		defer far.Close()
		s := tls.Server(recorded{far, r, false}, &tls.Config{MaxVersion: version,
			Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})
		for range calls {
			if _, err := io.ReadFull(s, make([]byte, requestSize)); err != nil {
				done <- err
				return
			}
			if _, err := s.Write(make([]byte, answerSize)); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	near, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer near.Close()
	c := tls.Client(recorded{near, r, true}, &tls.Config{ServerName: name, InsecureSkipVerify: true, MaxVersion: version})
	for i := range calls {
		r.mu.Lock()
		r.beat = i
		r.mu.Unlock()
		if _, err := c.Write(make([]byte, requestSize)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c, make([]byte, answerSize)); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return r.all
}

// talk plays one connection as packets.
type talk struct {
	client, server netip.AddrPort
	start          capture.Time
	period         time.Duration // between beats
	segment        int           // bytes; 1400 where zero
	noHandshake    bool
	fin            bool
	isn            [2]packet.Seq // the client's, the server's
}

const (
	epoch = capture.Time(1_767_225_600_000_000_000) // 2026-01-01 00:00 UTC
	ms    = time.Millisecond
)

var (
	atHome  = netip.MustParseAddrPort("10.0.0.5:50000")
	outside = netip.MustParseAddrPort("203.0.113.9:443")
)

func plainTalk() talk {
	return talk{client: atHome, server: outside, start: epoch, period: 10 * time.Second, isn: [2]packet.Seq{1000, 90000}}
}

// packets plays what was written. Each segment is acknowledged by an empty one.
func (k talk) packets(all []written) []*packet.Packet {
	var out []*packet.Packet
	seq := [2]packet.Seq{k.isn[0] + 1, k.isn[1] + 1}
	at := k.start
	add := func(from int, flags packet.Flags, seq, ack packet.Seq, b []byte) *packet.Packet {
		src, dst := k.client, k.server
		if from == 1 {
			src, dst = dst, src
		}
		p := &packet.Packet{
			Time: at, Src: packet.Addr(src.Addr().As16()), Dst: packet.Addr(dst.Addr().As16()), SrcPort: src.Port(), DstPort: dst.Port(),
			Protocol: packet.ProtoTCP, Flags: flags, Seq: seq, Ack: ack, Payload: b, Length: len(b), Window: 65535, TTL: 64,
		}
		out = append(out, p)
		at = at.Add(ms)
		return p
	}
	if !k.noHandshake {
		add(0, packet.SYN, k.isn[0], 0, nil)
		add(1, packet.SYN|packet.ACK, k.isn[1], seq[0], nil)
		add(0, packet.ACK, seq[0], seq[1], nil)
	}
	size := k.segment
	if size == 0 {
		size = 1400
	}
	for _, w := range all {
		at = max(at, k.start.Add(time.Duration(w.beat)*k.period))
		from := 1
		if w.up {
			from = 0
		}
		for b := w.b; len(b) > 0; {
			n := min(size, len(b))
			add(from, packet.ACK|packet.PSH, seq[from], seq[1-from], b[:n])
			seq[from] = seq[from].Add(n)
			add(1-from, packet.ACK, seq[1-from], seq[from], nil)
			b = b[n:]
		}
	}
	if k.fin {
		add(0, packet.FIN|packet.ACK, seq[0], seq[1], nil)
		add(1, packet.FIN|packet.ACK, seq[1], seq[0]+1, nil)
		add(0, packet.ACK, seq[0]+1, seq[1]+1, nil)
	}
	return out
}

var embedded = sync.OnceValues(func() (*catalog.Catalog, error) { return catalog.Load(rules.FS) })

func options(t testing.TB) *Options {
	c, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	return &Options{Site: "default", Home: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fc00::/7")}, Catalog: c, Flows: 64 * 100, StreamMemory: 64 << 20}
}

// watcher is one shard that is given all packets.
type watcher struct {
	t     testing.TB
	s     *Shard
	all   []Item
	clock capture.Time
	n     uint64
}

func watch(t testing.TB, opt *Options) *watcher {
	return &watcher{t: t, s: Shards(opt, 0, flow.Shards)[0]}
}

// see gives packets. Bytes are destroyed behind them, as lent bytes are.
func (w *watcher) see(all ...*packet.Packet) {
	for _, p := range all {
		q := *p
		q.Payload = append([]byte(nil), p.Payload...)
		w.n++
		w.clock = max(w.clock, q.Time)
		q.Number, q.Clock = w.n, w.clock
		w.s.Packet(&q)
		for i := range q.Payload {
			q.Payload[i] = 0xdb
		}
	}
	w.take()
}

func (w *watcher) advance(at capture.Time) {
	w.clock = max(w.clock, at)
	w.s.Advance(w.clock)
	w.take()
}

func (w *watcher) close() {
	w.t.Helper()
	w.s.Close(w.clock)
	w.take()
	if n := w.s.Stats().Panics; n != 0 {
		w.t.Errorf("%d panics: %+v", n, w.s.Panics())
	}
}

// take gathers what is new and holds what is true of every observation.
func (w *watcher) take() {
	w.t.Helper()
	for _, it := range w.s.Take() {
		if n := len(w.all); n > 0 && it.Time < w.all[n-1].Time {
			w.t.Errorf("time runs back by %v", w.all[n-1].Time.Sub(it.Time))
		}
		if v := it.Visibility; v.LostShare() < 0 || v.LostShare() > 1 || v.CutShare() > v.LostShare() {
			w.t.Errorf("visibility %+v", v)
		}
		if it.Time > w.clock {
			w.t.Errorf("told at %v, and it is %v", it.Time, w.clock)
		}
		w.all = append(w.all, it)
	}
}

func (w *watcher) of(typ event.Type) (out []Item) {
	for _, it := range w.all {
		if it.Type == typ {
			out = append(out, it)
		}
	}
	return out
}

// only is the one observation of a type.
func (w *watcher) only(typ event.Type) Item {
	w.t.Helper()
	list := w.of(typ)
	if len(list) != 1 {
		w.t.Fatalf("%d observations of type %v, want 1", len(list), typ)
	}
	return list[0]
}
