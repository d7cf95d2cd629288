package main

import (
	"math/rand/v2"
	"time"
)

// A siege is traffic that wants to bring a sensor down or to use it up, with a
// real beacon hidden inside: one host that calls discord.com every half minute,
// as besieged says.
type siege struct {
	w      *writer
	r      *rand.Rand
	p      player
	target endpoint // of what is aimed at somebody
}

const (
	siegeTime   = 20 * time.Minute
	siegeBeacon = 30 * time.Second
)

// besieged is the host that beacons.
func besieged() endpoint {
	return endpoint{mac: [6]byte{2, 0x0c, 0xff, 0, 0, 6}, ip: [4]byte{10, 66, 6, 6}, port: 40000}
}

// sieges are the hostile captures, by what they do.
func sieges() []kind {
	all := []struct {
		name   string
		n      int
		strike func(s *siege, i int, at time.Duration)
	}{
		{"syn-flood", 1_000_000, (*siege).syn},
		{"idle-flows", 1_000_000, (*siege).idle},
		{"overlaps", 100_000, (*siege).overlap},
		{"wraps", 60_000, (*siege).wrap},
		{"tiny-segments", 3_000, (*siege).tinySegments},
		{"empty-records", 20_000, (*siege).emptyRecords},
		{"endless-hellos", 20_000, (*siege).endlessHello},
		{"many-names", 100_000, (*siege).newName},
		{"fragments", 500_000, (*siege).fragment},
		{"holes", 60_000, (*siege).hole},
	}
	kinds := make([]kind, len(all))
	for i, a := range all {
		kinds[i] = kind{a.name, uint64(100 + i), func(w *writer, r *rand.Rand, scale float64) {
			s := &siege{w: w, r: r, p: player{w: w}}
			s.target = endpoint{mac: [6]byte{2, 0x0c, 0, 0, 0, 9}, ip: [4]byte{10, 0, 0, 9}, port: 443}
			s.lay(scaled(a.n, scale), a.strike)
		}}
	}
	return kinds
}

// lay spreads n strikes over the time of the siege, and the beacon with them.
func (s *siege) lay(n int, strike func(s *siege, i int, at time.Duration)) {
	all := newSites(s.r, 20)
	curl := shapes()[4]
	next, number := time.Second, 1<<30
	from := besieged()
	each := siegeTime / time.Duration(n)
	at := time.Duration(0)
	for i := range n {
		for ; next <= at; next += siegeBeacon {
			b := s.p.script()
			from.port++
			s.p.play(next)
			b.reset(number, next, newConn(s.r, from, all.all[0].at[0], true))
			b.visit(s.r, &curl, &all.all[0])
			s.p.add(b)
			number++
		}
		s.p.play(at)
		strike(s, i, at)
		at += each/2 + time.Duration(s.r.Int64N(int64(each)+1))
	}
	s.p.play(time.Duration(1<<63 - 1))
}

// stranger is one of many addresses: each i has its own.
func stranger(i int) endpoint {
	v := uint32(i)*2654435 + 1
	return endpoint{mac: [6]byte{2, 0x1a, 0, 0, 0, 1}, ip: [4]byte{byte(100 + v>>24%100), byte(v >> 16), byte(v >> 8), byte(v)}, port: uint16(1024 + v%60000)}
}

// syn is one SYN of a million sources.
func (s *siege) syn(i int, at time.Duration) {
	c := newConn(s.r, stranger(i), s.target, false)
	g := c.segment(client, syn, nil)
	s.w.segment(at, &c, &g)
}

// idle is a flow that says a few bytes of TLS and then nothing for ever.
func (s *siege) idle(i int, at time.Duration) {
	c := newConn(s.r, stranger(i), s.target, false)
	g := c.segment(client, psh|ack, append([]byte{recordHandshake, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3}, byte(i)))
	s.w.segment(at, &c, &g)
}

// script begins a connection of a stranger that plays at a time.
func (s *siege) script(i int, at time.Duration) *script {
	x := s.p.script()
	x.reset(i, at, newConn(s.r, stranger(i), s.target, false))
	return x
}

// shake is the handshake of TCP.
func (x *script) shake() {
	x.control(client, syn)
	x.at += 200 * time.Microsecond
	x.control(server, syn|ack)
	x.at += 200 * time.Microsecond
	x.control(client, ack)
	x.at += 200 * time.Microsecond
}

// overlap sends the same bytes several times with other contents: who believes
// the last copy sees another name than who believes the first.
func (s *siege) overlap(i int, at time.Duration) {
	x := s.script(i, at)
	x.shake()
	begin := x.next[client]
	for range 5 {
		x.next[client] = begin + uint32(s.r.IntN(200))
		x.send(client, func(b []byte) []byte { return noise(append(b, recordHandshake, 3, 1), s.r, 100+s.r.IntN(300)) })
		x.at += time.Millisecond
	}
	s.p.add(x)
}

// wrap crosses the end of the sequence numbers in the midst of its data.
func (s *siege) wrap(i int, at time.Duration) {
	x := s.script(i, at)
	x.next = [2]uint32{^uint32(0) - uint32(s.r.IntN(3000)), ^uint32(0) - uint32(s.r.IntN(5000))}
	x.shake()
	for range 4 {
		x.send(client, func(b []byte) []byte { return sealed(b, s.r, recordData, 1000) })
		x.send(server, func(b []byte) []byte { return sealed(b, s.r, recordData, 1500) })
		x.at += time.Millisecond
	}
	s.p.add(x)
}

// tinySegments carries a hello in segments of one byte.
func (s *siege) tinySegments(i int, at time.Duration) {
	x := s.script(i, at)
	x.shake()
	curl := shapes()[4]
	h := newHello(s.r, &curl, "tiny.example", false)
	for _, b := range h.record(nil, s.r) {
		x.send(client, func(to []byte) []byte { return append(to, b) })
		x.at += 50 * time.Microsecond
	}
	s.p.add(x)
}

// emptyRecords sends records without contents, hundreds in a segment.
func (s *siege) emptyRecords(i int, at time.Duration) {
	x := s.script(i, at)
	x.shake()
	for range 8 {
		x.send(client, func(b []byte) []byte {
			for range 280 {
				b = append(b, recordData, 3, 3, 0, 0)
			}
			return b
		})
		x.at += time.Millisecond
	}
	s.p.add(x)
}

// endlessHello announces the greatest hello and sends it in records of one byte,
// and never ends.
func (s *siege) endlessHello(i int, at time.Duration) {
	x := s.script(i, at)
	x.shake()
	x.send(client, func(b []byte) []byte { return append(b, recordHandshake, 3, 1, 0, 4, 1, 0, 0xff, 0xff) })
	for range 10 {
		x.at += time.Millisecond
		x.send(client, func(b []byte) []byte {
			for range 200 {
				b = append(b, recordHandshake, 3, 1, 0, 1, byte(s.r.Uint32()))
			}
			return b
		})
	}
	s.p.add(x)
}

// newName is a connection of one host of the network to a name that nobody
// called before.
func (s *siege) newName(i int, at time.Duration) {
	curl := shapes()[4]
	st := site{name: ordinaryName(i), at: [3]endpoint{stranger(i)}}
	st.at[0].port = 443
	x := s.p.script()
	x.reset(i, at, newConn(s.r, endpoint{mac: s.target.mac, ip: [4]byte{10, 66, 0, byte(i)}, port: uint16(1024 + i%60000)}, st.at[0], false))
	x.visit(s.r, &curl, &st)
	s.p.add(x)
}

// ordinaryName is the i-th of endless names.
func ordinaryName(i int) string {
	b := []byte("h0000000.example-")
	for j, v := 7, i; v > 0; j, v = j-1, v/16 {
		b[j] = "0123456789abcdef"[v%16]
	}
	return string(b) + string(b[4:8]) + ".com"
}

// fragment is the first part of a datagram whose rest never comes.
func (s *siege) fragment(i int, at time.Duration) {
	from := stranger(i)
	s.w.begin(&from, &s.target, protoUDP, 512)
	s.w.frame[ethernetLen+6] = 0x20 // more fragments
	s.w.frame = noise(s.w.frame, s.r, 512)
	s.w.end(at)
}

// hole leaves out the first segment of a stream and sends what lies behind it,
// as much as a receiver would hold.
func (s *siege) hole(i int, at time.Duration) {
	x := s.script(i, at)
	x.shake()
	x.next[client] += 1000
	for range 12 {
		x.send(client, func(b []byte) []byte { return noise(b, s.r, 1460) })
	}
	s.p.add(x)
}
