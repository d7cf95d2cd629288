package config

import (
	"fmt"
	"io"
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
		fmt.Fprintf(t, "%s: %s\t# %s\n", name, value(l.k.Get(k.name)), l.origin[k.name])
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
		if v == "" || strings.ContainsAny(v, ":#{}[],&*?|<>=!%@`\"' ") {
			return fmt.Sprintf("%q", v)
		}
		return v
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
