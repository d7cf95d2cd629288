package config

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
)

// Print writes what is in force as YAML that can be used as a settings file,
// with the origin of each value behind it.
func (l *Loaded) Print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	group := ""
	for _, k := range keys() {
		name := k.name
		if g, last, ok := strings.Cut(k.name, "."); ok {
			if g != group {
				fmt.Fprintf(t, "%s:\n", g)
			}
			group, name = g, "  "+last
		}
		fmt.Fprintf(t, "%s: %s\t# %s\n", name, value(l.k.Get(k.name)), oneLine(l.origin[k.name]))
	}
	return t.Flush()
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
