package flow

import (
	"cmp"
	"slices"
	"time"

	"github.com/hookhound/hookhound/capture"
)

// Flow is one open conversation and what its owner keeps with it.
//
// A *Flow stays valid until its closed callback has returned; the slot then
// serves another flow.
//
// What a packet needs stands in the first lines of a processor's cache, the
// State in between: fetching those lines is a good part of what a packet costs.
type Flow[S any] struct {
	Key   Key
	slot  uint32
	order uint64       // counts the flows of this table from 1; 0 in a free slot
	Last  capture.Time // the latest time given to Touch
	moved capture.Time // when it was last moved in the ring of recent use

	State S

	deadline capture.Time
	Opened   capture.Time
}

// Table holds the open conversations of one shard, at most its limit; a new
// one then evicts the longest idle. It is not safe for concurrent use: a shard
// has one owner.
//
// Slots are never given back to the system: after a flood the table keeps the
// memory that its limit allows, and uses it again.
type Table[S any] struct {
	limit  int
	grain  time.Duration // see recently
	closed func(f *Flow[S], why Reason, at capture.Time)

	slabs []*[slabSize]Flow[S]
	links []link // by slot; slot 0 is the head of the ring of recent use
	free  uint32 // a slot to use again, linked to the next by newer; 0 is none
	next  uint32 // the first slot that was never used
	open  int
	opens uint64 // flows opened so far, the order of the last one

	index     index
	deadlines []deadline // a heap, see deadline.go
	stats     Stats
}

// recently is how exactly the order of recent use is kept: a flow moves in it at
// most once in so long. Moving touches the flow's neighbours, which a processor
// has to fetch from afar; an eviction that is a second off harms nobody.
const recently = time.Second

// slabSize is how many flows are allocated at once. A table grows by this
// step: no flow is ever copied, and a table of few flows is small. Opening
// allocates when a slab is full, or the index three quarters.
const slabSize = 64

// link is what changes with every packet, kept out of the flows: the links of
// a whole shard fit into a processor's cache, and its flows do not.
type link struct {
	newer, older uint32 // slots in the ring of recent use
	heap         uint32 // place in deadlines, from 1; 0 is none
}

// New returns a table of at most limit flows (at least one). closed is called
// for every flow that is closed, whether by Close, CloseAll or eviction, when
// the table no longer finds it but its State is still whole. It must not open
// flows.
func New[S any](limit int, closed func(f *Flow[S], why Reason, at capture.Time)) *Table[S] {
	return &Table[S]{
		limit:  max(limit, 1),
		grain:  recently,
		closed: closed,
		next:   1,
		links:  make([]link, 1),
		index:  newIndex(),
	}
}

// Len is the number of open flows.
func (t *Table[S]) Len() int { return t.open }

// Stats returns the counts so far.
func (t *Table[S]) Stats() Stats { return t.stats }

// Find returns the open flow of a key, or nil.
func (t *Table[S]) Find(k *Key) *Flow[S] { return t.find(k, t.index.tag(k)) }

func (t *Table[S]) find(k *Key, tag uint32) *Flow[S] {
	for i := t.index.home(tag); ; i = t.index.after(i) {
		e := t.index.entries[i]
		if e == 0 {
			return nil
		}
		if e.tag() == tag {
			if f := t.at(e.slot()); equal(&f.Key, k) {
				return f
			}
		}
	}
}

// Open returns a new flow, most recently used. If the table is full, it first
// closes the one that was not touched for the longest time, to about a second. A flow that is
// open under the key already is touched and returned.
func (t *Table[S]) Open(k *Key, now capture.Time) *Flow[S] {
	tag := t.index.tag(k)
	if f := t.find(k, tag); f != nil {
		t.Touch(f, now)
		return f
	}
	if t.open >= t.limit {
		t.Close(t.at(t.links[0].newer), Evicted, now)
	}
	slot := t.take()
	f := t.at(slot)
	t.opens++
	*f = Flow[S]{Key: *k, slot: slot, order: t.opens, Last: now, moved: now, deadline: capture.Never, Opened: now}
	t.index.insert(tag, slot)
	t.link(slot)
	t.open++
	t.stats.Opened++
	t.stats.Peak = max(t.stats.Peak, uint64(t.open))
	return f
}

// Touch makes f the most recently used, to about a second of packet time, and
// moves its Last to now unless that is earlier.
func (t *Table[S]) Touch(f *Flow[S], now capture.Time) {
	if f.order == 0 {
		return
	}
	f.Last = max(f.Last, now)
	if f.Last.Sub(f.moved) < t.grain {
		return
	}
	f.moved = f.Last
	if t.links[0].older != f.slot {
		t.unlink(f.slot)
		t.link(f.slot)
	}
}

// Close takes f out of the table, calls closed and frees its slot. A flow that
// is closed already, or is being closed, stays as it is. Its State is left until
// another flow opens in the slot: who has pointers there lets go of them.
func (t *Table[S]) Close(f *Flow[S], why Reason, at capture.Time) {
	if f.order == 0 {
		return
	}
	slot := f.slot
	t.index.remove(t.index.tag(&f.Key), slot)
	t.unlink(slot)
	t.unschedule(slot)
	f.order = 0
	t.open--
	t.stats.Closed[why]++
	t.closed(f, why, at)
	t.links[slot].newer, t.free = t.free, slot
}

// CloseAll closes every flow, in the order in which they were opened.
func (t *Table[S]) CloseAll(at capture.Time, why Reason) {
	open := make([]*Flow[S], 0, t.open)
	for slot := t.links[0].newer; slot != 0; slot = t.links[slot].newer {
		open = append(open, t.at(slot))
	}
	slices.SortFunc(open, func(a, b *Flow[S]) int { return cmp.Compare(a.order, b.order) })
	for _, f := range open {
		t.Close(f, why, at)
	}
}

// at is the flow in a slot.
func (t *Table[S]) at(slot uint32) *Flow[S] {
	return &t.slabs[slot/slabSize][slot%slabSize]
}

// take returns a free slot, growing by a slab where there is none.
func (t *Table[S]) take() uint32 {
	if slot := t.free; slot != 0 {
		t.free = t.links[slot].newer
		return slot
	}
	slot := t.next
	t.next++
	if int(slot/slabSize) == len(t.slabs) {
		t.slabs = append(t.slabs, new([slabSize]Flow[S]))
		slots := len(t.slabs) * slabSize
		t.links = append(t.links, make([]link, slots-len(t.links))...)
		t.deadlines = slices.Grow(t.deadlines, slots-len(t.deadlines))
	}
	return slot
}

// The ring of recent use runs through slot 0, which holds no flow: its newer
// neighbour is the flow idle for longest, its older one the last touched.

func (t *Table[S]) link(slot uint32) {
	last := t.links[0].older
	t.links[slot].older, t.links[slot].newer = last, 0
	t.links[last].newer = slot
	t.links[0].older = slot
}

func (t *Table[S]) unlink(slot uint32) {
	l := t.links[slot]
	t.links[l.older].newer = l.newer
	t.links[l.newer].older = l.older
}
