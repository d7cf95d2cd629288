package flow

import "github.com/hookhound/hookhound/capture"

// deadline stands in the heap of a table for one flow: ordered by time, then
// by order of opening. Its time is the flow's deadline or an earlier one: a
// deadline that moves later, as it does with nearly every packet, is only
// noted in the flow, and the heap learns of it when the earlier time comes.
// So whatever is due stands at the top in time, and each flow stands here at
// most once.
type deadline struct {
	at   capture.Time
	slot uint32
}

// Schedule asks for f to be given to Advance's due at a time; it replaces what
// was asked before. capture.Never asks for nothing.
func (t *Table[S]) Schedule(f *Flow[S], at capture.Time) {
	if f.order == 0 {
		return
	}
	f.deadline = at
	i := t.links[f.slot].heap
	switch {
	case i == 0 && at != capture.Never:
		t.deadlines = append(t.deadlines, deadline{})
		t.up(len(t.deadlines)-1, deadline{at: at, slot: f.slot})
	case i != 0 && at < t.deadlines[i-1].at:
		t.up(int(i-1), deadline{at: at, slot: f.slot})
	}
}

// Next is a time before which nothing is due. It may be earlier than the first
// deadline, and is Never where there is none.
func (t *Table[S]) Next() capture.Time {
	if len(t.deadlines) == 0 {
		return capture.Never
	}
	return t.deadlines[0].at
}

// Advance calls due for each flow whose deadline is not after now, in order of
// their deadlines, and where these are equal in the order in which the flows
// were opened. The flow's deadline is gone by then, and at is what it was.
//
// due may schedule, touch, open and close any flow. What it schedules for now
// or earlier is called in this same round, so it must move a flow's deadline
// forward for the round to end.
func (t *Table[S]) Advance(now capture.Time, due func(f *Flow[S], at capture.Time)) {
	for len(t.deadlines) > 0 && t.deadlines[0].at <= now {
		top := t.deadlines[0]
		f := t.at(top.slot)
		switch {
		case f.deadline == top.at && top.at != capture.Never:
			t.unschedule(top.slot)
			f.deadline = capture.Never
			due(f, top.at)
		case f.deadline == capture.Never:
			t.unschedule(top.slot)
		default:
			t.down(0, deadline{at: f.deadline, slot: top.slot})
		}
	}
}

// unschedule takes a flow's entry out of the heap, where it has one.
func (t *Table[S]) unschedule(slot uint32) {
	place := t.links[slot].heap
	if place == 0 {
		return
	}
	t.links[slot].heap = 0
	i, last := int(place-1), len(t.deadlines)-1
	moved := t.deadlines[last]
	t.deadlines = t.deadlines[:last]
	if i == last {
		return
	}
	if i > 0 && t.before(moved, t.deadlines[parent(i)]) {
		t.up(i, moved)
	} else {
		t.down(i, moved)
	}
}

// The heap has four children a node: half as deep as with two, and the four
// stand in one cache line.
const arity = 4

func parent(i int) int { return (i - 1) / arity }

// before is the order of the heap. The flow is read only for equal times.
func (t *Table[S]) before(a, b deadline) bool {
	if a.at != b.at {
		return a.at < b.at
	}
	return t.at(a.slot).order < t.at(b.slot).order
}

func (t *Table[S]) put(i int, d deadline) {
	t.deadlines[i] = d
	t.links[d.slot].heap = uint32(i + 1)
}

// up puts d at i, or above where it belongs above.
func (t *Table[S]) up(i int, d deadline) {
	for i > 0 && t.before(d, t.deadlines[parent(i)]) {
		t.put(i, t.deadlines[parent(i)])
		i = parent(i)
	}
	t.put(i, d)
}

// down puts d at i, or below where it belongs below.
func (t *Table[S]) down(i int, d deadline) {
	for {
		first := i*arity + 1
		if first >= len(t.deadlines) {
			break
		}
		least := first
		for c := first + 1; c < min(first+arity, len(t.deadlines)); c++ {
			if t.before(t.deadlines[c], t.deadlines[least]) {
				least = c
			}
		}
		if !t.before(t.deadlines[least], d) {
			break
		}
		t.put(i, t.deadlines[least])
		i = least
	}
	t.put(i, d)
}
