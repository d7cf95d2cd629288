package main

import (
	"math/rand/v2"
	"time"
)

// handshakes writes short TLS flows between many clients and servers. They
// begin at random at a steady rate, several thousand of them open at once.
func handshakes(w *writer, r *rand.Rand, scale float64) {
	n := scaled(300_000, scale)
	const each = 200 * time.Microsecond // between the beginnings of two flows
	all := newSites(r, scaled(3000, scale)+20)
	hosts := newMachines(r, all, scaled(20_000, scale))
	known := shapes()
	p := player{w: w}
	at := time.Duration(0)
	for i := range n {
		at += time.Duration(r.ExpFloat64() * float64(each))
		p.play(at)
		m := &hosts[r.IntN(len(hosts))]
		from, to, st := m.dial(r, all)
		s := p.script()
		s.reset(i, at, newConn(r, from, to, true))
		s.visit(r, &known[m.shape], st)
		p.add(s)
	}
	p.play(time.Duration(1<<63 - 1))
}

// overtaken is the share of two segments in a row of which the second comes
// first.
const overtaken = 0.06

// visit is a short connection: the handshakes of TCP and TLS, one or two
// requests, the end.
func (s *script) visit(r *rand.Rand, sh *shape, st *site) {
	// The sensor is close to the clients: far is the way to the server and
	// back, near the other.
	far, near := 4*time.Millisecond+time.Duration(r.ExpFloat64()*float64(25*time.Millisecond)), 300*time.Microsecond
	a := s.open(r, sh, st, far, near)
	for i := range 1 + r.IntN(10)/7 {
		request := 60 + r.IntN(220) + a.overhead()
		if i == 0 && !a.tls12 {
			// The first request follows at once, often in the same segment.
			s.send(client, func(b []byte) []byte {
				b = a.preface(a.finished(b, r), r)
				if r.IntN(2) == 0 {
					b = sealed(b, r, recordData, request)
					request = 0
				}
				return b
			})
			s.wait(r, 100*time.Microsecond)
		}
		s.send(client, func(b []byte) []byte {
			if request == 0 {
				return b
			}
			return sealed(b, r, recordData, request)
		})
		s.wait(r, far)
		greeting := func(b []byte) []byte { return b }
		if i == 0 {
			greeting = func(b []byte) []byte { return a.greeting(b, r) }
		}
		if r.IntN(5) < 2 {
			s.send(server, greeting)
			greeting = func(b []byte) []byte { return b }
		}
		s.wait(r, 20*time.Millisecond)
		size := 90 + r.IntN(400) + a.overhead()
		if r.IntN(100) == 0 {
			size += 8000
		}
		s.send(server, func(b []byte) []byte { return sealed(greeting(b), r, recordData, size) })
		s.wait(r, near)
		if r.IntN(3) == 0 {
			s.control(client, ack)
		}
		s.wait(r, 150*time.Millisecond)
	}
	s.at += time.Duration(r.ExpFloat64() * float64(900*time.Millisecond)) // kept alive
	s.close(r, a, far, near)
	s.shuffle(r, overtaken)
}

// open is the beginning of a connection: all that comes before the client's
// Finished in TLS 1.3, and before its first request in TLS 1.2.
func (s *script) open(r *rand.Rand, sh *shape, st *site, far, near time.Duration) answer {
	s.control(client, syn)
	s.wait(r, far)
	s.control(server, syn|ack)
	s.wait(r, near)
	s.control(client, ack)
	h := newHello(r, sh, st.name, r.IntN(10) < 7)
	a := choose(h, st)
	s.wait(r, 200*time.Microsecond)
	s.send(client, func(b []byte) []byte { return h.record(b, r) })
	s.wait(r, far)
	if r.IntN(4) == 0 {
		s.control(server, ack)
	}
	s.wait(r, time.Millisecond)
	s.send(server, func(b []byte) []byte { return a.flight(b, r, h) })
	s.wait(r, near)
	if r.IntN(4) == 0 {
		s.control(client, ack)
	}
	s.wait(r, 500*time.Microsecond)
	if a.tls12 {
		s.send(client, func(b []byte) []byte { return a.finished(b, r) })
		s.wait(r, far)
		s.send(server, func(b []byte) []byte { return sealed(changeCipher(b), r, recordHandshake, 40) })
		s.wait(r, near)
		s.send(client, func(b []byte) []byte { return a.preface(b, r) })
	}
	return a
}

// close says goodbye in TLS and in TCP.
func (s *script) close(r *rand.Rand, a answer, far, near time.Duration) {
	kind, size := byte(recordData), 19
	if a.tls12 {
		kind, size = recordAlert, 26
	}
	s.send(client, func(b []byte) []byte { return sealed(b, r, kind, size) })
	s.end(client)
	s.wait(r, far)
	s.control(server, fin|ack)
	s.wait(r, near)
	s.control(client, ack)
}
