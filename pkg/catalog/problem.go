package catalog

import (
	"fmt"
	"sort"
	"strings"
)

// Problem is something in the YAML that a person should mend.
type Problem struct {
	File    string
	Line    int // 0: the whole file
	Message string
	// Advice tells that the catalogue can be used as it is: Load passes over
	// it, and only Lint tells.
	Advice bool
}

// String is the form that editors and terminals make a link of.
func (p Problem) String() string {
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s", p.File, p.Message)
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Message)
}

func sortProblems(ps []Problem) {
	sort.SliceStable(ps, func(i, j int) bool {
		if ps[i].File != ps[j].File {
			return ps[i].File < ps[j].File
		}
		return ps[i].Line < ps[j].Line
	})
}

// shownProblems is how many of the problems one error tells; the rest is
// better read in an editor, with rules lint.
const shownProblems = 8

// problemError is the error of Load.
type problemError []Problem

func (e problemError) Error() string {
	var b strings.Builder
	b.WriteString("rules: ")
	for i, p := range e {
		switch {
		case i == shownProblems:
			fmt.Fprintf(&b, "\n  and %d more", len(e)-i)
			return b.String()
		case i > 0:
			b.WriteString("\n  ")
		}
		b.WriteString(p.String())
	}
	return b.String()
}
