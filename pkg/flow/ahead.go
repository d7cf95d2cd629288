package flow

import "github.com/hookhound/hookhound/capture"

// Mark is what a Table keeps of a key's hash. Finding a flow waits for memory
// twice, for the index and for the flow; whoever has many packets at hand takes
// the marks of all first, and lets these waits overlap with Guess.
type Mark uint32

// Mark returns the mark of a key in this table.
func (t *Table[S]) Mark(k *Key) Mark { return Mark(t.index.tag(k)) }

// Guess is the flow of a mark, without looking at it: nearly always that of the
// key, sometimes another one. It is nil where there is none.
func (t *Table[S]) Guess(m Mark) *Flow[S] {
	for i := t.index.home(uint32(m)); ; i = t.index.after(i) {
		e := t.index.entries[i]
		if e == 0 {
			return nil
		}
		if e.tag() == uint32(m) {
			return t.at(e.slot())
		}
	}
}

// FindGuessed is Find for a key whose mark and guess are known. The guess may
// have been closed since, or its slot serve another flow.
func (t *Table[S]) FindGuessed(k *Key, m Mark, guess *Flow[S]) *Flow[S] {
	if guess != nil && guess.order != 0 && equal(&guess.Key, k) {
		return guess
	}
	return t.find(k, uint32(m))
}

// Fetch reads a little of the first line of a flow, which brings that into the
// processor's cache. It says nothing.
func (f *Flow[S]) Fetch() uint64 { return uint64(f.Key.Protocol) }

// First is the flow that Advance looks at first at now, nil where it looks at
// none.
func (t *Table[S]) First(now capture.Time) *Flow[S] {
	if len(t.deadlines) == 0 || t.deadlines[0].at > now {
		return nil
	}
	return t.at(t.deadlines[0].slot)
}
