package stream

import (
	"strings"
	"testing"
	"unsafe"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/packet"
)

func counts(want func(st *Stats) bool) func(*testing.T, *script) {
	return func(t *testing.T, s *script) {
		t.Helper()
		if !want(&s.pool.Stats) {
			t.Errorf("counters are not as expected: %+v", s.pool.Stats)
		}
	}
}

func TestOrder(t *testing.T) {
	playScenes(t, []scene{{
		name: "in order",
		in: `0.000 > syn 0
			0.001 < syn 0 ack 1
			0.002 > 1+100 ack 1
			0.003 < 1+50 ack 101
			0.004 > 101+10 ack 51`,
		want: `0.002 > 1+100 #3
			0.003 < 1+50 #4
			0.004 > 101+10 #5`,
		check: counts(func(st *Stats) bool { return st.Segments == 5 && st.Bytes == 160 && st.OutOfOrder == 0 }),
	}, {
		name: "a hole is filled",
		in: `0.000 > syn 0
			0.001 > 201+100
			0.002 > 101+100
			0.003 > 1+100`,
		want: `0.003 > 1+100 #4
			0.003 > 101+100 #3
			0.003 > 201+100 #2`,
		check: counts(func(st *Stats) bool { return st.OutOfOrder == 2 && st.Holes == 0 }),
	}, {
		name: "retransmissions are trimmed",
		in: `0.000 > syn 0
			0.001 > 1+100
			0.002 > 1+100
			0.003 > 51+100
			0.004 > 51+50`,
		want: `0.001 > 1+100 #2
			0.003 > 101+50 #4 ~`,
		check: counts(func(st *Stats) bool { return st.Retransmitted == 2 }),
	}, {
		name: "the first copy wins where held bytes overlap",
		in: `0.000 > syn 0
			0.001 > 101+100
			0.002 > 51+100 alt
			0.003 > 151+100 alt
			0.004 > 1+60 `,
		want: `0.004 > 1+50 #5
			0.004 > 51+50 #3 alt
			0.004 > 101+100 #2
			0.004 > 201+50 #4 ~ alt`,
		check: counts(func(st *Stats) bool { return st.Overlaps == 3 && st.OverlapDiffers == 3 }),
	}, {
		name: "one segment over several held ones",
		in: `0.000 > syn 0
			0.001 > 11+10
			0.002 > 31+10
			0.003 > 1+50`,
		want: `0.003 > 1+10 #4
			0.003 > 11+10 #2
			0.003 > 21+10 #4 ~
			0.003 > 31+10 #3
			0.003 > 41+10 #4 ~`,
		check: counts(func(st *Stats) bool { return st.Overlaps == 1 && st.OverlapDiffers == 0 }),
	}, {
		name: "a held segment over several held ones",
		in: `0.000 > syn 0
			0.001 > 12+10
			0.002 > 32+10
			0.003 > 2+50
			0.003 > 2+50
			0.004 > 1+1`,
		want: `0.004 > 1+1 #6
			0.004 > 2+10 #4
			0.004 > 12+10 #2
			0.004 > 22+10 #4 ~
			0.004 > 32+10 #3
			0.004 > 42+10 #4 ~`,
		check: counts(func(st *Stats) bool { return st.Overlaps == 2 && st.Retransmitted == 1 && st.OutOfOrder == 3 }),
	}, {
		name: "a segment longer than a block",
		in: `0.000 > syn 0
			0.001 > 2+4000
			0.002 > 1+1`,
		want: `0.002 > 1+1 #3
			0.002 > 2+1536 #2
			0.002 > 1538+1536 #2 ~
			0.002 > 3074+928 #2 ~`,
	}, {
		name: "urgent, probes of a zero window and data in a SYN are data",
		in: `0.000 > syn 0+20
			0.001 > syn 0+20
			0.002 > 21+1
			0.003 > 22+5`,
		want: `0.000 > 1+20 #1
			0.002 > 21+1 #3
			0.003 > 22+5 #4`,
	}, {
		name: "fast open refused: the data comes again",
		in: `0.000 > syn 0+20
			0.001 < syn 0 ack 1
			0.002 > 1+30 ack 1`,
		want: `0.000 > 1+20 #1
			0.002 > 21+10 #3 ~`,
	}, {
		name: "keep-alive probes give nothing",
		in: `0.000 > syn 0
			0.001 > 1+100
			0.002 > 100+1 alt
			0.003 > 100+0
			0.004 > 101+1`,
		want: `0.001 > 1+100 #2
			0.004 > 101+1 #5`,
		check: counts(func(st *Stats) bool { return st.KeepAlives == 2 && st.Retransmitted == 0 }),
	}, {
		name: "a cut frame leaves a gap at its end",
		in: `0.000 > syn 0
			0.001 > 1+100 cut 60
			0.002 > 201+100 cut 0
			0.003 > 101+100 cut 99
			0.004 > 301+10`,
		want: `0.001 > 1+60 #2
			0.001 > gap 61+40 #2
			0.003 > 101+99 #4
			0.003 > gap 200+1 #4
			0.003 > gap 201+100 #3
			0.004 > 301+10 #5`,
		check: counts(func(st *Stats) bool { return st.CutBytes == 141 && st.HoleBytes == 0 && st.Holes == 0 }),
	}, {
		name: "held bytes fill what a cut frame lacks",
		in: `0.000 > syn 0
			0.001 > 51+50
			0.002 > 1+120 cut 10`,
		want: `0.002 > 1+10 #3
			0.002 > gap 11+40 #3
			0.002 > 51+50 #2
			0.002 > gap 101+20 #3`,
	}})
}

// TestBegin: a table of flows that saw the handshake hands on its numbers.
func TestBegin(t *testing.T) {
	s := &script{t: t, pool: NewPool(1<<20, 1<<20), shift: [2]packet.Seq{1<<32 - 50, 7}}
	s.conn.Begin(0, s.shift[0])
	s.conn.Begin(1, s.shift[1])
	if s.conn.MidStream() || s.conn.OneWay() || s.conn.Due() != capture.Never {
		t.Error("not known as seen from the start, both ways")
	}
	s.line("0.001 < 11+20 ack 1")
	s.line("0.002 > 101+100 ack 1")
	s.line("0.003 > 1+100 ack 1")
	s.line("0.004 < 1+10 ack 201")
	want := trim(`0.003 > 1+100 #3
		0.003 > 101+100 #2
		0.004 < 1+10 #4
		0.004 < 11+20 #1`)
	if got := strings.Join(s.out, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestLongStream: numbers from long ago do not come back when the circle of
// sequence numbers closes. One acknowledgement and one hole are at the start
// of 10 GB of which the capture kept no byte.
func TestLongStream(t *testing.T) {
	var c Conn
	var out counter
	pool := NewPool(1<<20, 1<<20)
	c.Begin(0, 0)
	p := packet.Packet{Seq: 101, Length: 65_000}
	c.Segment(&p, 0, pool, &out)
	ack := packet.Packet{Flags: packet.ACK, Seq: 1, Ack: 65_101}
	c.Segment(&ack, 1, pool, &out)
	c.Advance(c.Due(), pool, &out)
	total := 65_100
	for total < 10e9 {
		p.Seq = p.Seq.Add(p.Length)
		p.Clock += 1e9
		c.Segment(&p, 0, pool, &out)
		c.Segment(&p, 0, pool, &out) // again, and nowhere near the hole
		total += p.Length
		if c.Due() != capture.Never {
			t.Fatalf("something is due after %d bytes", total)
		}
	}
	if out.gaps != total {
		t.Errorf("%d bytes given out of %d", out.gaps, total)
	}
	if st := &pool.Stats; st.Holes != 1 || st.HoleBytes != 100 || st.LateBytes != 0 {
		t.Errorf("counters are not as expected: %+v", *st)
	}
}

func TestSize(t *testing.T) {
	if n := unsafe.Sizeof(Conn{}); n > 128 {
		t.Errorf("Conn takes %d bytes, want at most 128", n)
	}
}
