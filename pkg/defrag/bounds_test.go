package defrag

import (
	"testing"
	"time"

	"github.com/hookhound/hookhound/pkg/limit"
)

// held checks the books: pages, lists and shares agree with one another.
func (b *bench) held(name string) (pages int) {
	b.t.Helper()
	t := b.Table
	n := 0
	for _, s := range &t.shares {
		pages += s.pages
		n += s.waiting.len
		if s.pages > limit.FragmentBytes/pageBytes/limit.FragmentShare || s.waiting.len > limit.FragmentDatagrams/limit.FragmentShare {
			b.t.Fatalf("%s: a source holds %d pages and %d datagrams", name, s.pages, s.waiting.len)
		}
	}
	if n != t.waiting.len || n+t.finished.len != len(t.index) || len(t.index)+len(t.free) != len(t.all) {
		b.t.Fatalf("%s: %d and %d wait, %d are finished, %d known, %d of %d free", name, n, t.waiting.len, t.finished.len, len(t.index), len(t.free), len(t.all))
	}
	if pages+len(t.freePages) != len(t.pages) || len(t.pages) > limit.FragmentBytes/pageBytes || len(t.all) > limit.FragmentDatagrams {
		b.t.Fatalf("%s: %d pages held, %d of %d free, %d datagrams", name, pages, len(t.freePages), len(t.pages), len(t.all))
	}
	return pages
}

// One source that floods evicts itself; the datagram of another comes through.
func TestFloodOfOne(t *testing.T) {
	both(t, func(t *testing.T, m maker) {
		b := newBench(t)
		payload := udp(2400, 1)
		p := m.split(payload, 1200)
		b.none("first", p[0])
		flood := maker{v6: m.v6, src: 2}
		for i := range 3 * limit.FragmentDatagrams {
			flood.id = uint32(i)
			b.none("flood", flood.raw(payload[:8], 65520, true))
		}
		b.held("datagrams")
		for i := range 3 * limit.FragmentDatagrams {
			flood.id = uint32(1e6 + i)
			b.none("flood", flood.raw(make([]byte, 32768), 0, true))
			if i%100 == 0 {
				b.held("bytes")
			}
		}
		b.whole("the other", payload, p[1])
		b.held("the other")
	})
}

// Sources without end evict the oldest, and memory stays bounded.
func TestFloodOfMany(t *testing.T) {
	b := newBench(t)
	payload := udp(30000, 1)
	for i := range 4 * limit.FragmentDatagrams {
		m := maker{id: uint32(i), src: byte(i)}
		ip := m.part(payload, 0, 16384)
		ip[13], ip[14] = byte(i>>16), byte(i>>8)
		b.none("flood", ip)
	}
	if pages := b.held("many"); pages > limit.FragmentBytes/pageBytes {
		t.Errorf("%d pages", pages)
	}
	s := b.Stats()
	if s.Evicted+s.Waiting != 4*limit.FragmentDatagrams {
		t.Errorf("%+v", s)
	}
	// All is given back when its time has come.
	b.clock = b.clock.Add(Timeout + time.Second)
	m := maker{id: 1, src: 1}
	b.whole("behind", payload, m.split(payload, 4000)...)
	b.clock = b.clock.Add(time.Second)
	b.none("behind", m.part(payload, 0, 8))
	if pages := b.held("behind"); pages != 1 {
		t.Errorf("%d pages are held", pages)
	}
}

func TestAllocates(t *testing.T) {
	b := newBench(t)
	payload := udp(4000, 1)
	m := maker{src: 1}
	parts := m.split(payload, 1480)
	packets := b.packets(parts)
	run := func() {
		b.clock = b.clock.Add(time.Second)
		for _, p := range packets {
			p.Clock = b.clock
			b.Add(&p)
		}
	}
	run()
	if n := testing.AllocsPerRun(100, run); n != 0 {
		t.Errorf("a datagram allocates %v times, want 0", n)
	}
	if b.Stats().Whole < 100 {
		t.Errorf("%+v", b.Stats())
	}
}

func BenchmarkAdd(b *testing.B) {
	t := newBench(b)
	packets := t.packets(maker{src: 1}.split(udp(4000, 1), 1480))
	b.ReportAllocs()
	for b.Loop() {
		t.clock = t.clock.Add(2 * Linger)
		for _, p := range packets {
			p.Clock = t.clock
			t.Add(&p)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(packets)), "ns/part")
}

func BenchmarkFlood(b *testing.B) {
	t := newBench(b)
	packets := t.packets([][]byte{maker{src: 1}.raw(make([]byte, 8), 8, true)})
	b.ReportAllocs()
	for b.Loop() {
		p := packets[0]
		p.Seq++
		packets[0].Seq++
		p.Clock = t.clock
		t.Add(&p)
	}
}
