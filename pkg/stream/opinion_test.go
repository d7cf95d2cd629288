package stream_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/reassembly"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/packet"
	"github.com/hookhound/hookhound/pkg/stream"
)

// piece is bytes, or a gap when they are nil.
type piece struct {
	bytes []byte
	gap   int
}

func show(all []piece) string {
	var b bytes.Buffer
	for _, p := range all {
		if p.gap > 0 {
			fmt.Fprintf(&b, " gap %d", p.gap)
		} else {
			fmt.Fprintf(&b, " %d bytes", len(p.bytes))
		}
	}
	return b.String()
}

func add(all []piece, b []byte, gap int) []piece {
	if gap > 0 {
		return append(all, piece{gap: gap})
	}
	if len(b) == 0 {
		return all
	}
	if n := len(all); n > 0 && all[n-1].gap == 0 {
		all[n-1].bytes = append(all[n-1].bytes, b...)
		return all
	}
	return append(all, piece{bytes: slices.Clone(b)})
}

type ours struct{ got []piece }

func (o *ours) Chunk(c *stream.Chunk) { o.got = add(o.got, c.Bytes, c.Gap) }

// theirs takes what gopacket's reassembly gives.
type theirs struct{ got []piece }

func (s *theirs) New(_, _ gopacket.Flow, _ *layers.TCP, _ reassembly.AssemblerContext) reassembly.Stream {
	return s
}

func (s *theirs) Accept(*layers.TCP, gopacket.CaptureInfo, reassembly.TCPFlowDirection, reassembly.Sequence, *bool, reassembly.AssemblerContext) bool {
	return true
}

func (s *theirs) ReassembledSG(sg reassembly.ScatterGather, _ reassembly.AssemblerContext) {
	n, _ := sg.Lengths()
	_, _, _, skip := sg.Info()
	if skip > 0 {
		s.got = add(s.got, nil, skip)
	}
	s.got = add(s.got, sg.Fetch(n), 0)
}

func (s *theirs) ReassemblyComplete(reassembly.AssemblerContext) bool { return true }

type context gopacket.CaptureInfo

func (c *context) GetCaptureInfo() gopacket.CaptureInfo { return gopacket.CaptureInfo(*c) }

// TestSecondOpinion compares with gopacket's reassembly, on streams away from
// the wrap of the sequence numbers, where it is wrong, and whose copies do not
// differ. The last segment is always there: a loss at the tail is something
// that only we report.
func TestSecondOpinion(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 11))
	network := layers.NewIPEndpoint(net.IP{10, 0, 0, 1})
	flow, err := gopacket.FlowFromEndpoints(network, layers.NewIPEndpoint(net.IP{10, 0, 0, 2}))
	if err != nil {
		t.Fatal(err)
	}
	gaps := 0
	for round := range 300 {
		data := make([]byte, 1+rng.IntN(20000))
		for i := range data {
			data[i] = byte(rng.Uint32())
		}
		type cut struct{ from, to int }
		var cuts []cut
		for at := 0; at < len(data); {
			to := min(at+1+rng.IntN(1448), len(data))
			if rng.IntN(20) > 0 || to == len(data) {
				cuts = append(cuts, cut{at, to})
			}
			if rng.IntN(10) == 0 { // again, with some that went before
				cuts = append(cuts, cut{max(0, at-rng.IntN(2000)), to})
			}
			at = to
		}
		for i := range cuts { // a little disorder
			if j := i + rng.IntN(4); j < len(cuts) && rng.IntN(4) == 0 {
				cuts[i], cuts[j] = cuts[j], cuts[i]
			}
		}

		isn := packet.Seq(1 + rng.Uint32N(1<<30))
		var conn stream.Conn
		var mine ours
		var other theirs
		pool := stream.NewPool(1<<20, 1<<20)
		assembler := reassembly.NewAssembler(reassembly.NewStreamPool(&other))
		send := func(seq packet.Seq, flags packet.Flags, b []byte) {
			p := packet.Packet{Time: 1, Clock: 1, Seq: seq, Flags: flags, Payload: b, Length: len(b)}
			if conn.Segment(&p, 0, pool, &mine) {
				t.Fatal("one connection was taken for two")
			}
			tcp := &layers.TCP{SrcPort: 1000, DstPort: 443, Seq: uint32(seq), SYN: flags.Has(packet.SYN), BaseLayer: layers.BaseLayer{Payload: b}}
			tcp.SetInternalPortsForTesting()
			assembler.AssembleWithContext(flow, tcp, &context{Timestamp: time.Unix(1, 0), Length: len(b), CaptureLength: len(b)})
		}
		send(isn, packet.SYN, nil)
		for _, c := range cuts {
			send(isn.Add(1+c.from), packet.ACK, data[c.from:c.to])
		}
		conn.Close(capture.Time(2), pool, &mine)
		assembler.FlushAll()

		if !slices.EqualFunc(mine.got, other.got, func(a, b piece) bool { return a.gap == b.gap && bytes.Equal(a.bytes, b.bytes) }) {
			t.Fatalf("round %d: ours%s\ntheirs%s", round, show(mine.got), show(other.got))
		}
		gaps += len(mine.got) / 2
	}
	if gaps == 0 {
		t.Error("nothing was ever missing: the comparison says too little")
	}
}
