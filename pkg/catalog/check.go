package catalog

import (
	"fmt"
	"io/fs"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Load reads a catalogue: the embedded rules.FS, or os.DirFS of a folder that
// is laid out like it. It refuses what it does not understand, with the file
// and the line, rather than match less than its author meant.
func Load(fsys fs.FS) (*Catalog, error) {
	r := readAll(fsys)
	r.check()
	var bad problemError
	for _, p := range r.problems {
		if !p.Advice {
			bad = append(bad, p)
		}
	}
	if len(bad) > 0 {
		sortProblems(bad)
		return nil, bad
	}
	return build(r.services), nil
}

// checker compares the services with each other.
type checker struct {
	*reader
	ids      map[string]*Service
	patterns map[string]*Service
}

// check finds what makes services contradict each other or themselves.
func (r *reader) check() {
	c := checker{reader: r, ids: map[string]*Service{}, patterns: map[string]*Service{}}
	for _, s := range r.services {
		c.service(s)
	}
	// Exceptions last: whether one is a host of its own does not depend on
	// which stands first.
	for _, s := range r.services {
		c.except(s)
	}
}

func (c *checker) at(s *Service, line int, format string, args ...any) {
	if line == 0 {
		line = s.Line
	}
	c.problems = append(c.problems, Problem{File: s.File, Line: line,
		Message: fmt.Sprintf("service %q: ", s.ID) + fmt.Sprintf(format, args...)})
}

func (c *checker) service(s *Service) {
	switch other := c.ids[s.ID]; {
	case s.ID == "":
		c.at(s, 0, "no id")
	case !isID(s.ID):
		c.at(s, 0, "an id has small letters, digits and hyphens; a dot would make it look like a domain")
	case other != nil:
		c.at(s, 0, "the id is taken at %s:%d", other.File, other.Line)
	default:
		c.ids[s.ID] = s
	}
	if s.Name == "" {
		c.at(s, 0, "no name")
	}
	if s.Class == "" {
		c.at(s, 0, "no class, neither its own nor the file's; want one of %s", join(Classes()))
	}
	if len(s.Hosts) == 0 {
		c.at(s, 0, "no hosts")
	}
	tenant := false
	for i := range s.Hosts {
		h := &s.Hosts[i]
		c.host(s, h)
		tenant = tenant || strings.HasPrefix(h.Pattern, tenantTag)
		if h.Weight > 0 && s.Class != "" && !s.Class.Scores() {
			c.at(s, h.line, "class %s carries no weight, yet %s has %d", s.Class, h.Pattern, h.Weight)
		}
	}
	if told := slices.Contains(s.Tenant, Subdomain); told != tenant {
		c.at(s, 0, "the tenant is %s's subdomain exactly when a host begins with %s", s.ID, tenantTag)
	}
	for i := range s.Shapes {
		c.shape(s, &s.Shapes[i])
	}
}

func (c *checker) host(s *Service, h *Host) {
	if h.Pattern == anyHost {
		if len(s.Hosts) > 1 {
			c.at(s, h.line, "the host * stands alone: only URLs can tell the service")
		}
		if len(s.Shapes) == 0 {
			c.at(s, h.line, "the host * needs paths: only URLs can tell the service")
		}
		return
	}
	fixed, _, _ := splitPattern(h.Pattern)
	if !isName(strings.ReplaceAll(fixed, "*", "x")) {
		c.at(s, h.line, "host %q is no name in lower case; a pattern begins with *. or %s. and has * only as a whole label", h.Pattern, tenantTag)
		return
	}
	for _, label := range strings.Split(fixed, ".") {
		if strings.Contains(label, "*") && label != "*" {
			c.at(s, h.line, "host %q: * stands for a whole label", h.Pattern)
			return
		}
	}
	base := fixed
	for strings.HasPrefix(base, "*.") {
		base = base[len("*."):]
	}
	if suffix, icann := publicsuffix.PublicSuffix(base); suffix == base && (icann || !strings.Contains(base, ".")) {
		c.at(s, h.line, "host %q covers a whole top-level domain", h.Pattern)
	}
	key := strings.Replace(h.Pattern, tenantTag, "*", 1)
	if other := c.patterns[key]; other != nil {
		c.at(s, h.line, "host %s is taken by service %q at %s:%d", h.Pattern, other.ID, other.File, other.Line)
		return
	}
	c.patterns[key] = s
}

func (c *checker) except(s *Service) {
	for _, name := range s.Except {
		if !isName(name) {
			c.at(s, 0, "the exception %q is no name in lower case", name)
			continue
		}
		if other := c.patterns[name]; other == s {
			c.at(s, 0, "%s is both a host and an exception", name)
		}
	}
}

func (c *checker) shape(s *Service, p *Shape) {
	if p.Pattern == "" {
		c.at(s, p.line, "a path without a shape")
		return
	}
	re, err := regexp.Compile(p.Pattern)
	if err != nil {
		c.at(s, p.line, "the shape does not compile: %v", err)
		return
	}
	p.re = re
	if !strings.HasPrefix(p.Pattern, "^/") {
		c.at(s, p.line, "the shape %q must begin with ^/, where a path begins", p.Pattern)
	}
	tree, err := syntax.Parse(p.Pattern, syntax.Perl)
	if err != nil {
		c.at(s, p.line, "the shape does not parse: %v", err)
		return
	}
	c.groups(s, p, tree)
	if p.Weight > 0 && p.Class != "" && !p.Class.Scores() {
		c.at(s, p.line, "class %s carries no weight, yet the path has %d", p.Class, p.Weight)
	}
}

// groups holds the names of the groups to those that have a meaning, and
// secrets to a length at which they can be told from other text.
func (c *checker) groups(s *Service, p *Shape, tree *syntax.Regexp) {
	if tree.Op == syntax.OpCapture {
		switch tree.Name {
		case "id":
		case "token", "token2":
			if n := minLength(tree.Sub[0]); n < minToken {
				c.at(s, p.line, "a secret of %d bytes fits the group %q; want at least %d", n, tree.Name, minToken)
			}
		default:
			c.at(s, p.line, "a group is (?:...), (?P<id>...), (?P<token>...) or (?P<token2>...)")
		}
	}
	for _, sub := range tree.Sub {
		c.groups(s, p, sub)
	}
}

// minLength is the least number of letters that an expression matches.
func minLength(re *syntax.Regexp) int {
	n := 0
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1
	case syntax.OpCapture, syntax.OpPlus:
		return minLength(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min * minLength(re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			n += minLength(sub)
		}
	case syntax.OpAlternate:
		n = minLength(re.Sub[0])
		for _, sub := range re.Sub[1:] {
			n = min(n, minLength(sub))
		}
	}
	return n
}

func isID(s string) bool {
	for _, b := range []byte(s) {
		if !(b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b == '-') {
			return false
		}
	}
	return s != ""
}

// isName tells whether a text is a host name of two labels or more as cleanName
// leaves it.
func isName(s string) bool {
	clean, kind := cleanName(s)
	return kind == plain && clean == s && strings.Contains(s, ".")
}
