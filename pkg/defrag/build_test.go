package defrag

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/packet"
)

// datagram under test: UDP 1000 -> 2000 with bytes of its own.
func udp(n int, seed byte) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7+i>>8) + seed
	}
	if n >= 8 {
		binary.BigEndian.PutUint16(b, 1000)
		binary.BigEndian.PutUint16(b[2:], 2000)
		binary.BigEndian.PutUint16(b[4:], uint16(n))
	}
	return b
}

// maker makes fragments of one datagram.
type maker struct {
	v6       bool
	id       uint32
	src      byte
	protocol byte
}

// part is the IP packet of the bytes from to to of a payload.
func (m maker) part(payload []byte, from, to int) []byte {
	more := to < len(payload)
	return m.raw(payload[from:to], from, more)
}

func (m maker) raw(b []byte, from int, more bool) []byte {
	protocol := m.protocol
	if protocol == 0 {
		protocol = packet.ProtoUDP
	}
	place := uint16(from)
	if m.v6 {
		h := make([]byte, 48, 48+len(b))
		h[0], h[6], h[7] = 0x60, 44, 64
		binary.BigEndian.PutUint16(h[4:], uint16(8+len(b)))
		h[8], h[23], h[24], h[39] = 0x20, m.src, 0x20, 200
		h[15] = m.src // another network each
		h[40] = protocol
		if more {
			place |= 1
		}
		binary.BigEndian.PutUint16(h[42:], place)
		binary.BigEndian.PutUint32(h[44:], m.id)
		return append(h, b...)
	}
	h := make([]byte, 20, 20+len(b))
	h[0], h[8], h[9] = 0x45, 64, protocol
	binary.BigEndian.PutUint16(h[2:], uint16(20+len(b)))
	binary.BigEndian.PutUint16(h[4:], uint16(m.id))
	place >>= 3
	if more {
		place |= 0x2000
	}
	binary.BigEndian.PutUint16(h[6:], place)
	h[12], h[15], h[16], h[19] = 10, m.src, 10, 200
	return append(h, b...)
}

// split cuts a payload at the multiples of eight next to each place.
func (m maker) split(payload []byte, size int) (parts [][]byte) {
	for at := 0; at < len(payload); at += size &^ 7 {
		parts = append(parts, m.part(payload, at, min(at+size&^7, len(payload))))
	}
	return parts
}

// bench is a table with a clock.
type bench struct {
	*Table
	t      testing.TB
	clock  capture.Time
	number uint64
	snap   int // 0 for none
}

func newBench(t testing.TB) *bench { return &bench{Table: New(), t: t, clock: 1e18} }

// see hands over one IP packet, and returns the packet that came of it.
func (b *bench) see(ip []byte) (p packet.Packet, r packet.Reason) {
	b.clock = b.clock.Add(time.Microsecond)
	b.number++
	f := &capture.Frame{Bytes: append([]byte(nil), ip...), Wire: uint32(len(ip)), Link: capture.LinkRaw, Time: b.clock, Number: b.number}
	if b.snap > 0 {
		f.Bytes = f.Bytes[:min(b.snap, len(f.Bytes))]
	}
	p.Clock = b.clock
	r = packet.Decode(f, &p)
	for r == packet.Fragment && b.Add(&p) {
		r = packet.DecodeWhole(&p)
	}
	return p, r
}

// whole hands over all parts, and wants the last alone to make the payload
// whole.
func (b *bench) whole(name string, payload []byte, parts ...[]byte) {
	b.t.Helper()
	for i, part := range parts {
		p, r := b.see(part)
		switch {
		case i < len(parts)-1:
			if r != packet.Fragment {
				b.t.Fatalf("%s: part %d gives %v", name, i, r)
			}
		case r != packet.OK:
			b.t.Fatalf("%s: the last part gives %v; %+v", name, r, b.Stats())
		case string(p.Payload) != string(payload[8:]) || p.Length != len(payload)-8:
			b.t.Fatalf("%s: the payload differs", name)
		case p.SrcPort != 1000 || p.DstPort != 2000 || p.Number != b.number || p.Time != b.clock || p.Seq != 0 || p.Flags != 0 || p.Window != 0:
			b.t.Fatalf("%s: %+v", name, p)
		}
	}
}

// none hands over parts that give nothing.
func (b *bench) none(name string, parts ...[]byte) {
	b.t.Helper()
	for i, part := range parts {
		if _, r := b.see(part); r != packet.Fragment {
			b.t.Fatalf("%s: part %d gives %v", name, i, r)
		}
	}
}

func (b *bench) want(name string, want Stats) {
	b.t.Helper()
	got := b.Stats()
	want.Parts = got.Parts
	if got != want {
		b.t.Errorf("%s:\ngot  %+v\nwant %+v", name, got, want)
	}
}

func shuffle(r *rand.Rand, parts [][]byte) {
	r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
}

// packets are the fragments as they are handed over.
func (b *bench) packets(parts [][]byte) (all []packet.Packet) {
	for _, ip := range parts {
		var p packet.Packet
		if r := packet.Decode(&capture.Frame{Bytes: ip, Wire: uint32(len(ip)), Link: capture.LinkRaw}, &p); r != packet.Fragment {
			b.t.Fatal(r)
		}
		all = append(all, p)
	}
	return all
}
