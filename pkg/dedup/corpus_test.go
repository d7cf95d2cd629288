package dedup

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/packet"
)

// captures yields the packets of real captures, file after file.
func captures(t *testing.T, dirs ...string) func(yield func(file string, p *packet.Packet) bool) {
	root := os.Getenv("HOOKHOUND_TESTDATA")
	if root == "" {
		t.Skip("HOOKHOUND_TESTDATA is not set: no captures to look for copies in")
	}
	return func(yield func(string, *packet.Packet) bool) {
		for _, dir := range dirs {
			err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				src, err := capture.Open([]string{path}, capture.Options{})
				if err != nil {
					return nil // not a capture
				}
				defer src.Close()
				var f capture.Frame
				var p packet.Packet
				for src.Next(&f) == nil {
					if packet.Decode(&f, &p) == packet.OK && !yield(d.Name(), &p) {
						return fs.SkipAll
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Traffic that was captured once, at its sender, has no copies; retransmissions
// and repetitions in it are none.
func TestOwnTraffic(t *testing.T) {
	tables := map[string]*Table{}
	var sum Stats
	for file, p := range captures(t, "traffic") {
		if tables[file] == nil {
			tables[file] = New(0)
		}
		if duplicate(tables[file], p) {
			t.Errorf("%s: %v %v:%d %v:%d, %d bytes, seq %d, id %d is taken for a copy", file, p.Time, p.Src, p.SrcPort, p.Dst, p.DstPort, p.Length, p.Seq, p.IPID)
		}
	}
	for _, table := range tables {
		st := table.Stats()
		sum.Add(&st)
	}
	t.Logf("%+v in %d files", sum, len(tables))
}

// In the corpus there are files of mirrors that show all packets twice, or
// more often. In the others next to nothing is taken for a copy.
func TestCorpus(t *testing.T) {
	mirrored := map[string]uint64{ // and how many of their packets are copies
		"arkime__http-post-upload.pcap":                                                    17, // TTL differs
		"arkime__wireshark-retrans.pcap":                                                   77,
		"ndpi__ftp-start-tls.pcap":                                                         16, // TTL differs
		"packetbeat__packetbeat_system_wsgi_drum.pcap":                                     881,
		"zeek__http_m57-long-49600-80.pcap":                                                26,
		"zeek__http_vnd.ms-cab-compressed-multi-conn.pcap":                                 78,
		"zeek__plugins_connkey-vxlan-fivetuple-plugin-src_vxlan-overlapping-http-get.pcap": 26, // in two networks
	}
	files, order := map[string]*Table{}, []string{}
	for file, p := range captures(t, "corpus/pcaps") {
		if files[file] == nil {
			files[file] = New(0)
			order = append(order, file)
		}
		duplicate(files[file], p)
	}
	var rest Stats
	for _, file := range order {
		st := files[file].Stats()
		if want, ok := mirrored[file]; ok {
			if st.Duplicates != want {
				t.Errorf("%s: %+v, want %d copies", file, st, want)
			}
			continue
		}
		rest.Add(&st)
		if st.Duplicates > 0 {
			t.Logf("%-60s %+v", file, st)
		}
	}
	t.Logf("%+v in the other %d files", rest, len(files)-len(mirrored))
	if rest.Duplicates*500 > rest.Packets {
		t.Errorf("%d of %d packets are taken for copies", rest.Duplicates, rest.Packets)
	}
}

// The same traffic mirrored twice, as a router makes it, is seen once.
func TestMirroredTwice(t *testing.T) {
	for _, delay := range []time.Duration{10 * time.Microsecond, time.Millisecond} {
		files := map[string]*Table{}
		type late struct {
			p    packet.Packet
			file string
		}
		var queue []late
		copies, missed, bare := 0, 0, 0
		see := func(l late) {
			if copies++; !duplicate(files[l.file], &l.p) {
				if missed++; l.p.IPID == 0 && l.p.Length == 0 {
					bare++
				}
			}
		}
		last := ""
		for file, p := range captures(t, "traffic") {
			for len(queue) > 0 && (file != last || queue[0].p.Time <= p.Time) {
				see(queue[0])
				queue = queue[1:]
			}
			if last = file; files[file] == nil {
				files[file] = New(0)
			}
			if duplicate(files[file], p) {
				continue
			}
			q := *p
			q.Payload = append([]byte(nil), p.Payload...)
			q.Time, q.TTL, q.VLANs, q.VLAN = p.Time.Add(delay), p.TTL-1, 1, [2]uint16{7}
			queue = append(queue, late{q, file})
		}
		t.Logf("after %v: %d of %d copies go on, %d of them without identification and data", delay, missed, copies, bare)
		if missed-bare > copies/100 {
			t.Errorf("%d of %d copies were not recognised", missed-bare, copies)
		}
	}
}
