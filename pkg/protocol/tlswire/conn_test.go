package tlswire

import (
	"encoding/binary"
	"path/filepath"
	"testing"
	"unsafe"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// After its handshake a connection is this and nothing else.
func TestConnIsSmall(t *testing.T) {
	if n := unsafe.Sizeof(conn{}); n > 320 {
		t.Errorf("a connection holds %d bytes", n)
	} else {
		t.Logf("a connection holds %d bytes", n)
	}
	s := runScript(t, "handshake 1.3 h2\n0.1 C data 300", 0)
	if p := s.parser.(*conn); p.greeting != nil {
		t.Error("what the handshake needed is still there behind it")
	}
}

// In any cutting of the segments into chunks the facts are the same.
func TestTrafficInPieces(t *testing.T) {
	list, folder := manifest(t)
	for i, e := range list {
		packets := readCapture(t, filepath.Join(folder, e.Pcap))
		if i%3 == 0 {
			packets = dropped(packets, .03, uint64(i))
		}
		whole := runPackets(t, packets, 0)
		for _, pieces := range []int{1, 7} {
			cut := runPackets(t, packets, pieces)
			if len(whole) != len(cut) {
				t.Fatalf("%s: %d connections, in pieces %d", e.ID, len(whole), len(cut))
			}
			for j := range whole {
				samePieces(t, &whole[j].facts, &cut[j].facts)
			}
		}
	}
}

// bulk is a connection in the middle of a download, and the next segments.
func bulk(t testing.TB) (protocol.Parser, *facts, []byte) {
	p, f := Protocol().New(), &facts{t: t}
	p.(Oriented).Orient(0)
	give := func(side string, b []byte) {
		p.Chunk(&stream.Chunk{Bytes: b, Side: sideOf(side), Aligned: true, Time: 1, Clock: 1}, f)
	}
	give("C", recordOf(typeApplicationData, make([]byte, 300)))
	body := recordOf(typeApplicationData, make([]byte, 1<<14+overhead13))
	give("S", body)
	return p, f, body
}

// segments cuts a record as TCP does.
func segments(record []byte) (list []stream.Chunk) {
	for len(record) > 0 {
		n := min(len(record), 1448)
		list = append(list, stream.Chunk{Bytes: record[:n], Side: 1, Aligned: true, Time: 2, Clock: 2})
		record = record[n:]
	}
	return list
}

func TestDataAllocatesNothing(t *testing.T) {
	p, f, record := bulk(t)
	list := segments(record)
	n := testing.AllocsPerRun(100, func() {
		for i := range list {
			p.Chunk(&list[i], f)
			p.Due()
		}
	})
	if n != 0 {
		t.Errorf("%v allocations for a record of data, want 0", n)
	}
	if len(f.exchanges) != 0 {
		t.Errorf("%d exchanges while one download lasts", len(f.exchanges))
	}
}

func BenchmarkBulk(b *testing.B) {
	p, f, record := bulk(b)
	list := segments(record)
	b.SetBytes(int64(len(record)))
	b.ReportAllocs()
	for b.Loop() {
		for i := range list {
			p.Chunk(&list[i], f)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(list)), "ns/segment")
}

// nothing takes facts and keeps none.
type nothing struct {
	protocol.Facts
	exchanges int
}

func (n *nothing) Client(flow.Side)             {}
func (n *nothing) Hello(*protocol.Hello)        {}
func (n *nothing) Exchange(e protocol.Exchange) { n.exchanges++ }

// BenchmarkShortFlow is a connection with a handshake and one exchange.
func BenchmarkShortFlow(b *testing.B) {
	var list []stream.Chunk
	add := func(side string, record []byte) {
		list = append(list, stream.Chunk{Bytes: record, Side: sideOf(side), Aligned: true, Time: 1, Clock: 1})
	}
	hello := recordOf(typeHandshake, message(msgClientHello, browser(nil).body()))
	add("C", hello[:1448])
	add("C", hello[1448:])
	s := &script{}
	add("S", join(s.hello("S", nil), recordOf(20, []byte{1}), recordOf(23, make([]byte, 36))))
	add("S", join(recordOf(23, make([]byte, 1368)), recordOf(23, make([]byte, 96)), recordOf(23, make([]byte, 53))))
	add("C", join(recordOf(20, []byte{1}), recordOf(23, make([]byte, 53))))
	add("C", recordOf(23, make([]byte, 300)))
	add("S", recordOf(23, make([]byte, 1300)))
	tls := Protocol()
	out := &nothing{}
	b.ReportAllocs()
	for b.Loop() {
		p := tls.New()
		for i := range list {
			p.Chunk(&list[i], out)
		}
		p.Close(2, out)
	}
	if out.exchanges == 0 {
		b.Error("no exchange")
	}
}

// FuzzConn reads arbitrary chunks and holes of both sides.
//
// The input is a list of steps: a byte of flags, then two bytes of length or
// waiting time, then the bytes.
func FuzzConn(f *testing.F) {
	seed := func(steps ...[]byte) { f.Add(join(steps...)) }
	step := func(flags byte, b []byte) []byte { return join([]byte{flags}, be16(len(b)), b) }
	var s script
	clientHello, serverHello := s.hello("C", []string{"h2"}), s.hello("S", nil)
	data := func(n int) []byte { return recordOf(typeApplicationData, make([]byte, n)) }
	flight := join(serverHello, recordOf(20, []byte{1}), data(36), data(300), data(96), data(53))
	finish := join(recordOf(20, []byte{1}), data(53))
	seed(step(0, clientHello), step(1, flight), step(0, finish), step(0, data(300)), step(1, data(900)))
	seed(step(0, clientHello), step(1, flight), step(0, finish), []byte{2, 1, 0}, step(1, data(900)), step(0, data(26)))
	seed(step(0, data(100)), step(1, data(34)), []byte{4, 0, 30}, step(1, data(900)[:40]), []byte{3, 3, 92}, step(1, data(60)))
	seed(step(0, clientHello[:40]), []byte{4, 255, 255}, step(1, []byte("HTTP/1.1 400 Bad Request\r\n")))
	old := s.hello("S", []string{"1.2"})
	seed(step(0, oldHello(versionTLS10, 21, 0, 16)), step(1, old), step(0, data(300)), step(1, data(900)))
	seed(step(0, oldHello(versionSSL2, 21, 16, 16)), step(1, []byte{0x84, 3, 4, 0, 1, 0, 2}))
	seed(step(0, clientHello), step(1, old), step(1, recordOf(typeHandshake, message(msgCertRequest, make([]byte, 9)))),
		step(0, recordOf(typeHandshake, message(msgCertificate, make([]byte, 3)))), step(1, recordOf(typeAlert, []byte{2, 48})))
	f.Fuzz(func(t *testing.T, input []byte) {
		if len(input) > 1<<16 {
			return
		}
		whole := fuzzRun(t, input, 0)
		samePieces(t, whole, fuzzRun(t, input, 1))
		samePieces(t, whole, fuzzRun(t, input, 5))
	})
}

// fuzzRun takes the steps of an input through a parser, in pieces or whole.
func fuzzRun(t *testing.T, input []byte, pieces int) *facts {
	p := Protocol().New().(*conn)
	out := &facts{t: t}
	var given uint64
	now, frame := capture.Time(1e9), uint64(0)
	for len(input) >= 3 {
		flags, n := input[0], int(binary.BigEndian.Uint16(input[1:]))
		input = input[3:]
		frame++
		c := stream.Chunk{Side: flow.Side(flags & 1), Frame: frame, Aligned: flags&16 == 0}
		now += capture.Time(flags&0xe0) * 1e7
		c.Time, c.Clock = now, now
		if flags&8 != 0 { // a late segment
			c.Time -= capture.Time(n) * 1e5
		}
		switch {
		case flags&4 != 0:
			now += capture.Time(n) * 1e8
			p.Advance(now, out)
			continue
		case flags&2 != 0:
			c.Gap = max(n, 1)
			given += uint64(c.Gap)
			p.Chunk(&c, out)
			continue
		}
		n = min(n, len(input))
		b := input[:n]
		input = input[n:]
		given += uint64(n)
		for size, i := max(pieces, 1), 0; i < n; i += size {
			if pieces == 0 {
				size = n
			}
			piece := c
			piece.Bytes, piece.Aligned = b[i:min(i+size, n)], c.Aligned && i == 0
			p.Chunk(&piece, out)
			if p.handed { // what follows is another parser's
				return out
			}
		}
		if g := p.greeting; g != nil {
			for i := range g.in {
				if held := len(g.in[i].buf); held > limit.TLSHello+handshakeHeader {
					t.Errorf("%d bytes of a hello are held", held)
				}
			}
		}
	}
	p.Close(now, out)
	var sum uint64
	for _, e := range out.final() {
		sum += e.Up + e.Down
	}
	if sum > given {
		t.Errorf("%d bytes in exchanges, of %d", sum, given)
	}
	return out
}
