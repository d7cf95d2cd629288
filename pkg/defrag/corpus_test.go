package defrag

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/ip4defrag"
	"github.com/google/gopacket/layers"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/packet"
)

// On real captures, datagrams in IPv4 that are not in a tunnel come out as
// gopacket puts them together.
func TestCorpus(t *testing.T) {
	root := os.Getenv("HOOKHOUND_TESTDATA")
	if root == "" {
		t.Skip("HOOKHOUND_TESTDATA is not set: no corpus to compare with gopacket")
	}
	var sum Stats
	compared := 0
	for _, dir := range []string{"corpus/pcaps", "corpus/robustness/pcaps"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			t.Run(d.Name(), func(t *testing.T) {
				stats, n := corpusFile(t, path)
				sum.Add(&stats)
				compared += n
				if stats.Parts > 0 {
					t.Logf("%+v, %d compared", stats, n)
				}
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%+v, %d compared", sum, compared)
	if compared == 0 {
		t.Error("no datagram was compared")
	}
}

func corpusFile(t *testing.T, path string) (Stats, int) {
	src, err := capture.Open([]string{path}, capture.Options{})
	if err != nil {
		return Stats{}, 0 // not a capture
	}
	defer src.Close()
	table, theirs := New(), ip4defrag.NewIPv4Defragmenter()
	compared := 0
	var f capture.Frame
	var p packet.Packet
	for src.Next(&f) == nil {
		p.Clock = max(p.Clock, f.Time)
		r := packet.Decode(&f, &p)
		if r != packet.Fragment {
			continue
		}
		whole := table.Add(&p)
		if f.Link != capture.LinkEthernet || p.Tunnel.Depth != 0 || p.Part().V6 || int(f.Wire) != len(f.Bytes) {
			continue
		}
		l, ok := gopacket.NewPacket(f.Bytes, layers.LayerTypeEthernet, gopacket.Default).Layer(layers.LayerTypeIPv4).(*layers.IPv4)
		if !ok {
			t.Fatal("gopacket finds no IPv4")
		}
		out, err := theirs.DefragIPv4WithTimestamp(l, f.Time.Std())
		if err != nil || out == l {
			continue // it minds the length of parts, and believes "don't fragment"
		}
		if (out != nil) != whole {
			t.Errorf("frame %d: whole is %v, gopacket says %v", f.Number, whole, out != nil)
		} else if whole {
			compared++
			if string(out.Payload) != string(p.Payload) || len(p.Payload) != p.Length {
				t.Errorf("frame %d: %d of %d bytes, gopacket has %d", f.Number, len(p.Payload), p.Length, len(out.Payload))
			}
		}
	}
	return table.Stats(), compared
}
