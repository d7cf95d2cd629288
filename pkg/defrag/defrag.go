// Package defrag makes IP datagrams whole from their fragments, in packet time
// and in bounded memory (see package limit).
//
// The reader asks it before frames are spread over shards, for the fragments
// of one datagram may come by any shard, and what is inside may be a tunnel:
//
//	why := packet.Decode(frame, p)
//	for why == packet.Fragment && table.Add(p) {
//		why = packet.DecodeWhole(p)
//	}
//
// Where parts overlap, the first copy of a byte wins in IPv4; in IPv6 the
// datagram is given up (RFC 5722, RFC 8200 section 4.5). Copies of a part that
// tell the same bytes, as mirrors make them, are no overlap.
package defrag

import (
	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/packet"
)

// Table holds datagrams that lack parts. Not safe for concurrent use: the
// reader has one.
type Table struct {
	index map[key]int32
	all   []datagram // grows to limit.FragmentDatagrams
	free  []int32    // places in all

	waiting  list // what lacks parts, oldest first
	finished list // what is whole or given up, and remembered for Linger
	shares   [limit.FragmentSources]share

	pages     [][]byte // grows to limit.FragmentBytes
	freePages []int32

	out   []byte // the datagram that is lent
	stats Stats
}

// share is what one source holds.
type share struct {
	waiting list
	pages   int
}

// key names a datagram (RFC 791 section 3.2, RFC 8200 section 4.5), within its
// address space: the same networks in two tunnels do not mix.
type key struct {
	src, dst packet.Addr
	space    uint64
	id       uint32
	protocol uint8 // 0 in IPv6, where fragments need not agree
	v6       bool
}

// headBytes has room for what differs between two segments of TCP: sequence,
// acknowledgement and checksum.
const headBytes = 24

// span is a range of bytes that is there, by the headers.
type span struct{ from, to int32 }

type datagram struct {
	key   key
	since capture.Time // when its first part came; once finished, when it was
	done  bool
	// How a finished datagram began, to know another one of the same key.
	head  [headBytes]byte
	heads uint8

	first    bool  // the part at 0 came
	protocol uint8 // that it told
	total    int32 // length of the payload, -1 until the last part came
	cut      int32 // from here on the capture lacks bytes
	n        int   // spans in use
	spans    [limit.FragmentHoles]span
	pages    [maxPages]int32 // -1 for none
	held     int             // pages

	share      int32
	age, among link // in waiting or finished, and in the share's waiting
}

// New returns an empty table.
func New() *Table {
	t := &Table{index: make(map[key]int32), waiting: empty(), finished: empty()}
	for i := range t.shares {
		t.shares[i].waiting = empty()
	}
	return t
}

// Stats are the counts so far.
func (t *Table) Stats() Stats {
	s := t.stats
	s.Waiting = uint64(len(t.index) - t.finished.len)
	return s
}

// Add takes a packet about which the answer was packet.Fragment, with its
// Clock set. It tells whether the datagram is whole now: then Payload, Length
// and Protocol of p are those of the datagram, for packet.DecodeWhole, and all
// else, also time and number, is that of this last frame. Payload is lent
// until the next call.
//
// Parts that the snap length cut count by the length that their headers tell.
// Such a datagram comes out with its full Length and the Payload up to the
// first byte that was cut, like any packet that is cut: the transport header
// and the first bytes are what names a conversation, and a stream that knows
// how much it lacks goes on behind it.
func (t *Table) Add(p *packet.Packet) bool {
	t.expire(p.Clock)
	t.stats.Parts++
	part := p.Part()
	from, to := part.Offset, part.Offset+p.Length
	switch {
	case p.Length == 0 || part.More && p.Length%8 != 0:
		t.stats.Bad++
		return false
	case to > limit.FragmentPayload:
		t.stats.Oversized++
		return false
	}
	k := key{src: p.Src, dst: p.Dst, space: p.Space(), id: part.ID, v6: part.V6}
	if !part.V6 {
		k.protocol = p.Protocol
	}
	i, ok := t.index[k]
	if !ok {
		i = t.begin(k, p.Clock)
	}
	d := &t.all[i]
	if d.done {
		if n := min(int(d.heads), len(p.Payload)); from > 0 || string(p.Payload[:n]) == string(d.head[:n]) {
			t.stats.Copies++
			return false
		}
		t.drop(i)
		i = t.begin(k, p.Clock)
		d = &t.all[i]
	}
	if !t.agrees(d, to, part.More) {
		t.stats.Bad++
		if part.V6 {
			t.finish(i, p.Clock)
		}
		return false
	}
	if !t.insert(i, p, int32(from), int32(to)) {
		return false
	}
	if from == 0 && !d.first {
		d.first, d.protocol = true, p.Protocol
	}
	if !part.More {
		d.total = int32(to) // also where its bytes were known
	}
	if d.total < 0 || d.n != 1 || d.spans[0] != (span{0, d.total}) {
		return false
	}
	t.lend(d, p)
	t.finish(i, p.Clock)
	return true
}

// agrees tells whether a part that ends at to fits what is known of the end.
func (t *Table) agrees(d *datagram, to int, more bool) bool {
	if d.total >= 0 {
		return more && to < int(d.total) || !more && to == int(d.total)
	}
	return more || d.n == 0 || int(d.spans[d.n-1].to) <= to
}

// lend puts the datagram together.
func (t *Table) lend(d *datagram, p *packet.Packet) {
	n := int(min(d.total, d.cut))
	if t.out == nil {
		t.out = make([]byte, maxPages*pageBytes)
	}
	for at := 0; at < n; at += pageBytes {
		copy(t.out[at:n], t.pages[d.pages[at/pageBytes]])
	}
	p.Payload, p.Length, p.Protocol = t.out[:n:n], int(d.total), d.protocol
	d.heads = uint8(copy(d.head[:], p.Payload))
	t.stats.Whole++
	if n < int(d.total) {
		t.stats.Cut++
	}
}

// expire gives up what waited too long, and forgets what was finished.
func (t *Table) expire(now capture.Time) {
	for i := t.waiting.first; i >= 0 && now.Sub(t.all[i].since) > Timeout; i = t.waiting.first {
		t.stats.TimedOut++
		t.drop(i)
	}
	for i := t.finished.first; i >= 0 && now.Sub(t.all[i].since) > Linger; i = t.finished.first {
		t.drop(i)
	}
}

// begin makes room for a datagram and its first part.
func (t *Table) begin(k key, now capture.Time) int32 {
	s := k.share()
	if w := &t.shares[s].waiting; w.len >= limit.FragmentDatagrams/limit.FragmentShare {
		t.stats.Evicted++
		t.drop(w.first)
	}
	if len(t.index) >= limit.FragmentDatagrams {
		if t.finished.len > 0 {
			t.drop(t.finished.first)
		} else {
			t.stats.Evicted++
			t.drop(t.waiting.first)
		}
	}
	var i int32
	if n := len(t.free); n > 0 {
		i, t.free = t.free[n-1], t.free[:n-1]
	} else {
		i = int32(len(t.all))
		t.all = append(t.all, datagram{})
	}
	d := &t.all[i]
	*d = datagram{key: k, since: now, total: -1, cut: limit.FragmentPayload, share: s}
	for j := range d.pages {
		d.pages[j] = -1
	}
	t.index[k] = i
	t.waiting.push(t.all, i, byAge)
	t.shares[s].waiting.push(t.all, i, bySource)
	return i
}

// finish lets go of a datagram's bytes and remembers it for Linger.
func (t *Table) finish(i int32, now capture.Time) {
	t.release(i)
	d := &t.all[i]
	d.done, d.since = true, now
	t.finished.push(t.all, i, byAge)
}

// drop forgets a datagram.
func (t *Table) drop(i int32) {
	d := &t.all[i]
	if d.done {
		t.finished.remove(t.all, i, byAge)
	} else {
		t.release(i)
	}
	delete(t.index, d.key)
	t.free = append(t.free, i)
}

// release takes a datagram out of what waits, and frees its pages.
func (t *Table) release(i int32) {
	d := &t.all[i]
	s := &t.shares[d.share]
	t.waiting.remove(t.all, i, byAge)
	s.waiting.remove(t.all, i, bySource)
	s.pages -= d.held
	d.held = 0
	for j, at := range d.pages {
		if at >= 0 {
			t.freePages = append(t.freePages, at)
			d.pages[j] = -1
		}
	}
}
