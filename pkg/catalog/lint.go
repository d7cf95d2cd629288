package catalog

import (
	"fmt"
	"io/fs"
	"strings"
)

// Lint lists all that a person should mend in a catalogue: what Load refuses,
// and besides what is missing, what cannot be reached, and each example that
// does not come out as it says. An empty list is a clean catalogue.
func Lint(fsys fs.FS) []Problem {
	r := readAll(fsys)
	r.check()
	usable := true
	for _, p := range r.problems {
		usable = usable && p.Advice
	}
	l := linter{}
	for _, s := range r.services {
		l.wording(s)
	}
	if usable {
		// The rest asks the catalogue itself.
		l.c = build(r.services)
		for _, s := range r.services {
			l.reach(s)
			l.examples(s)
		}
	}
	all := append(r.problems, l.problems...)
	sortProblems(all)
	return all
}

type linter struct {
	c        *Catalog
	problems []Problem
}

func (l *linter) say(s *Service, line int, format string, args ...any) {
	if line == 0 {
		line = s.Line
	}
	l.problems = append(l.problems, Problem{File: s.File, Line: line, Advice: true,
		Message: fmt.Sprintf("service %q: ", s.ID) + fmt.Sprintf(format, args...)})
}

// wording asks for what a person needs who sees the service in an alert.
func (l *linter) wording(s *Service) {
	switch {
	case s.Reason == "":
		l.say(s, 0, "no reason: say in one sentence why a defender cares")
	case !strings.HasSuffix(s.Reason, "."):
		l.say(s, 0, "the reason is a sentence and ends with a full stop")
	}
	if len(s.Evidence) == 0 && s.Class.Scores() {
		l.say(s, 0, "no evidence: say where the service is known from")
	}
	if len(s.Examples) == 0 {
		l.say(s, 0, "no examples: give a name or URL that must match")
	}
}

// reach finds hosts that no name leads to, and such as add nothing.
func (l *linter) reach(s *Service) {
	for i := range s.Hosts {
		h := &s.Hosts[i]
		if h.Pattern == anyHost {
			continue
		}
		m := l.c.Host(sample(h.Pattern))
		if m.Service != s || m.Pattern != h.Pattern {
			l.say(s, h.line, "host %s is unreachable: %s stands in front of it", h.Pattern, m.Pattern)
		}
		for j := range s.Hosts {
			o := &s.Hosts[j]
			fixed, below, tenant := splitPattern(o.Pattern)
			if i != j && below && !tenant && h.Weight == o.Weight && h.Dedicated == o.Dedicated &&
				!strings.HasPrefix(h.Pattern, tenantTag) && strings.HasSuffix(h.Pattern, "."+fixed) {
				l.say(s, h.line, "host %s adds nothing to %s", h.Pattern, o.Pattern)
			}
		}
	}
	for _, name := range s.Except {
		if m := l.c.Host(name); m.Known() && m.Service != s {
			continue // it belongs to another service, which is reason enough
		}
		covered := false
		for i := range s.Hosts {
			fixed, below, _ := splitPattern(s.Hosts[i].Pattern)
			covered = covered || below && strings.HasSuffix(name, "."+fixed)
		}
		if !covered {
			l.say(s, 0, "the exception %s is covered by none of the hosts", name)
		}
	}
}

// sample is a name that fits a pattern.
func sample(pattern string) string {
	return strings.ReplaceAll(strings.Replace(pattern, tenantTag, "sample0", 1), "*", "sample0")
}

// examples holds the service to its own words. Each shape needs an example
// that reaches it: so a shape that an earlier one hides comes to light.
func (l *linter) examples(s *Service) {
	reached := map[string]bool{}
	for _, e := range s.Examples {
		if !strings.Contains(e, "/") {
			if m := l.c.Host(e); m.Service != s {
				l.say(s, 0, "the example %s leads to %q", e, m.ID)
			}
			continue
		}
		m, err := l.c.URL(e)
		switch {
		case err != nil:
			l.say(s, 0, "the example %s: %v", e, err)
		case m.Service != s:
			l.say(s, 0, "the example %s leads to %q", e, m.ID)
		case m.Shape == nil:
			l.say(s, 0, "the example %s has none of the shapes", e)
		default:
			reached[m.Shape.Pattern] = true
		}
	}
	for i := range s.Shapes {
		if p := &s.Shapes[i]; !reached[p.Pattern] {
			l.say(s, p.line, "no example reaches the shape %s", p.Pattern)
		}
	}
	for _, e := range s.Not {
		if !strings.Contains(e, "/") {
			if m := l.c.Host(e); m.Service == s {
				l.say(s, 0, "%s must not match, yet it does", e)
			}
			continue
		}
		if m, err := l.c.URL(e); err == nil && m.Service == s && m.PathMatched {
			l.say(s, 0, "%s must not have the shape of a URL of the service, yet it has", e)
		}
	}
}
