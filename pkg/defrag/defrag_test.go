package defrag

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/packet"
)

func both(t *testing.T, f func(t *testing.T, m maker)) {
	for _, v6 := range []bool{false, true} {
		t.Run(fmt.Sprintf("v6=%v", v6), func(t *testing.T) { f(t, maker{v6: v6, id: 7, src: 1}) })
	}
}

func TestWhole(t *testing.T) {
	both(t, func(t *testing.T, m maker) {
		b := newBench(t)
		r := rand.New(rand.NewPCG(1, 2))
		for i, n := range []int{9, 16, 1473, 2048, 2049, 4096, 9000, 65000, 65535 - 20} {
			for j, size := range []int{8, 16, 1480, 1232, 2048} {
				if n <= size || n/size >= limit.FragmentHoles && size < 100 && j > 0 {
					continue
				}
				payload := udp(n, byte(i))
				if n <= size {
					continue
				}
				m.id = uint32(i*100 + j)
				name := fmt.Sprintf("%d bytes in parts of %d", n, size)
				b.whole(name, payload, m.split(payload, size)...)
				m.id += 50
				parts := m.split(payload, size)
				for i := range len(parts) / 2 {
					parts[i], parts[len(parts)-1-i] = parts[len(parts)-1-i], parts[i]
				}
				b.whole(name+", reversed", payload, parts...)
				if len(parts) < 2*limit.FragmentHoles {
					m.id += 20
					parts = m.split(payload, size)
					shuffle(r, parts)
					b.whole(name+", shuffled", payload, parts...)
				}
			}
		}
		if s := b.Stats(); s.Whole < 50 || s.Waiting+s.Bad+s.Copies+s.Overlapping+s.Evicted+s.TimedOut+s.Cut != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// Small parts in an order that leaves as many holes as can be: nothing of an
// Ethernet frame's size is lost by it.
func TestEveryOther(t *testing.T) {
	both(t, func(t *testing.T, m maker) {
		b := newBench(t)
		payload := udp(1480, 1)
		var parts [][]byte
		for first := range 2 {
			for at := 8 * first; at < len(payload); at += 16 {
				parts = append(parts, m.part(payload, at, at+8))
			}
		}
		b.whole("every other", payload, parts...)
	})
}

// A sender that uses one identification for all is read all the same.
func TestSameIdentification(t *testing.T) {
	both(t, func(t *testing.T, m maker) {
		b := newBench(t)
		for seed := range byte(5) {
			payload := udp(3000, seed)
			parts := m.split(payload, 1480)
			b.whole("again", payload, parts...)
			b.none("its copies", parts...)
		}
		b.want("again", Stats{Whole: 5, Copies: 15})
	})
}

// Mirrors show parts twice, before the datagram is whole and after.
func TestCopies(t *testing.T) {
	both(t, func(t *testing.T, m maker) {
		b := newBench(t)
		payload := udp(3000, 1)
		p := m.split(payload, 1200)
		b.whole("copies", payload, p[0], p[0], p[2], p[0], p[2], p[1])
		b.none("copies behind", p[1], p[2], p[0], p[1])
		b.want("copies", Stats{Whole: 1, Copies: 7})
		b.clock = b.clock.Add(Linger)
		b.whole("the identification again", payload, p...)
		b.want("again", Stats{Whole: 2, Copies: 7})
	})
}

func TestOverlaps(t *testing.T) {
	payload, other := udp(2400, 1), udp(2400, 9)
	t.Run("v4", func(t *testing.T) {
		m := maker{id: 7, src: 1}
		b := newBench(t)
		// The first copy wins, also where one part covers others and the holes
		// between them.
		b.whole("wholly", payload, m.part(payload, 800, 1600), m.part(other, 800, 1600), m.part(payload, 0, 800), m.part(payload, 1600, 2400))
		m.id++
		b.whole("partly", payload, m.part(payload, 800, 1600), m.part(payload, 1608, 1616), m.raw(join(payload[:800], other[800:1200]), 0, true),
			m.raw(join(other[1592:1600], payload[1600:1608], other[1608:1616], payload[1616:]), 1592, false))
		b.want("overlaps", Stats{Whole: 2, Overlapping: 3})
	})
	t.Run("v6", func(t *testing.T) {
		m := maker{v6: true, id: 7, src: 1}
		b := newBench(t)
		b.none("wholly", m.part(payload, 800, 1600), m.part(other, 800, 1600), m.part(payload, 0, 800), m.part(payload, 1600, 2400))
		b.want("wholly", Stats{Overlapping: 1, Copies: 2})
		m.id++
		b.none("partly, the same bytes", m.part(payload, 0, 1600), m.part(payload, 1592, 2400))
		b.want("partly", Stats{Overlapping: 2, Copies: 2})
		m.id++
		b.whole("a copy in pieces", payload, m.part(payload, 0, 1600), m.part(payload, 800, 1200), m.part(payload, 1600, 2400))
	})
}

func join(parts ...[]byte) (all []byte) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

func TestBad(t *testing.T) {
	both(t, func(t *testing.T, m maker) {
		payload := udp(2400, 1)
		for name, parts := range map[string][][]byte{
			"no bytes":            {m.raw(nil, 8, true)},
			"an odd length":       {m.raw(payload[:9], 0, true)},
			"two ends":            {m.part(payload, 800, 2400), m.raw(payload[:80], 1600, false)},
			"more behind the end": {m.part(payload, 800, 2400), m.raw(payload[:80], 2400, true)},
			"up to the end":       {m.part(payload, 800, 2400), m.raw(payload[:80], 2320, true)},
			"an end too early":    {m.part(payload, 800, 1600), m.raw(payload[:80], 8, false)},
		} {
			b := newBench(t)
			b.none(name, parts...)
			if s := b.Stats(); s.Bad != 1 {
				t.Errorf("%s: %+v", name, s)
			}
		}
		b := newBench(t)
		b.none("too long", m.raw(udp(1480, 1), 65528, false))
		b.want("too long", Stats{Oversized: 1})
		b = newBench(t)
		for i := range 2 * limit.FragmentHoles {
			b.none("holes", m.raw(payload[:8], 16*i, true))
		}
		b.want("holes", Stats{Bad: 1, Copies: limit.FragmentHoles - 1})
	})
}

func TestTimeout(t *testing.T) {
	both(t, func(t *testing.T, m maker) {
		b := newBench(t)
		payload := udp(2400, 1)
		p := m.split(payload, 1200)
		b.none("first", p[0])
		b.clock = b.clock.Add(Timeout - time.Millisecond)
		b.whole("in time", payload, p[1])
		b.clock = b.clock.Add(time.Second)
		b.none("first", p[0])
		b.clock = b.clock.Add(Timeout + time.Millisecond)
		b.none("too late", p[1])
		b.want("too late", Stats{Whole: 1, TimedOut: 1, Waiting: 1})
	})
}

// What a snap length leaves comes out, with the length that the headers tell.
func TestCut(t *testing.T) {
	both(t, func(t *testing.T, m maker) {
		payload := udp(3600, 1)
		b := newBench(t)
		b.snap = 96
		parts := m.split(payload, 1200)
		b.none("cut", parts[1], parts[0])
		p, r := b.see(parts[2])
		header := len(parts[0]) - 1200
		if r != packet.OK || p.SrcPort != 1000 || p.Length != 3592 || string(p.Payload) != string(payload[8:96-header]) {
			t.Errorf("%v, %d of %d bytes", r, len(p.Payload), p.Length)
		}
		b.want("cut", Stats{Whole: 1, Cut: 1})
	})
}

// A datagram in a tunnel, the carrier in fragments, and both at once.
func TestTunnels(t *testing.T) {
	both(t, func(t *testing.T, m maker) {
		payload := udp(3000, 1)
		inner := m.split(payload, 1200)
		outer := maker{id: 900, src: 9, protocol: 4}
		if m.v6 {
			outer.protocol = 41
		}
		b := newBench(t)
		var all [][]byte
		for i, part := range inner {
			outer.id = uint32(900 + i)
			all = append(all, outer.split(part, 400)...)
		}
		b.whole("parts in parts", payload, all...)
		b.want("parts in parts", Stats{Whole: 4})
	})
}

// A fragment header behind a fragment header is refused: it would make work
// without end out of few frames.
func TestNestedHeaders(t *testing.T) {
	m := maker{v6: true, id: 7, src: 1, protocol: 44}
	inner := make([]byte, 64)
	inner[0] = packet.ProtoUDP
	binary.BigEndian.PutUint16(inner[2:], 1)
	b := newBench(t)
	b.none("first", m.part(inner, 0, 32))
	if _, r := b.see(m.part(inner, 32, 64)); r != packet.BadIPv6Header {
		t.Errorf("%v", r)
	}
}

// Two networks with the same addresses do not mix.
func TestSpaces(t *testing.T) {
	m := maker{id: 7, src: 1}
	a, c := udp(1600, 1), udp(1600, 77)
	gre := func(key byte, ip []byte) []byte {
		return maker{src: 50, protocol: 47}.whole(join([]byte{0x20, 0, 8, 0, 0, 0, 0, key}, ip))
	}
	b := newBench(t)
	b.none("first parts", gre(1, m.part(a, 0, 800)), gre(2, m.part(c, 0, 800)))
	for key, payload := range map[byte][]byte{1: a, 2: c} {
		if p, r := b.see(gre(key, m.part(payload, 800, 1600))); r != packet.OK || string(p.Payload) != string(payload[8:]) {
			t.Errorf("key %d: %v", key, r)
		}
	}
}

// whole is the IP packet of a payload in one piece.
func (m maker) whole(payload []byte) []byte { return m.raw(payload, 0, false) }
