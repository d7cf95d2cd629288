package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// update rewrites the golden files and the expectations inside scripts. Review
// the difference like code.
var update = flag.Bool("update", false, "rewrite golden files")

// testVersion stands in the output of tests, whatever was built.
const testVersion = "v0.0.0-test"

// TestMain makes this test the program, when it is called by its name.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"hookhound": func() {
		version = testVersion
		main()
	}})
}

// TestScripts runs the program as a person types it. Each script in
// testdata/script is also the documentation of what it tests.
func TestScripts(t *testing.T) {
	pcaps, err := filepath.Abs("../../pcaps")
	if err != nil {
		t.Fatal(err)
	}
	catalogue, err := filepath.Abs("../../rules")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("PCAPS", pcaps)
			env.Setenv("RULES", catalogue)
			env.Setenv("HOOKHOUND_CONFIG", "") // whatever this machine has in /etc
			return nil
		},
		Condition: func(cond string) (bool, error) {
			if cond == "root" {
				return os.Geteuid() == 0, nil
			}
			return false, errors.New("unknown condition " + cond)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"status": status,
			"bytes":  writeBytes,
			"keep":   keep,
		},
	})
}

// status N COMMAND ARGUMENT... runs a command that must end with the exit
// status N.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N COMMAND ARGUMENT...")
	}
	got := 0
	var exit *exec.ExitError
	switch err := ts.Exec(args[1], args[2:]...); {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit status %d, want %s", got, args[0])
	}
}

// bytes FILE TEXT writes a file that a script cannot hold; the text is a Go
// string without its quotes.
func writeBytes(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: bytes FILE TEXT")
	}
	text, err := strconv.Unquote(`"` + args[1] + `"`)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

// keep N FROM TO copies the first N bytes of a file.
func keep(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: keep N FROM TO")
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	data := ts.ReadFile(args[1])
	if len(data) <= n {
		ts.Fatalf("%s has only %d bytes", args[1], len(data))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(data[:n]), 0o600))
}

// outcome is what a run of the program leaves behind.
type outcome struct {
	status         int
	stdout, stderr string
}

// hookhound runs the program in this process.
func hookhound(t testing.TB, args ...string) outcome {
	t.Helper()
	return hookhoundIn(t, world{}, args...)
}

// hookhoundIn runs it in a world, in which what is missing is added.
func hookhoundIn(t testing.TB, w world, args ...string) outcome {
	t.Helper()
	var out, errs bytes.Buffer
	w.args = args
	w.environ = append([]string{"HOOKHOUND_CONFIG="}, w.environ...)
	if w.stdin == nil {
		w.stdin = strings.NewReader("")
	}
	if w.stdout == nil {
		w.stdout = &out
	}
	w.stderr = &errs
	w.now = time.Now
	w.hostname = func() (string, error) { return "sensor", nil }
	version = testVersion
	code := run(w)
	return outcome{code, out.String(), errs.String()}
}

// golden compares with a file in testdata, or writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; `go test ./cmd/hookhound -update` writes it", err)
	}
	same(t, name, got, string(want))
}

// same reports the first line that differs.
func same(t *testing.T, what, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		a, b := at(g, i), at(w, i)
		if a != b {
			t.Errorf("%s: line %d of %d is\n%s\nwant, of %d,\n%s", what, i+1, len(g), a, len(w), b)
			return
		}
	}
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(none)"
}

// within waits for something.
func within(t *testing.T, patience time.Duration, what string, ok func() bool) {
	t.Helper()
	for begun := time.Now(); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Since(begun) > patience {
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

// object is one JSON object.
type object map[string]any

// objects parses one object a line, and refuses anything else.
func objects(t *testing.T, text string) []object {
	t.Helper()
	var out []object
	dec := json.NewDecoder(strings.NewReader(text))
	for {
		var o object
		switch err := dec.Decode(&o); {
		case errors.Is(err, io.EOF):
			if lines := strings.Count(text, "\n"); lines != len(out) || text != "" && !strings.HasSuffix(text, "\n") {
				t.Fatalf("%d objects on %d lines", len(out), lines)
			}
			return out
		case err != nil:
			t.Fatalf("object %d: %v", len(out)+1, err)
		}
		out = append(out, o)
	}
}

// get follows a path of names joined by dots; nil where it leads nowhere.
func (o object) get(path string) any {
	var v any = map[string]any(o)
	for _, name := range strings.Split(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}

func (o object) text(path string) string    { s, _ := o.get(path).(string); return s }
func (o object) number(path string) float64 { n, _ := o.get(path).(float64); return n }
