package capture

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"sync/atomic"
	"time"
)

// Options says how files are read.
type Options struct {
	// Stdin is what the path "-" reads.
	Stdin io.Reader
	// Context ends the reading when it ends, also where a read waits: for who
	// writes to a pipe, or to standard input where that is an *os.File. Nothing
	// is noted in Problems then. Nil is never.
	Context context.Context
}

// Stats counts what was read and what could not be.
type Stats struct {
	Frames   uint64 // frames delivered
	Bytes    uint64 // their captured bytes
	Files    uint64 // files that were opened as captures
	Skipped  uint64 // files in directories that are no captures
	Cut      uint64 // frames that the snap length cut short
	Clamped  uint64 // frames whose time lies outside the range of Time
	Untimed  uint64 // frames without a time (pcapng simple packet blocks); they have that of the frame before
	Orphans  uint64 // frames of an interface that the file does not describe; not delivered
	Overlaps uint64 // files that begin more than a second before the end of those before
	Received uint64 // frames that the capturing card received, as the files say
	Dropped  uint64 // frames that the capturing card or system lost, as the files say
}

// Files reads the frames of capture files, one file after the other. A file
// that breaks off or makes no sense ends where it does so, is noted in
// Problems, and the next one goes on.
//
// Next, Stats, Problems and Close belong to one goroutine; Size and Offset may
// be called from any.
type Files struct {
	opt      Options
	queue    []entry
	cur      *opened
	in       *input // used again for each file
	stats    Stats
	last     Time // latest time delivered
	problems []Problem
	size     int64
	sized    bool
	offset   atomic.Int64
	bell     *bell // rings when the context ends; nil without one
}

// entry is a file that waits for its turn.
type entry struct {
	source
	first Time    // of its first frame, Never when it holds none
	ready *opened // already open, where it cannot or need not be opened again
}

// Open prepares the given files for reading. A path may be a file, a directory
// (see below) or "-" for standard input. What a file holds is told by its
// content: pcap or pcapng, either also inside gzip or zstd.
//
// The files are read in the order of their first frames, then of their names,
// so the parts of a rotated capture come as they were written, whatever their
// names. Files that overlap in time are not interleaved.
//
// In a directory every capture counts, also in its subdirectories; hidden
// files and all that is no capture are passed over and counted. A path that
// does not exist, a named file that is no capture and a directory without any
// are noted in Problems, and the others are read.
//
// An error means that there is nothing to read. Where several paths are the
// reason it has them all, in the way of errors.Join. When the context ends
// before everything is open, the error is the context's.
func Open(paths []string, opt Options) (*Files, error) {
	if len(paths) == 0 {
		return nil, errors.New("no file to read\nname a capture file, a directory of them, or - for standard input")
	}
	if opt.Context == nil {
		opt.Context = context.Background()
	}
	sources, dirs, problems, err := expand(paths)
	if err != nil {
		return nil, err
	}
	fs := &Files{opt: opt, problems: problems, last: Always, in: new(input), sized: true}
	if slices.ContainsFunc(sources, func(s source) bool { return !s.regular() }) {
		if fs.bell, err = newBell(opt.Context); err != nil {
			return nil, err
		}
	}
	for _, s := range sources {
		e, err := fs.look(s, len(sources) == 1)
		if ended := opt.Context.Err(); ended != nil {
			fs.queue = append(fs.queue, e)
			fs.Close()
			return nil, ended
		}
		if s.dir != nil {
			s.dir.useful = s.dir.useful || !isForeign(err)
		}
		switch {
		case err == nil:
			fs.queue = append(fs.queue, e)
			if s.regular() {
				fs.size += s.info.Size()
			} else {
				fs.sized = false
			}
		case s.dir != nil && isForeign(err):
			fs.stats.Skipped++
			s.dir.foreign++
		default:
			fs.problems = append(fs.problems, Problem{File: s.name, Err: err})
		}
	}
	for _, d := range dirs {
		if !d.useful {
			fs.problems = append(fs.problems, Problem{File: d.path, Err: d.nothing()})
		}
	}
	if len(fs.queue) == 0 {
		fs.Close()
		var all []error
		for _, p := range fs.problems {
			all = append(all, p.Err)
		}
		return nil, errors.Join(all...)
	}
	slices.SortStableFunc(fs.queue, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.name, b.name))
	})
	return fs, nil
}

// isForeign tells whether an error says that a file is no capture.
func isForeign(err error) bool {
	var foreign *ForeignError
	return errors.As(err, &foreign)
}

// look opens a source to learn the time of its first frame. It stays open when
// it is the only one, or cannot be opened again.
func (fs *Files) look(s source, only bool) (entry, error) {
	e := entry{source: s, first: Never}
	keep := only || !s.regular()
	var ignored atomic.Int64
	count, in := &ignored, fs.in
	if keep {
		count, in = &fs.offset, new(input)
	}
	o, err := fs.open(s, in, count, !keep)
	if err != nil {
		return e, err
	}
	before := fs.stats
	if o.waiting = o.read(&o.pending) == nil; o.waiting {
		e.first = o.pending.Time
	}
	if keep {
		e.ready = o
		return e, nil
	}
	fs.stats = before // the frame will be read again
	_ = o.close()     // what it complains of is met again when the file's turn comes
	return e, nil
}

// open opens a source for reading from its start.
func (fs *Files) open(s source, in *input, count *atomic.Int64, sip bool) (*opened, error) {
	if s.name == "-" && s.info == nil {
		if fs.opt.Stdin == nil {
			return nil, errors.New("-: there is no standard input here")
		}
		r := fs.opt.Stdin
		if f, ok := r.(*os.File); ok {
			r = patient{f, fs.bell}
		}
		return openStream("standard input", counted{r, count}, in, &fs.stats, fs.last)
	}
	var f *os.File
	var err error
	var r io.Reader
	if s.regular() {
		f, err = os.Open(s.name)
		r = counted{f, count}
	} else {
		f, err = openPipe(s.name)
		r = counted{patient{f, fs.bell}, count}
	}
	if err != nil {
		return nil, readError(s.name, err)
	}
	if sip {
		r = sips{r}
	}
	o, err := openStream(s.name, r, in, &fs.stats, fs.last)
	if err != nil {
		f.Close()
		return nil, err
	}
	inner := o.close
	o.close = func() error { return errors.Join(inner(), f.Close()) }
	return o, nil
}

// sips reads little at a time, for files of which only the start is wanted.
type sips struct{ r io.Reader }

func (s sips) Read(b []byte) (int, error) { return s.r.Read(b[:min(len(b), 4096)]) }

// Next reads the next frame into f, whose Bytes are lent until the next call.
// It returns io.EOF behind the last frame of the last file, and no other
// error: what was wrong with a file stands in Problems.
func (fs *Files) Next(f *Frame) error {
	for {
		if fs.cur == nil {
			if err := fs.turn(); err != nil {
				return err
			}
		}
		if err := fs.cur.read(f); err != nil {
			fs.finish(err)
			continue
		}
		fs.deliver(f)
		return nil
	}
}

// More gives the next frame, like Next, if that was read already. Then all
// frames that were lent before stay as they are: together they are lent until
// the next call of Next.
func (fs *Files) More(f *Frame) bool {
	o := fs.cur
	if o == nil || o.waiting || o.ended != nil || !o.dec.more(f) {
		return false
	}
	o.frames++
	fs.deliver(f)
	return true
}

// deliver counts a frame and gives it its number.
func (fs *Files) deliver(f *Frame) {
	fs.stats.Frames++
	fs.stats.Bytes += uint64(len(f.Bytes))
	if int(f.Wire) > len(f.Bytes) {
		fs.stats.Cut++
	}
	f.Number = fs.stats.Frames
	f.Tick = false
	if fs.cur.frames == 1 && fs.last != Always && f.Time < fs.last.Add(-time.Second) {
		fs.stats.Overlaps++
	}
	fs.last = max(fs.last, f.Time)
}

// turn opens the next file of the queue.
func (fs *Files) turn() error {
	for len(fs.queue) > 0 && fs.opt.Context.Err() == nil {
		e := fs.queue[0]
		fs.queue = fs.queue[1:]
		fs.cur = e.ready
		if fs.cur == nil {
			var err error
			if fs.cur, err = fs.open(e.source, fs.in, &fs.offset, false); err != nil {
				fs.problems = append(fs.problems, Problem{File: e.name, Err: err})
				continue
			}
		}
		fs.stats.Files++
		return nil
	}
	return io.EOF
}

// finish ends the current file.
func (fs *Files) finish(err error) {
	o := fs.cur
	fs.cur = nil
	if err == io.EOF {
		err = nil
		if o.in.err == errTrailing {
			err = &TrailingError{File: o.name, Format: o.format}
		}
	}
	if closing := o.close(); err == nil && closing != nil {
		err = readError(o.name, closing)
	}
	if err != nil && fs.opt.Context.Err() == nil { // else it was we who ended it
		fs.problems = append(fs.problems, Problem{File: o.name, Err: err, Frames: o.frames})
	}
}

// Stats returns what was counted so far.
func (fs *Files) Stats() Stats { return fs.stats }

// Problems returns what was wrong with files so far, in the order in which it
// was found.
func (fs *Files) Problems() []Problem { return slices.Clone(fs.problems) }

// Size is the sum of the lengths of all files, compressed ones as they lie on
// disk. It is false when standard input or a pipe is among them.
func (fs *Files) Size() (bytes int64, known bool) { return fs.size, fs.sized }

// Offset is how much of Size was read. It may run ahead of the frames
// delivered by the size of a read.
func (fs *Files) Offset() int64 { return fs.offset.Load() }

// Close closes the files that are open. Next then returns io.EOF.
func (fs *Files) Close() error {
	var errs []error
	if fs.cur != nil {
		errs = append(errs, fs.cur.close())
		fs.cur = nil
	}
	for _, e := range fs.queue {
		if e.ready != nil {
			errs = append(errs, e.ready.close())
		}
	}
	fs.queue = nil
	fs.bell.close()
	return errors.Join(errs...)
}
