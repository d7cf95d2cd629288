package flow

import (
	"fmt"
	"net/netip"
	"runtime"
	"slices"
	"testing"
	"time"
	"unsafe"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/packet"
)

// ignore is a closed callback that does nothing.
func ignore(*Flow[[4]uint64], Reason, capture.Time) {}

func TestTableEvictsLongestIdle(t *testing.T) {
	var gone []int
	table := New(3, func(f *Flow[int], why Reason, at capture.Time) {
		if why != Evicted || at != capture.Time(50*time.Second) {
			t.Errorf("flow %d closed: %v at %d", f.State, why, at)
		}
		gone = append(gone, f.State)
	})
	open := func(n int, at capture.Time) *Flow[int] {
		k := key(n)
		f := table.Open(&k, at)
		f.State = n
		return f
	}
	const s = capture.Time(time.Second)
	first, second := open(1, 10*s), open(2, 20*s)
	third := open(3, 30*s)
	table.Touch(first, 40*s)
	open(4, 50*s)
	table.Touch(second, 45*s) // closed: nothing happens
	// The order is kept to a second: this one was moved when it was opened.
	table.Touch(third, 30*s+s/2)
	open(5, 50*s)
	if !slices.Equal(gone, []int{2, 3}) || table.Len() != 3 {
		t.Errorf("evicted %v, want 2 and 3; %d are open", gone, table.Len())
	}
	if st := table.Stats(); st.Opened != 5 || st.Closed[Evicted] != 2 || st.Peak != 3 {
		t.Errorf("stats %+v", st)
	}
}

// A packet that comes late counts as use, and does not move Last back.
func TestTableTouchLate(t *testing.T) {
	table := New(2, ignore)
	k := key(1)
	f := table.Open(&k, 100)
	if table.Touch(f, 90); f.Last != 100 {
		t.Errorf("Last is %d, want 100", f.Last)
	}
	if table.Touch(f, 110); f.Last != 110 || f.Opened != 100 {
		t.Errorf("Last is %d, Opened %d", f.Last, f.Opened)
	}
}

func TestTableOpenTwice(t *testing.T) {
	table := New(1, ignore)
	k := key(1)
	f := table.Open(&k, 1)
	if g := table.Open(&k, 5); g != f || g.Opened != 1 || g.Last != 5 || table.Len() != 1 {
		t.Errorf("opened again: %v, want %v", g, f)
	}
}

// Pointers stay while the table grows; what is done to a pointer kept too long
// changes nothing, and the next flow in a closed one's slot begins empty.
func TestTablePointers(t *testing.T) {
	const flows = 10 * slabSize
	table := New(flows, ignore)
	var all []*Flow[[4]uint64]
	for n := range flows {
		k := key(n)
		f := table.Open(&k, capture.Time(n))
		f.State[3] = uint64(n)
		all = append(all, f)
	}
	for n, f := range all {
		if k := key(n); table.Find(&k) != f || f.Key != k || f.State[3] != uint64(n) {
			t.Fatalf("flow %d moved", n)
		}
	}
	stale := all[77]
	table.Schedule(stale, 5)
	table.Close(stale, Ended, 1)
	left := *stale
	table.Touch(stale, 9)
	table.Schedule(stale, 9)
	table.Close(stale, Ended, 9)
	if s := table.Stats(); table.Len() != flows-1 || s.Closed[Ended] != 1 || *stale != left || table.Next() != capture.Never {
		t.Errorf("a stale pointer did something: %d flows, %+v", table.Len(), s)
	}
	k := key(flows + 1)
	if f := table.Open(&k, 1); f != stale {
		t.Errorf("the freed slot is not used again")
	}
	if stale.State != [4]uint64{} || stale.Key != k || stale.Last != 1 || stale.Opened != 1 {
		t.Errorf("a new flow begins with %+v", *stale)
	}
}

// closed sees a flow whole, cannot find it any more, and may close others.
func TestTableClosedCallback(t *testing.T) {
	var table *Table[int]
	var order []int
	table = New(8, func(f *Flow[int], why Reason, at capture.Time) {
		order = append(order, f.State)
		if k := key(f.State); f.Key != k || table.Find(&k) != nil {
			t.Errorf("flow %d: key %v, found %v", f.State, f.Key, table.Find(&k))
		}
		table.Close(f, why, at)
		table.Schedule(f, at)
		table.Touch(f, at)
		if k := key(f.State + 2); table.Find(&k) != nil {
			table.Close(table.Find(&k), why, at)
		}
	})
	for _, n := range []int{3, 1, 2} {
		k := key(n)
		table.Open(&k, 0).State = n
	}
	table.CloseAll(9, Finished)
	if !slices.Equal(order, []int{3, 1, 2}) || table.Len() != 0 || table.Stats().Closed[Finished] != 3 {
		t.Errorf("closed %v", order)
	}
	order = nil
	for _, n := range []int{1, 2, 3} {
		k := key(n)
		table.Open(&k, 0).State = n
	}
	table.CloseAll(9, Finished)
	if !slices.Equal(order, []int{1, 3, 2}) {
		t.Errorf("closed %v, want 1, which closes 3, and 2", order)
	}
}

func TestTableNext(t *testing.T) {
	table := New(8, ignore)
	if table.Next() != capture.Never {
		t.Errorf("an empty table is due at %d", table.Next())
	}
	k := key(1)
	f := table.Open(&k, 0)
	table.Schedule(f, 10)
	table.Schedule(f, 20)
	if n := table.Next(); n > 20 {
		t.Errorf("due at %d, after the deadline", n)
	}
	calls := 0
	due := func(g *Flow[[4]uint64], at capture.Time) {
		if calls++; g != f || at != 20 {
			t.Errorf("due at %d, want 20", at)
		}
	}
	table.Advance(19, due)
	if calls != 0 || table.Next() != 20 {
		t.Errorf("%d calls before the deadline, next %d", calls, table.Next())
	}
	table.Advance(20, due)
	table.Advance(30, due)
	if calls != 1 || table.Next() != capture.Never {
		t.Errorf("%d calls, next %d", calls, table.Next())
	}
}

// A packet of an open flow allocates nothing, nor does a flow that takes the
// place of another.
func TestTableAllocates(t *testing.T) {
	table := New(1000, ignore)
	for n := range 1000 {
		k := key(n)
		table.Open(&k, 0)
	}
	n, now := 0, capture.Time(0)
	due := func(f *Flow[[4]uint64], at capture.Time) { table.Schedule(f, at.Add(time.Second)) }
	if a := testing.AllocsPerRun(5000, func() {
		k := key(n % 1000)
		f := table.Find(&k)
		now += 1e6
		table.Touch(f, now)
		table.Schedule(f, now.Add(time.Second))
		table.Advance(now, due)
		n += 37
	}); a != 0 {
		t.Errorf("a packet allocates %v times, want 0", a)
	}
	if a := testing.AllocsPerRun(5000, func() {
		k := key(1000 + n)
		now++
		table.Schedule(table.Open(&k, now), now.Add(time.Second))
		n++
	}); a != 0 {
		t.Errorf("opening in a full table allocates %v times, want 0", a)
	}
}

// Every wrong order of the index's bookkeeping would lose a flow: keys come
// and go, many in the same places, and each is found exactly while it is open.
func TestIndexCollisions(t *testing.T) {
	var x index
	x.entries = make([]entry, 64)
	in := map[uint32]uint32{} // slot to tag
	state := uint32(1)
	for step := range 20000 {
		state = state*1664525 + 1013904223
		slot := state>>16%40 + 1
		if tag, ok := in[slot]; ok {
			x.remove(tag, slot)
			delete(in, slot)
		} else {
			tag = 60 + state>>8%8 // eight homes at the end of the circle
			x.insert(tag, slot)
			in[slot] = tag
		}
		for slot, tag := range in {
			i := x.home(tag)
			for x.entries[i] != 0 && x.entries[i].slot() != slot {
				i = x.after(i)
			}
			if x.entries[i] == 0 {
				t.Fatalf("step %d: slot %d is lost", step, slot)
			}
		}
		if x.used != len(in) || len(x.entries) != 64 {
			t.Fatalf("step %d: %d used of %d, want %d of 64", step, x.used, len(x.entries), len(in))
		}
	}
}

// The results of a run must not depend on where it runs: these numbers are as
// good as any, but stay.
func TestHashStays(t *testing.T) {
	k := key(1)
	if h := k.Hash(); h != 0x6c549882fc5102be {
		t.Errorf("Hash = %#x", h)
	}
	if s := Shard(k.Addr[0], k.Addr[1]); s != 44 {
		t.Errorf("Shard = %d", s)
	}
}

func TestShardEven(t *testing.T) {
	for _, form := range []struct {
		name string
		addr func(n int) packet.Addr
	}{
		{"ipv4 in a row", func(n int) packet.Addr {
			return packet.Addr(netip.AddrFrom4([4]byte{10, 0, byte(n >> 8), byte(n)}).As16())
		}},
		{"ipv6 in a row", func(n int) packet.Addr {
			return packet.Addr{0: 0x20, 1: 1, 2: 0xd, 3: 0xb8, 14: byte(n >> 8), 15: byte(n)}
		}},
		{"ipv6 networks", func(n int) packet.Addr {
			return packet.Addr{0: 0x20, 1: 1, 6: byte(n >> 8), 7: byte(n), 15: 1}
		}},
	} {
		var counts [Shards]int
		const clients, servers = 640, 20
		for c := range clients {
			for s := range servers {
				a, b := form.addr(c), form.addr(0xf000+s)
				shard := Shard(a, b)
				if shard != Shard(b, a) {
					t.Fatalf("%s: the order of addresses matters", form.name)
				}
				counts[shard]++
			}
		}
		// The mean is 200 with a standard deviation of 14.
		if lo, hi := slices.Min(counts[:]), slices.Max(counts[:]); lo < 130 || hi > 270 {
			t.Errorf("%s: shards hold %d to %d of 200", form.name, lo, hi)
		}
	}
	// Loopback, and addresses that talk to themselves.
	var counts [Shards]int
	for n := range 6400 {
		a := packet.Addr(netip.AddrFrom4([4]byte{127, 0, byte(n >> 8), byte(n)}).As16())
		counts[Shard(a, a)]++
	}
	if lo, hi := slices.Min(counts[:]), slices.Max(counts[:]); lo < 50 || hi > 160 {
		t.Errorf("to themselves: shards hold %d to %d of 100", lo, hi)
	}
}

// Each part of a key reaches the low bits, which Handshakes uses, and the high
// ones, which the index does.
func TestHashMixes(t *testing.T) {
	for _, part := range []struct {
		name string
		key  func(n int) Key
	}{
		{"port 0", func(n int) Key { k := key(0); k.Port[0] = uint16(n); return k }},
		{"port 1", func(n int) Key { k := key(0); k.Port[1] = uint16(n); return k }},
		{"address 0", func(n int) Key { k := key(0); k.Addr[0][14], k.Addr[0][15] = byte(n>>8), byte(n); return k }},
		{"address 1", func(n int) Key { k := key(0); k.Addr[1][14], k.Addr[1][15] = byte(n>>8), byte(n); return k }},
		{"network 1", func(n int) Key { k := key(0); k.Addr[1][0], k.Addr[1][1] = byte(n>>8), byte(n); return k }},
	} {
		var low, high [64]int
		for n := range 6400 {
			k := part.key(n)
			h := k.Hash()
			low[h%64]++
			high[h>>58]++
		}
		for _, counts := range [][64]int{low, high} {
			if lo, hi := slices.Min(counts[:]), slices.Max(counts[:]); lo < 50 || hi > 160 {
				t.Errorf("%s: places hold %d to %d of 100", part.name, lo, hi)
			}
		}
	}
}

// tables is what a sensor has: one table a shard.
func tables(limit int) []*Table[[4]uint64] {
	all := make([]*Table[[4]uint64], Shards)
	for i := range all {
		all[i] = New(limit, ignore)
	}
	return all
}

func of(all []*Table[[4]uint64], k *Key) *Table[[4]uint64] { return all[Shard(k.Addr[0], k.Addr[1])] }

func BenchmarkPacket(b *testing.B) {
	for _, flows := range []int{10_000, 1_000_000} {
		for _, way := range []string{"scattered", "in bursts of 8"} {
			b.Run(fmt.Sprintf("%d flows %s", flows, way), func(b *testing.B) {
				all := tables(flows)
				keys := make([]Key, flows)
				for n := range flows {
					keys[n] = key(n)
					t := of(all, &keys[n])
					t.Schedule(t.Open(&keys[n], 0), capture.Time(time.Hour))
				}
				n, i, now := 0, 0, capture.Time(0)
				b.ReportAllocs()
				for b.Loop() {
					if i++; way == "scattered" || i%8 == 0 {
						n = (n + 7_654_321) % flows
					}
					k := &keys[n]
					t := of(all, k)
					f := t.Find(k)
					now += 1000
					t.Touch(f, now)
					t.Schedule(f, now.Add(time.Hour))
				}
			})
		}
	}
}

// What a flow costs to open with a deadline, and in memory, State left out.
func BenchmarkOpen(b *testing.B) {
	for _, flows := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprint(flows), func(b *testing.B) {
			b.ReportAllocs()
			var before, after runtime.MemStats
			for b.Loop() {
				b.StopTimer()
				runtime.GC()
				runtime.ReadMemStats(&before)
				all := tables(flows)
				b.StartTimer()
				for n := range flows {
					k := key(n)
					t := of(all, &k)
					t.Schedule(t.Open(&k, capture.Time(n)), capture.Time(n+1000))
				}
				b.StopTimer()
				runtime.GC()
				runtime.ReadMemStats(&after)
				runtime.KeepAlive(all)
				b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(flows)-float64(unsafe.Sizeof([4]uint64{})), "heap-B/flow")
				b.StartTimer()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(flows), "ns/flow")
		})
	}
}

// A full table in which every packet opens a flow and evicts another.
func BenchmarkEvict(b *testing.B) {
	all := tables(16_384)
	n := 0
	open := func() {
		k := key(n)
		k.Port[1] = uint16(n >> 24)
		t := of(all, &k)
		t.Schedule(t.Open(&k, capture.Time(n)), capture.Time(n).Add(time.Minute))
		n++
	}
	for range 1 << 21 {
		open()
	}
	b.ReportAllocs()
	for b.Loop() {
		open()
	}
}
