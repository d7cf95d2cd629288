package dedup

import (
	"net/netip"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/packet"
)

func addr(s string) packet.Addr { return netip.MustParseAddr(s).As16() }

func segment() packet.Packet {
	return packet.Packet{
		Time: 1e18, Src: addr("10.0.0.5"), Dst: addr("192.0.2.7"),
		SrcPort: 40000, DstPort: 443, Protocol: packet.ProtoTCP, TTL: 64, Flags: packet.ACK | packet.PSH,
		Seq: 1000, Ack: 2000, Window: 500, IPID: 77, Payload: []byte("what it says, at some length"), Length: 28,
	}
}

func duplicate(t *Table, p *packet.Packet) bool { return t.Duplicate(p, t.Mark(p)) }

func TestDuplicate(t *testing.T) {
	six := addr("2001:db8::7")
	group := addr("239.255.255.250")
	group6 := addr("ff02::c")
	both := func(f func(p *packet.Packet)) [2]func(p *packet.Packet) { return [2]func(p *packet.Packet){f, f} }
	none := func(*packet.Packet) {}
	second := func(f func(p *packet.Packet)) [2]func(p *packet.Packet) {
		return [2]func(p *packet.Packet){none, f}
	}
	udp := func(p *packet.Packet) { p.Protocol, p.Flags, p.Seq, p.Ack, p.Window = packet.ProtoUDP, 0, 0, 0, 0 }
	for _, c := range []struct {
		name   string
		change [2]func(p *packet.Packet)
		after  time.Duration
		want   bool
	}{
		{"the same", both(none), 0, true},
		{"later", both(none), Window - time.Millisecond, true},
		{"earlier", both(none), -time.Millisecond, true},
		{"too late", both(none), Window + time.Millisecond, false},
		{"too early", both(none), -Window - time.Millisecond, false},
		{"19 hours later", both(none), (1<<32)<<tick + 2*Window, false},
		{"behind a router", second(func(p *packet.Packet) { p.TTL-- }), 0, true},
		{"in another vlan", second(func(p *packet.Packet) { p.VLANs, p.VLAN[0] = 1, 9 }), 0, true},
		{"in a tunnel", second(func(p *packet.Packet) { p.Tunnel = packet.Tunnel{ID: 5, Kind: packet.VXLAN, Depth: 1} }), 0, true},
		{"a retransmission", second(func(p *packet.Packet) { p.IPID++ }), time.Millisecond, false},
		{"other bytes first", second(func(p *packet.Packet) { p.Payload = []byte("that it says, at some length") }), 0, false},
		{"other bytes last", second(func(p *packet.Packet) { p.Payload = []byte("what it says, at some wealth") }), 0, false},
		{"another length", second(func(p *packet.Packet) { p.Length++ }), 0, false},
		{"another window", second(func(p *packet.Packet) { p.Window++ }), 0, false},
		{"more acknowledged", second(func(p *packet.Packet) { p.Ack++ }), 0, false},
		{"next", second(func(p *packet.Packet) { p.Seq++ }), 0, false},
		{"the other way", second(func(p *packet.Packet) { p.Src, p.Dst, p.SrcPort, p.DstPort = p.Dst, p.Src, p.DstPort, p.SrcPort }), 0, false},
		{"another flag", second(func(p *packet.Packet) { p.Flags |= packet.FIN }), 0, false},
		{"short, the same", both(func(p *packet.Packet) { p.Payload, p.Length = []byte("abc"), 3 }), 0, true},
		{"an acknowledgement", both(func(p *packet.Packet) { p.Payload, p.Length = nil, 0 }), 0, true},

		{"no id", both(func(p *packet.Packet) { p.IPID = 0 }), BareWindow - 100*time.Microsecond, true},
		{"no id, later", both(func(p *packet.Packet) { p.IPID = 0 }), BareWindow + 100*time.Microsecond, false},
		{"no id, an acknowledgement", both(func(p *packet.Packet) { p.IPID, p.Payload, p.Length = 0, nil, 0 }), 0, false},
		{"ipv6", both(func(p *packet.Packet) { p.IPID, p.Dst = 0, six }), time.Millisecond, true},
		{"udp", both(udp), 0, true},
		{"udp again", second(func(p *packet.Packet) { p.IPID++ }), 0, false},
		{"udp ipv6", both(func(p *packet.Packet) { udp(p); p.IPID, p.Dst = 0, six }), time.Millisecond, true},
		{"udp no id to a group", both(func(p *packet.Packet) { udp(p); p.IPID, p.Dst = 0, group }), 0, false},
		{"udp ipv6 to a group", both(func(p *packet.Packet) { udp(p); p.IPID, p.Dst = 0, group6 }), 0, false},
		{"udp to a group", both(func(p *packet.Packet) { udp(p); p.Dst = group }), 0, true},
	} {
		table := New(0)
		p, q := segment(), segment()
		c.change[0](&p)
		c.change[1](&q)
		q.Time = q.Time.Add(c.after)
		if duplicate(table, &p) {
			t.Errorf("%s: the first is a duplicate", c.name)
		}
		if got := duplicate(table, &q); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		want := Stats{Packets: 2}
		if c.want {
			want.Duplicates = 1
			if p.IPID == 0 {
				want.Bare = 1
			}
		}
		if s := table.Stats(); s != want {
			t.Errorf("%s: %+v", c.name, s)
		}
	}
}

// A datagram without an identification differs in one place of its payload,
// wherever that is among the words that are compared.
func TestDuplicateMiddle(t *testing.T) {
	p := segment()
	p.Protocol, p.IPID = packet.ProtoUDP, 0
	p.Payload = make([]byte, 800)
	p.Length = 800
	for i := 0; i < 800; i += 100 {
		table := New(0)
		duplicate(table, &p)
		p.Payload[i]++
		if duplicate(table, &p) {
			t.Errorf("byte %d does not count", i)
		}
	}
}

// Copies are found among as many other packets as the table is made for.
func TestDuplicateAmongOthers(t *testing.T) {
	table := New(1)
	const n = 100000
	missed, wrong := 0, 0
	const between = Entries / 8
	packets := func(i int) packet.Packet {
		p := segment()
		p.Time = capture.Time(1e18 + i*20000)
		p.Seq += packet.Seq(i * 28)
		p.IPID += uint16(i)
		return p
	}
	for i := range n {
		p := packets(i)
		if duplicate(table, &p) {
			wrong++
		}
		if i >= between {
			p = packets(i - between)
			if !duplicate(table, &p) {
				missed++
			}
		}
	}
	if wrong != 0 || missed > n/100 {
		t.Errorf("%d of %d taken wrongly, %d missed", wrong, n, missed)
	}
}

func TestAllocates(t *testing.T) {
	table, p := New(0), segment()
	if n := testing.AllocsPerRun(100, func() { p.Seq++; duplicate(table, &p) }); n != 0 {
		t.Errorf("allocates %v times, want 0", n)
	}
}

func BenchmarkDuplicate(b *testing.B) {
	const shards = 64
	for name, size := range map[string]int{"ack": 0, "data": 1460} {
		b.Run(name, func(b *testing.B) {
			var tables [shards]*Table
			for i := range tables {
				tables[i] = New(0)
			}
			p := segment()
			p.Payload, p.Length = make([]byte, size), size
			i := 0
			b.ReportAllocs()
			for b.Loop() {
				i++
				p.Seq += 1460
				p.IPID++
				p.Time += 1000
				duplicate(tables[i%shards], &p)
			}
		})
	}
}
