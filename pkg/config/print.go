package config

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// line is one of those that Print writes.
type line struct{ text, origin string }

// widest is how far to the right the column of origins may stand. Lines beyond
// have theirs right behind.
const widest = 48

// secret is the setting that Print never shows; hidden stands in its place, and
// is refused where it is used as a value.
const (
	secret = "privacy.token_key"
	hidden = "hidden"
)

// Print writes what is in force as YAML that can be used as a settings file,
// with the origin of each value behind it.
func (l *Loaded) Print(w io.Writer) error {
	lines := l.lines()
	column := 0
	for _, x := range lines {
		if n := utf8.RuneCountInString(x.text); x.origin != "" && n <= widest {
			column = max(column, n)
		}
	}
	for _, x := range lines {
		if x.origin != "" {
			pad := max(0, column-utf8.RuneCountInString(x.text))
			x.text += strings.Repeat(" ", pad) + "  # " + oneLine(x.origin)
		}
		if _, err := io.WriteString(w, x.text+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// lines has each setting on one, and a list of several values below its name.
func (l *Loaded) lines() (out []line) {
	group := ""
	for _, k := range keys() {
		name, indent := k.name, ""
		if g, last, ok := strings.Cut(k.name, "."); ok {
			if g != group {
				out = append(out, line{g + ":", ""})
			}
			group, name, indent = g, last, "  "
		}
		v := l.k.Get(k.name)
		if k.name == secret && v != "" {
			v = hidden
		}
		if all, ok := v.([]string); ok && len(all) > 1 {
			out = append(out, line{indent + name + ":", l.origin[k.name]})
			for _, one := range all {
				out = append(out, line{indent + "  - " + quoted(one), ""})
			}
			continue
		}
		out = append(out, line{indent + name + ": " + value(v), l.origin[k.name]})
	}
	return out
}

// value writes a setting as YAML.
func value(v any) string {
	switch v := v.(type) {
	case []string:
		return list(len(v), func(i int) any { return v[i] })
	case []any:
		return list(len(v), func(i int) any { return v[i] })
	case string:
		return quoted(v)
	}
	return fmt.Sprint(v)
}

func list(n int, at func(i int) any) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = value(at(i))
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// quoted writes text so that YAML reads the same text: what could be a number, a
// date or a word of YAML's own stands in quotes, as JSON writes them.
func quoted(s string) string {
	simple := regexp.MustCompile(`^[A-Za-z][A-Za-z0-9./_-]*$|^[0-9]+(\.[0-9]+){3}(/[0-9]+)?$|^[0-9]+(ns|us|ms|s|m|h)$`)
	words := []string{"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
	if simple.MatchString(s) && !slices.Contains(words, strings.ToLower(s)) {
		return s
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return fmt.Sprintf("%q", s)
	}
	return strings.TrimSpace(b.String())
}

// oneLine keeps a comment from ending early.
func oneLine(s string) string {
	return strings.NewReplacer("\n", " ", "\r", " ", "\t", " ").Replace(s)
}
