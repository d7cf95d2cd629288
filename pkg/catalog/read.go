package catalog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// dir is where the services stand within the rules.
const dir = "services"

// reader turns the YAML files into services, and notes what it does not
// understand.
type reader struct {
	file     string
	problems []Problem
	services []*Service
}

// field is a key of a mapping and what to do with its value.
type field struct {
	key  string
	read func(*yaml.Node)
}

// readAll reads each file of the folder, in the order of their names.
func readAll(fsys fs.FS) *reader {
	r := &reader{file: dir}
	files, err := fs.ReadDir(fsys, dir)
	if err != nil {
		r.bad(nil, "cannot read the folder: %v; want a folder %q with the services in .yaml files", err, dir)
		return r
	}
	for _, f := range files {
		r.file = path.Join(dir, f.Name())
		switch path.Ext(f.Name()) {
		case ".yaml":
			r.readFile(fsys)
		case ".md":
		default:
			r.advise(nil, "not read: only names that end in .yaml are")
		}
	}
	if r.file = dir; len(r.services) == 0 && len(r.problems) == 0 {
		r.bad(nil, "no services in it; want .yaml files as rules/README.md describes them")
	}
	return r
}

func (r *reader) readFile(fsys fs.FS) {
	text, err := fs.ReadFile(fsys, r.file)
	if err != nil {
		r.bad(nil, "cannot be read: %v", err)
		return
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc, more yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		r.bad(nil, "empty; want the keys class and services")
		return
	case err != nil:
		r.bad(nil, "%s", strings.TrimPrefix(err.Error(), "yaml: "))
		return
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		r.bad(nil, "more than one YAML document; put all services into one list")
		return
	}
	var class Class
	r.mapping(doc.Content[0], "a file",
		field{"class", func(n *yaml.Node) { class = r.class(n) }},
		field{"services", func(n *yaml.Node) {
			for _, item := range r.list(n) {
				r.service(item, class)
			}
		}},
	)
}

func (r *reader) service(n *yaml.Node, class Class) {
	s := &Service{Class: class, File: r.file, Line: n.Line}
	weight := false
	r.mapping(n, "a service",
		field{"id", func(n *yaml.Node) { s.ID = r.text(n) }},
		field{"name", func(n *yaml.Node) { s.Name = r.text(n) }},
		field{"class", func(n *yaml.Node) { s.Class = r.class(n) }},
		field{"weight", func(n *yaml.Node) { s.Weight, weight = r.weight(n), true }},
		field{"dedicated", func(n *yaml.Node) { s.Dedicated = r.dedicated(n) }},
		field{"tenant", func(n *yaml.Node) { s.Tenant = words(r, n, places(), "place") }},
		field{"reason", func(n *yaml.Node) { s.Reason = r.text(n) }},
		field{"hosts", func(n *yaml.Node) {
			for _, item := range r.list(n) {
				s.Hosts = append(s.Hosts, r.host(item))
			}
		}},
		field{"except", func(n *yaml.Node) { s.Except = r.texts(n) }},
		field{"paths", func(n *yaml.Node) {
			for _, item := range r.list(n) {
				s.Shapes = append(s.Shapes, r.shape(item))
			}
		}},
		field{"evidence", func(n *yaml.Node) { s.Evidence = r.texts(n) }},
		field{"reference", func(n *yaml.Node) { s.Reference = r.text(n) }},
		field{"examples", func(n *yaml.Node) { s.Examples = r.texts(n) }},
		field{"not", func(n *yaml.Node) { s.Not = r.texts(n) }},
	)
	if !weight && s.Class.Scores() {
		r.bad(n, "service %q has no weight; want 0 to %d", s.ID, maxWeight)
	}
	for i := range s.Hosts {
		h := &s.Hosts[i]
		if h.Weight < 0 {
			h.Weight = s.Weight
		}
		if h.Dedicated == unset {
			h.Dedicated = s.Dedicated
		}
	}
	for i := range s.Shapes {
		if s.Shapes[i].Class == "" {
			s.Shapes[i].Class = s.Class
		}
	}
	r.services = append(r.services, s)
}

// unset marks what a host takes from its service; none is left after reading.
const unset Dedicated = 255

func (r *reader) host(n *yaml.Node) Host {
	h := Host{Weight: -1, Dedicated: unset, line: n.Line}
	if n.Kind == yaml.ScalarNode {
		h.Pattern = r.text(n)
		return h
	}
	r.mapping(n, "a host",
		field{"host", func(n *yaml.Node) { h.Pattern = r.text(n) }},
		field{"weight", func(n *yaml.Node) { h.Weight = r.weight(n) }},
		field{"dedicated", func(n *yaml.Node) { h.Dedicated = r.dedicated(n) }},
	)
	return h
}

func (r *reader) shape(n *yaml.Node) Shape {
	s := Shape{line: n.Line}
	r.mapping(n, "a path",
		field{"shape", func(n *yaml.Node) { s.Pattern = r.text(n) }},
		field{"means", func(n *yaml.Node) {
			if w := words(r, n, meanings(), "meaning"); len(w) == 1 {
				s.Means = w[0]
			} else if len(w) > 1 {
				r.bad(n, "more than one meaning")
			}
		}},
		field{"class", func(n *yaml.Node) { s.Class = r.class(n) }},
		field{"weight", func(n *yaml.Node) { s.Weight, s.ownWeight = r.weight(n), true }},
	)
	if s.Means == "" {
		r.bad(n, "the path has no key means; want one of %s", join(meanings()))
	}
	return s
}

// mapping reads the keys of a mapping in the order of the fields, and refuses
// all others.
func (r *reader) mapping(n *yaml.Node, what string, fields ...field) {
	if n.Kind != yaml.MappingNode {
		r.bad(n, "%s must be a mapping of keys to values", what)
		return
	}
	var keys []string
	for _, f := range fields {
		keys = append(keys, f.key)
	}
	values := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		name := key.Value
		switch {
		case values[name] != nil:
			r.bad(key, "key %q stands twice", name)
		case !slices.Contains(keys, name):
			r.bad(key, "unknown key %q%s; %s has %s", name, hint(name, keys), what, strings.Join(keys, ", "))
		}
		values[name] = value
	}
	for _, f := range fields {
		if v := values[f.key]; v != nil {
			f.read(v)
		}
	}
}

func (r *reader) list(n *yaml.Node) []*yaml.Node {
	if n.Kind != yaml.SequenceNode {
		r.bad(n, "want a list")
		return nil
	}
	return n.Content
}

func (r *reader) text(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode {
		r.bad(n, "want a text")
		return ""
	}
	if strings.TrimSpace(n.Value) == "" {
		r.bad(n, "empty; leave the key out instead")
	}
	return n.Value
}

// texts reads a list of texts, or a single one.
func (r *reader) texts(n *yaml.Node) []string {
	if n.Kind == yaml.ScalarNode {
		return []string{r.text(n)}
	}
	var out []string
	for _, item := range r.list(n) {
		out = append(out, r.text(item))
	}
	return out
}

func (r *reader) weight(n *yaml.Node) int {
	w, err := strconv.Atoi(r.text(n))
	if err != nil || w < 0 || w > maxWeight {
		r.bad(n, "weight %q; want a whole number from 0 to %d", n.Value, maxWeight)
		return 0
	}
	return w
}

func (r *reader) class(n *yaml.Node) Class {
	if c := words(r, n, Classes(), "class"); len(c) == 1 {
		return c[0]
	}
	return ""
}

func (r *reader) dedicated(n *yaml.Node) Dedicated {
	switch w := r.text(n); w {
	case "yes":
		return OneUse
	case "infra":
		return Infra
	case "no":
	default:
		r.bad(n, "dedicated is %q; want yes, no or infra", w)
	}
	return Shared
}

// words reads one or several words out of a closed set.
func words[T ~string](r *reader, n *yaml.Node, set []T, what string) []T {
	var names []string
	for _, t := range set {
		names = append(names, string(t))
	}
	var out []T
	for _, w := range r.texts(n) {
		if !slices.Contains(names, w) {
			r.bad(n, "unknown %s %q%s; want one of %s", what, w, hint(w, names), strings.Join(names, ", "))
			continue
		}
		out = append(out, T(w))
	}
	return out
}

// bad notes a problem that keeps the catalogue from being used.
func (r *reader) bad(n *yaml.Node, format string, args ...any) {
	r.note(n, false, format, args...)
}

// advise notes a problem that does not.
func (r *reader) advise(n *yaml.Node, format string, args ...any) {
	r.note(n, true, format, args...)
}

func (r *reader) note(n *yaml.Node, advice bool, format string, args ...any) {
	p := Problem{File: r.file, Message: fmt.Sprintf(format, args...), Advice: advice}
	if n != nil {
		p.Line = n.Line
	}
	r.problems = append(r.problems, p)
}

// hint names what a misspelt word most likely meant.
func hint(word string, names []string) string {
	if n := nearest(word, names); n != "" {
		return fmt.Sprintf(" (did you mean %q?)", n)
	}
	return ""
}

func join[T ~string](set []T) string {
	var names []string
	for _, t := range set {
		names = append(names, string(t))
	}
	return strings.Join(names, ", ")
}
