package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/capture/capturetest"
	"github.com/hookhound/hookhound/pkg/defrag"
	"github.com/hookhound/hookhound/pkg/detect"
	"github.com/hookhound/hookhound/pkg/event"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/packet"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/protocol/builtin"
	"github.com/hookhound/hookhound/pkg/stream"
)

// bomb is a parser that panics where the first bytes of its flow say: "bomb "
// and the name of a call.
type bomb struct {
	where string
	due   capture.Time
	asked int // for due
}

func (b *bomb) at(where string) {
	if b.where == where {
		panic("bomb in " + where)
	}
}

func (b *bomb) read(payload []byte, at capture.Time) {
	if where, ok := strings.CutPrefix(string(payload), "bomb "); ok {
		where, _, _ = strings.Cut(where, "\x00")
		b.where, b.due = where, at.Add(300*time.Millisecond)
		b.at("first")
		return
	}
	b.at("later")
}

func (b *bomb) Chunk(c *stream.Chunk, _ protocol.Facts)         { b.read(c.Bytes, c.Clock) }
func (b *bomb) Datagram(d *protocol.Datagram, _ protocol.Facts) { b.read(d.Bytes, d.Clock) }

func (b *bomb) Due() capture.Time {
	b.at("due")
	if b.asked++; b.where == "due again" && b.asked > 1 {
		panic("bomb in due again")
	}
	if b.where == "advance" {
		return b.due
	}
	return capture.Never
}

func (b *bomb) Advance(capture.Time, protocol.Facts) { b.at("advance") }
func (b *bomb) Close(capture.Time, protocol.Facts)   { b.at("close") }

func probeBomb(p []byte) protocol.Verdict {
	switch {
	case strings.HasPrefix(string(p), "bomb probe"):
		panic("bomb in probe")
	case strings.HasPrefix(string(p), "bomb "):
		return protocol.Yes
	}
	return protocol.No
}

// mined are options with the bomb among the protocols.
func mined(t testing.TB) Options {
	opt := options(t)
	opt.Observe.Protocols = func() []protocol.Protocol {
		return append([]protocol.Protocol{{
			Name: "bomb", Probe: func(b []byte, _ bool) protocol.Verdict { return probeBomb(b) },
			New: func() protocol.Parser { return new(bomb) },
		}}, builtin.List()...)
	}
	opt.Observe.OverUDP = func() []protocol.DatagramProtocol {
		return append([]protocol.DatagramProtocol{{
			Name: "bomb", Probe: func(b []byte, _, _ uint16) protocol.Verdict { return probeBomb(b) },
			New: func() protocol.DatagramParser { return new(bomb) }, Idle: time.Minute,
		}}, builtin.OverUDP()...)
	}
	return opt
}

// victim is a flow with a bomb of a size: five packets, half a second apart.
// Its addresses end in its number.
func victim(number int, protocol uint8, where string, size int, from capture.Time) []capture.Frame {
	var all []capture.Frame
	seq := packet.Seq(1000)
	for i := range 5 {
		payload := make([]byte, size)
		if i == 0 {
			copy(payload, "bomb "+where)
		}
		p := packet.Packet{
			Src: packet.Addr(netip.AddrFrom4([4]byte{10, 9, byte(number >> 8), byte(number)}).As16()),
			Dst: packet.Addr(netip.MustParseAddr("198.51.100.9").As16()), SrcPort: 40000, DstPort: 9, Protocol: protocol,
			TTL: 64, Seq: seq, Payload: payload, Length: size, IPID: uint16(number + i + 1),
		}
		if protocol == packet.ProtoTCP {
			p.Flags = packet.ACK
		}
		seq = seq.Add(size)
		b := rawIP(&p)
		all = append(all, capture.Frame{Bytes: b, Wire: uint32(len(b)), Link: capture.LinkRaw, Time: from.Add(time.Duration(i) * 500 * time.Millisecond)})
	}
	return all
}

func merged(lists ...[]capture.Frame) []capture.Frame {
	all := slices.Concat(lists...)
	slices.SortStableFunc(all, func(a, b capture.Frame) int { return cmp.Compare(a.Time, b.Time) })
	return all
}

// without leaves out what speaks of victims.
func without(lines []string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(s string) bool { return strings.Contains(s, `"198.51.100.9"`) })
}

// TestPanicsTakeTheirFlowAlone: wherever a parser panics, its flow is dropped
// once, all other output stays as it is, and it is the same for any number of
// workers.
func TestPanicsTakeTheirFlowAlone(t *testing.T) {
	beacon := frames(t, "curl-discord.pcap")
	from := beacon[10].Time
	calls := []string{"probe", "first", "later", "due", "due again", "advance", "close"}
	for _, c := range append(calls, "all") {
		list := [][]capture.Frame{beacon}
		n := 0
		for _, where := range calls {
			if c != where && c != "all" {
				continue
			}
			for _, proto := range []uint8{packet.ProtoTCP, packet.ProtoUDP} {
				for range 3 {
					n++
					list = append(list, victim(n, proto, where, 50, from.Add(time.Duration(n)*time.Millisecond)))
				}
			}
		}
		input := merged(list...)
		want := run(t, options(t), capturetest.New(input...)) // to it, bombs are words
		want.sound(t)
		opt := mined(t)
		one := run(t, opt, capturetest.New(input...))
		if o := &one.stats.Observe; one.stats.Panics != uint64(n) || o.Panics != uint64(n) || o.Dropped != uint64(n) || o.Flows.Opened != want.stats.Observe.Flows.Opened {
			t.Errorf("%s: %d panics, %d flows dropped of %d opened; want %d of %d", c, o.Panics, o.Dropped, o.Flows.Opened, n, want.stats.Observe.Flows.Opened)
		}
		if len(want.detections) == 0 || !slices.Equal(one.detections, want.detections) {
			t.Errorf("%s: %d detections, want %d", c, len(one.detections), len(want.detections))
		}
		if !slices.Equal(without(one.observations), without(want.observations)) {
			t.Errorf("%s: other flows are told of in another way", c)
		}
		if len(one.observations) != len(without(one.observations)) && c != "close" {
			t.Errorf("%s: dropped flows are told of", c)
		}
		for _, workers := range []int{2, 3} {
			opt.Workers = workers
			if diff := same(one, run(t, opt, capturetest.New(input...))); diff != "" {
				t.Errorf("%s, %d workers: %s", c, workers, diff)
			}
		}
	}
}

// TestPanicsWhereTheTableCloses: flows that are put out by the limit may panic
// as well, and the table stays whole.
func TestPanicsWhereTheTableCloses(t *testing.T) {
	beacon := frames(t, "curl-discord.pcap")
	var list [][]capture.Frame
	const n = 600
	for i := range n {
		list = append(list, victim(i, packet.ProtoUDP, "close", 20, beacon[0].Time.Add(time.Duration(i)*10*time.Millisecond)))
	}
	input := merged(append(list, beacon)...)
	for _, workers := range []int{1, 3} {
		opt := mined(t)
		opt.Workers, opt.Observe.Flows = workers, 64
		r := run(t, opt, capturetest.New(input...))
		f := &r.stats.Observe.Flows
		if r.stats.Panics < n || r.stats.Observe.Dropped != r.stats.Panics || f.Closed[3] == 0 {
			t.Errorf("%d workers: %d panics, %d dropped, %d evicted", workers, r.stats.Panics, r.stats.Observe.Dropped, f.Closed[3])
		}
		var closed uint64
		for _, c := range f.Closed {
			closed += c
		}
		if closed != f.Opened {
			t.Errorf("%d workers: %d flows were opened and %d closed", workers, f.Opened, closed)
		}
	}
}

// caughtIn runs a pipeline that writes a bug report and gives what it told.
func caughtIn(t *testing.T, opt Options, src Source) (*Pipeline, []Panic) {
	t.Helper()
	var told []Panic
	p := New(opt, Output{
		Detection: func(*event.Detection) error { return nil },
		Panicked:  func(p *Panic) { told = append(told, *p) },
	})
	if err := p.Run(context.Background(), capturetest.Poisons(src)); err != nil {
		t.Fatal(err)
	}
	return p, told
}

// TestBugReport: the frames are there, readable by the sensor itself, and show
// the same panic again; nobody else may read them, and nothing is overwritten.
func TestBugReport(t *testing.T) {
	for _, workers := range []int{1, 3} {
		dir := t.TempDir()
		opt := mined(t)
		opt.Workers, opt.BugReport, opt.Version = workers, filepath.Join(dir, "report.pcapng"), "1.2.3"
		at := capture.TimeOf(time.Date(2026, 1, 1, 0, 0, 0, 5, time.UTC))
		input := merged(victim(1, packet.ProtoTCP, "first", 90, at), victim(2, packet.ProtoUDP, "later", 90, at.Add(1)))
		p, told := caughtIn(t, opt, capturetest.New(input...))
		if len(told) != 2 || told[0].File != opt.BugReport || p.BugReport() != opt.BugReport || told[0].Stage != Observing {
			t.Fatalf("%d workers: told %+v, the file is %s", workers, told, p.BugReport())
		}
		if told[0].What != "bomb in first" || told[0].Between() != "10.9.0.1:40000 and 198.51.100.9:9" || told[0].Frame != 1 || !strings.Contains(told[0].Stack, "(*bomb).read") ||
			!strings.HasPrefix(told[0].Where(), "pkg/pipeline/guard_test.go:") {
			t.Errorf("%+v", told[0])
		}
		words, err := os.ReadFile(Words(opt.BugReport))
		if err != nil || !strings.Contains(string(words), "panic 2 while observing: bomb in later\n") || !strings.Contains(string(words), "guard_test.go:") || !strings.Contains(string(words), "hookhound 1.2.3, go") {
			t.Errorf("%v: %s", err, words)
		}
		for _, name := range []string{opt.BugReport, Words(opt.BugReport)} {
			if st, err := os.Stat(name); err != nil || st.Mode() != 0o600 {
				t.Errorf("%s: %v, %v", name, st.Mode(), err)
			}
		}
		kept := readBack(t, opt.BugReport)
		if len(kept) == 0 || kept[0].Time != at || kept[0].Link != capture.LinkRaw || !slices.Equal(kept[0].Bytes, input[0].Bytes) {
			t.Fatalf("%d frames are kept, the first is %+v", len(kept), kept[0])
		}
		opt.Workers = 1
		again, _ := caughtIn(t, opt, capturetest.New(kept...))
		if got := again.Stats(); got.Panics == 0 {
			t.Error("what was kept does not show it again")
		}
		if want := filepath.Join(dir, "report-2.pcapng"); again.BugReport() != want {
			t.Errorf("the second report is %q, want %s", again.BugReport(), want)
		}
	}
}

func readBack(t *testing.T, path string) []capture.Frame {
	t.Helper()
	files, err := capture.Open([]string{path}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	kept, err := capturetest.Owned(files)
	if err != nil || len(files.Problems()) > 0 {
		t.Fatal(err, files.Problems())
	}
	return kept
}

// TestBugReportIsBounded: whoever can make the sensor panic does it again and
// again.
func TestBugReportIsBounded(t *testing.T) {
	at := capture.TimeOf(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	var list [][]capture.Frame
	const n = 200
	for i := range n {
		list = append(list, victim(i, packet.ProtoUDP, "later", 60000, at.Add(time.Duration(i)*time.Millisecond)))
	}
	input := merged(list...)
	for _, workers := range []int{1, 3} {
		opt := mined(t)
		opt.Workers, opt.BugReport = workers, filepath.Join(t.TempDir(), "report.pcapng")
		p, told := caughtIn(t, opt, capturetest.New(input...))
		if st := p.Stats(); st.Panics != n || st.Observe.Dropped != n || len(told) != limit.Panics {
			t.Errorf("%d workers: %d panics, %d dropped, %d told", workers, st.Panics, st.Observe.Dropped, len(told))
		}
		st, err := os.Stat(opt.BugReport)
		if err != nil || st.Size() > limit.BugReport || st.Size() < 100_000 {
			t.Fatalf("%d bytes, %v", st.Size(), err)
		}
		if words, err := os.Stat(Words(opt.BugReport)); err != nil || words.Size() > 256<<10 {
			t.Errorf("%d bytes of words, %v", words.Size(), err)
		}
		kept := readBack(t, opt.BugReport)
		if len(kept) < limit.Panics || kept[0].Wire != uint32(len(input[0].Bytes)) || len(kept[0].Bytes) >= len(input[0].Bytes) {
			t.Errorf("%d frames, the first of %d bytes, %d on the wire", len(kept), len(kept[0].Bytes), kept[0].Wire)
		}
	}
}

// TestBugReportThatCannotBe is told, and is no reason to stop; links are not
// followed, and the number of reports has an end.
func TestBugReportThatCannotBe(t *testing.T) {
	dir := t.TempDir()
	taken := filepath.Join(dir, "taken.pcapng")
	elsewhere := filepath.Join(dir, "elsewhere")
	if err := os.Symlink(elsewhere, taken); err != nil {
		t.Fatal(err)
	}
	for n := 2; n <= limit.BugReports; n++ {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("taken-%d.pcapng", n)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]string{
		taken:                                "9 of them are there already",
		filepath.Join(dir, "no", "x.pcapng"): "no such file or directory",
		"":                                   "",
	} {
		opt := mined(t)
		opt.BugReport = path
		p, told := caughtIn(t, opt, capturetest.New(victim(1, packet.ProtoTCP, "first", 90, 1e18)...))
		if len(told) != 1 || told[0].File != "" || p.BugReport() != "" || fmt.Sprint(told[0].Err) == "<nil>" != (want == "") || !strings.Contains(fmt.Sprint(told[0].Err), want) {
			t.Errorf("%s: %+v", path, told)
		}
	}
	if _, err := os.Lstat(elsewhere); !errors.Is(err, os.ErrNotExist) {
		t.Error("a link was followed")
	}
}

// TestPanicOfTheReader: a frame that cannot be decoded is kept as it came, and
// fragments are joined by another table.
func TestPanicOfTheReader(t *testing.T) {
	beacon := frames(t, "curl-discord.pcap")
	part := rawIP(&packet.Packet{Src: packet.Addr(netip.MustParseAddr("10.0.0.1").As16()), Dst: packet.Addr(netip.MustParseAddr("10.0.0.2").As16()),
		Protocol: packet.ProtoUDP, TTL: 3, IPID: 77, Payload: make([]byte, 24), Length: 24})
	first, second := slices.Clone(part[:20+16]), slices.Concat(part[:20], part[20+16:])
	first[3], second[3] = byte(len(first)), byte(len(second))
	first[6], second[7] = 0x20, 2 // more follow; 16 bytes in
	at := beacon[100].Time
	var input []capture.Frame
	for _, b := range [][]byte{first, first, second} {
		input = append(input, capture.Frame{Bytes: b, Wire: uint32(len(b)), Link: capture.LinkIPv4, Time: at})
	}
	input = merged(beacon, input)
	want := run(t, options(t), capturetest.New(input...))
	for _, workers := range []int{1, 3} {
		opt := options(t)
		opt.Workers, opt.BugReport = workers, filepath.Join(t.TempDir(), "report.pcapng")
		var told []Panic
		var detections int
		p := New(opt, Output{
			Detection: func(*event.Detection) error { detections++; return nil },
			Panicked:  func(p *Panic) { told = append(told, *p) },
		})
		// A table that was not made by New is broken.
		r := &reader{src: newWindow(capturetest.Poisons(capturetest.New(input...))), stats: &p.stats, parts: new(defrag.Table)}
		do := p.alone
		if workers > 1 {
			do = p.together
		}
		if err := do(context.Background(), r); err != nil {
			t.Fatal(err)
		}
		if len(told) != 1 || told[0].Stage != Reading || told[0].Time != at || !slices.Equal(told[0].Raw.Bytes, first) {
			t.Fatalf("%d workers: %+v", workers, told)
		}
		if kept := readBack(t, opt.BugReport); len(kept) != 1 || kept[0].Link != capture.LinkIPv4 || !slices.Equal(kept[0].Bytes, first) {
			t.Errorf("%d workers: %+v", workers, kept)
		}
		if st := r.parts.Stats(); st.Whole != 1 || p.stats.Frames != want.stats.Frames || detections != len(want.detections) {
			t.Errorf("%d workers: %+v, %d frames, %d detections", workers, st, p.stats.Frames, detections)
		}
	}
}

// TestPanicOfTheSource: one that panics now and then goes on, and one that does
// nothing else ends the run.
func TestPanicOfTheSource(t *testing.T) {
	beacon := frames(t, "curl-discord.pcap")
	want := run(t, options(t), capturetest.New(beacon...))
	for _, workers := range []int{1, 3} {
		opt := options(t)
		opt.Workers = workers
		i, calls := 0, 0
		p, told := caughtIn(t, opt, source(func(f *capture.Frame) error {
			if calls++; calls%7 == 0 {
				panic("odd")
			}
			if i == len(beacon) {
				return io.EOF
			}
			*f = beacon[i]
			f.Number = uint64(i + 1)
			i++
			return nil
		}))
		if st := p.Stats(); st.Frames != uint64(len(beacon)) || st.Panics < 60 || len(told) != limit.Panics || st.Detect != want.stats.Detect {
			t.Errorf("%d workers: %+v", workers, st)
		}
		q := New(opt, Output{Detection: func(*event.Detection) error { return nil }})
		err := q.Run(context.Background(), source(func(*capture.Frame) error { panic("for ever") }))
		if err == nil || !strings.Contains(err.Error(), "for ever") || q.Stats().Panics != limit.SourcePanics {
			t.Errorf("%d workers: %v after %d panics", workers, err, q.Stats().Panics)
		}
	}
}

// TestPanicOfTheOutput: what it panics over is missing, and nothing else.
func TestPanicOfTheOutput(t *testing.T) {
	beacon := frames(t, "curl-discord.pcap")
	for _, workers := range []int{1, 3} {
		opt := options(t)
		opt.Workers = workers
		observations, detections, told := 0, 0, 0
		p := New(opt, Output{
			Observation: func(*event.Observation) error {
				if observations++; observations == 5 {
					panic("fifth")
				}
				return nil
			},
			Detection: func(*event.Detection) error {
				if detections++; detections == 2 {
					panic("second")
				}
				return nil
			},
			Panicked: func(p *Panic) {
				if told++; p.Stage != Telling {
					t.Errorf("%v", p.Stage)
				}
			},
		})
		if err := p.Run(context.Background(), capturetest.New(beacon...)); err != nil {
			t.Fatal(err)
		}
		want := run(t, options(t), capturetest.New(beacon...))
		if st := p.Stats(); st.Panics != 2 || told != 2 || observations != len(want.observations) || detections != len(want.detections) || st.Detect != want.stats.Detect {
			t.Errorf("%d workers: %d told, %d of %d observations, %d of %d detections, %+v", workers, told, observations, len(want.observations), detections, len(want.detections), st)
		}
	}
}

// TestPanicOfTheJudge: a judge that is broken for good is replaced.
func TestPanicOfTheJudge(t *testing.T) {
	beacon := frames(t, "curl-discord.pcap")
	want := run(t, options(t), capturetest.New(beacon...))
	for _, workers := range []int{1, 3} {
		opt := options(t)
		opt.Workers = workers
		detections := 0
		p := New(opt, Output{Detection: func(d *event.Detection) error { detections++; return nil }})
		p.judge = new(detect.Judge) // one that was not made by New is broken
		if err := p.Run(context.Background(), capturetest.New(beacon...)); err != nil {
			t.Fatal(err)
		}
		if st := p.Stats(); st.Panics != limit.JudgePanics || st.Renewed != 1 || detections == 0 || detections > len(want.detections) {
			t.Errorf("%d workers: %d panics, %d new judges, %d detections", workers, st.Panics, st.Renewed, detections)
		}
	}
}

// TestAddDetect: no counter is forgotten.
func TestAddDetect(t *testing.T) {
	var one, sum detect.Stats
	v := reflect.ValueOf(&one).Elem()
	for i := range v.NumField() {
		v.Field(i).SetUint(uint64(i + 1))
	}
	addDetect(&sum, one)
	addDetect(&sum, one)
	for i := range v.NumField() {
		if got := reflect.ValueOf(sum).Field(i).Uint(); got != 2*uint64(i+1) {
			t.Errorf("%s is not added", v.Type().Field(i).Name)
		}
	}
}

// TestRawIP: what is written is read again.
func TestRawIP(t *testing.T) {
	for _, ends := range [][2]string{{"10.0.0.1", "192.0.2.1"}, {"2001:db8::1", "fe80::2"}} {
		for _, proto := range []uint8{packet.ProtoTCP, packet.ProtoUDP} {
			p := packet.Packet{
				Time: 5, Number: 1, Src: packet.Addr(netip.MustParseAddr(ends[0]).As16()), Dst: packet.Addr(netip.MustParseAddr(ends[1]).As16()),
				SrcPort: 1, DstPort: 2, Protocol: proto, TTL: 9, Payload: []byte("captured"), Length: 100,
			}
			if proto == packet.ProtoTCP {
				p.Flags, p.Seq, p.Ack, p.Window = packet.SYN|packet.ACK, 0xfffffff0, 7, 512
			}
			if p.Src.Std().Is4() {
				p.IPID = 300
			}
			b := rawIP(&p)
			var got packet.Packet
			f := capture.Frame{Bytes: b, Wire: uint32(headersOf(&p) + p.Length), Link: capture.LinkRaw, Time: 5, Number: 1}
			if why := packet.Decode(&f, &got); why != packet.OK || !reflect.DeepEqual(got, p) {
				t.Errorf("%v:\n%+v, want\n%+v", why, got, p)
			}
		}
	}
}
