package detect

import (
	"math"
	"slices"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/beacon"
	"github.com/hookhound/hookhound/pkg/event"
	"github.com/hookhound/hookhound/pkg/protocol"
)

// pair is one client and one service: the unit that is scored.
type pair struct {
	key        pairKey
	prev, next *pair // in the ring of the shard with this number
	ring       uint8

	series    beacon.Series
	direction event.Direction
	lastSeen  capture.Time // when the newest call became known
	last      capture.Time // when the latest call began

	// conns are the connections that carried the newest calls, newest last, at
	// most event.MaxFlows; they hold all that a detection tells about the other
	// end and the client's fingerprints.
	conns     []*event.Conn
	one       [1]*event.Conn // the first of conns: most pairs have no more
	connCount int            // connections that carried calls
	calls     int            // exchanges
	inside    int            // exchanges that were not the first of their connection
	guessed   int            // exchanges that were cut by silence alone
	seen      event.Visibility

	fresh    bool   // a call since the last hunt list
	episode  string // its id, fixed when first needed
	revision uint32
	sent     *event.Detection // the newest one sent, nil when none
	worst    event.Severity   // of all that were sent
	due      capture.Time     // when the judge looks at the pair again
	place    int              // in the judge's heap, from 1; 0 is none
}

// webhook tells whether the service is one of the catalogue's that score.
func (p *pair) webhook() bool {
	return len(p.conns) > 0 && p.newest().Match.Known()
}

func (p *pair) newest() *event.Conn { return p.conns[len(p.conns)-1] }

func (p *pair) beats() int { return p.series.Score().Count }

// add counts one exchange.
func (p *pair) add(o *event.Observation) {
	x := &o.Exchange
	p.lastSeen, p.last = o.Time, max(p.last, x.Start)
	p.direction = o.Conn.Direction
	p.fresh = true
	p.calls++
	if x.Index > 0 {
		p.inside++
	}
	if x.Sure == protocol.Guessed {
		p.guessed++
	}
	p.seen.Join(o.Visibility)
	p.remember(o.Conn)
	p.series.Add(x.Start, x.Up, x.Down)
}

// remember moves the connection to the end of conns. A connection gets a new
// Conn when more becomes known about it; the newest one stands for it.
func (p *pair) remember(c *event.Conn) {
	for i := len(p.conns) - 1; i >= 0; i-- {
		if same(p.conns[i], c) {
			copy(p.conns[i:], p.conns[i+1:])
			p.conns[len(p.conns)-1] = c
			return
		}
	}
	p.connCount++
	if len(p.conns) == event.MaxFlows {
		copy(p.conns, p.conns[1:])
		p.conns[len(p.conns)-1] = c
		return
	}
	if p.conns == nil {
		p.conns = p.one[:0]
	}
	p.conns = append(p.conns, c)
}

func same(a, b *event.Conn) bool {
	return a == b || a.Opened == b.Opened && a.Client == b.Client && a.Server == b.Server
}

// expires is when the pair's silence will have become implausible.
func (p *pair) expires() capture.Time {
	return p.series.Score().Last.Add(p.series.Expect())
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
	clear(p.conns) // let go of the connections
	*p = pair{key: p.key, prev: p.prev, next: p.next, ring: p.ring, direction: p.direction, conns: p.conns[:0]}
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
		Direction:  c.Direction,
		ServerPort: c.Server.Port(),
		Start:      v.score.First,
		End:        v.score.Last,
		Rhythm:     v.rhythm,
		Score:      v.total,
		Terms:      p.terms(v),
		Visibility: p.seen,
		Episode:    p.episode,
	}
	if s := c.Match.Service; s != nil {
		d.ServiceName, d.Class = s.Name, string(c.Match.Class)
	}
	for _, c := range slices.Backward(p.conns) {
		d.Flows = append(d.Flows, event.CommunityID(c.Client, c.Server, c.Protocol))
		d.Names = addNew(d.Names, c.Name)
		d.Tenants = addNew(d.Tenants, c.Match.Tenant)
		if a := c.Server.Addr(); len(d.Servers) < event.MaxNames && !slices.Contains(d.Servers, a) {
			d.Servers = append(d.Servers, a)
		}
		if h := c.Hello; h != nil && d.Fingerprint == (protocol.Fingerprint{}) {
			d.Fingerprint, d.JA3S, d.Version = h.Fingerprint, h.JA3S, h.Version
		}
	}
	for _, b := range p.series.AppendBeats(nil, event.MaxTimeline) {
		d.Timeline = append(d.Timeline, event.Beat{Time: b.Time, Up: b.Up, Down: b.Down})
	}
	d.Message = sentence(d, p.newest())
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
