package main

import (
	"encoding/binary"
	"math/rand/v2"
	"time"
)

const (
	bulkFlows  = 64
	bulkBytes  = 1420 << 20 // over all flows, at scale 1
	bulkRecord = 5 + 16384 + 17
	gigabit    = 12 * time.Microsecond // a full frame at 1 Gbit/s
)

// transfer is one long connection: requests, each answered by megabytes, or
// (an upload) megabytes that are answered by little.
type transfer struct {
	script
	from    int   // the side that sends the megabytes
	left    int64 // bytes of all that is still to be sent
	piece   int64 // of the exchange that runs
	pending []byte
	cut     int // of pending, sent already
	due     int // data segments not acknowledged yet
}

// bulk writes few long flows of full segments at 1 Gbit/s, in bursts as cards
// and their drivers send them.
func bulk(w *writer, r *rand.Rand, scale float64) {
	all := newSites(r, 100)
	hosts := newMachines(r, all, bulkFlows)
	known := shapes()
	filler := noise(nil, r, 1<<20)
	left := int64(float64(bulkBytes) * scale / bulkFlows)
	at := time.Duration(0)
	var running []*transfer
	for i := range bulkFlows {
		m := &hosts[i]
		from, to, st := m.dial(r, all)
		for st.tls12 {
			from, to, st = m.dial(r, all)
		}
		t := &transfer{from: server, left: left}
		if i%8 == 7 {
			t.from = client
		}
		t.reset(i, at, newConn(r, from, to, true))
		a := t.open(r, &known[m.shape], st, time.Millisecond, 100*time.Microsecond)
		t.send(client, func(b []byte) []byte { return a.preface(a.finished(b, r), r) })
		t.wait(r, time.Millisecond)
		t.send(server, func(b []byte) []byte { return a.greeting(b, r) })
		for j := range t.steps {
			w.tcp(t.steps[j].at, &t.conn, &t.steps[j].segment)
		}
		at = t.at
		running = append(running, t)
	}
	for len(running) > 0 {
		i := r.IntN(len(running))
		t := running[i]
		for range 4 + r.IntN(40) {
			if !t.step(w, r, filler, &at) {
				running[i] = running[len(running)-1]
				running = running[:len(running)-1]
				break
			}
		}
	}
}

// step sends the next segment and what it calls for, and tells whether there
// is more to come.
func (t *transfer) step(w *writer, r *rand.Rand, filler []byte, at *time.Duration) bool {
	write := func(s segment) {
		w.tcp(*at, &t.conn, &s)
		*at += gigabit * time.Duration(len(s.data)+100) / 1500
	}
	if t.piece == 0 && len(t.pending) == t.cut {
		if t.left <= 0 {
			write(t.conn.segment(client, fin|ack, nil))
			write(t.conn.segment(server, fin|ack, nil))
			write(t.conn.segment(client, ack, nil))
			return false
		}
		// A request, or the answer to an upload and then the next.
		t.piece = min(int64(2<<20+r.IntN(4<<20)), t.left)
		t.left -= t.piece
		b := sealed(t.slab[:0], r, recordData, 100+r.IntN(200))
		write(t.conn.segment(1-t.from, ack|psh, b))
		return true
	}
	if len(t.pending)-t.cut < t.segmentSize() && t.piece > 0 {
		t.pending = append(t.pending[:0], t.pending[t.cut:]...)
		t.cut = 0
		n := int(min(bulkRecord, max(t.piece, 64)))
		t.piece = max(0, t.piece-int64(n))
		head := [5]byte{recordData, 3, 3}
		binary.BigEndian.PutUint16(head[3:], uint16(n-5))
		from := r.IntN(len(filler) - bulkRecord)
		t.pending = append(append(t.pending, head[:]...), filler[from:from+n-5]...)
	}
	first := t.take()
	if t.cut < len(t.pending) && r.IntN(1000) == 0 {
		second := t.take()
		write(second)
		t.due++
	}
	write(first)
	if t.due++; t.due >= 2 || t.cut == len(t.pending) && t.piece == 0 {
		write(t.conn.segment(1-t.from, ack, nil))
		t.due = 0
	}
	return true
}

// take cuts the next segment off what is pending.
func (t *transfer) take() segment {
	n := min(t.segmentSize(), len(t.pending)-t.cut)
	data := t.pending[t.cut : t.cut+n]
	t.cut += n
	return t.conn.segment(t.from, ack, data)
}
