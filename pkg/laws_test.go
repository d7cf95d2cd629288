// Package pkg_test holds the laws of the code: which package may import which,
// where goroutines and clocks may stand, and that there is no hidden state.
package pkg_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/hookhound/hookhound/"

// floors are the packages from the ground up. A package imports only what
// stands below it. A star stands for any one folder.
var floors = []string{
	"pkg/limit",
	"capture",
	"pkg/packet",
	"pkg/defrag",
	"pkg/dedup",
	"pkg/flow",
	"pkg/stream",
	"pkg/protocol",
	"pkg/protocol/protocoltest",
	"pkg/protocol/*wire",
	"pkg/protocol/starttls",
	"pkg/protocol/builtin",
	"rules",
	"pkg/catalog",
	"pkg/event",
	"pkg/observe",
	"pkg/beacon",
	"pkg/detect",
	"pkg/sink/*",
	"pkg/pipeline",
	"pkg/config",
	// Beside the tower: both need capture alone (narrow), and no package below
	// cmd needs them.
	"capture/live",
	"capture/capturetest",
	"cmd/*",
}

// narrow are packages that may import less than their floor allows.
var narrow = map[string][]string{
	"capture/live":        {"capture"},
	"capture/capturetest": {"capture"},
	"pkg/beacon":          {"capture"}, // arithmetic alone
	"pkg/config":          {},          // settings are words; cmd turns them into options
}

// libraries are what only the named packages import.
var libraries = []struct {
	prefix  string
	allowed []string
	because string
}{
	{"C", []string{"capture/live"}, "C stays behind capture/live, with libpcap"},
	{"github.com/google/gopacket", []string{"capture/live"}, "libpcap stays behind capture/live, and decoding is pkg/packet's"},
	{"github.com/dreadl0ck/", []string{"pkg/protocol/tlswire"}, "JA3 is computed in one place"},
	{"github.com/spf13/cobra", []string{"cmd/*"}, "a command is cmd's"},
	{"github.com/spf13/pflag", []string{"pkg/config", "cmd/*"}, "flags are settings"},
	{"github.com/knadh/koanf", []string{"pkg/config"}, "settings have one place"},
	{"github.com/prometheus", []string{"pkg/serve"}, "packages below serve keep plain counters in Stats"},
	{"github.com/segmentio/kafka-go", []string{"pkg/sink/kafkasink"}, "the broker has one door"},
	{"github.com/schollz/progressbar", []string{"cmd/*"}, "a terminal is cmd's"},
	{"math/rand", nil, "the same input gives the same output"},
	{"crypto/rand", nil, "the same input gives the same output"},
	{"reflect", []string{"pkg/config"}, "data has types; only settings come without"},
	{"unsafe", []string{"capture/live"}, "only the kernel's ring needs it"},
}

// exceptions are the places where a law does not hold, each with its reason.
// One that is not needed any more fails too.
var exceptions = []struct {
	law, file string
	reason    string
}{
	{"go", "pkg/sink/kafkasink/door.go", "the broker answers when it likes; one goroutine sends, behind one door"},
	{"clock", "pkg/sink/kafkasink/door.go", "the broker's world has its own clock: retries and deadlines"},
	{"clock", "cmd/hookhound/main.go", "the program's clock enters here, as a value of its world"},
	{"clock", "capture/live/live.go", "the clock enters at capture: an idle card sends ticks"},
	{"var", "rules/embed.go", "an embed.FS must be a variable, and cannot be changed through its methods"},
	{"var", "cmd/hookhound/version.go", "the linker writes the release's name into it"},
}

// clocks are the functions of package time that look at the wall clock or wait.
var clocks = []string{"Now", "Since", "Until", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick", "Sleep"}

// source is one file that is not a test.
type source struct {
	path string // from the root, with slashes
	dir  string
	ast  *ast.File
}

func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir("..", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel := filepath.ToSlash(strings.TrimPrefix(name, ".."+string(filepath.Separator)))
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && name != ".." || d.Name() == "testdata" || rel == "scripts") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		all = append(all, source{rel, path.Dir(rel), f})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 50 {
		t.Fatalf("only %d files were found", len(all))
	}
	return all
}

func fits(pattern, dir string) bool {
	ok, err := path.Match(pattern, dir)
	return ok && err == nil
}

// floor is where a package stands, or -1.
func floor(dir string) int {
	return slices.IndexFunc(floors, func(p string) bool { return fits(p, dir) })
}

// breach is a law that a file breaks, and what to do.
type breach struct{ law, text string }

// breaches holds one file against the laws.
func breaches(s source) (out []breach) {
	add := func(law, format string, args ...any) {
		out = append(out, breach{law, fmt.Sprintf(format, args...)})
	}
	here := floor(s.dir)
	if here < 0 {
		add("floor", "%s stands on no floor: give it one in DESIGN and in floors, above all that it imports", s.dir)
	}
	timeName := ""
	for _, i := range s.ast.Imports {
		name, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			continue
		}
		if name == "time" {
			timeName = "time"
			if i.Name != nil {
				timeName = i.Name.Name
			}
		}
		if own, ok := strings.CutPrefix(name, module); ok {
			there := floor(own)
			if there < 0 || there >= here {
				add("import", "%s imports %s, which does not stand below it: move what it needs down, or take it as an argument or a small interface", s.dir, own)
			}
			if list, ok := narrow[s.dir]; ok && !slices.Contains(list, own) {
				add("import", "%s imports %s, and may import only %v of this module", s.dir, own, list)
			}
		}
		for _, l := range libraries {
			if (name == l.prefix || strings.HasPrefix(name, strings.TrimSuffix(l.prefix, "/")+"/")) &&
				!slices.ContainsFunc(l.allowed, func(p string) bool { return fits(p, s.dir) }) {
				add("library", "%s imports %s: %s; only %v may", s.dir, name, l.because, l.allowed)
			}
		}
	}
	ast.Inspect(s.ast, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			add("go", "a go statement: goroutines belong to pkg/pipeline; return the work, or let the caller run it")
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Go" {
				add("go", "a call of Go starts a goroutine: goroutines belong to pkg/pipeline")
			}
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && timeName != "" && x.Name == timeName && slices.Contains(clocks, n.Sel.Name) {
				add("clock", "time.%s: time is the packet's; take it as an argument", n.Sel.Name)
			}
		case *ast.FuncDecl:
			if n.Recv == nil && n.Name.Name == "init" {
				add("init", "an init function: make a constructor, or a table with sync.OnceValue")
			}
		}
		return true
	})
	for _, d := range s.ast.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.VAR {
			continue
		}
		for _, spec := range g.Specs {
			v := spec.(*ast.ValueSpec)
			for i, name := range v.Names {
				if name.Name != "_" && !(i < len(v.Values) && constant(v.Values[i])) {
					add("var", "the package variable %s: make it a constant, an array literal, a function, or a field of what needs it", name.Name)
				}
			}
		}
	}
	return out
}

// constant tells whether a package variable is one in name only: an error, a
// table computed once, or an array of literals (which are also held not to be
// written to, see written).
func constant(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.CallExpr:
		f := e.Fun
		if x, ok := f.(*ast.IndexExpr); ok {
			f = x.X
		}
		if s, ok := f.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok {
				return slices.Contains([]string{"errors.New", "sync.OnceValue", "sync.OnceValues"}, x.Name+"."+s.Sel.Name)
			}
		}
	case *ast.CompositeLit:
		a, ok := e.Type.(*ast.ArrayType)
		return ok && a.Len != nil
	}
	return false
}

// written finds package variables that the files of one package write to or
// take the address of. Names are compared, so one that is also used for a local
// variable counts: give that another name.
func written(files []source) (out []breach) {
	names := map[string]bool{}
	for _, s := range files {
		for _, d := range s.ast.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
				for _, spec := range g.Specs {
					for _, n := range spec.(*ast.ValueSpec).Names {
						names[n.Name] = n.Name != "_"
					}
				}
			}
		}
	}
	root := func(e ast.Expr) string {
		for {
			switch x := e.(type) {
			case *ast.Ident:
				return x.Name
			case *ast.IndexExpr:
				e = x.X
			case *ast.SliceExpr:
				e = x.X
			case *ast.ParenExpr:
				e = x.X
			default:
				return ""
			}
		}
	}
	for _, s := range files {
		ast.Inspect(s.ast, func(n ast.Node) bool {
			var to []ast.Expr
			switch n := n.(type) {
			case *ast.AssignStmt:
				if n.Tok != token.DEFINE {
					to = n.Lhs
				}
			case *ast.IncDecStmt:
				to = []ast.Expr{n.X}
			case *ast.UnaryExpr:
				if n.Op == token.AND {
					to = []ast.Expr{n.X}
				}
			}
			for _, e := range to {
				if name := root(e); names[name] {
					out = append(out, breach{"var", fmt.Sprintf("%s: the package variable %s is written to or its address is taken", s.path, name)})
				}
			}
			return true
		})
	}
	return out
}

func TestLaws(t *testing.T) {
	used := map[string]bool{}
	byDir := map[string][]source{}
	for _, s := range sources(t) {
		byDir[s.dir] = append(byDir[s.dir], s)
		for _, b := range breaches(s) {
			if b.law == "go" && s.dir == "pkg/pipeline" {
				continue
			}
			excepted := false
			for _, e := range exceptions {
				if e.law == b.law && e.file == s.path {
					excepted, used[e.law+e.file] = true, true
				}
			}
			if !excepted {
				t.Errorf("%s: %s", s.path, b.text)
			}
		}
	}
	for _, files := range byDir {
		for _, b := range written(files) {
			t.Error(b.text)
		}
	}
	for _, e := range exceptions {
		if !used[e.law+e.file] {
			t.Errorf("the exception %q for %s is not needed any more: take it out", e.law, e.file)
		}
		if e.reason == "" {
			t.Errorf("the exception %q for %s has no reason", e.law, e.file)
		}
	}
}

// TestLawsBite: each law finds the breach that it is for.
func TestLawsBite(t *testing.T) {
	for _, c := range []struct{ law, dir, code string }{
		{"floor", "pkg/util", ""},
		{"import", "pkg/flow", `import _ "github.com/hookhound/hookhound/pkg/stream"`},
		{"import", "pkg/sink/jsonsink", `import _ "github.com/hookhound/hookhound/pkg/sink/kafkasink"`},
		{"import", "pkg/flow", `import _ "github.com/hookhound/hookhound/pkg/unknown"`},
		{"import", "pkg/beacon", `import _ "github.com/hookhound/hookhound/pkg/event"`},
		{"library", "pkg/stream", `import _ "github.com/google/gopacket/pcap"`},
		{"library", "pkg/detect", `import _ "math/rand/v2"`},
		{"library", "pkg/detect", `import _ "github.com/prometheus/client_golang/prometheus"`},
		{"library", "pkg/config", `import _ "github.com/spf13/cobra"`},
		{"library", "pkg/packet", `import "C"`},
		{"go", "pkg/flow", `func f() { go f() }`},
		{"go", "pkg/flow", `func f() { var g group; g.Go(f) }`},
		{"clock", "pkg/flow", "import \"time\"\nvar _ = time.Now"},
		{"clock", "pkg/flow", "import clock \"time\"\nfunc f() { clock.Sleep(1) }"},
		{"init", "pkg/flow", `func init() {}`},
		{"var", "pkg/flow", `var table = map[string]int{}`},
		{"var", "pkg/flow", `var list = []int{1}`},
		{"var", "pkg/flow", `var count int`},
		{"var", "pkg/flow", "var a = [...]int{1}\nfunc f() { a[0]++ }"},
		{"var", "pkg/flow", "var a = [...]int{1}\nfunc f() *int { return &a[0] }"},
		{"", "pkg/flow", "import \"time\"\nvar a = [...]int{1}\nfunc (t T) init() time.Duration { return time.Second }"},
		{"", "pkg/flow", "var a = sync.OnceValue(f)\nvar b = errors.New(\"b\")"},
		{"", "cmd/hookhound", "import _ \"github.com/hookhound/hookhound/pkg/pipeline\""},
	} {
		f, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\n"+c.code, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		s := source{c.dir + "/x.go", c.dir, f}
		found := append(breaches(s), written([]source{s})...)
		if c.law == "" && len(found) > 0 || c.law != "" && !slices.ContainsFunc(found, func(b breach) bool { return b.law == c.law }) {
			t.Errorf("in %s, %q: found %v, want a breach of %q", c.dir, c.code, found, c.law)
		}
	}
}

// TestNoLibpcapBelow: what reads packets needs no libpcap, not even through a
// library. tlswire does, through the library that computes JA3, and with it all
// that stands above.
func TestNoLibpcapBelow(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("there is no go command")
	}
	var below []string
	for _, dir := range []string{"capture", "pkg/packet", "pkg/defrag", "pkg/dedup", "pkg/flow", "pkg/stream", "pkg/protocol", "rules", "pkg/catalog", "pkg/beacon", "pkg/config"} {
		below = append(below, module+dir)
	}
	cmd := exec.Command("go", append([]string{"list", "-deps"}, below...)...)
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for _, dep := range strings.Fields(string(out)) {
		if strings.HasPrefix(dep, "github.com/google/gopacket") {
			t.Errorf("%s is needed by one of %v: `go list -deps` of each tells which", dep, below)
		}
	}
}
