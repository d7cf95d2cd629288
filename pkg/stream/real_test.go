package stream_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
	"github.com/google/gopacket/reassembly"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/packet"
	"github.com/hookhound/hookhound/pkg/stream"
)

// talk is the TCP segments of one pair of endpoints, as captured.
type talk struct {
	name     string
	packets  []packet.Packet
	sides    []flow.Side
	segments []gopacket.Packet
}

// readTalks reads the Ethernet captures under a folder.
func readTalks(t *testing.T, folders ...string) []*talk {
	root := os.Getenv("HOOKHOUND_TESTDATA")
	if root == "" {
		t.Skip("HOOKHOUND_TESTDATA is not set: no captures of real clients")
	}
	var all []*talk
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(root, folder, "*.pcap"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no captures in %s: %v", folder, err)
		}
		for _, name := range files {
			all = append(all, readFile(t, name)...)
		}
	}
	return all
}

func readFile(t *testing.T, name string) []*talk {
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := pcapgo.NewReader(file)
	if err != nil || r.LinkType() != layers.LinkTypeEthernet {
		return nil
	}
	var all []*talk
	byKey := map[flow.Key]*talk{}
	var clock capture.Time
	for number := uint64(1); ; number++ {
		data, ci, err := r.ReadPacketData()
		if err != nil {
			if err != io.EOF && !strings.Contains(err.Error(), "EOF") {
				t.Logf("%s: %v", name, err)
			}
			return all
		}
		at := capture.TimeOf(ci.Timestamp)
		clock = max(clock, at)
		g := gopacket.NewPacket(data, layers.LayerTypeEthernet, gopacket.NoCopy)
		tcp, ok := g.TransportLayer().(*layers.TCP)
		if !ok {
			continue
		}
		src, dst := g.NetworkLayer().NetworkFlow().Endpoints()
		p := packet.Packet{
			Time: at, Clock: clock, Number: number, Protocol: packet.ProtoTCP,
			SrcPort: uint16(tcp.SrcPort), DstPort: uint16(tcp.DstPort),
			Seq: packet.Seq(tcp.Seq), Ack: packet.Seq(tcp.Ack), Payload: tcp.Payload, Length: len(tcp.Payload),
		}
		copy(p.Src[:], src.Raw())
		copy(p.Dst[:], dst.Raw())
		for _, f := range []struct {
			set bool
			bit packet.Flags
		}{{tcp.FIN, packet.FIN}, {tcp.SYN, packet.SYN}, {tcp.RST, packet.RST}, {tcp.ACK, packet.ACK}} {
			if f.set {
				p.Flags |= f.bit
			}
		}
		key, side := flow.KeyOf(&p)
		talking := byKey[key]
		if talking == nil {
			talking = &talk{name: fmt.Sprintf("%s, %s:%d", filepath.Base(name), src, p.SrcPort)}
			byKey[key] = talking
			all = append(all, talking)
		}
		talking.packets = append(talking.packets, p)
		talking.sides = append(talking.sides, side)
		talking.segments = append(talking.segments, g)
	}
}

// listener writes down both directions.
type listener struct {
	log   strings.Builder
	sides [2][]piece
	cut   bool // a second connection began
}

func (l *listener) Chunk(c *stream.Chunk) {
	fmt.Fprintf(&l.log, "%d %d %d %x %d %v %d\n", c.Clock, c.Time, c.Side, c.Bytes, c.Gap, c.Aligned, c.Frame)
	l.sides[c.Side] = add(l.sides[c.Side], c.Bytes, c.Gap)
}

// listen reassembles a talk as far as its first connection goes, without the
// packets that lost names, its numbers moved by shift.
func (tk *talk) listen(shift packet.Seq, lost func(i int) bool) (*listener, *stream.Pool) {
	var conn stream.Conn
	l := &listener{}
	pool := stream.NewPool(4<<20, 1<<20)
	for i, p := range tk.packets {
		for conn.Due() <= p.Clock {
			conn.Advance(conn.Due(), pool, l)
		}
		if lost != nil && lost(i) {
			continue
		}
		p.Seq += shift
		p.Ack += shift
		if conn.Segment(&p, tk.sides[i], pool, l) {
			l.cut = true
			break
		}
	}
	conn.Close(tk.packets[len(tk.packets)-1].Clock, pool, l)
	return l, pool
}

// TestRealShift: the first numbers of real connections do not matter.
func TestRealShift(t *testing.T) {
	talks := readTalks(t, "traffic", "corpus/pcaps")
	for _, tk := range talks {
		plain, _ := tk.listen(0, nil)
		for _, to := range []packet.Seq{1<<32 - 8, 1<<31 - 8} {
			// Moved so that the first packet's number is to.
			moved, _ := tk.listen(to-tk.packets[0].Seq, nil)
			if plain.log.String() != moved.log.String() {
				t.Errorf("%s: numbers from %#x on change the output", tk.name, uint32(to))
			}
		}
	}
	t.Logf("%d connections", len(talks))
}

// bothWays takes what gopacket's reassembly gives of both directions.
type bothWays struct {
	first layers.TCPPort
	got   [2][]piece
}

func (s *bothWays) New(_, _ gopacket.Flow, tcp *layers.TCP, _ reassembly.AssemblerContext) reassembly.Stream {
	s.first = tcp.SrcPort
	return s
}

func (s *bothWays) Accept(_ *layers.TCP, _ gopacket.CaptureInfo, _ reassembly.TCPFlowDirection, _ reassembly.Sequence, start *bool, _ reassembly.AssemblerContext) bool {
	return true
}

func (s *bothWays) ReassembledSG(sg reassembly.ScatterGather, _ reassembly.AssemblerContext) {
	n, _ := sg.Lengths()
	dir, _, _, skip := sg.Info()
	side := 0
	if dir == reassembly.TCPDirServerToClient {
		side = 1
	}
	if skip > 0 {
		s.got[side] = add(s.got[side], nil, skip)
	}
	s.got[side] = add(s.got[side], sg.Fetch(n), 0)
}

func (s *bothWays) ReassemblyComplete(reassembly.AssemblerContext) bool { return false }

// TestRealOpinion compares with gopacket's reassembly on captures of real
// clients, which have no loss.
func TestRealOpinion(t *testing.T) {
	total := 0
	for _, tk := range readTalks(t, "traffic") {
		if tk.packets[0].Flags&packet.SYN == 0 {
			continue
		}
		l, _ := tk.listen(0, nil)
		var other bothWays
		assembler := reassembly.NewAssembler(reassembly.NewStreamPool(&other))
		for i, g := range tk.segments {
			tcp := g.TransportLayer().(*layers.TCP)
			ci := context{Timestamp: tk.packets[i].Time.Std()}
			assembler.AssembleWithContext(g.NetworkLayer().NetworkFlow(), tcp, &ci)
		}
		assembler.FlushAll()
		if tk.sides[0] == 1 {
			l.sides[0], l.sides[1] = l.sides[1], l.sides[0]
		}
		for side := range 2 {
			if !slices.EqualFunc(l.sides[side], other.got[side], func(a, b piece) bool { return a.gap == b.gap && bytes.Equal(a.bytes, b.bytes) }) {
				t.Errorf("%s: side %d: ours%s; theirs%s", tk.name, side, show(l.sides[side]), show(other.got[side]))
			}
			for _, p := range l.sides[side] {
				total += len(p.bytes)
			}
		}
	}
	t.Logf("%d bytes", total)
}

// TestRealLoss takes packets out of real connections: what was captured must
// come out at its place, and nothing else be missing.
func TestRealLoss(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 5))
	dropped, missing := 0, 0
	for _, tk := range readTalks(t, "traffic") {
		whole, _ := tk.listen(0, nil)
		if len(whole.sides[0]) > 1 || len(whole.sides[1]) > 1 || whole.cut || tk.packets[0].Flags&packet.SYN == 0 {
			continue // gaps of its own
		}
		drop := make([]bool, len(tk.packets))
		var covered, lost [2][]bool // by place in the stream
		var start [2]packet.Seq
		for side := range covered {
			if len(whole.sides[side]) == 1 {
				covered[side] = make([]bool, len(whole.sides[side][0].bytes))
				lost[side] = make([]bool, len(whole.sides[side][0].bytes))
			}
		}
		for i, p := range tk.packets {
			side := tk.sides[i]
			if p.Flags&packet.SYN != 0 {
				start[side] = p.Seq.Add(1)
				continue
			}
			from := max(start[side].Distance(p.Seq), 0)
			to := min(start[side].Distance(p.Seq)+p.Length, len(covered[side]))
			// A copy of something lost is lost too: it may come long after its
			// acknowledgement, and then it is rightly too late.
			again := from < to && slices.Contains(lost[side][from:to], true)
			if drop[i] = again || p.Flags&(packet.FIN|packet.RST) == 0 && rng.IntN(20) == 0; drop[i] {
				dropped++
			}
			for k := from; k < to; k++ {
				covered[side][k] = covered[side][k] || !drop[i]
				lost[side][k] = drop[i]
			}
		}
		l, pool := tk.listen(0, func(i int) bool { return drop[i] })
		if pool.Stats.LateBytes != 0 {
			t.Errorf("%s: %d bytes were skipped before they came", tk.name, pool.Stats.LateBytes)
		}
		for side := range 2 {
			at := 0
			for _, p := range l.sides[side] {
				for k := range p.gap {
					if at+k < len(covered[side]) && covered[side][at+k] {
						t.Fatalf("%s: side %d: byte %d was captured and is missing", tk.name, side, at+k)
					}
				}
				if len(p.bytes) > 0 && !bytes.Equal(p.bytes, whole.sides[side][0].bytes[at:at+len(p.bytes)]) {
					t.Fatalf("%s: side %d: other bytes from %d on", tk.name, side, at)
				}
				at += p.gap + len(p.bytes)
				missing += p.gap
			}
			if at < len(covered[side]) {
				t.Errorf("%s: side %d: %d bytes and gaps given out of %d", tk.name, side, at, len(covered[side]))
			}
		}
	}
	t.Logf("%d packets taken out, %d bytes missing", dropped, missing)
}
