package detect

import (
	"net/netip"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/event"
)

// crowds tells which addresses many hosts share: a proxy, NAT, a host with
// containers behind it.
//
// Two things show it. An operating system sends all its packets with one time
// to live, so that two of them at one place on the way are two systems. And a
// host has a dozen or two programs that speak TLS in different ways, by their
// resumption-stable JA4; a crowd has many more. TCP timestamps are no evidence:
// since 2016 Linux gives each connection an offset of its own (RFC 7323 section
// 5.4 allows it), so that one host looks like many.
//
// It remembers for a day of packet time, in two generations as namebook does.
type crowds struct {
	young, old map[uint64]*crowd // by a keyed hash of site and address
	limit      int
}

// crowd is what was seen of one address.
type crowd struct {
	since  capture.Time
	prints [crowdPrints]uint32 // hashes of stable JA4, the first so many
	n      uint8
	ttl    [2]uint8 // the first two times to live; zero: none yet
}

const (
	// crowdPrints and crowdWithTTL are how many programs make a crowd, alone
	// and where two times to live were seen too. A busy workstation was seen
	// with 15 programs; a container has few.
	crowdPrints  = 32
	crowdWithTTL = 4
	crowdMemory  = 24 * time.Hour
)

// of returns what was seen of a client with a hash, made where there is nothing.
func (c *crowds) of(hash uint64) *crowd {
	v := c.young[hash]
	if v != nil {
		return v
	}
	if v = c.old[hash]; v == nil {
		v = &crowd{}
	}
	if c.young == nil || len(c.young) >= c.limit {
		c.old, c.young = c.young, c.old
		clear(c.young)
		if c.young == nil {
			c.young = make(map[uint64]*crowd)
		}
	}
	c.young[hash] = v
	return v
}

// crowd is what was seen of the address that a connection came from.
func (j *Judge) crowd(c *event.Conn) *crowd { return j.crowdOf(c.Site, c.Client.Addr()) }

func (j *Judge) crowdOf(site string, client netip.Addr) *crowd {
	k := pairKey{site: site, client: client}
	return j.crowds[k.fold()%shards].of(k.hash(j.seed))
}

// detection writes down what is known of a pair, and of its client's address.
func (j *Judge) detection(p *pair, v *verdict, a event.Action) *event.Detection {
	p.seen.Shared = j.crowdOf(p.key.site, p.source()).crowded()
	return p.detection(v, a)
}

// see notes what a call tells of its client's address.
func (v *crowd) see(o *event.Observation) {
	if o.Time.Sub(v.since) > crowdMemory {
		*v = crowd{since: o.Time}
	}
	if t := o.Conn.TTL; t != 0 && v.ttl[0] != t {
		if v.ttl[0] == 0 {
			v.ttl[0] = t
		} else if v.ttl[1] == 0 {
			v.ttl[1] = t
		}
	}
	if h := o.Conn.Hello; h != nil && h.HasClient {
		v.add(h.Fingerprint.JA4Stable)
	}
}

func (v *crowd) add(print string) {
	if print == "" || int(v.n) == len(v.prints) {
		return
	}
	h := fnv1a(fnvBasis, print)
	for _, p := range v.prints[:v.n] {
		if p == h {
			return
		}
	}
	v.prints[v.n] = h
	v.n++
}

func (v *crowd) crowded() bool {
	return v.n == crowdPrints || v.n >= crowdWithTTL && v.ttl[1] != 0
}
