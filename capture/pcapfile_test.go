package capture_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/hookhound/hookhound/capture"
)

func TestPcap(t *testing.T) {
	a, b := []byte("one"), []byte("three")
	for name, o := range orders {
		for _, c := range []struct {
			name         string
			magic        uint32
			major, minor uint16
			extra        int
			link         uint32
			unit         capture.Time
			want         capture.LinkType
			swapped      bool
		}{
			{"microseconds", micro, 2, 4, 0, 1, 1000, 1, false},
			{"nanoseconds", nano, 2, 4, 0, 276, 1, 276, false},
			{"modified", modified, 2, 4, 8, 113, 1000, 113, false},
			{"length of the check sequence", micro, 2, 4, 0, 0x24000001, 1000, 1, false},
			{"other upper bits", micro, 2, 4, 0, 0x30000084, 1000, 132, false},
			{"too large a link type", micro, 2, 4, 0, 0x01020304, 1000, 0xffff, false},
			{"version 2.2", micro, 2, 2, 0, 1, 1000, 1, true},
			{"version 2.3, swapped", micro, 2, 3, 0, 1, 1000, 1, true},
			{"version 2.3, in order", micro, 2, 3, 0, 1, 1000, 1, false},
			{"version 543.0", micro, 543, 0, 0, 1, 1000, 1, true},
		} {
			t.Run(name+"/"+c.name, func(t *testing.T) {
				rec := func(sec, frac, captured, wire uint32, data []byte) []byte {
					if c.swapped {
						captured, wire = wire, captured
					}
					return record(o, sec, frac, captured, wire, c.extra, data)
				}
				res := read(t, pcapHeader(o, c.magic, c.major, c.minor, c.link),
					rec(1_700_000_000, 5, 3, 3, a), rec(1<<32-1, 999_999, 5, 1500, b), rec(0, 0, 0, 7, nil))
				if res.err != nil {
					t.Fatal(res.err)
				}
				check(t, res.frames,
					capture.Frame{Bytes: a, Time: 1_700_000_000e9 + 5*c.unit, Wire: 3, Link: c.want},
					capture.Frame{Bytes: b, Time: (1<<32-1)*1e9 + 999_999*c.unit, Wire: 1500, Link: c.want},
					capture.Frame{Wire: 7, Link: c.want})
				if s := res.stats; s.Frames != 3 || s.Bytes != 8 || s.Cut != 2 || s.Files != 1 {
					t.Errorf("counted %+v", s)
				}
			})
		}
	}
}

// TestPcapEveryCut cuts a file behind every byte: what is whole comes, and a
// cut inside something is told with its place.
func TestPcapEveryCut(t *testing.T) {
	o := orders["little-endian"]
	head := pcapHeader(o, nano, 2, 4, 1)
	file := join(head, record(o, 1, 0, 4, 4, 0, []byte("abcd")), record(o, 2, 0, 2, 2, 0, []byte("ef")))
	ends := []int{24, 44, 62}
	for n := range len(file) + 1 {
		res := read(t, file[:n])
		whole, at := 0, 0
		for i, end := range ends {
			if n >= end {
				whole, at = i, end
			}
		}
		if len(res.frames) != whole {
			t.Errorf("cut at %d: %d frames, want %d", n, len(res.frames), whole)
		}
		var cut *capture.TruncatedError
		var foreign *capture.ForeignError
		switch {
		case n < 4:
			if !errors.As(res.err, &foreign) {
				t.Errorf("cut at %d: error %v", n, res.err)
			}
		case n == at:
			if res.err != nil {
				t.Errorf("cut at %d: error %v", n, res.err)
			}
		case !errors.As(res.err, &cut) || cut.Offset != int64(at) || cut.Frames != uint64(whole) || cut.File != "standard input":
			t.Errorf("cut at %d: error %v", n, res.err)
		}
	}
}

func TestPcapDamage(t *testing.T) {
	o := orders["big-endian"]
	good := record(o, 1, 0, 4, 4, 0, []byte("abcd"))
	for _, c := range []struct {
		name   string
		file   []byte
		frames int
		offset int64
		what   string
	}{
		{"a length beyond all reason", join(pcapHeader(o, micro, 2, 4, 1), good, record(o, 1, 0, 1<<31, 1<<31, 0, make([]byte, 100)), good),
			1, 44, "a frame of 2147483648 bytes, more than 262144"},
		{"one byte too long", join(pcapHeader(o, micro, 2, 4, 1), record(o, 1, 0, capture.MaxFrame+1, 1, 0, make([]byte, capture.MaxFrame+1))),
			0, 24, "a frame of 262145 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			res := read(t, c.file)
			var d *capture.DamagedError
			if !errors.As(res.err, &d) {
				t.Fatalf("error %v", res.err)
			}
			if len(res.frames) != c.frames || d.Frames != uint64(c.frames) || d.Offset != c.offset || !strings.Contains(d.Error(), c.what) {
				t.Errorf("%d frames, error %v", len(res.frames), d)
			}
		})
	}
}

func TestPcapLargestFrame(t *testing.T) {
	o := orders["little-endian"]
	large := bytes.Repeat([]byte("0123456789abcdef"), capture.MaxFrame/16)
	file := pcapHeader(o, nano, 2, 4, 1)
	var want []capture.Frame
	for range 12 { // more than fits into memory at a time
		file = append(file, record(o, 7, 0, capture.MaxFrame, capture.MaxFrame, 0, large)...)
		want = append(want, capture.Frame{Bytes: large, Time: 7e9, Wire: capture.MaxFrame, Link: 1})
	}
	res := read(t, file)
	if res.err != nil {
		t.Fatal(res.err)
	}
	check(t, res.frames, want...)
}
