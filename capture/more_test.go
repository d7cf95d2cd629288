package capture_test

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"testing"

	"github.com/hookhound/hookhound/capture"
)

// TestMoreGivesTheSame: frames taken with More are those that Next alone gives,
// with the same counters and problems, and what was lent stays until the next
// call of Next; also in files that are damaged, cut off, or hold something else
// between the frames.
func TestMoreGivesTheSame(t *testing.T) {
	o := orders["little-endian"]
	pcap, _ := large(200, false)
	ng, _ := large(200, true)
	data := []byte("frame")
	odd := join(section(o), describe(o, 1, 0), enhanced(o, 0, 1, 5, data), enhanced(o, 7, 2, 5, data),
		enhanced(o, 0, 3, 5, data), simple(o, 5, data), statistics(o, 0), enhanced(o, 0, 4, 9, data), section(o),
		enhanced(o, 0, 5, 5, data), describe(o, 101, 0), enhanced(o, 0, 6, 5, data), enhanced(o, 0, 7, 5, data))
	spoiled := slices.Clone(pcap)
	copy(spoiled[3<<20:], bytes.Repeat([]byte{0xff}, 4096))
	spoiledNG := slices.Clone(ng)
	copy(spoiledNG[3<<20:], bytes.Repeat([]byte{0xff}, 4096))
	files := map[string][]byte{
		"a.pcap": pcap, "b.pcap": spoiled, "c.pcap": pcap[:len(pcap)-100], "d.pcapng": ng, "e.pcapng": spoiledNG,
		"f.pcapng": ng[:len(ng)-100], "g.pcapng": odd, "h.pcap.gz": gzipped(t, pcap),
	}
	tell := func(f *capture.Frame) string {
		return fmt.Sprint(f.Number, f.Time, f.Wire, f.Link, len(f.Bytes), crc32.ChecksumIEEE(f.Bytes))
	}
	path := folder(t, files)
	want, got := []string{}, []string{}
	alone, together := openPaths(t, path), openPaths(t, path)
	var f capture.Frame
	for alone.Next(&f) == nil {
		want = append(want, tell(&f))
	}
	longest := 0
	for {
		lent := make([]capture.Frame, 1, 64)
		if err := together.Next(&lent[0]); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		for len(lent) < cap(lent) && together.More(&f) {
			lent = append(lent, f)
		}
		for i := range lent {
			got = append(got, tell(&lent[i]))
		}
		longest = max(longest, len(lent))
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d frames, want %d, or others", len(got), len(want))
	}
	if a, b := alone.Stats(), together.Stats(); a != b {
		t.Errorf("counters %+v, want %+v", b, a)
	}
	if a, b := fmt.Sprint(alone.Problems()), fmt.Sprint(together.Problems()); a != b || len(alone.Problems()) < 4 {
		t.Errorf("problems %s, want %s", b, a)
	}
	if longest < 64 || len(want) < 100_000 {
		t.Errorf("at most %d frames together, %d in all: the test shows too little", longest, len(want))
	}
	if together.More(&f) {
		t.Error("there is more behind the end")
	}
}
