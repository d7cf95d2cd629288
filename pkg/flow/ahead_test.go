package flow

import (
	"math/rand/v2"
	"testing"

	"github.com/hookhound/hookhound/capture"
)

// Whatever was guessed, and however long ago, what is found is what Find finds.
func TestFindGuessed(t *testing.T) {
	const keys = 300
	r := rand.New(rand.NewPCG(5, 6))
	table := New(keys/2, func(*Flow[int], Reason, capture.Time) {})
	var guesses []*Flow[int]
	right, wrong, none := 0, 0, 0
	for i := range 20_000 {
		k := key(r.IntN(keys))
		m := table.Mark(&k)
		guess := table.Guess(m)
		if f := table.Find(&k); f != nil && guess != f {
			// Only another key with the same 32 bits stands before it.
			t.Fatalf("the guess for an open flow is another one")
		}
		guesses = append(guesses, guess)
		old := guesses[r.IntN(len(guesses))]
		want, got := table.Find(&k), table.FindGuessed(&k, m, old)
		switch {
		case got != want:
			t.Fatalf("step %d: found %v, want %v", i, got, want)
		case want == nil:
			none++
		case old == want:
			right++
		default:
			wrong++
		}
		switch f := want; {
		case f == nil:
			table.Open(&k, capture.Time(i))
		case r.IntN(3) == 0:
			table.Close(f, Ended, capture.Time(i))
		}
	}
	if right == 0 || wrong == 0 || none == 0 {
		t.Errorf("%d right, %d wrong, %d without a flow: the test shows too little", right, wrong, none)
	}
}

// First is what Advance calls for first.
func TestFirst(t *testing.T) {
	table := New(8, func(*Flow[int], Reason, capture.Time) {})
	if table.First(capture.Never) != nil {
		t.Error("an empty table has a flow that is due")
	}
	a, b := key(1), key(2)
	fa, fb := table.Open(&a, 0), table.Open(&b, 0)
	table.Schedule(fa, 20)
	table.Schedule(fb, 10)
	if f := table.First(9); f != nil {
		t.Errorf("%v is due before its time", f.Key)
	}
	if f := table.First(10); f != fb {
		t.Errorf("first is %v, want %v", f, fb)
	}
}
