package capture_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/pcapgo"

	"github.com/hookhound/hookhound/capture"
)

// corpus returns the folder of captures that other projects publish, which is
// not part of this repository.
func corpus(t *testing.T) string {
	t.Helper()
	root := os.Getenv("HOOKHOUND_TESTDATA")
	if root == "" {
		t.Skip("HOOKHOUND_TESTDATA is not set: the captures of other projects are not read")
	}
	return filepath.Join(root, "corpus")
}

// table reads the named columns of a tab-separated file.
func table(t *testing.T, path string, columns ...string) [][]string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	var at []int
	for _, c := range columns {
		for i, name := range strings.Split(lines[0], "\t") {
			if name == c {
				at = append(at, i)
			}
		}
	}
	if len(at) != len(columns) {
		t.Fatalf("%s has not all of %v", path, columns)
	}
	var rows [][]string
	for _, line := range lines[1:] {
		fields := strings.Split(line, "\t")
		var row []string
		for _, i := range at {
			row = append(row, fields[i])
		}
		rows = append(rows, row)
	}
	return rows
}

// beyondLibpcap are the files that libpcap refuses, by what it says, and that
// this package reads on: other link types and snap lengths in one file are in
// order, an unknown link type is a number like any other, and a file may lack
// interfaces as long as it lacks frames.
var beyondLibpcap = []string{
	"pcap_loop: an interface has a type ",
	"pcap_loop: an interface has a snapshot length ",
	"unknown data link type ",
	"the capture file has no Interface Description Blocks",
}

func TestCorpusHasAsManyFramesAsLibpcapReads(t *testing.T) {
	dir := corpus(t)
	for _, set := range []struct {
		list, files string
		columns     []string
	}{
		{"expected/captures.tsv", "pcaps", []string{"capture", "packets", "libpcap_error"}},
		{"robustness/list.tsv", "robustness/pcaps", []string{"file", "libpcap_packets", "libpcap_error", "wireshark_packets"}},
	} {
		more := 0
		for _, row := range table(t, filepath.Join(dir, set.list), set.columns...) {
			name, refused := row[0], row[2]
			want, _ := strconv.Atoi(row[1]) // no number where libpcap refuses the file altogether
			var res result
			files, err := capture.Open([]string{filepath.Join(dir, set.files, name)}, capture.Options{})
			if err == nil {
				res = readAll(t, files)
				files.Close()
				err = res.err
			}
			got := len(res.frames)
			beyond := false
			for _, b := range beyondLibpcap {
				beyond = beyond || strings.HasPrefix(refused, b)
			}
			switch {
			case beyond:
				more++
				if len(row) > 3 && row[3] != "" { // Wireshark reads them
					want, _ = strconv.Atoi(row[3])
				}
				if got < want || err != nil {
					t.Errorf("%s: %d frames, %v; want %d or more (libpcap: %s)", name, got, err, want, refused)
				}
			case got != want:
				t.Errorf("%s: %d frames, %v; libpcap reads %d %s", name, got, err, want, refused)
			case (err != nil) != (refused != ""):
				t.Errorf("%s: error %v, libpcap says %q", name, err, refused)
			}
		}
		t.Logf("%s: %d files were read beyond what libpcap reads", set.files, more)
	}
}

// TestCorpusEqualsPcapgo compares every byte and time with another reader, as
// far as that one reads.
func TestCorpusEqualsPcapgo(t *testing.T) {
	dir := corpus(t)
	compared := 0
	for _, set := range []string{"pcaps", "robustness/pcaps"} {
		entries, err := os.ReadDir(filepath.Join(dir, set))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			b, err := os.ReadFile(filepath.Join(dir, set, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			other, err := pcapgoReader(b)
			if err != nil {
				continue
			}
			ours := read(t, b)
			for i := 0; ; i++ {
				data, info, err := other.ReadPacketData()
				if err != nil {
					if err == io.EOF && ours.err == nil && len(ours.frames) != i {
						t.Errorf("%s: %d frames, pcapgo reads %d", e.Name(), len(ours.frames), i)
					}
					break
				}
				compared++
				if i >= len(ours.frames) {
					t.Errorf("%s: %d frames, %v; pcapgo reads more", e.Name(), len(ours.frames), ours.err)
					break
				}
				f := ours.frames[i]
				if !bytes.Equal(f.Bytes, data) || !sameTime(f.Time, info.Timestamp) || int(f.Wire) != max(info.Length, len(data)) {
					t.Errorf("%s: frame %d: %d of %d bytes at %v; pcapgo: %d of %d at %v",
						e.Name(), i+1, len(f.Bytes), f.Wire, f.Time, len(data), info.Length, info.Timestamp)
					break
				}
			}
		}
	}
	t.Logf("%d frames compared", compared)
	if compared < 100_000 {
		t.Error("the corpus is smaller than it was")
	}
}

// sameTime compares with pcapgo's time, which is zero for a frame without one,
// and wraps at 2^32 ns where a file says that a second has more than 4 of them.
func sameTime(ours capture.Time, theirs time.Time) bool {
	return theirs.IsZero() || ours.Sub(capture.TimeOf(theirs))%(1<<32) == 0
}

func pcapgoReader(b []byte) (gopacket.PacketDataSource, error) {
	if len(b) > 0 && b[0] == 0x0a {
		return pcapgo.NewNgReader(bytes.NewReader(b), pcapgo.NgReaderOptions{WantMixedLinkType: true})
	}
	return pcapgo.NewReader(bytes.NewReader(b))
}
