package packet

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/pcapgo"

	"github.com/hookhound/hookhound/capture"
)

// On real and on hostile captures we read what gopacket reads. Files that its
// reader refuses are left out; they are capture's to read.
func TestDecodeCorpus(t *testing.T) {
	root := os.Getenv("HOOKHOUND_TESTDATA")
	if root == "" {
		t.Skip("HOOKHOUND_TESTDATA is not set: no corpus to compare with gopacket")
	}
	var stats Stats
	opinions, tunnels := 0, [Kinds]int{}
	for _, dir := range []string{"corpus/pcaps", "corpus/robustness/pcaps"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			t.Run(d.Name(), func(t *testing.T) {
				for f := range corpusFrames(t, path) {
					var p Packet
					r := Decode(f, &p)
					stats[r]++
					if second(f.Link, f.Bytes).compare(t, r, &p) {
						opinions++
						tunnels[p.Tunnel.Kind]++
					}
				}
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for r, n := range stats {
		t.Logf("%-16v %d", Reason(r), n)
	}
	t.Logf("gopacket has an opinion about %d of %d frames", opinions, stats.Frames())
	if opinions == 0 {
		t.Error("no frame was compared")
	}
	for k, n := range tunnels {
		t.Logf("%-16v %d frames compared", Kind(k), n)
	}
}

// corpusFrames yields the frames of a file as far as gopacket reads it.
func corpusFrames(t *testing.T, path string) func(yield func(*capture.Frame) bool) {
	return func(yield func(*capture.Frame) bool) {
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		var next gopacket.PacketDataSource
		var link capture.LinkType
		if r, err := pcapgo.NewReader(file); err == nil {
			next, link = r, capture.LinkType(r.LinkType())
		} else if _, err := file.Seek(0, io.SeekStart); err != nil {
			t.Fatal(err)
		} else if r, err := pcapgo.NewNgReader(file, pcapgo.DefaultNgReaderOptions); err == nil {
			next, link = r, capture.LinkType(r.LinkType())
		} else {
			return
		}
		for {
			b, info, err := next.ReadPacketData()
			if err != nil || !yield(&capture.Frame{Bytes: b, Wire: uint32(info.Length), Link: link}) {
				return
			}
		}
	}
}
