package tlswire

import (
	"hash/maphash"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// greeting is what a connection needs until its handshake is over and its
// hello told; then it is let go.
//
// What most records ask for stands first, as in a conn.
type greeting struct {
	hello  *protocol.Hello // seen and not told
	due    capture.Time    // when the hello is told without an answer
	count  uint32          // hellos told
	seen   uint32          // records
	flight uint32          // the server's encrypted records in TLS 1.3

	// Of the ServerHello.
	version uint16 // zero until it was seen
	hash    uint8  // length of the suite's hash, TLS 1.3
	retry   bool   // it was a HelloRetryRequest
	holed   bool   // something is missing

	// Of the last ClientHello.
	spoken     bool // there was one
	http2      wire // whether it offers HTTP/2
	ticket     bool // it offers a session ticket of TLS 1.2
	early      bool // it announces data before the server's answer
	earlyCame  bool // such data came
	awaitsCert bool // answered; what follows the answer tells whether the session is resumed
	sessionLen uint8
	oldHead    uint8 // bytes of old that are there

	// What followed.
	ccs          [2]bool  // ChangeCipherSpec, by role
	finished     [2]bool  // Finished, by role
	flightTicket bool     // a session ticket in the server's flight
	settings     bool     // HTTP/2's SETTINGS in it
	extensions   wire     // what EncryptedExtensions tell
	keeps        uint8    // of kept
	level        [2]uint8 // of an alert whose other byte is to come, by flow.Side
	flightEnd    capture.Time

	in [2]handshakeReader // by flow.Side

	old     [sslv2Lengths]byte      // lengths in a hello of SSLv2's form
	session [32]byte                // the last ClientHello's, sessionLen bytes of it
	sum     uint64                  // of its bytes, to know a repeated one
	after   capture.Time            // the server's first record well after its Finished
	kept    [heldRecords]keptRecord // the client's records before its Finished message was recognised
}

// keptRecord is a client's record that may be part of its handshake.
type keptRecord struct {
	time   capture.Time
	length uint16
	plain  uint16 // bytes of its body that came
}

// arrived counts bytes of a client's record that is kept.
func (g *greeting) arrived(role, n int) {
	if role == client && g.keeps > 0 {
		g.kept[g.keeps-1].plain += uint16(n)
	}
}

// greet takes a record of a connection whose handshake is not over, and says
// whether it is one of application data.
func (p *conn) greet(k *cursor, c *stream.Chunk, kind uint8, length int, out protocol.Facts) (application bool) {
	g, role := p.greeting, p.role(c.Side)
	switch kind {
	case typeHandshake:
		if g.readable(role, length) {
			k.feeds = true
		} else {
			p.encrypted(role, length, c, out)
		}
	case typeChangeCipherSpec:
		if role == server && g.awaitsCert {
			g.resumed()
		}
		g.ccs[role] = true
	case typeAlert:
		// Encrypted ones are longer.
		k.alerts = length == alertSize || length > alertSize && !g.ccs[role]
		g.level[c.Side] = 0
	case typeApplicationData:
		if role == client {
			return p.clientData(k, c, length, out)
		}
		return p.serverData(c, length, out)
	}
	return false
}

// readable says whether a handshake record is in the clear: up to the
// ChangeCipherSpec of its side, or, in TLS 1.3, where that means nothing.
func (g *greeting) readable(role, length int) bool {
	const leastHello = 100
	switch {
	case !g.ccs[role] || g.version != 0 && isTLS13(g.version):
		return true
	case role == client:
		// A second hello stands behind a ChangeCipherSpec; Finished is shorter.
		return g.retry || g.version == 0 && length >= leastHello
	}
	return g.retry
}

// encrypted takes an encrypted handshake record, which in TLS 1.2 and older is
// Finished.
func (p *conn) encrypted(role, length int, c *stream.Chunk, out protocol.Facts) {
	g := p.greeting
	if g.finished[role] {
		return
	}
	g.finished[role] = true
	p.cut.over[role] = uint8(overheadOf12(length))
	if !g.finished[1-role] {
		p.cut.over[1-role] = p.cut.over[role]
	}
	p.cut.metered = true
	if g.finished[client] && g.finished[server] {
		p.settle(c, out)
	}
}

// read feeds bytes of a handshake record.
func (p *conn) read(c *stream.Chunk, b []byte, out protocol.Facts) {
	in := &p.greeting.in[c.Side]
	in.feed(b)
	for {
		kind, msg, ok := in.next()
		if !ok {
			return
		}
		if p.greeting.hello != nil {
			_, size := in.head()
			p.greeting.follows(c.Side == p.client, kind, size)
		}
		p.message(c, kind, msg, out)
		if p.greeting == nil {
			return
		}
	}
}

func (p *conn) message(c *stream.Chunk, kind uint8, msg []byte, out protocol.Facts) {
	switch kind {
	case msgClientHello:
		p.clientHello(c, msg, out)
	case msgServerHello:
		p.serverHello(c, msg, out)
	case msgHelloRetryRequest:
		g := p.greeting
		g.retry, g.early = true, false
		if h := g.hello; h != nil {
			h.Retried = true
			if h.EarlyData != protocol.NoEarlyData {
				h.EarlyData = protocol.EarlyDataRefused
			}
		}
		p.tell(c.Clock, c.Frame, out)
	}
}

func (p *conn) clientHello(c *stream.Chunk, msg []byte, out protocol.Facts) {
	g, ch := p.greeting, &p.maker.ch
	if msg == nil || parseClientHello(msg, ch) != nil {
		return
	}
	sum := maphash.Bytes(p.maker.seed, msg)
	if g.spoken && sum == g.sum {
		return
	}
	orphan := g.hello
	if orphan != nil && orphan.HasClient {
		p.tell(c.Clock, c.Frame, out)
		if p.greeting == nil {
			return
		}
		orphan = nil
	}
	p.show(c.Side, out)
	hello := new(protocol.Hello)
	p.maker.prints.fill(hello, ch)
	g.hello, g.due = hello, c.Clock.Add(answerTime)
	g.spoken, g.sum = true, sum
	g.sessionLen = uint8(copy(g.session[:], ch.sessionID))
	g.early = ch.earlyData && !g.retry
	g.ticket = len(ch.ticket) > 0
	g.http2 = offered(hello.ALPN)
	if orphan != nil { // its answer was handed over before it
		hello.TakeAnswer(orphan)
		p.tell(c.Clock, c.Frame, out)
	}
	if g.version != 0 && isTLS13(g.version) {
		p.cut.wire = g.http2
	}
}

// offered says whether HTTP/2 is among the names.
func offered(alpn []string) wire {
	w := notHTTP2
	for _, name := range alpn {
		if name == "h2" {
			w = offersHTTP2
		}
	}
	if w == offersHTTP2 && len(alpn) == 1 {
		return isHTTP2
	}
	return w
}

func (p *conn) serverHello(c *stream.Chunk, msg []byte, out protocol.Facts) {
	g, sh := p.greeting, &p.maker.sh
	if msg == nil || parseServerHello(msg, sh) != nil {
		return
	}
	p.show(c.Side.Other(), out)
	if g.hello == nil {
		g.hello, g.due = &protocol.Hello{}, c.Clock.Add(orphanTime)
	}
	p.maker.prints.answerHello(g.hello, sh)
	if sh.retry {
		g.retry, g.early = true, false
		p.tell(c.Clock, c.Frame, out)
		return
	}
	g.version, g.hash = sh.version, uint8(sh.hashLen())
	switch {
	case isTLS13(sh.version) && g.spoken:
		p.cut.wire = g.http2
	case !isTLS13(sh.version):
		p.cut.over, p.cut.metered = [2]uint8{overheadGCM, overheadGCM}, true
		p.cut.wire = notHTTP2
		if sh.alpn == "h2" {
			p.cut.wire = isHTTP2
		}
		if sh.echoes(g.session[:g.sessionLen]) {
			g.resumed()
		}
		g.awaitsCert = g.ticket && !g.hello.Resumed
		return // the rest of the handshake can be read as well
	}
	if g.hello.HasClient {
		p.tell(c.Clock, c.Frame, out)
	}
}

// show says that a hello showed which side is the client.
func (p *conn) show(side flow.Side, out protocol.Facts) {
	if p.evidence != shown {
		p.orient(side, shown)
		out.Client(side)
	}
}

// tell gives out the hello that waits, with what is known of its answer.
func (p *conn) tell(known capture.Time, frame uint64, out protocol.Facts) {
	g := p.greeting
	g.awaitsCert = false
	if h := g.hello; h != nil {
		h.Known, h.Frame, h.Number = known, frame, g.count
		g.hello, g.count = nil, g.count+1
		out.Hello(h)
	}
	g.due = capture.Never
	if p.over {
		p.leave()
	}
}

// outwait is called when the hello's time is up. Unfinished messages of peers
// that stall are not kept longer than that either.
func (p *conn) outwait(now capture.Time, out protocol.Facts) {
	for i := range p.greeting.in {
		p.greeting.in[i].reset()
	}
	if p.greeting.blank() && p.partial() {
		p.giveUp(out)
		return
	}
	p.tell(now, 0, out)
}

// blank tells that nothing of a handshake has been understood, nor lost.
func (g *greeting) blank() bool {
	return g.hello == nil && g.count == 0 && !g.spoken && g.version == 0 && !g.holed && g.ccs == [2]bool{}
}

// giveUp ends a connection whose handshake leads nowhere.
func (p *conn) giveUp(out protocol.Facts) {
	p.leave()
	p.over = true
	p.rest()
	out.GiveUp()
}

// unread says that n bytes are missing in a side's handshake, or were no
// records.
func (p *conn) unread(c *stream.Chunk, n int, out protocol.Facts) {
	p.greeting.holed = true
	p.greeting.in[c.Side].gap(n)
	if p.role(c.Side) != server {
		return
	}
	if h := p.greeting.hello; h != nil && h.HasServer {
		p.greeting.awaitsCert = false // what tells may be lost
		return
	}
	p.tell(c.Clock, c.Frame, out) // the answer is lost
}

// holeInGreeting is called when a hole took a side's place in the records. If
// it may have taken the client's Finished message with it, the handshake is
// taken to be over, and what is left of the hole for a request.
func (p *conn) holeInGreeting(c *stream.Chunk, n int, out protocol.Facts) {
	const finished = recordHeader + 1 + recordHeader + overhead13 + handshakeHeader + 32
	g, x := p.greeting, &p.cut
	if p.role(c.Side) != client || !isTLS13(g.version) || g.version == 0 {
		return
	}
	after := g.after
	p.settle(c, out)
	if n -= finished; n <= 0 {
		return
	}
	x.missing(c, client, n, true, out)
	if after != 0 && x.phase == asking {
		x.phase, x.burst, x.burstDown, x.burstPast = answering, after, 0, x.end
	}
}

// clientData takes a client's record of application data by its type, which in
// TLS 1.3 may still be of the handshake.
func (p *conn) clientData(k *cursor, c *stream.Chunk, length int, out protocol.Facts) (application bool) {
	const endOfEarlyData = overhead13 + handshakeHeader
	g := p.greeting
	if g.version != 0 && !isTLS13(g.version) || g.version == 0 && g.finished[client] {
		p.settle(c, out)
		return true
	}
	if g.version == 0 && g.early {
		g.earlyCame = true
		return true
	}
	if overhead, ok := finishedOverhead(length, g.hash); ok {
		g.finished[client] = true
		p.cut.over[client], p.cut.metered = uint8(overhead), true
		p.settle(c, out)
		return false
	}
	if g.early {
		return length != endOfEarlyData
	}
	// A certificate, its signature and Finished; or all of them in one record.
	if g.keeps > 0 && (g.keeps == heldRecords || k.began.Sub(g.kept[0].time) > burstTime) {
		p.replay(c, out)
		return true
	}
	g.kept[g.keeps] = keptRecord{time: k.began, length: uint16(length)}
	g.keeps++
	k.skip = uint16(min(overhead13, length))
	return false
}

// serverData is clientData for the server's side.
func (p *conn) serverData(c *stream.Chunk, length int, out protocol.Facts) (application bool) {
	g := p.greeting
	if g.hello != nil && !g.hello.HasServer {
		p.tell(c.Clock, c.Frame, out) // the answer is lost
	}
	switch {
	case g.version != 0 && !isTLS13(g.version):
		p.settle(c, out)
		return true
	case g.keeps > 0: // so the client's part was over
		p.replay(c, out)
		return true
	case !p.cut.heard[client] && g.finished[server]:
		p.settle(c, out)
		return true
	}
	if g.finished[server] && g.after == 0 && c.Time.Sub(g.flightEnd) > flightTime {
		g.after = c.Time
	}
	g.flight++
	g.flightEnd = c.Time
	if g.flight == 1 {
		g.extensions = protocolOf(length)
		return false
	}
	overhead := length - handshakeHeader - int(g.hash)
	switch {
	case g.finished[server]:
		if isSettings(length - int(p.cut.over[server])) {
			g.settings = true
		} else {
			g.flightTicket = true
		}
	case g.hash != 0 && (overhead == overhead13 || overhead == overhead13+javaPadding):
		g.finished[server] = true
		p.cut.over[server] = uint8(overhead)
	}
	return false
}

// replay ends a handshake whose Finished message was not recognised: the first
// record that was kept was the client's whole part, the others were data.
func (p *conn) replay(c *stream.Chunk, out protocol.Facts) {
	g := p.greeting
	p.settle(c, out)
	for _, r := range g.kept[1:g.keeps] {
		if p.cut.request(c, r.time, int(r.length), out) {
			p.cut.bytes(c, client, int(r.plain), out)
		}
	}
}

// settle ends the handshake.
func (p *conn) settle(c *stream.Chunk, out protocol.Facts) {
	g, x := p.greeting, &p.cut
	p.over = true
	x.greeted, x.settled = true, c.Time
	x.settings = x.settings || g.settings
	if g.version == 0 || isTLS13(g.version) {
		x.noTickets = g.flightTicket
		if g.version != 0 {
			x.metered = true
		}
		if g.extensions == isHTTP2 || g.extensions == notHTTP2 {
			x.wire = g.extensions
		}
	} else {
		x.noTickets = true
	}
	if g.version != 0 && g.spoken && x.metered && !g.holed {
		x.best = protocol.Clear
		x.sure = protocol.Clear // of data that came before the server's hello
	}
	if trip := c.Time.Sub(g.flightEnd); g.flightEnd != 0 && trip > 0 {
		x.tripMillis = uint8(min(trip, maxRoundTrip) / time.Millisecond)
	}
	h := g.hello
	if h == nil {
		p.leave()
		return
	}
	if h.HasServer && !isTLS13(g.version) && (g.ccs[client] || g.holed) {
		h.Handshake = protocol.HandshakeDone
	}
	if h.HasServer && h.HasClient {
		p.tell(c.Clock, c.Frame, out)
		return
	}
	g.due = min(g.due, c.Clock.Add(orphanTime))
}
