package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
	"github.com/klauspost/compress/zstd"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/capture/capturetest"
)

// limitsFile writes settings whose limits bite: few flows and pairs.
func limitsFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "small.yaml")
	text := "limits:\n  flows: 64\n  pairs: 64\n  stream_mib: 4\ndetect:\n  threshold: 0\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// crowd makes a capture in which many more clients call than the small limits
// have room for: the beacons of pcaps, each copied to other client addresses.
func crowd(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "crowd.pcap")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := capturetest.NewWriter(f, capture.LinkEthernet)
	frames := framesOf(t, filepath.Join(pcaps, "curl-tls12-slack.pcap"))
	for _, frame := range frames {
		for i := range 100 {
			b := bytes.Clone(frame.Bytes)
			readdress(b, byte(i))
			frame := frame
			frame.Bytes, frame.Time = b, frame.Time.Add(time.Duration(i)*time.Millisecond)
			if err := w.Write(frame); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return path
}

// readdress changes the third byte of the client's address, 192.168.6.90, in
// an Ethernet frame of IPv4. Checksums are then wrong, as those of cards that
// reckon them later are.
func readdress(b []byte, n byte) {
	if len(b) < 34 || b[12] != 8 || b[13] != 0 {
		return
	}
	for _, at := range []int{26, 30} {
		if b[at] == 192 && b[at+1] == 168 {
			b[at+2] = n
		}
	}
}

// merged makes one capture of all, as a sensor that saw every host would have
// recorded it.
func merged(t *testing.T) []byte {
	t.Helper()
	var all []capture.Frame
	for _, tr := range manifest(t) {
		all = append(all, framesOf(t, filepath.Join(pcaps, tr.Pcap))...)
	}
	slices.SortStableFunc(all, func(a, b capture.Frame) int { return cmp.Compare(a.Time, b.Time) })
	return classic(binary.BigEndian, 0xa1b2c3d4, 1000, all)
}

func framesOf(t *testing.T, path string) []capture.Frame {
	t.Helper()
	files, err := capture.Open([]string{path}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	frames, err := capturetest.Owned(files)
	if err != nil || len(frames) == 0 {
		t.Fatalf("%s: %d frames, %v", path, len(frames), err)
	}
	return frames
}

// TestSameForAnyNumberOfWorkers is the promise of the manual: the same bytes,
// whatever the number of workers, also where tables are full.
func TestSameForAnyNumberOfWorkers(t *testing.T) {
	small := limitsFile(t)
	for _, c := range []struct {
		what string
		args []string
	}{
		{"all captures", []string{"--observations", pcaps}},
		{"all captures, small limits", []string{"--observations", "--config", small, pcaps}},
		{"a crowd", []string{"--observations", crowd(t)}},
		{"a crowd, small limits", []string{"--observations", "--config", small, crowd(t)}},
	} {
		var first outcome
		for i, n := range []string{"1", "2", "3", "8"} {
			got := hookhound(t, append([]string{"replay", "--workers", n}, c.args...)...)
			if got.status != statusOK || got.stdout == "" {
				t.Fatalf("%s: status %d: %s", c.what, got.status, got.stderr)
			}
			if i == 0 {
				first = got
				continue
			}
			same(t, fmt.Sprintf("%s, %s workers, output", c.what, n), got.stdout, first.stdout)
			same(t, fmt.Sprintf("%s, %s workers, summary", c.what, n), got.stderr, first.stderr)
		}
		if c.what == "a crowd, small limits" {
			for _, note := range []string{"flows evicted by the limit", "pairs evicted by the limit"} {
				if !bytes.Contains([]byte(first.stderr), []byte(note)) {
					t.Errorf("no %s: the limits do not bite\n%s", note, first.stderr)
				}
			}
		}
	}
}

// TestSameFromAnyForm writes the same frames in each form that is read.
func TestSameFromAnyForm(t *testing.T) {
	for _, name := range []string{"curl-discord", "node-discord-ipv6", "benign"} {
		path := filepath.Join(pcaps, name+".pcap")
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		frames := framesOf(t, path)
		want := hookhound(t, "replay", "--observations", path)
		forms := map[string][]byte{
			"gzip":                      gzipped(t, data),
			"zstd":                      zstandard(t, data),
			"pcap, microseconds, big":   classic(binary.BigEndian, 0xa1b2c3d4, 1000, frames),
			"pcap, microseconds, small": classic(binary.LittleEndian, 0xa1b2c3d4, 1000, frames),
			"pcap, nanoseconds, big":    classic(binary.BigEndian, 0xa1b23c4d, 1, frames),
			"pcap, nanoseconds, small":  classic(binary.LittleEndian, 0xa1b23c4d, 1, frames),
			"pcapng by pcapgo":          ngByPcapgo(t, frames),
			"pcapng, big":               ng(binary.BigEndian, frames),
			"pcapng, small":             ng(binary.LittleEndian, frames),
		}
		forms["pcapng, gzip"] = gzipped(t, forms["pcapng, big"])
		for form, b := range forms {
			file := filepath.Join(t.TempDir(), "capture")
			if err := os.WriteFile(file, b, 0o600); err != nil {
				t.Fatal(err)
			}
			for how, got := range map[string]outcome{
				"file":           hookhound(t, "replay", "--observations", file),
				"standard input": hookhoundIn(t, world{stdin: bytes.NewReader(b)}, "replay", "--observations", "-"),
			} {
				what := fmt.Sprintf("%s as %s from %s", name, form, how)
				if got.status != statusOK {
					t.Errorf("%s: status %d", what, got.status)
				}
				same(t, what, got.stdout, want.stdout)
				same(t, what+", summary", got.stderr, want.stderr)
			}
		}
	}
}

// TestSameInParts reads a capture that was rotated into several files.
func TestSameInParts(t *testing.T) {
	path := filepath.Join(pcaps, "go-h2-webhooksite.pcap")
	frames := framesOf(t, path)
	want := hookhound(t, "replay", "--observations", path)
	dir := t.TempDir()
	parts := [][]capture.Frame{frames[:60], frames[60:61], frames[61:]}
	for i, name := range []string{"z-first", "m-second", "a-third"} { // named against their order
		if err := os.WriteFile(filepath.Join(dir, name), classic(binary.LittleEndian, 0xa1b2c3d4, 1000, parts[i]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got := hookhound(t, "replay", "--observations", dir)
	same(t, "in three files", got.stdout, want.stdout)
	same(t, "in three files, summary", got.stderr, want.stderr)
}

func gzipped(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func zstandard(t *testing.T, b []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	return w.EncodeAll(b, nil)
}

// order is a byte order that can append.
type order interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

// classic writes a pcap file; unit is the length of its tick in nanoseconds.
func classic(o order, magic uint32, unit int64, frames []capture.Frame) []byte {
	b := o.AppendUint32(nil, magic)
	b = o.AppendUint16(b, 2)
	b = o.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...)
	b = o.AppendUint32(b, 262144)
	b = o.AppendUint32(b, uint32(capture.LinkEthernet))
	for _, f := range frames {
		b = o.AppendUint32(b, uint32(int64(f.Time)/1e9))
		b = o.AppendUint32(b, uint32(int64(f.Time)%1e9/unit))
		b = o.AppendUint32(b, uint32(len(f.Bytes)))
		b = o.AppendUint32(b, f.Wire)
		b = append(b, f.Bytes...)
	}
	return b
}

// ng writes a pcapng file with two interfaces in turn, in nanoseconds and in
// microseconds.
func ng(o order, frames []capture.Frame) []byte {
	block := func(b []byte, kind uint32, body []byte) []byte {
		body = append(body, make([]byte, -len(body)&3)...)
		b = o.AppendUint32(b, kind)
		b = o.AppendUint32(b, uint32(len(body))+12)
		b = append(b, body...)
		return o.AppendUint32(b, uint32(len(body))+12)
	}
	section := o.AppendUint32(nil, 0x1a2b3c4d)
	section = o.AppendUint32(section, o.Uint32(o.AppendUint16(o.AppendUint16(nil, 1), 0)))
	section = o.AppendUint64(section, 1<<64-1)
	b := block(nil, 0x0a0d0d0a, section)
	for _, digits := range []byte{9, 6} {
		face := o.AppendUint16(nil, uint16(capture.LinkEthernet))
		face = o.AppendUint16(face, 0)
		face = o.AppendUint32(face, 262144)
		face = o.AppendUint16(face, 9) // if_tsresol
		face = o.AppendUint16(face, 1)
		face = append(face, digits, 0, 0, 0)
		b = block(b, 1, o.AppendUint32(face, 0)) // opt_endofopt
	}
	for i, f := range frames {
		ticks := uint64(f.Time)
		if i%2 == 1 {
			ticks /= 1000
		}
		body := o.AppendUint32(nil, uint32(i%2))
		body = o.AppendUint32(body, uint32(ticks>>32))
		body = o.AppendUint32(body, uint32(ticks))
		body = o.AppendUint32(body, uint32(len(f.Bytes)))
		body = o.AppendUint32(body, f.Wire)
		b = block(b, 6, append(body, f.Bytes...))
	}
	return b
}

// ngByPcapgo lets another project write the file.
func ngByPcapgo(t *testing.T, frames []capture.Frame) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := pcapgo.NewNgWriter(&out, layers.LinkTypeEthernet)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range frames {
		info := gopacket.CaptureInfo{Timestamp: f.Time.Std(), CaptureLength: len(f.Bytes), Length: int(f.Wire)}
		if err := w.WritePacket(info, f.Bytes); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
