package beacon

import "slices"

// A size is the mark of one kind of exchange: what it sends and gets.
type size struct{ up, down uint32 }

// near tells whether both sizes differ by at most 4 % and 32 bytes: room for
// a counter in a body, a cookie or a padded cipher block.
func (a size) near(b size) bool { return near(a.up, b.up) && near(a.down, b.down) }

func near(a, b uint32) bool {
	lo, hi := min(a, b), max(a, b)
	return hi-lo <= 32+lo/25
}

// kinds is how many marks are followed at once while clusters are sought.
const kinds = 8

// clusters returns the two most frequent marks of the ring with their counts,
// newest exchanges first where counts are equal.
func clusters(r *ring) (mark [2]size, count [2]int) {
	var m [kinds]size
	var c [kinds]int
	used := 0
next:
	for i := int(r.n) - 1; i >= 0; i-- {
		e := r.at(i)
		v := size{e.up, e.down}
		for j := range used {
			if m[j].near(v) {
				c[j]++
				continue next
			}
		}
		if used < kinds {
			m[used], c[used] = v, 1
			used++
			continue
		}
		// No room: every mark pays, so that only frequent ones stay.
		for j := range c {
			if c[j]--; c[j] <= 0 {
				m[j], c[j] = v, 1
				break
			}
		}
	}
	for j := range used {
		switch {
		case c[j] > count[0]:
			mark[1], count[1] = mark[0], count[0]
			mark[0], count[0] = m[j], c[j]
		case c[j] > count[1]:
			mark[1], count[1] = m[j], c[j]
		}
	}
	return mark, count
}

// spread returns the median of v and how steady v is: 1 when the middle half
// is one value, 0.5 when it spans a fifth of the median, towards 0 beyond.
// It sorts v.
func spread(v []uint32) (median uint64, steady float64) {
	if len(v) == 0 {
		return 0, 0
	}
	slices.Sort(v)
	n := len(v)
	median = uint64(v[n/2])
	if v[n-1] == v[0] {
		return median, 1
	}
	width := float64(v[n-1-n/4]) - float64(v[n/4])
	return median, 1 / (1 + 5*width/max(float64(median), 1))
}

// sizes returns the median sizes of the exchanges near mark, and how steady
// they are: two thirds by what goes up, which the client chooses.
func (s *Series) sizes(mark size) (up, down uint64, steady float64) {
	var u, d [ringSize]uint32
	n, from := 0, s.from(mark)
	for i := range int(s.ring.n) {
		if e := s.ring.at(i); e.t >= from && e.is(mark) {
			u[n], d[n] = e.up, e.down
			n++
		}
	}
	up, a := spread(u[:n])
	down, b := spread(d[:n])
	return up, down, (2*a + b) / 3
}
