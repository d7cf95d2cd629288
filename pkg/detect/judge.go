// Package detect turns observations into detections: it gathers what each
// client calls each service (a pair), lets beacon say how regular that is, adds
// what the service is, and tells when the sum deserves a person's attention.
//
// # Score
//
// A score is a sum of named terms in points, held between 0 and 100. Ten points
// are about one unit of natural log-odds (a factor of 2.7), so that terms add as
// evidence adds; a last term `bounds` appears where the sum was held, so that
// the terms of a detection always add up to its score. score.go defines each.
//
// # When something is sent
//
// Kind webhook-beacon (an alert) needs a service of the catalogue that carries
// weight, a rhythm (beacon's timing of at least MinTiming) and a score of at
// least the threshold. It is sent when that first holds, and again when there is
// news: a higher severity, twice the beats, another rhythm, or the end of the
// episode.
//
// Kind beacon (an entry of the hunt list) is the same for services outside the
// catalogue. It waits for the end of the UTC day, or of the input, and is ranked
// there, because a real network has dozens of benign rhythms an hour.
//
// All of it runs in packet time and depends on nothing but the order of the
// observations.
package detect

import (
	"cmp"
	"container/heap"
	"hash/maphash"
	"net/netip"
	"slices"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/catalog"
	"github.com/hookhound/hookhound/pkg/event"
	"github.com/hookhound/hookhound/pkg/limit"
)

// Options are the judge's settings.
type Options struct {
	// Threshold is the least score that is sent, 0 to 100.
	Threshold float64
	// Pairs is how many pairs are remembered in all; the one that was silent
	// for longest makes room. Each shard holds its part.
	Pairs int
	// HuntEntries is how long the hunt list of a day may be.
	HuntEntries int
	// Catalog names the services behind names that were learnt from DNS; nil
	// leaves such calls without a name.
	Catalog *catalog.Catalog
}

// Stats are the judge's counters.
type Stats struct {
	Pairs      uint64 // pairs that were ever opened
	Evicted    uint64 // pairs that the limit put out
	Exchanges  uint64 // exchanges that were counted as calls
	Pushes     uint64 // messages that the server began, not counted
	Elsewhere  uint64 // exchanges of clients outside the home networks, not counted
	Alerts     uint64 // detections sent as alerts, updates included
	Hunts      uint64 // entries sent to the hunt list
	HuntsOver  uint64 // entries that a day's list had no room for
	Unweighted uint64 // exchanges with catalogue services that score nothing
}

// shards is the number of virtual shards: fixed, so that limits act the same
// however the work is split.
const shards = 64

// Judge scores the pairs of all clients. It is not safe for concurrent use.
type Judge struct {
	opt    Options
	seed   maphash.Seed
	shard  [shards]shard
	whos   whos
	names  labels
	books  [shards]namebook
	crowds [shards]crowds
	due    deadlines    // ends of the episodes that were reported
	over   []entry      // the day's rhythms outside the catalogue whose pairs are gone, best first
	now    capture.Time // up to where everything that fell due was done
	day    int64        // days since 1970 in UTC, of the newest observation
	begun  bool
	stats  Stats
	emit   func(*event.Detection)
}

// New makes a judge that gives its detections to emit, in order.
func New(opt Options, emit func(*event.Detection)) *Judge {
	j := &Judge{opt: opt, emit: emit, seed: maphash.MakeSeed()}
	j.whos.seed, j.names.seed = j.seed, j.seed
	for i := range j.shard {
		j.books[i].limit, j.crowds[i].limit = limit.AnswersPerShard, limit.CrowdsPerShard
		j.shard[i] = newShard(max(1, opt.Pairs/shards))
	}
	return j
}

// Stats returns the counters.
func (j *Judge) Stats() Stats { return j.stats }

// Observe takes the next observation. Their times never run back.
func (j *Judge) Observe(o *event.Observation) {
	j.Advance(o.Time)
	switch {
	case o.Type == event.Name:
		j.book(o.Conn).learn(o)
		return
	case o.Type != event.Exchange || o.Repeat:
		return
	}
	o = j.named(o)
	c := o.Conn
	switch {
	case o.Exchange.Push:
		j.stats.Pushes++
		return
	case c.Direction != event.Outbound && c.Direction != event.Internal:
		j.stats.Elsewhere++
		return
	case c.Match.Known() && c.Match.Weight == 0:
		j.stats.Unweighted++
		return
	}
	j.stats.Exchanges++
	carrier := j.conn(c)
	if !c.OnBehalf || c.Forwarded == c.Client.Addr() {
		p := j.count(o, c.Client.Addr(), &carrier)
		j.judge(p, o)
		return
	}
	// The proxy's own pair is kept too: anybody can write such a header.
	p := j.count(o, c.Client.Addr(), &carrier)
	p.on(c.Forwarded)
	carrier.proxied = true
	named := j.count(o, c.Forwarded, &carrier)
	named.through(c.Client.Addr())
	j.judge(named, o)
	told := named.sent != nil
	// The proxy's own pair may be the one that made room for the other.
	if p = j.pair(o, c.Client.Addr()); p != nil {
		p.told = p.told || told
		j.judge(p, o)
	}
}

// pair finds the pair of a client that a call is counted for.
func (j *Judge) pair(o *event.Observation, client netip.Addr) *pair {
	key := pairKey{o.Conn.Site, client, o.Conn.Match.ID}
	return j.shard[key.fold()%shards].find(&key, key.hash(j.seed))
}

// count adds a call to a pair of its client, which a connection carried.
func (j *Judge) count(o *event.Observation, client netip.Addr, carrier *conn) *pair {
	c := o.Conn
	key := pairKey{c.Site, client, c.Match.ID}
	s := &j.shard[key.fold()%shards]
	hash := key.hash(j.seed)
	p := s.find(&key, hash)
	if p == nil {
		if p = s.makeRoom(); p != nil {
			j.drop(p)
			j.stats.Evicted++
		}
		p = s.open(&key, hash)
		j.stats.Pairs++
	}
	if p.silent(o.Exchange.Start) {
		j.end(p, o.Exchange.Start)
	}
	if carrier.who != p.newest.who || p.calls == 0 {
		j.crowd(c).see(o)
	}
	p.add(o, carrier)
	s.touch(p)
	return p
}

// conn is what is kept of a connection.
func (j *Judge) conn(c *event.Conn) conn {
	a := c.Server.Addr()
	n := conn{
		opened: c.Opened, address: a.As16(), short: a.Is4(), protocol: c.Protocol,
		to: c.Server.Port(), from: c.Client.Port(), label: j.names.of(c),
	}
	if h := c.Hello; h != nil {
		n.ja3, n.who = h.Fingerprint.JA3, j.whos.of(h)
	}
	return n
}

// Advance does what falls due up to now: ends of episodes and of days.
func (j *Judge) Advance(now capture.Time) {
	day := int64(now) / int64(24*time.Hour)
	if !j.begun {
		j.day, j.begun, j.now = day, true, now
	}
	for {
		next := capture.Never
		if len(j.due) > 0 {
			next = j.due[0].due
		}
		midnight := capture.Time((j.day + 1) * int64(24*time.Hour))
		switch {
		case next <= now && next <= midnight:
			p := j.due[0]
			j.now = max(j.now, p.due)
			if at := p.expires(); at > p.due {
				j.schedule(p, at)
			} else {
				j.end(p, p.due)
			}
		case day > j.day:
			j.now = max(j.now, midnight)
			j.hunt(midnight)
			j.day = day // days without a single observation have no list
		default:
			j.now = max(j.now, now)
			return
		}
	}
}

// Finish tells that the input has ended: the last states and the hunt list of
// the day that was under way go out.
func (j *Judge) Finish(now capture.Time) {
	j.Advance(now)
	var news []*pair
	for _, p := range j.due {
		if p.sent.Rhythm.Count < p.beats() {
			news = append(news, p)
		}
	}
	slices.SortFunc(news, comparePairs)
	for _, p := range news {
		j.report(p, event.Updated, now, 0)
	}
	j.hunt(now)
}

// judge looks at a pair after a call.
func (j *Judge) judge(p *pair, o *event.Observation) {
	if !p.webhook() || p.spoken() {
		return
	}
	if p.sent != nil {
		// The patience with a rhythm can become less when the rhythm does.
		if at := p.expires(); at < p.due {
			j.schedule(p, at)
		}
	}
	if p.series.Timing() < MinTiming {
		return
	}
	score := p.series.Score()
	v := p.verdict(&score)
	if !v.holds(j.opt.Threshold) {
		return
	}
	switch {
	case p.sent == nil:
		j.send(p, &v, event.Created, p.series.Last(), o.Frame)
	case p.news(&v):
		j.send(p, &v, event.Updated, p.series.Last(), o.Frame)
	}
}

// report sends the state of a pair that was reported before.
func (j *Judge) report(p *pair, a event.Action, at capture.Time, frame uint64) {
	score := p.series.Score()
	v := p.verdict(&score)
	j.send(p, &v, a, at, frame)
}

func (j *Judge) send(p *pair, v *verdict, a event.Action, at capture.Time, frame uint64) {
	p.revision++
	d := j.detection(p, v, a)
	d.Time, d.Frame = at, frame
	p.sent, p.worst = d, max(p.worst, d.Severity())
	if a != event.Ended {
		j.schedule(p, p.expires())
	}
	j.stats.Alerts++
	j.emit(d)
}

// schedule asks for a look at the pair at a time. A call can become known so
// late that its rhythm is over by then; nothing falls due in the past, though.
func (j *Judge) schedule(p *pair, at capture.Time) {
	p.due = max(at, j.now)
	if p.place == 0 {
		heap.Push(&j.due, p)
	} else {
		heap.Fix(&j.due, p.place-1)
	}
}

// end closes a pair's episode: the next beat begins another.
func (j *Judge) end(p *pair, at capture.Time) {
	j.conclude(p, at)
	p.reset()
}

// drop forgets a pair that a limit put out. What was reported of it ends, so
// that no alert stays open for ever.
func (j *Judge) drop(p *pair) { j.conclude(p, p.lastSeen) }

// conclude says what is left to say of an episode.
func (j *Judge) conclude(p *pair, at capture.Time) {
	if p.extra != nil && p.place != 0 {
		heap.Remove(&j.due, p.place-1)
	}
	if p.extra != nil && p.sent != nil {
		j.report(p, event.Ended, at, 0)
	}
	if v, ok := j.hunted(p); ok {
		j.keep(p, v)
	}
}

// deadlines is a heap of the pairs that were reported, by the ends of their
// episodes, earliest first. A pair stands in it at most once, and knows where.
type deadlines []*pair

func (d deadlines) Len() int { return len(d) }
func (d deadlines) Less(a, b int) bool {
	return cmp.Or(cmp.Compare(d[a].due, d[b].due), comparePairs(d[a], d[b])) < 0
}
func (d deadlines) Swap(a, b int) {
	d[a], d[b] = d[b], d[a]
	d[a].place, d[b].place = a+1, b+1
}
func (d *deadlines) Push(x any) {
	p := x.(*pair)
	*d = append(*d, p)
	p.place = len(*d)
}
func (d *deadlines) Pop() any {
	old := *d
	p := old[len(old)-1]
	old[len(old)-1], p.place = nil, 0
	*d = old[:len(old)-1]
	return p
}

// The least regularity that counts as a rhythm, on beacon's scale of timing,
// where each 4 nats of evidence halve the distance to 1.
const (
	// MinTiming holds for services of the catalogue: 4.6 nats. Of series
	// without a rhythm six in a thousand reach it at some moment of a day or a
	// week; five beats that keep time to a per cent do, or six to three per
	// cent. The service has to speak for it, too.
	MinTiming = 0.55

	// MinHuntTiming holds for all others, of which there are very many: 5.3
	// nats, which three in a thousand without a rhythm reach.
	MinHuntTiming = 0.6
)
