package detect

import (
	"math"
	"net/netip"
	"slices"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/beacon"
	"github.com/hookhound/hookhound/pkg/catalog"
	"github.com/hookhound/hookhound/pkg/event"
	"github.com/hookhound/hookhound/pkg/protocol"
)

// pair is one client and one service: the unit that is scored. What each call
// asks for or changes stands first.
type pair struct {
	key       pairKey
	slot, tag uint32 // where the shard keeps it, and what its index knows it by
	call      uint64 // number of its newest call in the log of a ring
	ring      uint8
	listed    bool // it is in a ring
	fresh     bool // a call since the last hunt list
	direction event.Direction
	connCount int              // connections that carried calls
	calls     int              // exchanges
	inside    int              // exchanges that were not the first of their connection
	guessed   int              // exchanges that were cut by silence alone
	lastSeen  capture.Time     // when the newest call became known
	last      capture.Time     // when the latest call began
	service   *catalog.Service // nil outside the catalogue
	class     catalog.Class    // the service's, or what the host has of its own
	weight    int

	// conns are the connections that carried the newest calls, newest last, at
	// most event.MaxFlows.
	conns  []conn
	series beacon.Series
	seen   event.Visibility
	one    [1]conn // the first of conns: most pairs have no more

	via *netip.Addr // the proxy that named the client, nil without one

	episode  string // its id, fixed when first needed
	revision uint32
	worst    event.Severity   // of all that were sent
	sent     *event.Detection // the newest one sent, nil when none
	due      capture.Time     // when the judge looks at the pair again
	place    int              // in the judge's heap, from 1; 0 is none
}

// conn is what a detection tells of a connection. The connection itself is not
// kept: pairs outlive it by far, and there are many.
type conn struct {
	opened       capture.Time
	server       netip.AddrPort
	port         uint16 // the client's
	protocol     uint8
	name, tenant string
	ja3          string // of its hello
	who          *who   // what else that tells; nil without one
}

// webhook tells whether the service is one of the catalogue's that score.
func (p *pair) webhook() bool { return p.service != nil }

func (p *pair) newest() *conn { return &p.conns[len(p.conns)-1] }

func (p *pair) beats() int { return p.series.Score().Count }

// add counts one exchange.
func (p *pair) add(o *event.Observation, whos *whos) {
	x, c := &o.Exchange, o.Conn
	p.lastSeen, p.last = o.Time, max(p.last, x.Start)
	p.direction = c.Direction
	p.service, p.class, p.weight = c.Match.Service, c.Match.Class, c.Match.Weight
	p.fresh = true
	p.calls++
	if x.Index > 0 {
		p.inside++
	}
	if x.Sure == protocol.Guessed {
		p.guessed++
	}
	p.seen.Join(o.Visibility)
	p.through(c)
	newest := conn{
		opened: c.Opened, server: c.Server, port: c.Client.Port(), protocol: c.Protocol,
		name: c.Name, tenant: c.Match.Tenant,
	}
	if h := c.Hello; h != nil {
		newest.ja3, newest.who = h.Fingerprint.JA3, whos.of(h)
	}
	p.remember(&newest)
	if p.webhook() {
		p.series.Add(x.Start, x.Up, x.Down)
	} else {
		p.series.Note(x.Start, x.Up, x.Down) // asked at the end of the day
	}
}

// through notes the proxy that named the client.
func (p *pair) through(c *event.Conn) {
	if !c.Forwarded.IsValid() || p.via != nil && *p.via == c.Client.Addr() {
		return
	}
	via := c.Client.Addr()
	p.via = &via
}

// source is the client's address on the wire.
func (p *pair) source() netip.Addr {
	if p.via != nil {
		return *p.via
	}
	return p.key.client
}

// remember moves the connection to the end of conns. More can have become known
// about one; the newest stands for it.
func (p *pair) remember(c *conn) {
	for i := len(p.conns) - 1; i >= 0; i-- {
		if p.conns[i].same(c) {
			copy(p.conns[i:], p.conns[i+1:])
			p.conns[len(p.conns)-1] = *c
			return
		}
	}
	p.connCount++
	if len(p.conns) == event.MaxFlows {
		copy(p.conns, p.conns[1:])
		p.conns[len(p.conns)-1] = *c
		return
	}
	if p.conns == nil {
		p.conns = p.one[:0]
	}
	p.conns = append(p.conns, *c)
}

func (c *conn) same(d *conn) bool {
	return c.opened == d.opened && c.port == d.port && c.server == d.server
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
	*p = pair{key: p.key, slot: p.slot, tag: p.tag, call: p.call, ring: p.ring, listed: p.listed, direction: p.direction}
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
	c := p.newest()
	if p.episode == "" {
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
		ServerPort: c.server.Port(),
		Protocol:   c.protocol,
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
	for _, c := range slices.Backward(p.conns) {
		d.Flows = append(d.Flows, event.CommunityID(netip.AddrPortFrom(p.source(), c.port), c.server, c.protocol))
		d.Names = addNew(d.Names, c.name)
		d.Tenants = addNew(d.Tenants, c.tenant)
		if a := c.server.Addr(); len(d.Servers) < event.MaxNames && !slices.Contains(d.Servers, a) {
			d.Servers = append(d.Servers, a)
		}
		if w := c.who; w != nil && d.Fingerprint == (protocol.Fingerprint{}) {
			d.Fingerprint, d.JA3S, d.Version = w.fingerprint, w.ja3s, w.version
			d.Fingerprint.JA3 = c.ja3
		}
	}
	for _, b := range p.series.AppendBeats(nil, event.MaxTimeline) {
		d.Timeline = append(d.Timeline, event.Beat{Time: b.Time, Up: b.Up, Down: b.Down})
	}
	if p.via != nil {
		d.Via = *p.via
	}
	d.Message = sentence(d, c.opened)
	return d
}

func addNew(list []string, s string) []string {
	if s == "" || len(list) >= event.MaxNames || slices.Contains(list, s) {
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
		Conns:      p.connCount,
	}
}
