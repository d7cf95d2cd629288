package capture_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/hookhound/hookhound/capture"
)

func TestPcapng(t *testing.T) {
	data := []byte("frame")
	for name, o := range orders {
		t.Run(name, func(t *testing.T) {
			res := read(t, section(o),
				simple(o, 5, data), // before any interface
				describe(o, capture.LinkEthernet, 0),
				block(o, 0x40000bad, make([]byte, 1<<20)), // somebody's own
				simple(o, 5, data),                        // before any time
				enhanced(o, 0, 1_700_000_000_000_001, 5, data),
				describe(o, capture.LinkSLL2, 3, option(o, 2, []byte("eth1")), option(o, 9, []byte{9}), option(o, 14, o.AppendUint64(nil, 100)), option(o, 0, nil)),
				enhanced(o, 1, 5, 1500, data, option(o, 1, []byte("a comment"))),
				obsolete(o, 0, 6, 5, data),
				simple(o, 900, data), // as long as its block says
				enhanced(o, 2, 7, 5, data),
				describe(o, capture.LinkRaw, 3, option(o, 9, []byte{0x80 | 4})),
				enhanced(o, 2, 16*3+8, 5, nil),
			)
			if res.err != nil {
				t.Fatal(res.err)
			}
			padded := []byte("frame\x00\x00\x00")
			check(t, res.frames,
				capture.Frame{Bytes: data, Wire: 5, Link: 1},
				capture.Frame{Bytes: data, Time: 1_700_000_000_000_001_000, Wire: 5, Link: 1},
				capture.Frame{Bytes: data, Time: 100e9 + 5, Wire: 1500, Link: 276},
				capture.Frame{Bytes: data, Time: 6000, Wire: 5, Link: 1},
				capture.Frame{Bytes: padded, Time: 6000, Wire: 900, Link: 1},
				capture.Frame{Time: 3.5e9, Wire: 5, Link: 101},
			)
			if s := res.stats; s.Orphans != 2 || s.Untimed != 2 || s.Cut != 3 {
				t.Errorf("counted %+v", s)
			}
		})
	}
}

func TestPcapngSimpleBlocksAreCutBySnapLength(t *testing.T) {
	o := orders["little-endian"]
	res := read(t, section(o), describe(o, 1, 3), simple(o, 900, []byte("abc")))
	check(t, res.frames, capture.Frame{Bytes: []byte("abc"), Wire: 900, Link: 1})
}

// TestPcapngSections joins files of both byte orders, as cat does: each section
// has its own interfaces.
func TestPcapngSections(t *testing.T) {
	little, big := orders["little-endian"], orders["big-endian"]
	res := read(t,
		section(little), describe(little, 1, 0), enhanced(little, 0, 1, 1, []byte("a")),
		section(big), describe(big, 101, 0, option(big, 9, []byte{9})), enhanced(big, 0, 2, 1, []byte("b")), enhanced(big, 1, 2, 1, []byte("?")),
		section(little), describe(little, 113, 0), enhanced(little, 0, 3, 1, []byte("c")))
	if res.err != nil {
		t.Fatal(res.err)
	}
	check(t, res.frames,
		capture.Frame{Bytes: []byte("a"), Time: 1000, Wire: 1, Link: 1},
		capture.Frame{Bytes: []byte("b"), Time: 2, Wire: 1, Link: 101},
		capture.Frame{Bytes: []byte("c"), Time: 3000, Wire: 1, Link: 113})
	if res.stats.Orphans != 1 {
		t.Errorf("counted %+v", res.stats)
	}
}

func TestPcapngStatistics(t *testing.T) {
	o := orders["big-endian"]
	n := func(v uint64) []byte { return o.AppendUint64(nil, v) }
	res := read(t, section(o), describe(o, 1, 0), describe(o, 1, 0),
		statistics(o, 0, option(o, 4, n(100)), option(o, 5, n(7)), option(o, 0, nil)),
		statistics(o, 0, option(o, 4, n(250)), option(o, 5, n(7)), option(o, 7, n(3))), // counts on
		statistics(o, 1, option(o, 4, n(1000)), option(o, 7, n(1))),
		statistics(o, 9, option(o, 4, n(1))),                     // of no interface
		statistics(o, 1, []byte{0, 4, 0, 200}),                   // breaks off
		statistics(o, 1, option(o, 4, []byte{1, 2, 3, 4, 5, 6})), // too short a number
	)
	if res.err != nil || res.stats.Received != 1250 || res.stats.Dropped != 11 {
		t.Errorf("counted %+v, %v", res.stats, res.err)
	}
}

func TestPcapngTimes(t *testing.T) {
	o := orders["little-endian"]
	for _, c := range []struct {
		name    string
		res     []byte
		offset  int64
		ts      uint64
		want    capture.Time
		clamped bool
	}{
		{"microseconds unless told", nil, 0, 1_500_000, 1.5e9, false},
		{"seconds", []byte{0}, 0, 1_700_000_000, 1_700_000_000e9, false},
		{"milliseconds", []byte{3}, 0, 1_700_000_000_123, 1_700_000_000_123e6, false},
		{"nanoseconds", []byte{9}, 0, 1_700_000_000_123_456_789, 1_700_000_000_123_456_789, false},
		{"picoseconds", []byte{12}, 0, 1_234_567, 1234, false},
		{"10^-19", []byte{19}, 0, 15e18, 1.5e9, false},
		{"10^-20", []byte{20}, 0, 15e18, 150e6, false},
		{"10^-28", []byte{28}, 0, 18e18, 1, false},
		{"10^-29", []byte{29}, 0, 1 << 63, 0, false},
		{"10^-127", []byte{127}, 0, 1<<64 - 1, 0, false},
		{"1/2 s", []byte{0x81}, 0, 3, 1.5e9, false},
		{"2^-32 s", []byte{0xa0}, 0, 5<<32 + 1<<31, 5.5e9, false},
		{"2^-63 s", []byte{0xbf}, 0, 1<<63 + 1<<62, 1.5e9, false},
		{"2^-64 s", []byte{0xc0}, 0, 1 << 63, 500e6, false},
		{"2^-65 s", []byte{0xc1}, 0, 1 << 63, 250e6, false},
		{"2^-127 s", []byte{0xff}, 0, 1<<64 - 1, 0, false},
		{"option of a wrong length", []byte{9, 9}, 0, 1_500_000, 1.5e9, false},
		{"offset", []byte{9}, 1_700_000_000, 1, 1_700_000_000e9 + 1, false},
		{"before 1970", nil, -10, 1_500_000, -8.5e9, false},
		{"too late in microseconds", nil, 0, 1 << 63, capture.Never - 1, true},
		{"too late in nanoseconds", []byte{9}, 0, 1<<63 - 1, capture.Never - 1, true},
		{"too late in seconds", []byte{0}, 0, 1<<64 - 1, capture.Never - 1, true},
		{"too late by the offset", nil, 1<<63 - 1, 5_000_000, capture.Never - 1, true},
		{"too early", nil, -1 << 63, 0, capture.Always + 1, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var options [][]byte
			if c.res != nil {
				options = append(options, option(o, 9, c.res))
			}
			if c.offset != 0 {
				options = append(options, option(o, 14, o.AppendUint64(nil, uint64(c.offset))))
			}
			res := read(t, section(o), describe(o, 1, 0, options...), enhanced(o, 0, c.ts, 0, nil))
			if res.err != nil || len(res.frames) != 1 {
				t.Fatalf("%d frames, %v", len(res.frames), res.err)
			}
			if got := res.frames[0].Time; got != c.want || res.stats.Clamped == 1 != c.clamped {
				t.Errorf("time %d (clamped %d), want %d", got, res.stats.Clamped, c.want)
			}
		})
	}
}

func TestPcapngDamage(t *testing.T) {
	o := orders["little-endian"]
	head := join(section(o), describe(o, 1, 0), enhanced(o, 0, 1, 4, []byte("good")))
	edit := func(b []byte, at int, v uint32) []byte {
		b = append([]byte(nil), b...)
		o.PutUint32(b[at:], v)
		return b
	}
	frame := enhanced(o, 0, 1, 4, []byte("more"))
	for _, c := range []struct {
		name, what string
		tail       []byte
	}{
		{"length not of whole words", "block of type 0x6 and length 37", edit(frame, 4, 37)},
		{"length too small", "block of type 0x6 and length 28", edit(frame, 4, 28)},
		{"length too large", "block of type 0x6 and length 4294967292", edit(frame, 4, 1<<32-4)},
		{"two lengths", "has the length 36 in front and 40 behind", edit(frame, 32, 40)},
		{"frame longer than its block", "a frame of 8 bytes in a block of 36", edit(frame, 20, 8)},
		{"unknown block without end", "block of type 0x77 and length 0", edit(edit(frame, 0, 0x77), 4, 0)},
		{"unknown block beyond the limit", "block of type 0x77 and length 4294967292", edit(edit(frame, 0, 0x77), 4, 1<<32-4)},
		{"unknown block with two lengths", "has the length 36 in front and 40 behind", edit(edit(frame, 0, 0x77), 32, 40)},
		{"section without mark", "without byte order mark", edit(section(o), 8, 1)},
		{"section of a later version", "pcapng version 2.0", edit(section(o), 12, 2)},
	} {
		t.Run(c.name, func(t *testing.T) {
			res := read(t, head, c.tail, frame)
			var d *capture.DamagedError
			if !errors.As(res.err, &d) || len(res.frames) != 1 || d.Frames != 1 || d.Offset != int64(len(head)) || !strings.Contains(d.What, c.what) {
				t.Errorf("%d frames, error %v", len(res.frames), res.err)
			}
		})
	}
	t.Run("too many interfaces", func(t *testing.T) {
		file := section(o)
		for range 1<<16 + 1 {
			file = append(file, describe(o, 1, 0)...)
		}
		var d *capture.DamagedError
		if res := read(t, file); !errors.As(res.err, &d) || !strings.Contains(d.What, "more than 65536 interfaces") {
			t.Errorf("error %v", res.err)
		}
	})
}

func TestPcapngEveryCut(t *testing.T) {
	o := orders["big-endian"]
	parts := [][]byte{section(o), describe(o, 1, 0), enhanced(o, 0, 1, 4, []byte("abcd")), block(o, 77, make([]byte, 40)), simple(o, 3, []byte("xyz"))}
	frames := []int{0, 0, 0, 1, 1, 2} // whole ones behind that many parts
	file := join(parts...)
	for n := 12; n <= len(file); n++ {
		at, part := 0, 0
		for part < len(parts) && at+len(parts[part]) <= n {
			at += len(parts[part])
			part++
		}
		res := read(t, file[:n])
		if len(res.frames) != frames[part] {
			t.Errorf("cut at %d: %d frames, want %d", n, len(res.frames), frames[part])
		}
		var cut *capture.TruncatedError
		switch {
		case n == at:
			if res.err != nil {
				t.Errorf("cut at %d: error %v", n, res.err)
			}
		case !errors.As(res.err, &cut) || cut.Offset != int64(at):
			t.Errorf("cut at %d, in the part from %d: error %v", n, at, res.err)
		}
	}
}
