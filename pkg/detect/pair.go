package detect

import (
	"iter"
	"math"
	"net/netip"
	"slices"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/beacon"
	"github.com/hookhound/hookhound/pkg/catalog"
	"github.com/hookhound/hookhound/pkg/event"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
)

// pair is one client and one service: the unit that is scored. There are very
// many, and most are called once or twice and never again: what few have stands
// in extra, and what many share is shared.
type pair struct {
	key       pairKey
	slot, tag uint32 // where the shard keeps it, and what its index knows it by
	call      uint64 // number of its newest call in the log of a ring
	ring      uint8
	listed    bool // it is in a ring
	fresh     bool // a call since the last hunt list
	direction event.Direction
	connCount uint32       // connections that carried calls
	calls     uint32       // exchanges
	inside    uint32       // exchanges that were not the first of their connection
	guessed   uint32       // exchanges that were cut by silence alone
	lastSeen  capture.Time // when the newest call became known
	last      capture.Time // when the latest call began
	*extra                 // nil for most
	series    beacon.Series
	seen      event.Visibility
	newest    conn   // the connection of the newest call
	older     []conn // those of calls before, the newest last, at most limit.EvidenceFlows-1
}

// extra is what pairs have that are in the catalogue, or were reported.
type extra struct {
	service *catalog.Service // nil outside the catalogue
	class   catalog.Class    // the service's, or what the host has of its own
	weight  int

	via *netip.Addr // the proxy that named the client, nil without one

	// Of calls that the client made on behalf of others, as it says.
	behalf uint32 // how many
	turns  uint32 // after how many of them it named somebody else
	named  netip.Addr
	told   bool // the pair of one of these was reported

	episode  string // its id, fixed when first needed
	revision uint32
	worst    event.Severity   // of all that were sent
	sent     *event.Detection // the newest one sent, nil when none
	due      capture.Time     // when the judge looks at the pair again
	place    int              // in the judge's heap, from 1; 0 is none
}

// more returns the pair's extra, made where there is none.
func (p *pair) more() *extra {
	if p.extra == nil {
		p.extra = new(extra)
	}
	return p.extra
}

// webhook tells whether the service is one of the catalogue's that score.
func (p *pair) webhook() bool { return p.extra != nil && p.service != nil }

func (p *pair) beats() int { return p.series.Score().Count }

// add counts one exchange, which a connection carried.
func (p *pair) add(o *event.Observation, c *conn) {
	x, m := &o.Exchange, &o.Conn.Match
	p.lastSeen, p.last = o.Time, max(p.last, x.Start)
	p.direction = o.Conn.Direction
	if m.Known() && (!p.webhook() || m.Weight >= p.weight) {
		// On shared hosts only some URLs are webhooks: what was one once counts
		// until the episode ends.
		e := p.more()
		e.service, e.class, e.weight = m.Service, m.Class, m.Weight
	}
	p.fresh = true
	p.calls++
	if x.Index > 0 {
		p.inside++
	}
	if x.Sure == protocol.Guessed {
		p.guessed++
	}
	p.seen.Join(o.Visibility)
	p.remember(c)
	if p.webhook() {
		p.series.Add(x.Start, x.Up, x.Down)
	} else {
		p.series.Note(x.Start, x.Up, x.Down) // asked at the end of the day
	}
}

// through notes the proxy that named the client.
func (p *pair) through(via netip.Addr) {
	if p.proxy() != via {
		p.more().via = &via
	}
}

// on notes a call that the client made on behalf of another.
func (p *pair) on(behalf netip.Addr) {
	e := p.more()
	if e.behalf > 0 && e.named != behalf {
		e.turns++
	}
	e.behalf++
	e.named = behalf
}

// steady is how many calls in a row a proxy makes for one client, on average, for
// the client's own pair to tell all that the proxy's does.
const steady = 12

// spoken tells whether the pairs of those for whom the client calls tell what it
// does. They do not where it names somebody else all the time: a proxy with many
// clients, whose calls then have no rhythm together, or a host that writes such
// headers itself so that no pair has enough beats. Where one of them was reported,
// that names the client, too.
func (p *pair) spoken() bool {
	return p.extra != nil && (p.told || 2*p.behalf > p.calls && steady*p.turns < p.behalf)
}

// proxy is who named the client; the zero value without one.
func (p *pair) proxy() netip.Addr {
	if p.extra == nil || p.via == nil {
		return netip.Addr{}
	}
	return *p.via
}

// source is the client's address on the wire.
func (p *pair) source() netip.Addr {
	if via := p.proxy(); via.IsValid() {
		return via
	}
	return p.key.client
}

// remember makes the connection the newest. More can have become known about
// one; the newest stands for it.
func (p *pair) remember(c *conn) {
	switch {
	case p.connCount == 0:
		p.connCount = 1
	case !p.newest.same(c):
		i := len(p.older) - 1
		for i >= 0 && !p.older[i].same(c) {
			i--
		}
		if i < 0 {
			p.connCount++
			if i = 0; len(p.older) < limit.EvidenceFlows-1 {
				i = len(p.older)
				p.older = append(p.older, conn{})
			}
		}
		copy(p.older[i:], p.older[i+1:])
		p.older[len(p.older)-1] = p.newest
	}
	p.newest = *c
}

// connections visits the connections that carried the newest calls, the newest
// first.
func (p *pair) connections() iter.Seq[*conn] {
	return func(yield func(*conn) bool) {
		more := yield(&p.newest)
		for i := len(p.older) - 1; more && i >= 0; i-- {
			more = yield(&p.older[i])
		}
	}
}

// expires is when the pair's silence will have become implausible.
func (p *pair) expires() capture.Time {
	p.series.Fit()
	return p.series.Last().Add(p.series.Expect())
}

// silent tells whether the episode was over when a call came at t.
func (p *pair) silent(t capture.Time) bool {
	return p.calls > 0 && t > p.last.Add(leastPatience) && t > p.expires()
}

// leastPatience is the shortest silence that beacon ever takes for an end: a
// call that comes sooner needs no closer look.
const leastPatience = time.Hour

// reset ends the episode; what the pair is stays.
func (p *pair) reset() {
	*p = pair{
		key: p.key, slot: p.slot, tag: p.tag,
		call: p.call, ring: p.ring, listed: p.listed, direction: p.direction,
	}
}

// news tells whether a verdict says more than what was sent: a higher severity
// than ever before in the episode, twice the beats, or another rhythm.
func (p *pair) news(v *verdict) bool {
	s := p.sent
	switch count := v.rhythm.Count; {
	case count >= 2*s.Rhythm.Count:
		return true
	case event.SeverityOf(v.total) > p.worst:
		return true
	case count >= s.Rhythm.Count+minBeats && s.Rhythm.Interval > 0:
		change := math.Abs(math.Log(float64(v.rhythm.Interval) / float64(s.Rhythm.Interval)))
		return change > math.Log(rhythmChange)
	}
	return false
}

const (
	// minBeats is how many beats another rhythm must have shown.
	minBeats = 6
	// rhythmChange is from which ratio on two periods are different rhythms.
	rhythmChange = 1.3
)

// detection writes down what is known of the pair.
func (p *pair) detection(v *verdict, a event.Action) *event.Detection {
	if p.more().episode == "" {
		p.episode = event.EpisodeID(p.key.site, p.key.client, p.key.service, v.kind, v.score.First)
	}
	d := &event.Detection{
		Kind:       v.kind,
		Action:     a,
		Revision:   p.revision,
		Site:       p.key.site,
		Client:     p.key.client,
		Service:    p.key.service,
		Direction:  p.direction,
		ServerPort: p.newest.to,
		Protocol:   p.newest.protocol,
		Via:        p.proxy(),
		Start:      v.score.First,
		End:        v.score.Last,
		Rhythm:     v.rhythm,
		Score:      v.total,
		Terms:      p.terms(v),
		Visibility: p.seen,
		Episode:    p.episode,
	}
	if p.service != nil {
		d.ServiceName, d.Class = p.service.Name, string(p.class)
	}
	for c := range p.connections() {
		server := c.server()
		source := p.key.client
		if c.proxied {
			source = p.source()
		}
		d.Flows = append(d.Flows, event.CommunityID(netip.AddrPortFrom(source, c.from), server, c.protocol))
		d.Names = addNew(d.Names, c.label.name)
		if d.ServerName == "" && c.label.sni {
			d.ServerName = c.label.name
		}
		d.Tenants = addNew(d.Tenants, c.label.tenant)
		if a := server.Addr(); len(d.Servers) < limit.EvidenceNames && !slices.Contains(d.Servers, a) {
			d.Servers = append(d.Servers, a)
		}
		if w := c.who; w != nil && d.Fingerprint == (protocol.Fingerprint{}) {
			d.Fingerprint, d.JA3S, d.Version = w.fingerprint, w.ja3s, w.version
			d.Fingerprint.JA3 = c.ja3
		}
	}
	for _, b := range p.series.AppendBeats(nil, limit.EvidenceBeats) {
		d.Timeline = append(d.Timeline, event.Beat{Time: b.Time, Up: b.Up, Down: b.Down})
	}
	d.Message = sentence(d, p.newest.opened)
	return d
}

func addNew(list []string, s string) []string {
	if s == "" || len(list) >= limit.EvidenceNames || slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

func shape(s *beacon.Score) string {
	if s.Shape == beacon.None {
		return ""
	}
	return s.Shape.String()
}

// rhythmOf puts the scorer's findings in the words of a detection.
func (p *pair) rhythmOf(s *beacon.Score) event.Rhythm {
	return event.Rhythm{
		Count:      s.Count,
		Interval:   s.Interval.Round(time.Millisecond),
		Jitter:     s.Jitter,
		Shape:      shape(s),
		Missed:     s.Missed,
		UpMedian:   s.UpMedian,
		DownMedian: s.DownMedian,
		Inside:     2*p.inside > p.calls,
		Conns:      int(p.connCount),
	}
}
