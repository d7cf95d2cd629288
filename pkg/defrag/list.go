package defrag

import (
	"encoding/binary"

	"github.com/hookhound/hookhound/pkg/limit"
)

// list is a doubly linked list of datagrams by their places; -1 is none.
type list struct {
	first, last int32
	len         int
}

type link struct{ before, after int32 }

func empty() list { return list{first: -1, last: -1} }

// A datagram is in two lists at once; which tells its link in one.
type which func(d *datagram) *link

func byAge(d *datagram) *link    { return &d.age }
func bySource(d *datagram) *link { return &d.among }

// push puts a datagram behind all others.
func (l *list) push(all []datagram, i int32, of which) {
	*of(&all[i]) = link{before: l.last, after: -1}
	if l.last >= 0 {
		of(&all[l.last]).after = i
	} else {
		l.first = i
	}
	l.last = i
	l.len++
}

func (l *list) remove(all []datagram, i int32, of which) {
	k := *of(&all[i])
	if k.before >= 0 {
		of(&all[k.before]).after = k.after
	} else {
		l.first = k.after
	}
	if k.after >= 0 {
		of(&all[k.after]).before = k.before
	} else {
		l.last = k.before
	}
	l.len--
}

// share is the place that the source of a datagram has among limit.FragmentSources. The
// lower half of an IPv6 address does not count: one host has 2^64 of them.
func (k *key) share() int32 {
	h := binary.BigEndian.Uint64(k.src[:8])
	if !k.v6 {
		h = binary.BigEndian.Uint64(k.src[8:])
	}
	h = (h ^ k.space) * 0x9e3779b97f4a7c15
	return int32((h >> 32) % limit.FragmentSources)
}
