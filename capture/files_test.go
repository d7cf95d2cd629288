package capture_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/capture/capturetest"
)

// small returns a capture whose frames have the given times in seconds and
// hold the given text.
func small(text string, seconds ...uint32) []byte {
	o := orders["little-endian"]
	b := pcapHeader(o, nano, 2, 4, 1)
	for _, s := range seconds {
		b = append(b, record(o, s, 0, uint32(len(text)), uint32(len(text)), 0, []byte(text))...)
	}
	return b
}

func gzipped(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil || w.Close() != nil {
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
	return w.EncodeAll(b, nil)
}

// folder writes files and returns their directory.
func folder(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func openPaths(t *testing.T, paths ...string) *capture.Files {
	t.Helper()
	files, err := capture.Open(paths, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { files.Close() })
	return files
}

// story writes each frame as its text and second.
func story(frames []capture.Frame) string {
	var out []string
	for i, f := range frames {
		out = append(out, fmt.Sprintf("%s%d", f.Bytes, f.Time/1e9))
		if f.Number != uint64(i+1) {
			out = append(out, fmt.Sprintf("number %d", f.Number))
		}
	}
	return strings.Join(out, " ")
}

func TestDirectoryIsReadInTheOrderOfTime(t *testing.T) {
	dir := folder(t, map[string][]byte{
		"trace0":           small("c", 30, 31), // a ring that came round: the oldest part is trace2
		"trace1":           small("d", 40, 41),
		"trace2":           gzipped(t, small("b", 20, 21)),
		"deeper/first.cap": small("a", 10),
		"deeper/same.cap":  small("e", 40),
		"no frames.pcap":   small(""),
		"README.md":        []byte("# what is here\n"),
		"empty.pcap":       nil,
		".hidden.pcap":     small("h", 1),
		".git/x.pcap":      small("h", 1),
	})
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", filepath.Join(dir, "dangling")); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	files := openPaths(t, link)
	size, known := files.Size()
	res := readAll(t, files)
	if res.err != nil {
		t.Fatal(res.err)
	}
	if got, want := story(res.frames), "a10 b20 b21 c30 c31 e40 d40 d41"; got != want {
		t.Errorf("read %s, want %s", got, want)
	}
	if s := res.stats; s.Files != 6 || s.Skipped != 2 || s.Overlaps != 0 || s.Frames != 8 {
		t.Errorf("counted %+v", s)
	}
	if !known || files.Offset() != size {
		t.Errorf("%d of %d bytes read, known %v", files.Offset(), size, known)
	}
}

func TestSeveralFilesWithProblems(t *testing.T) {
	dir := folder(t, map[string][]byte{
		"late.pcap":  small("z", 90, 91),
		"cut.pcap":   small("a", 10, 50)[:50],
		"notes.txt":  []byte("nothing\n"),
		"early.pcap": small("b", 5),
	})
	at := func(name string) string { return filepath.Join(dir, name) }
	res := readAll(t, openPaths(t, at("late.pcap"), at("notes.txt"), at("cut.pcap"), at("early.pcap"), at("early.pcap")))
	if got, want := story(res.frames), "b5 b5 a10 z90 z91"; got != want {
		t.Errorf("read %s, want %s", got, want)
	}
	for _, want := range []string{
		"notes.txt: not read as a capture: it seems to be text\ngive a capture as",
		"cut.pcap: cut off at byte 41; the one whole frame before that was read",
	} {
		if !strings.Contains(res.err.Error(), want) {
			t.Errorf("problems %q do not say %q", res.err, want)
		}
	}
}

// TestWhatCannotBeReadStopsNothing: each path that gives nothing is a problem of
// its own, and the others are read.
func TestWhatCannotBeReadStopsNothing(t *testing.T) {
	dir := folder(t, map[string][]byte{
		"good": small("g", 1), "bare/notes": []byte("x\n"), "mixed/notes": []byte("x\n"), "mixed/good": small("m", 2),
		"broken/short": small("")[:10],
	})
	at := func(name string) string { return filepath.Join(dir, name) }
	files := openPaths(t, at("missing1"), at("bare"), at("good"), at("broken"), at("mixed"), at("missing2"))
	res := readAll(t, files)
	if got, want := story(res.frames), "g1 m2"; got != want {
		t.Errorf("read %s, want %s", got, want)
	}
	var names []string
	for _, p := range files.Problems() {
		names = append(names, strings.TrimPrefix(p.File, dir+"/"))
		if what, todo, _ := strings.Cut(p.Err.Error(), "\n"); !strings.HasPrefix(what, p.File+": ") || todo == "" {
			t.Errorf("problem %q does not name its file and say what to do", p.Err)
		}
	}
	// A directory whose only capture is broken is not told again.
	if got, want := strings.Join(names, " "), "missing1 missing2 broken/short bare"; got != want {
		t.Errorf("problems of %s, want %s", got, want)
	}
	if res.stats.Skipped != 2 {
		t.Errorf("counted %+v", res.stats)
	}
}

func TestOverlappingFilesAreCounted(t *testing.T) {
	dir := folder(t, map[string][]byte{"a": small("a", 10, 20, 100), "b": small("b", 50), "c": small("c", 100)})
	if res := readAll(t, openPaths(t, dir)); res.stats.Overlaps != 1 || story(res.frames) != "a10 a20 a100 b50 c100" {
		t.Errorf("counted %+v: %s", res.stats, story(res.frames))
	}
}

func TestStandardInputAmongFiles(t *testing.T) {
	dir := folder(t, map[string][]byte{"x": small("x", 10, 30)})
	files, err := capture.Open([]string{dir, "-"}, capture.Options{Stdin: bytes.NewReader(small("s", 5, 6))})
	if err != nil {
		t.Fatal(err)
	}
	if _, known := files.Size(); known {
		t.Error("the size of standard input cannot be known")
	}
	if res := readAll(t, files); story(res.frames) != "s5 s6 x10 x30" || res.err != nil {
		t.Errorf("read %s, %v", story(res.frames), res.err)
	}
}

// TestFramesComeWhileThePipeIsOpen: a capture that is being written shows each
// frame at once.
func TestFramesComeWhileThePipeIsOpen(t *testing.T) {
	r, w := io.Pipe()
	whole := small("live", 1, 2)
	go w.Write(whole[:len(whole)-1])
	files, err := capture.Open([]string{"-"}, capture.Options{Stdin: r})
	if err != nil {
		t.Fatal(err)
	}
	var f capture.Frame
	if err := files.Next(&f); err != nil || string(f.Bytes) != "live" {
		t.Fatalf("%+v, %v", f, err)
	}
	go func() {
		w.Write(whole[len(whole)-1:])
		w.Close()
	}()
	if err := files.Next(&f); err != nil || f.Number != 2 {
		t.Fatalf("%+v, %v", f, err)
	}
	if err := files.Next(&f); err != io.EOF || len(files.Problems()) != 0 {
		t.Errorf("%v, %v", err, files.Problems())
	}
}

func TestCompressed(t *testing.T) {
	o := orders["little-endian"]
	var file []byte
	file = append(file, small("")...)
	var want []string
	for i := range uint32(2000) {
		file = append(file, record(o, i, 0, 9, 9, 0, fmt.Appendf(nil, "%09d", i*7919))...)
		want = append(want, fmt.Sprintf("%09d%d", i*7919, i))
	}
	all := strings.Join(want, " ")
	cut := func(b []byte) []byte { return b[:len(b)*2/3] }
	flip := func(b []byte) []byte {
		b = bytes.Clone(b)
		for i := len(b) / 2; i < len(b)/2+8; i++ {
			b[i] ^= 0x5a
		}
		return b
	}
	z, s := gzipped(t, file), zstandard(t, file)
	half := len(file) / 2
	for _, c := range []struct {
		name string
		data []byte
		what string // of the error
		as   any
	}{
		{"gzip", z, "", nil},
		{"gzip in members", join(gzipped(t, file[:half]), gzipped(t, nil), gzipped(t, file[half:])), "", nil},
		{"gzip with little behind", join(z, []byte("x")), "bytes behind the end of the gzip data were ignored", new(*capture.TrailingError)},
		{"gzip with zeros behind", join(z, make([]byte, 5000)), "ignored", new(*capture.TrailingError)},
		{"gzip cut off", cut(z), "cut off at byte", new(*capture.TruncatedError)},
		{"gzip cut off in its checksum", z[:len(z)-3], "cut off at byte", new(*capture.TruncatedError)},
		{"gzip cut off in its second member", join(gzipped(t, file[:half]), gzipped(t, file[half:])[:5]), "cut off at byte", new(*capture.TruncatedError)},
		{"gzip damaged", flip(z), "damaged at byte", new(*capture.DamagedError)},
		{"zstd", s, "", nil},
		{"zstd in frames", join(zstandard(t, file[:half]), zstandard(t, file[half:])), "", nil},
		{"zstd behind a skippable frame", join([]byte{0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3}, s), "", nil},
		{"zstd with more behind", join(s, []byte("something else")), "behind the end of the zstd data", new(*capture.TrailingError)},
		{"zstd cut off in its second frame", cut(join(zstandard(t, file[:half]), zstandard(t, file[half:]))), "cut off at byte", new(*capture.TruncatedError)},
		{"zstd cut off in its first block", cut(s), "zstd data cut off or damaged at its beginning\ncopy it again", new(*capture.ForeignError)},
	} {
		t.Run(c.name, func(t *testing.T) {
			res := readStream(t, bytes.NewReader(c.data))
			if c.as == nil || strings.Contains(c.what, "ignored") {
				if got := story(res.frames); got != all {
					t.Errorf("%d frames, not the ones written", len(res.frames))
				}
			} else if got := story(res.frames); !strings.HasPrefix(all, got) {
				t.Error("other frames than written")
			}
			if c.as == nil {
				if res.err != nil {
					t.Error(res.err)
				}
				return
			}
			if res.err == nil || !errors.As(res.err, c.as) || !strings.Contains(res.err.Error(), c.what) {
				t.Errorf("error %v, want %q", res.err, c.what)
			}
		})
	}
}

func TestForeignFiles(t *testing.T) {
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"nothing", nil, "it seems to be empty"},
		{"a byte", []byte{1}, "binary data\ngive a pcap"},
		{"zeros", make([]byte, 700), "nothing but zeros"},
		{"text", []byte("12:00:01 IP 10.0.0.1 > 10.0.0.2: Flags [S]\n"), "text\ngive a capture as `tcpdump -w FILE` writes it"},
		{"text cut in a character", []byte(strings.Repeat("x", 511) + "ä"), "text\n"},
		{"ELF", []byte("\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 100)), "an ELF program"},
		{"snoop", []byte("snoop\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x04"), "Solaris snoop capture\nconvert it with `editcap"},
		{"json", []byte(" \n{\"a\": 1}"), "JSON\ngive the capture that it was made from"},
		{"tar", append(make([]byte, 257), "ustar\x0000"...), "a tar archive\nunpack it first"},
		{"web page", []byte("<!DOCTYPE html><html>"), "a web page"},
		{"zip", []byte("PK\x03\x04aaaaaaaaaa"), "a zip archive"},
		{"bzip2", []byte("BZh91AY&SY\x00\x01"), "bzip2-compressed data\ndecompress it first"},
		{"a section header without mark", []byte("\x0a\x0d\x0d\x0a\x1c\x00\x00\x00abcdefgh"), "binary data"},
		{"text in gzip", gzipped(t, []byte("hello hello hello\n")), "text inside gzip"},
		{"JSON in zstd", zstandard(t, []byte("{\"a\":[1,2,3,4,5,6]}")), "JSON inside zstd"},
		{"nothing in gzip", gzipped(t, nil), "empty inside gzip"},
		{"gzip's mark alone", []byte{0x1f, 0x8b, 8, 0}, "gzip data cut off or damaged"},
		{"an old pcap", pcapHeader(orders["big-endian"], micro, 1, 2, 1), "a capture of pcap version 1.2\nconvert it"},
		{"gzip in gzip", gzipped(t, gzipped(t, small("a", 1))), "compressed twice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, r := range []io.Reader{bytes.NewReader(c.data), iotest.OneByteReader(bytes.NewReader(c.data))} {
				_, err := capture.Open([]string{"-"}, capture.Options{Stdin: r})
				var foreign *capture.ForeignError
				if !errors.As(err, &foreign) || !strings.Contains(err.Error(), c.want) {
					t.Errorf("error %v, want %q", err, c.want)
				}
			}
		})
	}
}

func TestOpenErrors(t *testing.T) {
	dir := folder(t, map[string][]byte{"bare/notes": []byte("x\n"), "bare/sub/.pcap": small("x", 1),
		"short": small("")[:10], "shortng": []byte("\x0a\x0d\x0d\x0a\x1c\x00\x00\x00\x4d\x3c"), "short.gz": gzipped(t, small("")[:10])})
	missing := filepath.Join(dir, "missing.pcap")
	for _, c := range []struct {
		name  string
		paths []string
		stdin io.Reader
		want  string
	}{
		{"no path", nil, nil, "no file to read\nname a capture file"},
		{"a missing file", []string{missing}, nil, missing + ": no such file or directory\ncheck the name"},
		{"no name", []string{""}, nil, "\"\": no such file or directory\ncheck the name"},
		{"two missing files", []string{missing, missing + "2"}, nil, missing + "2: no such file"},
		{"a directory without captures", []string{filepath.Join(dir, "bare")}, nil, "bare: no capture file in this directory (1 other file)\nname a directory"},
		{"an empty directory", []string{t.TempDir()}, nil, "no capture file in this directory\nname a directory"},
		{"a missing file and a directory without captures", []string{missing, filepath.Join(dir, "bare")}, nil, "check the name\n" + filepath.Join(dir, "bare") + ": no capture file"},
		{"the header of a pcap file cut off", []string{filepath.Join(dir, "short")}, nil, "short: too short for a capture file: cut off inside the file header\ncopy it again"},
		{"the header of a pcapng file cut off", []string{filepath.Join(dir, "shortng")}, nil, "too short for a capture file"},
		{"the header cut off inside gzip", []string{filepath.Join(dir, "short.gz")}, nil, "too short for a capture file"},
		{"standard input twice", []string{"-", "-"}, strings.NewReader(""), "named twice"},
		{"no standard input", []string{"-"}, nil, "there is no standard input here"},
		{"standard input that fails", []string{"-"}, iotest.ErrReader(errors.New("unplugged")), "standard input: unplugged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := capture.Open(c.paths, capture.Options{Stdin: c.stdin})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestReadErrorInTheMiddle(t *testing.T) {
	whole := small("abc", 1, 2, 3)
	r := io.MultiReader(bytes.NewReader(whole[:len(whole)-2]), iotest.ErrReader(errors.New("unplugged")))
	res := readStream(t, r)
	if story(res.frames) != "abc1 abc2" || res.err == nil || !strings.Contains(res.err.Error(), "standard input: unplugged") {
		t.Errorf("read %s, %v", story(res.frames), res.err)
	}
}

// TestLentBytesStay: what Next lends is the reader's own memory, whole until
// the next call, and writing on it harms no later frame.
func TestLentBytesStay(t *testing.T) {
	o := orders["little-endian"]
	file := small("")
	for i := range uint32(60_000) { // several blocks of reading
		file = append(file, record(o, i, 0, 40, 40, 0, fmt.Appendf(nil, "%040d", i))...)
	}
	files, err := capture.Open([]string{"-"}, capture.Options{Stdin: bytes.NewReader(file)})
	if err != nil {
		t.Fatal(err)
	}
	var f capture.Frame
	for i := 0; files.Next(&f) == nil; i++ {
		if want := fmt.Sprintf("%040d", i); string(f.Bytes) != want {
			t.Fatalf("frame %d is %q", i, f.Bytes)
		}
		for j := range f.Bytes {
			f.Bytes[j] = capturetest.Poison
		}
		if cap(f.Bytes) != len(f.Bytes) {
			t.Fatal("an append to the lent bytes would run into the next frame")
		}
	}
	if n := files.Stats().Frames; n != 60_000 {
		t.Errorf("%d frames", n)
	}
}
