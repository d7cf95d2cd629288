package pipeline

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/limit"
)

// bugReport is a pcapng file with the frames that made the sensor panic, and a
// text file beside it. Both are made when the first is there to be written.
// pcapng has a link type for each frame and a comment on it.
type bugReport struct {
	path    string // empty: none is wanted
	version string
	frames  *os.File
	words   *os.File
	size    int
	links   []capture.LinkType // by the number of the interface
	panics  int
	err     error // nothing can be written any more
}

// name is that of the file of frames, once it is there.
func (b *bugReport) name() string {
	if b.frames == nil {
		return ""
	}
	return b.frames.Name()
}

// Words is the name of the text file beside a bug report.
func Words(report string) string {
	return strings.TrimSuffix(report, filepath.Ext(report)) + ".txt"
}

// add writes a panic.
func (b *bugReport) add(p *Panic) (file string, err error) {
	if b.frames == nil && b.err == nil {
		b.err = b.create()
	}
	if b.err != nil {
		return "", b.err
	}
	b.panics++
	var out []byte
	left := 0
	put := func(f *capture.Frame, comment string) {
		grown := b.frame(out, f, comment)
		if b.size+len(grown) > limit.BugReport {
			left++
			return
		}
		out = grown
	}
	comment := fmt.Sprintf("panic %d: %s", b.panics, p.What)
	if p.Raw != nil {
		put(p.Raw, comment)
	}
	for i := range p.Packets {
		q, what := &p.Packets[i], ""
		if i == len(p.Packets)-1 {
			what = comment
		}
		put(&capture.Frame{Bytes: rawIP(q), Time: q.Time, Wire: uint32(headersOf(q) + q.Length), Link: capture.LinkRaw}, what)
	}
	b.size += len(out)
	if _, b.err = b.frames.Write(out); b.err == nil {
		_, b.err = b.words.WriteString(b.text(p, left))
	}
	if b.err != nil {
		b.err = fmt.Errorf("bug report: %w", b.err)
	}
	return b.name(), b.err
}

func (b *bugReport) text(p *Panic, left int) string {
	var s strings.Builder
	fmt.Fprintf(&s, "\npanic %d while %s: %s\n", b.panics, p.Stage, p.What)
	fmt.Fprintf(&s, "time %v", p.Time)
	if p.Frame != 0 && p.Frame != ^uint64(0) {
		fmt.Fprintf(&s, ", frame %d of the input", p.Frame)
	}
	if words := p.Between(); words != "" {
		fmt.Fprintf(&s, ", flow %s", words)
	}
	n := len(p.Packets)
	if p.Raw != nil {
		n++
	}
	fmt.Fprintf(&s, ", frames kept: %d\n", n-left)
	fmt.Fprintf(&s, "%s\n", p.Stack)
	return s.String()
}

// Between names the flow that brought the panic about, or says nothing.
func (p *Panic) Between() string {
	k := &p.Flow
	if k.Protocol == 0 {
		return ""
	}
	end := func(i int) string {
		a := k.Addr[i].Std().String()
		if strings.Contains(a, ":") {
			a = "[" + a + "]"
		}
		return a + ":" + strconv.Itoa(int(k.Port[i]))
	}
	return end(0) + " and " + end(1)
}

// Where is the line of code at which the panic was: the first below it that is
// not the language's own.
func (p *Panic) Where() string {
	for line := range strings.Lines(p.Stack) {
		at, ok := strings.CutPrefix(line, "\t")
		if !ok || strings.Contains(at, "/src/runtime/") || strings.HasPrefix(at, "runtime/") {
			continue
		}
		at, _, _ = strings.Cut(strings.TrimSpace(at), " ")
		parts := strings.Split(at, "/")
		return strings.Join(parts[max(0, len(parts)-3):], "/")
	}
	return "an unknown place"
}

// preface stands above the words.
const preface = `hookhound met a fault of its own, left out what had brought it about and went on.
The frames that were at hand are in the file beside this one. They are traffic
of your network: look at them before you pass them on. To report the fault, see
SECURITY.md of the project; this text alone helps too.
`

// create makes both files, new ones: whoever may write into the folder could
// have put a link there that leads elsewhere.
func (b *bugReport) create() error {
	const flags = os.O_WRONLY | os.O_CREATE | os.O_EXCL
	ext := filepath.Ext(b.path)
	base := strings.TrimSuffix(b.path, ext)
	if ext == ".txt" {
		ext = ".txt.pcapng" // that name is for the words
	}
	for n := 1; n <= limit.BugReports; n++ {
		name := base + ext
		if n > 1 {
			name = base + "-" + strconv.Itoa(n) + ext
		}
		frames, err := os.OpenFile(name, flags, 0o600)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("bug report: %w", err)
		}
		words, err := os.OpenFile(Words(name), flags, 0o600)
		if err != nil {
			frames.Close()
			_ = os.Remove(name)
			if errors.Is(err, fs.ErrExist) {
				continue
			}
			return fmt.Errorf("bug report: %w", err)
		}
		head := b.section(nil)
		b.frames, b.words, b.size = frames, words, len(head)
		if _, err = frames.Write(head); err == nil {
			_, err = fmt.Fprintf(words, "%s\nhookhound %s, %s\n", preface, b.version, runtime.Version())
		}
		if err != nil {
			return fmt.Errorf("bug report: %w", err)
		}
		return nil
	}
	return fmt.Errorf("bug report: %d of them are there already, beginning with %s", limit.BugReports, b.path)
}

// close ends the report. All was written when it was added.
func (b *bugReport) close() {
	if b.frames != nil {
		b.frames.Close()
		b.words.Close()
	}
}

// section begins a pcapng file (draft-ietf-opsawg-pcapng).
func (b *bugReport) section(out []byte) []byte {
	return block(out, 0x0a0d0d0a, func(out []byte) []byte {
		out = binary.LittleEndian.AppendUint32(out, 0x1a2b3c4d)
		out = binary.LittleEndian.AppendUint32(out, 1)           // version 1.0
		return binary.LittleEndian.AppendUint64(out, ^uint64(0)) // of a length that is not told
	})
}

// frame adds a frame, and before the first of a link type its interface.
func (b *bugReport) frame(out []byte, f *capture.Frame, comment string) []byte {
	n := slices.Index(b.links, f.Link)
	if n < 0 {
		n = len(b.links)
		b.links = append(b.links, f.Link)
		out = block(out, 1, func(out []byte) []byte {
			out = binary.LittleEndian.AppendUint32(out, uint32(f.Link))
			out = binary.LittleEndian.AppendUint32(out, 0) // no snap length
			out = option(out, 9, string([]byte{9}))        // times are in nanoseconds
			return option(out, 0, "")
		})
	}
	return block(out, 6, func(out []byte) []byte {
		at := uint64(max(f.Time, 0))
		out = binary.LittleEndian.AppendUint32(out, uint32(n))
		out = binary.LittleEndian.AppendUint32(out, uint32(at>>32))
		out = binary.LittleEndian.AppendUint32(out, uint32(at))
		out = binary.LittleEndian.AppendUint32(out, uint32(len(f.Bytes)))
		out = binary.LittleEndian.AppendUint32(out, max(f.Wire, uint32(len(f.Bytes))))
		out = padded(append(out, f.Bytes...), len(f.Bytes))
		if comment == "" {
			return out
		}
		return option(option(out, 1, comment), 0, "")
	})
}

// block adds a block with what body adds.
func block(out []byte, kind uint32, body func([]byte) []byte) []byte {
	start := len(out)
	out = body(binary.LittleEndian.AppendUint64(out, uint64(kind))) // the length is not known yet
	n := uint32(len(out) - start + 4)
	binary.LittleEndian.PutUint32(out[start+4:], n)
	return binary.LittleEndian.AppendUint32(out, n)
}

func option(out []byte, code uint16, value string) []byte {
	out = binary.LittleEndian.AppendUint16(out, code)
	out = binary.LittleEndian.AppendUint16(out, uint16(len(value)))
	return padded(append(out, value...), len(value))
}

// padded fills up to four bytes behind n of them.
func padded(out []byte, n int) []byte { return append(out, make([]byte, -n&3)...) }
