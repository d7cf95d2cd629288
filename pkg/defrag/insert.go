package defrag

import (
	"bytes"

	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/packet"
)

// insert takes the bytes of a part that nobody told before. It answers whether
// the datagram is still waited for.
func (t *Table) insert(i int32, p *packet.Packet, from, to int32) bool {
	d := &t.all[i]
	// The spans that touch the part are those from lo to before hi.
	lo := 0
	for lo < d.n && d.spans[lo].to < from {
		lo++
	}
	hi := lo
	known := int32(0) // bytes of the part that are there
	for hi < d.n && d.spans[hi].from <= to {
		known += min(to, d.spans[hi].to) - max(from, d.spans[hi].from)
		hi++
	}
	switch {
	case known == to-from && t.same(d, p.Payload, from):
		t.stats.Copies++
		return true
	case known > 0:
		t.stats.Overlapping++
		if d.key.v6 {
			t.finish(i, p.Clock)
			return false
		}
		if known == to-from {
			return true
		}
	}
	if hi == lo && d.n == limit.FragmentHoles {
		t.stats.Bad++
		t.finish(i, p.Clock)
		return false
	}
	at := from
	for j := lo; j <= hi; j++ {
		end := to
		if j < hi {
			end = min(to, d.spans[j].from)
		}
		if at < end && !t.fill(i, p.Payload, from, at, end) {
			return false
		}
		if j < hi {
			at = max(at, d.spans[j].to)
		}
	}
	if hi == lo {
		copy(d.spans[lo+1:d.n+1], d.spans[lo:d.n])
		d.spans[lo] = span{from, to}
		d.n++
		return true
	}
	d.spans[lo] = span{min(from, d.spans[lo].from), max(to, d.spans[hi-1].to)}
	copy(d.spans[lo+1:], d.spans[hi:d.n])
	d.n -= hi - lo - 1
	return true
}

// fill stores the bytes from at to end of a part that begins at from, as far
// as they were captured. It fails where the datagram itself had to go to make
// room.
func (t *Table) fill(i int32, payload []byte, from, at, end int32) bool {
	d := &t.all[i]
	if have := from + int32(len(payload)); have < end {
		d.cut = min(d.cut, max(at, have))
		end = max(at, have)
	}
	for at < end {
		j := at / pageBytes
		if d.pages[j] < 0 && !t.page(i, j) {
			return false
		}
		n := min(end, (j+1)*pageBytes) - at
		copy(t.pages[d.pages[j]][at%pageBytes:], payload[at-from:at-from+n])
		at += n
	}
	return true
}

// page gives a datagram a page, if need be another's: its source's oldest where
// that has its share, else the oldest of all.
func (t *Table) page(i, j int32) bool {
	d := &t.all[i]
	s := &t.shares[d.share]
	const all = limit.FragmentBytes / pageBytes
	for s.pages >= all/limit.FragmentShare || len(t.freePages) == 0 && len(t.pages) == all {
		oldest := t.waiting.first
		if s.pages >= all/limit.FragmentShare {
			oldest = s.waiting.first
		}
		t.stats.Evicted++
		t.drop(oldest)
		if oldest == i {
			return false
		}
	}
	var at int32
	if n := len(t.freePages); n > 0 {
		at, t.freePages = t.freePages[n-1], t.freePages[:n-1]
	} else {
		at = int32(len(t.pages))
		t.pages = append(t.pages, make([]byte, pageBytes))
	}
	d.pages[j] = at
	d.held++
	s.pages++
	return true
}

// same tells whether a part of which all bytes are there tells the same, as far
// as both were captured.
func (t *Table) same(d *datagram, payload []byte, from int32) bool {
	end := min(from+int32(len(payload)), d.cut)
	for at := from; at < end; {
		j := at / pageBytes
		n := min(end, (j+1)*pageBytes) - at
		if !bytes.Equal(t.pages[d.pages[j]][at%pageBytes:at%pageBytes+n], payload[at-from:at-from+n]) {
			return false
		}
		at += n
	}
	return true
}
