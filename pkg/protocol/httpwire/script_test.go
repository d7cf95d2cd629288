package httpwire

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/protocol/protocoltest"
	"github.com/hookhound/hookhound/pkg/stream"
)

// event is a segment, a gap or the end of a conversation.
type event struct {
	side  byte // 'C' or 'S'; 0 ends the connection
	at    float64
	bytes string
	gap   int
}

const zero capture.Time = 1_700_000_000_000_000_000

func moment(s float64) capture.Time { return zero.Add(time.Duration(s * float64(time.Second))) }

// play gives a conversation to a parser, in pieces of so many bytes (0: whole
// segments), and tells what it made of it. The client is the side 1.
func play(t testing.TB, p protocol.Protocol, events []event, pieces int) *protocoltest.Recorder {
	r := &protocoltest.Recorder{T: t}
	parser := p.New()
	until := func(now capture.Time) {
		for parser.Due() <= now && !r.HandedOver {
			d := parser.Due()
			if parser.Advance(d, r); parser.Due() <= d && !r.HandedOver {
				t.Fatalf("at %v it is due at %v", d, parser.Due())
			}
		}
	}
	now := zero
	for i, e := range events {
		now = max(now, moment(e.at))
		if until(now); r.HandedOver {
			break
		}
		c := stream.Chunk{Side: 0, Time: moment(e.at), Clock: now, Frame: uint64(i + 1), Gap: e.gap}
		switch e.side {
		case 0:
			parser.Close(now, r)
			return r
		case 'C':
			c.Side = 1
		}
		if e.gap > 0 {
			parser.Chunk(&c, r)
			continue
		}
		b := []byte(e.bytes)
		n := pieces
		if n == 0 {
			n = len(b)
		}
		for at := 0; at < len(b) && !r.HandedOver; at += n {
			c.Bytes = bytes.Clone(b[at:min(at+n, len(b))])
			c.Aligned = at == 0
			parser.Chunk(&c, r)
			for j := range c.Bytes {
				c.Bytes[j] = 0xdb // lent bytes are poisoned
			}
		}
	}
	return r
}

func requestText(q *protocol.Request) string {
	s := fmt.Sprintf("%s %q %s v%s %d", q.Method, q.Host, q.Target, q.Version, q.Status)
	if q.UserAgent != "" {
		s += fmt.Sprintf(" agent %q", q.UserAgent)
	}
	if q.Scheme != "" {
		s += " " + q.Scheme
	}
	if q.Forwarded.IsValid() {
		s += " for " + q.Forwarded.String()
	}
	if q.Upgrade != "" {
		s += " upgrade " + q.Upgrade
	}
	return s
}

func exchangeText(e *protocol.Exchange) string {
	s := fmt.Sprintf("%d %.1f-%.1f known %.1f up %d down %d %s", e.Index,
		e.Start.Sub(zero).Seconds(), e.End.Sub(zero).Seconds(), e.Known.Sub(zero).Seconds(), e.Up, e.Down, e.Sure)
	if e.How != protocol.ByHTTP {
		s += " " + e.How.String()
	}
	if e.Interim {
		s += " interim"
	}
	if e.Push {
		s += " push"
	}
	if e.Request != nil {
		s += fmt.Sprintf(" (%s %d)", e.Request.Target, e.Request.Status)
	}
	return s
}

// text is all that was recorded.
func text(r *protocoltest.Recorder) string {
	var lines []string
	for _, s := range r.Clients {
		lines = append(lines, fmt.Sprintf("client %d", s))
	}
	for _, q := range r.Requests {
		lines = append(lines, fmt.Sprintf("%.1f ", q.Known.Sub(zero).Seconds())+requestText(q))
	}
	for i := range r.Exchanges {
		lines = append(lines, exchangeText(&r.Exchanges[i]))
	}
	for _, x := range r.Targets {
		lines = append(lines, fmt.Sprintf("target %s %d", x.Host, x.Port))
	}
	if r.HandedOver {
		lines = append(lines, fmt.Sprintf("handed over %q", r.Rest))
	}
	return strings.Join(lines, "\n")
}

// script is a conversation and what must come of it.
type script struct {
	name   string
	whole  bool // what comes of it depends on where segments begin
	events []event
	want   string
}

func runScripts(t *testing.T, p protocol.Protocol, scripts []script) {
	for _, s := range scripts {
		t.Run(s.name, func(t *testing.T) {
			want := strings.TrimSpace(strings.ReplaceAll(s.want, "\t", ""))
			for _, pieces := range []int{0, 1, 2, 3, 7, 20} {
				if pieces > 0 && s.whole {
					continue
				}
				events := s.events
				if pieces > 0 && len(events) > 0 { // what is handed over differs with the pieces
					want, _, _ = strings.Cut(want, "\nhanded over")
				}
				got := text(play(t, p, events, pieces))
				if pieces > 0 {
					got, _, _ = strings.Cut(got, "\nhanded over")
				}
				if got != want {
					t.Fatalf("in pieces of %d:\n%s\nwant\n%s", pieces, got, want)
				}
			}
		})
	}
}

func c(at float64, s string) event { return event{side: 'C', at: at, bytes: s} }
func s(at float64, s string) event { return event{side: 'S', at: at, bytes: s} }
func end(at float64) event         { return event{at: at} }

func gap(side byte, at float64, n int) event { return event{side: side, at: at, gap: n} }
