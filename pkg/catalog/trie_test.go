package catalog

import (
	"strconv"
	"testing"
)

func TestNodeKids(t *testing.T) {
	var n node
	if n.kid("x") != nil || n.kid("") != nil {
		t.Error("an empty node has a child")
	}
	for i := range 1000 {
		n.add(&node{label: "label-" + strconv.Itoa(i)})
	}
	for i := range 1000 {
		label := "label-" + strconv.Itoa(i)
		if k := n.kid(label); k == nil || k.label != label {
			t.Fatalf("kid(%q) = %v", label, k)
		}
	}
	if k := n.kid("label-1000"); k != nil {
		t.Errorf("kid finds %q, which is not there", k.label)
	}
}

// A search visits at most one run of full places for each label, so the runs
// bound what a peer's name can cost.
func TestRunsAreShort(t *testing.T) {
	c := load(t)
	longest := 0
	var walk func(*node)
	walk = func(n *node) {
		run := 0
		for i := range 2 * len(n.kids) { // twice, for a run over the end
			if n.kids[i%len(n.kids)] == nil {
				run = 0
				continue
			}
			run++
			longest = max(longest, run)
		}
		for _, k := range n.kids {
			if k != nil {
				walk(k)
			}
		}
		if n.star != nil {
			walk(n.star)
		}
	}
	walk(c.hosts)
	if longest > 32 {
		t.Errorf("a run of %d full places, want at most 32", longest)
	}
	t.Logf("the longest run has %d places", longest)
}
