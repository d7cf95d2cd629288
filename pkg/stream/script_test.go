package stream

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/packet"
)

// The language of these tests. Each line is a moment in seconds and what
// happens then; what is given out is written the same way.
//
//	0.000 > 1+100            side 0 sends the bytes 1 to 100 of its stream
//	0.000 < 1+50 ack 101     side 1 sends and acknowledges
//	0.000 < ack 101          an acknowledgement alone, numbered like the last
//	                         byte that its side sent
//	0.000 > syn 0            a SYN; with +N it carries N bytes
//	0.000 > 101+0 fin        flags: fin, rst, syn
//	0.000 > 1+100 cut 40     the snap length left 40 of the 100 bytes
//	0.000 > 1+100 alt        the bytes are other than in the first copy
//	0.000 tick               time passes
//	0.000 close
//
// Numbers are relative to the initial sequence number of the side. Output:
//
//	0.000 > 1+100 #1         a chunk from frame 1
//	0.020 > gap 101+50       a gap; #N where a frame made it final
//	0.000 > 51+50 #2 ~       not aligned
//	0.000 > 1+100 #1 alt     with the other bytes
//	0.000 restart            Segment says that another connection begins
type script struct {
	t     *testing.T
	conn  Conn
	pool  *Pool
	shift [2]packet.Seq
	sent  [2]int // highest number that each side sent
	frame uint64
	pos   [2]int
	begun [2]bool
	clock capture.Time
	out   []string
	bytes [2]int // given out
	gaps  [2]int
}

// pattern is byte i of every stream, alt the same byte in a forged copy.
func pattern(i int) byte { return byte(i*7 + i>>8) }
func alt(i int) byte     { return ^pattern(i) }

func seconds(t capture.Time) string {
	return strconv.FormatFloat(time.Duration(t).Seconds(), 'f', 3, 64)
}

var sign = [2]string{">", "<"}

// Chunk is the Receiver.
func (s *script) Chunk(c *Chunk) {
	if !s.begun[c.Side] {
		s.begun[c.Side] = true
		s.pos[c.Side] = s.shift[c.Side].Distance(s.conn.half[c.Side].start)
	}
	at := s.pos[c.Side]
	if c.Clock < s.clock {
		s.t.Errorf("clock runs back from %s to %s", seconds(s.clock), seconds(c.Clock))
	}
	s.clock = c.Clock
	line := seconds(c.Clock) + " " + sign[c.Side]
	if c.Gap > 0 {
		if len(c.Bytes) > 0 || c.Aligned {
			s.t.Error("a gap with bytes")
		}
		line += fmt.Sprintf(" gap %d+%d", at, c.Gap)
		s.pos[c.Side] += c.Gap
		s.gaps[c.Side] += c.Gap
	} else {
		line += fmt.Sprintf(" %d+%d", at, len(c.Bytes))
		s.pos[c.Side] += len(c.Bytes)
		s.bytes[c.Side] += len(c.Bytes)
	}
	if c.Frame != 0 {
		line += fmt.Sprintf(" #%d", c.Frame)
	}
	if c.Gap == 0 && !c.Aligned {
		line += " ~"
	}
	if len(c.Bytes) > 0 {
		line += same(at, c.Bytes)
	}
	s.out = append(s.out, line)
}

// same says whose bytes these are.
func same(at int, b []byte) string {
	var p, a bool
	for i := range b {
		p = p || b[i] == pattern(at+i)
		a = a || b[i] == alt(at+i)
	}
	switch {
	case p && !a:
		return ""
	case a && !p:
		return " alt"
	}
	return " WRONG BYTES"
}

func (s *script) line(line string) {
	f := strings.Fields(line)
	if len(f) == 0 || f[0][0] == '#' {
		return
	}
	sec, err := strconv.ParseFloat(f[0], 64)
	if err != nil {
		s.t.Fatalf("%q: %v", line, err)
	}
	now := capture.Time(sec*1e6+0.5) * 1000
	for s.conn.Due() <= now {
		s.conn.Advance(s.conn.Due(), s.pool, s)
	}
	switch f[1] {
	case "tick":
	case "close":
		s.conn.Close(now, s.pool, s)
		if s.conn.Due() != capture.Never {
			s.t.Error("something is due after Close")
		}
	case ">":
		s.packet(now, 0, f[2:])
	case "<":
		s.packet(now, 1, f[2:])
	default:
		s.t.Fatalf("cannot read %q", line)
	}
}

func (s *script) packet(now capture.Time, side flow.Side, words []string) {
	s.frame++
	at, n, cut := s.sent[side], 0, -1
	p := packet.Packet{Time: now, Clock: now, Number: s.frame}
	fill := pattern
	if len(words) > 1 && words[0] == "syn" {
		words = append([]string{words[1], "syn"}, words[2:]...)
	}
	num := func(w string) int {
		v, err := strconv.Atoi(w)
		if err != nil {
			s.t.Fatalf("%q is no number", w)
		}
		return v
	}
	for i := 0; i < len(words); i++ {
		switch w := words[i]; w {
		case "fin":
			p.Flags |= packet.FIN
		case "rst":
			p.Flags |= packet.RST
		case "syn":
			p.Flags |= packet.SYN
		case "alt":
			fill = alt
		case "ack":
			i++
			p.Flags |= packet.ACK
			p.Ack = s.shift[side.Other()].Add(num(words[i]))
		case "cut":
			i++
			cut = num(words[i])
		default:
			from, count, _ := strings.Cut(w, "+")
			at = num(from)
			if count != "" {
				n = num(count)
			}
		}
	}
	p.Seq = s.shift[side].Add(at)
	first := at
	if p.Flags.Has(packet.SYN) {
		first++
	}
	s.sent[side] = max(s.sent[side], first+n)
	p.Length = n
	p.Payload = make([]byte, n)
	for i := range p.Payload {
		p.Payload[i] = fill(first + i)
	}
	if cut >= 0 {
		p.Payload = p.Payload[:cut]
	}
	if s.conn.Segment(&p, side, s.pool, s) {
		s.out = append(s.out, seconds(now)+" restart")
	}
	for i := range p.Payload {
		p.Payload[i] = 0xDB // lent bytes end here
	}
}

// play runs a script with sequence numbers moved by shift.
func play(t *testing.T, text string, pool *Pool, shift packet.Seq) *script {
	t.Helper()
	s := &script{t: t, pool: pool, shift: [2]packet.Seq{shift, shift + 1<<30}}
	for line := range strings.Lines(text) {
		s.line(line)
	}
	return s
}

// shifts are initial sequence numbers at which a wrap, or a change of sign,
// falls into the first bytes of a stream.
var shifts = []packet.Seq{0, 1<<32 - 8, 1<<32 - 150, 1<<31 - 8, 1<<31 - 150, 1<<30 - 100}

func trim(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.Join(strings.Fields(line), " "); line != "" && line[0] != '#' {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

type scene struct {
	name, in, want string
	pool           [2]int // limits, if other than plenty
	check          func(t *testing.T, s *script)
}

func playScenes(t *testing.T, scenes []scene) {
	for _, sc := range scenes {
		t.Run(sc.name, func(t *testing.T) {
			for _, shift := range shifts {
				if sc.pool == [2]int{} {
					sc.pool = [2]int{1 << 20, 1 << 20}
				}
				s := play(t, sc.in, NewPool(sc.pool[0], sc.pool[1]), shift)
				if got, want := strings.Join(s.out, "\n"), trim(sc.want); got != want {
					t.Fatalf("shifted by %#x, got\n%s\nwant\n%s", uint32(shift), got, want)
				}
				if sc.check != nil {
					sc.check(t, s)
				}
				if s.pool.Held() > sc.pool[0] {
					t.Errorf("the pool holds %d bytes, at most %d", s.pool.Held(), sc.pool[0])
				}
			}
		})
	}
}
