package flow

import "github.com/hookhound/hookhound/capture"

// Mark is what a Table keeps of a key's hash. Finding a flow waits for memory
// twice, for the index and for the flow; whoever has many packets at hand takes
// the marks of all first, and lets these waits overlap with Guess.
type Mark uint32

// Mark returns the mark of a key in this table.
func (t *Table[S]) Mark(k *Key) Mark { return Mark(t.index.tag(k)) }

// FindMarked is Find for a key whose mark is known.
func (t *Table[S]) FindMarked(k *Key, m Mark) *Flow[S] { return t.find(k, uint32(m)) }

// Guess is where Find will most likely look, without looking there: the flow in
// the first place of the mark, which may be another one or closed. It is nil
// where that place is empty.
func (t *Table[S]) Guess(m Mark) *Flow[S] {
	e := t.index.entries[t.index.home(uint32(m))]
	if e == 0 {
		return nil
	}
	return t.at(e.slot())
}

// Fetch reads the lines of a flow that Find and Touch need, and answers nothing
// of use.
func (f *Flow[S]) Fetch() uint64 { return uint64(f.Key.Protocol) + uint64(f.slot) }

// First is the flow that Advance looks at first at now, nil where it looks at
// none.
func (t *Table[S]) First(now capture.Time) *Flow[S] {
	if t.Next() > now {
		return nil
	}
	return t.at(t.deadlines[0].slot)
}
