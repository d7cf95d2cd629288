package capture_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
)

func fifo(t *testing.T) string {
	t.Helper()
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	return pipe
}

// writer opens a named pipe for writing, as soon as somebody reads it.
func writer(t *testing.T, pipe string) *os.File {
	t.Helper()
	f, err := os.OpenFile(pipe, os.O_WRONLY, 0)
	if err != nil {
		t.Error(err)
	}
	return f
}

// soon fails the test, with what every goroutine does, when f takes too long.
func soon(t *testing.T, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatalf("%s takes too long", what)
	}
}

func TestNamedPipe(t *testing.T) {
	for name, wait := range map[string]time.Duration{"at once": 0, "late": 100 * time.Millisecond} {
		pipe := fifo(t)
		go func() {
			time.Sleep(wait)
			w := writer(t, pipe)
			defer w.Close()
			b := small("p", 1, 2, 3)
			w.Write(b[:30])
			time.Sleep(wait)
			w.Write(b[30:])
		}()
		other := folder(t, map[string][]byte{"x": small("x", 9)})
		if res := readAll(t, openPaths(t, other, pipe)); story(res.frames) != "p1 p2 p3 x9" || res.err != nil {
			t.Errorf("%s: read %s, %v", name, story(res.frames), res.err)
		}
	}
}

// TestNamedPipeOfNothing: a writer that comes and goes ends it.
func TestNamedPipeOfNothing(t *testing.T) {
	pipe := fifo(t)
	go func() {
		writer(t, pipe).Close()
	}()
	soon(t, "an empty pipe", func() {
		if _, err := capture.Open([]string{pipe}, capture.Options{}); err == nil || !strings.Contains(err.Error(), "it seems to be empty") {
			t.Errorf("error %v", err)
		}
	})
}

// TestContextEndsWaiting holds that nothing waits longer than the context, for a
// writer who does not come or has fallen silent, and that this is no problem of
// the input.
func TestContextEndsWaiting(t *testing.T) {
	whole := small("a", 1, 2, 3)
	packed := gzipped(t, whole)
	for _, c := range []struct {
		name    string
		written []byte // before the silence
		frames  string
		open    bool // Open returns before the context ends
	}{
		{"nobody writes", nil, "", false},
		{"a few bytes", whole[:7], "", false},
		{"the header, but no frame", whole[:24], "", false},
		{"some frames", whole[:len(whole)-3], "a1 a2", true},
		{"gzip", packed[:len(packed)-9], "", false},
		{"zstd", zstandard(t, whole)[:12], "", false},
	} {
		for _, by := range []string{"named pipe", "standard input"} {
			t.Run(c.name+" to a "+by, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				opt := capture.Options{Context: ctx}
				path := "-"
				if by == "named pipe" {
					path = fifo(t)
					if c.written != nil {
						// Held open for reading and writing, so that nobody waits for the other.
						w, err := os.OpenFile(path, os.O_RDWR, 0)
						if err != nil {
							t.Fatal(err)
						}
						defer w.Close()
						w.Write(c.written)
					}
				} else {
					r, w, err := os.Pipe()
					if err != nil {
						t.Fatal(err)
					}
					defer r.Close()
					defer w.Close()
					w.Write(c.written)
					opt.Stdin = r
				}
				if !c.open {
					time.AfterFunc(50*time.Millisecond, cancel)
				}
				other := folder(t, map[string][]byte{"x": small("x", 9)})
				soon(t, "reading", func() {
					files, err := capture.Open([]string{path, other}, opt)
					if !c.open {
						if !errors.Is(err, context.Canceled) || files != nil {
							t.Errorf("Open gave %v, %v", files, err)
						}
						return
					}
					if err != nil {
						t.Error(err)
						return
					}
					defer files.Close()
					time.AfterFunc(50*time.Millisecond, cancel)
					var f capture.Frame
					var got []capture.Frame
					for err = files.Next(&f); err == nil; err = files.Next(&f) {
						f.Bytes = append([]byte(nil), f.Bytes...)
						got = append(got, f)
					}
					// The file behind is not read any more.
					if err != io.EOF || story(got) != c.frames || len(files.Problems()) != 0 {
						t.Errorf("read %s, %v, problems %v", story(got), err, files.Problems())
					}
				})
			})
		}
	}
}

// TestEndedContext: a context that has ended reads nothing.
func TestEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := folder(t, map[string][]byte{"x": small("x", 9)})
	if _, err := capture.Open([]string{dir}, capture.Options{Context: ctx}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// TestNothingStaysOpen: the files that wait for a bell are given back.
func TestNothingStaysOpen(t *testing.T) {
	count := func() int {
		all, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip("no list of open files")
		}
		return len(all)
	}
	pipe, dir := fifo(t), folder(t, map[string][]byte{"bare/x": []byte("x\n"), "x": small("x", 9)})
	before := count()
	for range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Millisecond, cancel)
		if _, err := capture.Open([]string{pipe, dir}, capture.Options{Context: ctx}); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		go func() { writer(t, pipe).Close() }()
		files, err := capture.Open([]string{pipe, dir}, capture.Options{Context: t.Context()})
		if err != nil {
			t.Fatal(err)
		}
		files.Close()
	}
	if after := count(); after > before+5 {
		t.Errorf("%d files are open, %d were", after, before)
	}
}
