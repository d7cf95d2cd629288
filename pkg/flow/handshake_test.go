package flow

import (
	"testing"
	"time"
	"unsafe"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/packet"
)

func TestHandshakes(t *testing.T) {
	const sec = capture.Time(time.Second)
	both := Handshake{ISN: [2]packet.Seq{100, 900}, Has: [2]bool{true, true}, Initiator: 0}
	for _, c := range []struct {
		name string
		do   func(m *Handshakes, k *Key)
		at   capture.Time
		want Handshake
		ok   bool
	}{
		{name: "nothing", do: func(*Handshakes, *Key) {}},
		{"both", func(m *Handshakes, k *Key) {
			m.SYN(k, 0, 100, 1)
			m.SYNACK(k, 1, 900, 101, 2)
		}, 3, both, true},
		{"the SYN alone", func(m *Handshakes, k *Key) { m.SYN(k, 1, 100, 1) }, 2,
			Handshake{ISN: [2]packet.Seq{1: 100}, Has: [2]bool{1: true}, Initiator: 1}, true},
		{"the SYN-ACK alone tells all", func(m *Handshakes, k *Key) { m.SYNACK(k, 1, 900, 101, 2) }, 3, both, true},
		{"the SYN-ACK came first", func(m *Handshakes, k *Key) {
			m.SYNACK(k, 1, 900, 101, 2)
			m.SYN(k, 0, 100, 2)
		}, 3, both, true},
		{"a number that wraps", func(m *Handshakes, k *Key) {
			m.SYN(k, 0, 0xffffffff, 1)
			m.SYNACK(k, 1, 900, 0, 2)
		}, 3, Handshake{ISN: [2]packet.Seq{0xffffffff, 900}, Has: [2]bool{true, true}}, true},
		{"sent again", func(m *Handshakes, k *Key) {
			m.SYN(k, 0, 100, 1)
			m.SYN(k, 0, 100, 40*sec)
			m.SYNACK(k, 1, 900, 101, 90*sec)
			m.SYN(k, 0, 100, 91*sec)
		}, 92 * sec, both, true},
		{"too old", func(m *Handshakes, k *Key) {
			m.SYN(k, 0, 100, 1)
			m.SYNACK(k, 1, 900, 101, 2)
		}, 3 + 60*sec, Handshake{}, false},
		{"an old one gives way to a new one", func(m *Handshakes, k *Key) {
			m.SYN(k, 1, 5, 1)
			m.SYNACK(k, 0, 6, 6, 2)
			m.SYN(k, 0, 100, 61*sec)
			m.SYNACK(k, 1, 900, 101, 62*sec)
		}, 63 * sec, both, true},
		{"another call under the same key", func(m *Handshakes, k *Key) {
			m.SYN(k, 0, 7, 1)
			m.SYNACK(k, 1, 8, 8, 2)
			m.SYN(k, 0, 100, 3)
			m.SYNACK(k, 1, 900, 101, 4)
		}, 5, both, true},
		{"an answer to another call", func(m *Handshakes, k *Key) {
			m.SYN(k, 0, 100, 1)
			m.SYNACK(k, 1, 666, 667, 2)
			m.SYNACK(k, 1, 900, 101, 3)
			m.SYNACK(k, 1, 666, 101, 4)
		}, 5, both, true},
		{"both call each other", func(m *Handshakes, k *Key) {
			m.SYN(k, 0, 100, 1)
			m.SYN(k, 1, 900, 2)
			m.SYNACK(k, 0, 100, 901, 3)
			m.SYNACK(k, 1, 900, 101, 3)
			m.SYN(k, 1, 900, 4)
		}, 5, both, true},
		{"taken once", func(m *Handshakes, k *Key) {
			m.SYN(k, 0, 100, 1)
			m.Take(k, 2)
		}, 3, Handshake{}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := NewHandshakes(64)
			k := key(1)
			c.do(m, &k)
			if got, ok := m.Take(&k, c.at); got != c.want || ok != c.ok {
				t.Errorf("got %+v %v, want %+v %v", got, ok, c.want, c.ok)
			}
			if _, ok := m.Take(&k, c.at); ok {
				t.Error("taken twice")
			}
		})
	}
}

// A flood of SYNs takes no answered handshake away, and none is given to
// another key; a memory that overflows keeps what is newest.
func TestHandshakesFlood(t *testing.T) {
	m := NewHandshakes(256)
	if len(m.sets) != 128 {
		t.Fatalf("%d sets", len(m.sets))
	}
	victim, bystander := key(1), key(2)
	m.SYN(&victim, 0, 100, 1)
	m.SYNACK(&victim, 1, 900, 101, 2)
	m.SYN(&bystander, 0, 300, 2)
	now := capture.Time(3)
	for n := range 100_000 {
		k := key(1000 + n)
		m.SYN(&k, 1, packet.Seq(n), now)
		now++
	}
	if h, ok := m.Take(&victim, now); !ok || h.ISN != [2]packet.Seq{100, 900} {
		t.Errorf("the flood took an answered handshake: %+v %v", h, ok)
	}
	if _, ok := m.Take(&bystander, now); ok {
		t.Error("a bare SYN outlived 400 others in its place: the memory is not what it says")
	}
	m.SYNACK(&bystander, 1, 700, 301, now)
	if h, ok := m.Take(&bystander, now); !ok || h != (Handshake{ISN: [2]packet.Seq{300, 700}, Has: [2]bool{true, true}}) {
		t.Errorf("after the flood: %+v %v", h, ok)
	}
	kept := 0
	for n := range 100_000 {
		k := key(1000 + n)
		if h, ok := m.Take(&k, now); ok {
			if kept++; h != (Handshake{ISN: [2]packet.Seq{1: packet.Seq(n)}, Has: [2]bool{1: true}, Initiator: 1}) {
				t.Fatalf("flow %d has the handshake %+v", n, h)
			}
		}
	}
	if kept < 250 {
		t.Errorf("%d of 256 places are used", kept)
	}
}

// Where both places hold answered handshakes, a bare SYN is not remembered,
// and a new SYN-ACK takes the older one's place.
func TestHandshakesFull(t *testing.T) {
	m := NewHandshakes(1)
	a, b, c := key(1), key(2), key(3)
	m.SYNACK(&a, 1, 900, 101, 1)
	m.SYNACK(&b, 1, 900, 101, 2)
	m.SYN(&c, 0, 100, 3)
	if _, ok := m.Take(&c, 3); ok {
		t.Error("a bare SYN took a place")
	}
	m.SYNACK(&c, 1, 900, 101, 4)
	for k, want := range map[Key]bool{a: false, b: true, c: true} {
		if _, ok := m.Take(&k, 5); ok != want {
			t.Errorf("%v: %v, want %v", k.Port, ok, want)
		}
	}
}

func TestHandshakesCost(t *testing.T) {
	if n := unsafe.Sizeof(handshakeEntry{}); n != 32 {
		t.Errorf("an entry takes %d bytes, want 32", n)
	}
	m := NewHandshakes(64)
	n := 0
	if a := testing.AllocsPerRun(1000, func() {
		k := key(n)
		n++
		m.SYN(&k, 0, 100, capture.Time(n))
		m.SYNACK(&k, 1, 900, 101, capture.Time(n))
		m.Take(&k, capture.Time(n))
	}); a != 0 {
		t.Errorf("a handshake allocates %v times, want 0", a)
	}
}

func BenchmarkHandshakes(b *testing.B) {
	m := NewHandshakes(1024)
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		k := key(n)
		n++
		m.SYN(&k, 0, 100, capture.Time(n))
		m.SYNACK(&k, 1, 900, 101, capture.Time(n))
		m.Take(&k, capture.Time(n))
	}
}
