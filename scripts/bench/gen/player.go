package main

import "time"

// player plays scripts at the same time, in the order of their steps.
type player struct {
	w    *writer
	heap []*script // the one with the earliest next step first
	free []*script
}

// script gives an empty script, one that was played if there is one.
func (p *player) script() *script {
	if n := len(p.free); n > 0 {
		s := p.free[n-1]
		p.free = p.free[:n-1]
		return s
	}
	return &script{}
}

// add lets a script begin. Those that begin earlier are added first, and
// played up to that time.
func (p *player) add(s *script) {
	p.heap = append(p.heap, s)
	for i := len(p.heap) - 1; i > 0; {
		parent := (i - 1) / 2
		if !p.before(i, parent) {
			break
		}
		p.heap[i], p.heap[parent] = p.heap[parent], p.heap[i]
		i = parent
	}
}

// play writes all steps before a time.
func (p *player) play(until time.Duration) {
	for len(p.heap) > 0 {
		s := p.heap[0]
		st := &s.steps[s.played]
		if st.at >= until {
			return
		}
		p.w.segment(st.at, &s.conn, &st.segment)
		if s.played++; s.played == len(s.steps) {
			p.free = append(p.free, s)
			last := len(p.heap) - 1
			p.heap[0] = p.heap[last]
			p.heap = p.heap[:last]
		}
		p.sink()
	}
}

func (p *player) before(i, j int) bool {
	a, b := p.heap[i], p.heap[j]
	if x, y := a.steps[a.played].at, b.steps[b.played].at; x != y {
		return x < y
	}
	return a.number < b.number
}

// sink moves the first script to its place.
func (p *player) sink() {
	for i := 0; ; {
		first := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(p.heap); child++ {
			if p.before(child, first) {
				first = child
			}
		}
		if first == i {
			return
		}
		p.heap[i], p.heap[first] = p.heap[first], p.heap[i]
		i = first
	}
}
