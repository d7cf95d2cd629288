package catalog

import "github.com/hookhound/hookhound/pkg/limit"

// distance is the number of letters to insert, remove, replace or exchange
// with their neighbour to turn a into b (optimal string alignment). It costs
// len(a) times len(b); callers bound both.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// nearest is the name that a misspelt one most likely meant, or "" when none
// is close.
func nearest(name string, names []string) string {
	if len(name) > limit.HostName {
		return ""
	}
	best, least := "", 1+len(name)/3
	for _, n := range names {
		if d := distance(name, n); d <= least && (best == "" || d < least) {
			best, least = n, d
		}
	}
	return best
}
