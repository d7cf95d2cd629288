package main

import (
	"math/rand/v2"
	"time"
)

// tiny writes a flood of small flows: most are eight frames of next to
// nothing, one in a thousand is a TLS connection.
func tiny(w *writer, r *rand.Rand, scale float64) {
	n := scaled(1_000_000, scale)
	const each = 60 * time.Microsecond
	all := newSites(r, 500)
	hosts := newMachines(r, all, scaled(200_000, scale))
	known := shapes()
	p := player{w: w}
	at := time.Duration(0)
	for i := range n {
		at += time.Duration(r.ExpFloat64() * float64(each))
		p.play(at)
		m := &hosts[r.IntN(len(hosts))]
		from, to, st := m.dial(r, all)
		s := p.script()
		switch {
		case i%1000 == 999:
			s.reset(i, at, newConn(r, from, to, true))
			s.visit(r, &known[m.shape], st)
		case i%4 == 0:
			to.port = uint16(20000 + r.IntN(100))
			s.reset(i, at, newConn(r, from, to, false))
			s.datagrams(r)
		default:
			to.port = uint16(8000 + r.IntN(100))
			s.reset(i, at, newConn(r, from, to, false))
			s.chat(r, i%3 == 0)
		}
		p.add(s)
	}
	p.play(time.Duration(1<<63 - 1))
}

// chat is a TCP connection of eight small frames. A silent end has no FIN.
func (s *script) chat(r *rand.Rand, silent bool) {
	word := func(from int) {
		s.send(from, func(b []byte) []byte { return noise(append(b, '#'), r, 1+r.IntN(5)) })
		s.wait(r, time.Second)
	}
	s.control(client, syn)
	s.wait(r, 20*time.Millisecond)
	s.control(server, syn|ack)
	s.wait(r, time.Millisecond)
	s.control(client, ack)
	word(client)
	word(server)
	if silent {
		word(client)
		word(server)
		word(client)
		return
	}
	s.control(client, fin|ack)
	s.wait(r, 20*time.Millisecond)
	s.control(server, fin|ack)
	s.wait(r, time.Millisecond)
	s.control(client, ack)
}

// datagrams is a conversation over UDP.
func (s *script) datagrams(r *rand.Rand) {
	s.udp = true
	for i := range 8 {
		s.send(i%2, func(b []byte) []byte { return noise(append(b, '#'), r, 10+r.IntN(8)) })
		s.wait(r, 500*time.Millisecond)
	}
}
