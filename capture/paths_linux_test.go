package capture_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/hookhound/hookhound/capture"
)

// TestForbidden reads as somebody who may not: each place is a problem that says
// so, and what may be read is read.
func TestForbidden(t *testing.T) {
	dir := folder(t, map[string][]byte{"a/good": small("g", 1), "a/secret": small("s", 2), "closed/x": small("x", 3), "b/closed/x": small("x", 3)})
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, d := range []string{filepath.Dir(dir), dir} { // Go closes them to others
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"a/secret", "closed", "b/closed"} {
		if err := os.Chmod(at(name), 0); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		os.Chmod(at("closed"), 0o755)
		os.Chmod(at("b/closed"), 0o755)
	})
	var res result
	var files []string
	soon(t, "reading", func() {
		// What this thread opens counts as another user's, also for root. It is
		// not given back, and so ends with the goroutine.
		runtime.LockOSThread()
		if os.Geteuid() == 0 {
			if err := unix.Setfsuid(65534); err != nil {
				t.Error(err)
				return
			}
		}
		fs, err := capture.Open([]string{at("a"), at("closed"), at("b"), at("closed/x")}, capture.Options{})
		if err != nil {
			t.Error(err)
			return
		}
		defer fs.Close()
		res = readAll(t, fs)
		for _, p := range fs.Problems() {
			files = append(files, strings.TrimPrefix(p.File, dir+"/"))
			if !strings.HasSuffix(p.Err.Error(), ": permission denied\nrun as a user who may read it") {
				t.Errorf("problem %q", p.Err)
			}
		}
	})
	if got, want := strings.Join(files, " "), "closed/ b/closed closed/x a/secret"; got != want || story(res.frames) != "g1" {
		t.Errorf("read %s, problems of %s, want %s", story(res.frames), got, want)
	}
}
