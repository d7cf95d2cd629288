package detect

// ring knows in which order the pairs of a shard had their last calls. It
// writes down each call at the end of a log; of a pair's entries the newest
// counts, whose number the pair knows. A list that links the pairs themselves
// would touch two others at each call, and those are not in a processor's
// cache.
type ring struct {
	log  []uint32 // slots of pairs
	head int      // of log: what stands before no longer counts
	base uint64   // number of log[0]
	n    int      // pairs
}

// counts tells whether the entry i of the ring with this number is the newest
// of its pair.
func (s *shard) counts(number uint8, i int) bool {
	r := &s.rings[number]
	p := s.at(r.log[i])
	return p.listed && p.ring == number && p.call == r.base+uint64(i)
}

// touch makes p the newest of its ring.
func (s *shard) touch(p *pair) {
	s.unlink(p)
	number := uint8(0)
	if p.webhook() {
		number = 1
	}
	r := &s.rings[number]
	if len(r.log) == cap(r.log) {
		s.tidy(number)
	}
	p.ring, p.listed, p.call = number, true, r.base+uint64(len(r.log))
	r.log = append(r.log, p.slot)
	r.n++
}

// unlink takes a pair out of its ring.
func (s *shard) unlink(p *pair) {
	if p.listed {
		p.listed = false
		s.rings[p.ring].n--
	}
}

// oldest returns the longest silent pair of a ring that has one.
func (s *shard) oldest(number uint8) *pair {
	r := &s.rings[number]
	for !s.counts(number, r.head) {
		r.head++
	}
	return s.at(r.log[r.head])
}

// tidy makes room in a log that is full: what no longer counts goes, or where
// that is less than half, the log becomes twice as long. So it never has more
// than four entries a pair, beyond the first few.
func (s *shard) tidy(number uint8) {
	const least = 64
	r := &s.rings[number]
	if 2*r.n > len(r.log) || len(r.log) < least {
		log := make([]uint32, len(r.log), max(least, 2*len(r.log)))
		copy(log, r.log)
		r.log = log
		return
	}
	next := r.base + uint64(len(r.log))
	kept := r.log[:0]
	for i := r.head; i < len(r.log); i++ {
		if s.counts(number, i) {
			s.at(r.log[i]).call = next + uint64(len(kept))
			kept = append(kept, r.log[i])
		}
	}
	r.log, r.head, r.base = kept, 0, next
}
