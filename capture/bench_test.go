package capture_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/hookhound/hookhound/capture"
)

// large returns about 10 MB of capture with frames of the given length.
func large(length int, ng bool) (file []byte, frames int) {
	o := orders["little-endian"]
	data := bytes.Repeat([]byte{0xa5}, length)
	if ng {
		file = join(section(o), describe(o, 1, 0, option(o, 9, []byte{9})))
	} else {
		file = small("")
	}
	for ; len(file) < 10<<20; frames++ {
		if ng {
			file = append(file, enhanced(o, 0, 1_700_000_000e9+uint64(frames), uint32(length), data)...)
		} else {
			file = append(file, record(o, 1_700_000_000, uint32(frames), uint32(length), uint32(length), 0, data)...)
		}
	}
	return file, frames
}

func TestNextDoesNotAllocate(t *testing.T) {
	for _, ng := range []bool{false, true} {
		file, frames := large(200, ng)
		files, err := capture.Open([]string{"-"}, capture.Options{Stdin: bytes.NewReader(file)})
		if err != nil {
			t.Fatal(err)
		}
		var f capture.Frame
		if n := testing.AllocsPerRun(frames-2, func() {
			if err := files.Next(&f); err != nil {
				t.Error(err)
			}
		}); n != 0 {
			t.Errorf("Next allocates %v times a frame (pcapng %v), want 0", n, ng)
		}
	}
}

// BenchmarkReadFile reads from the page cache, as ns/frame; an operation is a
// whole file of 10 MB.
func BenchmarkReadFile(b *testing.B) {
	for _, c := range []struct {
		name   string
		length int
		ng     bool
	}{{"pcap-80", 80, false}, {"pcap-800", 800, false}, {"pcapng-80", 80, true}, {"pcapng-800", 800, true}} {
		b.Run(c.name, func(b *testing.B) {
			file, frames := large(c.length, c.ng)
			path := filepath.Join(b.TempDir(), "file")
			if err := os.WriteFile(path, file, 0o600); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.SetBytes(int64(len(file)))
			for b.Loop() {
				files, err := capture.Open([]string{path}, capture.Options{})
				if err != nil {
					b.Fatal(err)
				}
				var f capture.Frame
				n := 0
				for files.Next(&f) == nil {
					n++
				}
				if err := files.Next(&f); n != frames || err != io.EOF {
					b.Fatalf("%d frames of %d, %v", n, frames, err)
				}
				files.Close()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(frames), "ns/frame")
		})
	}
}
