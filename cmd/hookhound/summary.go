package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/hookhound/hookhound/pkg/defrag"
	"github.com/hookhound/hookhound/pkg/event"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/packet"
	"github.com/hookhound/hookhound/pkg/sink/kafkasink"
)

// note is a counter with its words, of which the first is a plural where it ends
// in s.
type note struct {
	words string
	n     uint64
}

func (n note) String() string {
	first, rest, _ := strings.Cut(n.words, " ")
	if n.n == 1 {
		first = strings.TrimSuffix(first, "s")
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s %s", grouped(n.n), first, rest))
}

// summary says on standard error what the run has done, and what it could not
// read or deliver. Counters of nothing are left out.
func (s *sensor) summary(source []note, delivery kafkasink.Stats) {
	st := s.pipe.Stats()
	o, d := &st.Observe, &st.Detect
	span := "no time"
	if st.Frames > 0 {
		from, to := st.First.Std(), st.Last.Std()
		span = fmt.Sprintf("%s to %s UTC (%s)", from.Format("2006-01-02 15:04:05"), to.Format("2006-01-02 15:04:05"), event.Span(max(st.Last.Sub(st.First), time.Millisecond)))
	}
	s.line("read", "%s, %s, %s", count(st.Frames, "packet"), event.Size(st.Bytes), span)
	s.line("found", "%s, %s, %s, %s", count(o.Flows.Opened, "flow"), count(o.Hellos, "hello"), count(o.Exchanges, "exchange"), count(d.Pairs, "pair"))
	s.line("reported", "%s, %s", count(d.Alerts, "detection"), plural(d.Hunts, "hunt entry", "hunt entries"))
	s.notes("in clear text", []note{
		{"requests by HTTP", o.Requests}, {"answers by DNS", o.Names}, {"leases by DHCP", o.Leases},
	})
	var unread []note
	for r := packet.Reason(0); int(r) < packet.Reasons; r++ {
		if r != packet.OK && r != packet.Fragment {
			unread = append(unread, note{undecoded(r), st.Packets[r] + st.Inside[r]})
		}
	}
	s.notes("not decoded", unread)
	s.notes("fragments", fragments(&st.Parts))
	s.notes("seen twice", []note{{"packets that the mirror had shown before", o.Copies.Duplicates}})
	s.notes("not seen", append(source,
		// What was cut may be of no stream, and then is no gap in one.
		note{"bytes lost by the capture", o.Lost - min(o.Lost, o.Cut)},
		note{"bytes cut by the snap length", o.Cut},
	))
	s.notes("out of order", []note{
		{"packets older than one before them", st.Late},
		{"packets far ahead of all others, whose time was not believed", st.Ahead},
	})
	s.notes("not followed", []note{
		{"flows of other protocols over TCP", o.Opaque},
		{"flows of excluded networks", o.Excluded},
		{"flows evicted by the limit", o.Flows.Closed[flow.Evicted]},
		{"bytes dropped by the stream limit", o.Stream.SkippedByMemory},
		{"overlapping bytes that differed", o.Stream.OverlapDiffers},
		{"pairs evicted by the limit", d.Evicted},
		{"calls of clients outside the home networks", d.Elsewhere},
		{"hunt entries beyond the limit", d.HuntsOver},
	})
	s.panics(st.Panics, o.Dropped)
	if s.kafka != nil {
		s.line("delivered", "%s to %s", count(delivery.Delivered, "detection"), s.l.Kafka.Topic)
		s.notes("NOT delivered", []note{
			{"detections that no broker took in time", delivery.Undelivered},
			{"refused because the queue was full", s.refused},
			{"that the broker does not accept", delivery.DeadLetters},
		})
	}
}

// fragments says what became of fragments, of those that made datagrams whole
// as well.
func fragments(d *defrag.Stats) []note {
	return []note{
		{"datagrams made whole", d.Whole},
		{"datagrams whose rest did not come", d.TimedOut + d.Waiting},
		{"datagrams evicted by the limit", d.Evicted},
		{"parts that told other bytes than parts before", d.Overlapping},
		{"parts that cannot be", d.Bad + d.Oversized},
	}
}

// undecoded says which frames are meant by the reason why they gave no packet.
func undecoded(r packet.Reason) string {
	switch r {
	case packet.UnknownLink:
		return "of a link type that is not known"
	case packet.Short:
		return "that end inside a header"
	case packet.NotIP:
		return "not IP"
	case packet.DeepVLAN:
		return "with too many VLAN tags"
	case packet.BadIPv4Header:
		return "with a bad IPv4 header"
	case packet.BadIPv6Header:
		return "with a bad IPv6 header"
	case packet.DeepTunnel:
		return "with too many tunnels in one another"
	case packet.DeepExtensions:
		return "with too many IPv6 extension headers"
	case packet.NoTransport:
		return "neither TCP nor UDP"
	case packet.BadTCPHeader:
		return "with a bad TCP header"
	case packet.BadUDPHeader:
		return "with a bad UDP header"
	}
	return r.String()
}

func (s *sensor) line(name, format string, args ...any) {
	fmt.Fprintf(s.w.stderr, "%-13s %s\n", name, fmt.Sprintf(format, args...))
}

func (s *sensor) notes(name string, all []note) {
	var parts []string
	for _, n := range all {
		if n.n > 0 {
			parts = append(parts, n.String())
		}
	}
	if len(parts) > 0 {
		s.line(name, "%s", strings.Join(parts, ", "))
	}
}

func count(n uint64, what string) string { return plural(n, what, what+"s") }

func plural(n uint64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(n) + " " + many
}

// grouped writes a number with commas between thousands.
func grouped(n uint64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
