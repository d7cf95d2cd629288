package catalog

import (
	"strings"
	"testing"
	"testing/fstest"
)

// good is the smallest file that is clean.
const good = `class: tunnel
services:
  - id: hole
    name: Hole
    weight: 70
    dedicated: yes
    tenant: subdomain
    reason: It leads anywhere.
    hosts:
      - '{tenant}.hole.example'
    evidence: [code]
    examples:
      - x.hole.example
`

func files(text string) fstest.MapFS {
	return fstest.MapFS{"services/a.yaml": {Data: []byte(text)}}
}

func TestLoadSmall(t *testing.T) {
	c, err := Load(files(good))
	if err != nil {
		t.Fatal(err)
	}
	if m := c.Host("x.hole.example"); m.ID != "hole" || m.Tenant != "x" || m.Weight != 70 || m.Service.File != "services/a.yaml" || m.Service.Line != 3 {
		t.Errorf("got %+v from %s:%d", m, m.Service.File, m.Service.Line)
	}
	if p := Lint(files(good)); len(p) != 0 {
		t.Errorf("the smallest catalogue has problems: %v", p)
	}
}

// Each mistake is told with its place and what to do, by Load if the catalogue
// would not be what its author meant, and else by Lint alone.
func TestMistakes(t *testing.T) {
	swap := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("%q is not in the file to be spoilt", old)
		}
		return strings.Replace(good, old, new, 1)
	}
	second := "  - id: other\n    name: Other\n    weight: 1\n    reason: It exists.\n    hosts: [other.example]\n    evidence: [code]\n    examples: [other.example]\n"
	withPath := func(path string) string {
		return good + "    paths:\n      - " + strings.ReplaceAll(path, "\n", "\n        ") + "\n"
	}
	for _, test := range []struct {
		what, text, want string
		advice           bool
	}{
		{"a misspelt key", swap("weight", "weigth"), `services/a.yaml:5: unknown key "weigth" (did you mean "weight"?)`, false},
		{"a misspelt class", swap("tunnel", "tunel"), `services/a.yaml:1: unknown class "tunel" (did you mean "tunnel"?)`, false},
		{"an unknown key at the top", "clas: tunnel\n" + good, `services/a.yaml:1: unknown key "clas" (did you mean "class"?)`, false},
		{"a key twice", swap("    name: Hole\n", "    name: Hole\n    name: Hole\n"), `services/a.yaml:5: key "name" stands twice`, false},
		{"a weight too great", swap("70", "101"), `services/a.yaml:5: weight "101"; want a whole number from 0 to 100`, false},
		{"a weight in words", swap("70", "much"), `services/a.yaml:5: weight "much"`, false},
		{"no weight", swap("    weight: 70\n", ""), `services/a.yaml:3: service "hole" has no weight`, false},
		{"a false dedicated", swap("dedicated: yes", "dedicated: true"), `services/a.yaml:6: dedicated is "true"; want yes, no or infra`, false},
		{"an unknown place", swap("tenant: subdomain", "tenant: subdomian"), `services/a.yaml:7: unknown place "subdomian" (did you mean "subdomain"?)`, false},
		{"a tenant that no host shows", swap("{tenant}.hole", "*.hole"), `services/a.yaml:3: service "hole": the tenant is hole's subdomain exactly when`, false},
		{"a list instead of a mapping", "- a\n", `services/a.yaml:1: a file must be a mapping`, false},
		{"a mapping instead of a list", "class: tunnel\nservices: {id: x}\n", `services/a.yaml:2: want a list`, false},
		{"a mapping instead of a text", swap("name: Hole", "name: {a: b}"), `services/a.yaml:4: want a text`, false},
		{"an empty value", swap("name: Hole", "name:"), `services/a.yaml:4: empty; leave the key out instead`, false},
		{"broken YAML", "class: [\n", `services/a.yaml: line`, false},
		{"two documents", good + "---\n" + good, `services/a.yaml: more than one YAML document`, false},
		{"an empty file", "", `services/a.yaml: empty; want the keys class and services`, false},
		{"no services", "class: tunnel\nservices: []\n", `services: no services in it`, false},
		{"an alias", swap("evidence: [code]", "evidence: *x"), `services/a.yaml: unknown anchor`, false},
		{"an id like a domain", swap("id: hole", "id: hole.example"), `an id has small letters, digits and hyphens`, false},
		{"an id twice", good + strings.Replace(second, "id: other", "id: hole", 1), `services/a.yaml:14: service "hole": the id is taken at services/a.yaml:3`, false},
		{"a host twice", good + strings.Replace(second, "[other.example]", "['*.hole.example']", 1), `services/a.yaml:18: service "other": host *.hole.example is taken by service "hole" at services/a.yaml:3`, false},
		{"a host in capitals", swap("hole.example'", "Hole.example'"), `is no name in lower case`, false},
		{"a star within a label", swap("{tenant}.hole", "{tenant}.a*b.hole"), `services/a.yaml:10: service "hole": host "{tenant}.a*b.hole.example": * stands for a whole label`, false},
		{"a whole top-level domain", swap("{tenant}.hole.example", "{tenant}.co.uk"), `covers a whole top-level domain`, false},
		{"a star before a top-level domain", swap("{tenant}.hole.example", "{tenant}.*.com"), `covers a whole top-level domain`, false},
		{"any host without paths", swap("'{tenant}.hole.example'", "'*'"), `the host * needs paths`, false},
		{"any host beside another", swap("- '{tenant}.hole.example'", "- '{tenant}.hole.example'\n      - '*'"), `the host * stands alone`, false},
		{"an exception that is a host", good + strings.Replace(second, "evidence", "except: [other.example]\n    evidence", 1), `other.example is both a host and an exception`, false},
		{"a weight where none is", "class: registry\n" + strings.TrimPrefix(good, "class: tunnel\n"), `class registry carries no weight, yet {tenant}.hole.example has 70`, false},
		{"a shape that does not compile", withPath("shape: '^/('\nmeans: webhook"), `services/a.yaml:15: service "hole": the shape does not compile`, false},
		{"a shape in the middle", withPath("shape: 'x/y'\nmeans: webhook"), `the shape "x/y" must begin with ^/`, false},
		{"a shape without a meaning", withPath("shape: '^/x'"), `services/a.yaml:15: the path has no key means`, false},
		{"a short secret", withPath("shape: '^/(?P<token>.{7,})'\nmeans: webhook"), `a secret of 7 bytes fits the group "token"; want at least 8`, false},
		{"a short way to a secret", withPath("shape: '^/(?P<token>x{9}|y{3})'\nmeans: webhook"), `a secret of 3 bytes`, false},
		{"a group without a meaning", withPath("shape: '^/(x)'\nmeans: webhook"), `a group is (?:...)`, false},

		{"a file of another name", "", `services/b.yml: not read: only names that end in .yaml are`, true},
		{"no reason", swap("    reason: It leads anywhere.\n", ""), `services/a.yaml:3: service "hole": no reason`, true},
		{"no sentence", swap("anywhere.", "anywhere"), `ends with a full stop`, true},
		{"no evidence", swap("    evidence: [code]\n", ""), `no evidence`, true},
		{"no examples", swap("    examples:\n      - x.hole.example\n", ""), `no examples`, true},
		{"an example of another", swap("- x.hole.example", "- x.pit.example"), `the example x.pit.example leads to "pit.example"`, true},
		{"an example without a host", swap("- x.hole.example", "- https:///x"), `the example https:///x: url: no host name`, true},
		{"a shape that nothing reaches", withPath("shape: '^/x'\nmeans: webhook"), `services/a.yaml:15: service "hole": no example reaches the shape ^/x`, true},
		{"a path without a shape", swap("- x.hole.example", "- https://x.hole.example/y"), `has none of the shapes`, true},
		{"a name that should not match", good + "    not: [y.hole.example]\n", `y.hole.example must not match, yet it does`, true},
		{"a URL that should not match", strings.Replace(withPath("shape: '^/x'\nmeans: webhook"), "- x.hole.example", "- https://x.hole.example/x", 1) + "    not: ['https://x.hole.example/xy']\n", `must not have the shape`, true},
		{"an exception for nothing", swap("    evidence", "    except: [pit.example]\n    evidence"), `the exception pit.example is covered by none`, true},
		{"a host that adds nothing", swap("- '{tenant}.hole.example'", "- '{tenant}.hole.example'\n      - '*.pit.example'\n      - a.pit.example"), `host a.pit.example adds nothing to *.pit.example`, true},
	} {
		fsys := files(test.text)
		if test.what == "a file of another name" {
			fsys = files(good)
			fsys["services/b.yml"] = &fstest.MapFile{Data: []byte(good)}
		}
		_, err := Load(fsys)
		switch {
		case test.advice && err != nil:
			t.Errorf("%s: Load refuses what only needs advice: %v", test.what, err)
		case !test.advice && err == nil:
			t.Errorf("%s: Load does not notice", test.what)
		case !test.advice && !strings.Contains(err.Error(), test.want):
			t.Errorf("%s: Load says\n%v\nwant\n%s", test.what, err, test.want)
		}
		var said []string
		for _, p := range Lint(fsys) {
			said = append(said, p.String())
		}
		if all := strings.Join(said, "\n"); !strings.Contains(all, test.want) {
			t.Errorf("%s: Lint says\n%s\nwant\n%s", test.what, all, test.want)
		}
	}
}

func TestLoadWithoutFolder(t *testing.T) {
	_, err := Load(fstest.MapFS{})
	if err == nil || !strings.Contains(err.Error(), `want a folder "services"`) {
		t.Errorf("got %v", err)
	}
}

// Many mistakes are not told all at once.
func TestManyProblems(t *testing.T) {
	_, err := Load(files("class: tunnel\nservices:\n" + strings.Repeat("  - {wieght: 1}\n", 50)))
	if err == nil {
		t.Fatal("no error")
	}
	if lines := strings.Count(err.Error(), "\n") + 1; lines != shownProblems+1 || !strings.Contains(err.Error(), "more") {
		t.Errorf("%d lines:\n%v", lines, err)
	}
}

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"a", "", 1}, {"", "abc", 3}, {"weight", "weight", 0}, {"weigth", "weight", 1},
		{"tunel", "tunnel", 1}, {"kitten", "sitting", 3}, {"ab", "ba", 1}, {"ca", "abc", 3},
	} {
		if got := distance(test.a, test.b); got != test.want {
			t.Errorf("distance(%q, %q) = %d, want %d", test.a, test.b, got, test.want)
		}
		if got := distance(test.b, test.a); got != test.want {
			t.Errorf("distance(%q, %q) = %d, want %d", test.b, test.a, got, test.want)
		}
	}
}
