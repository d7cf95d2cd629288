package config

import (
	"fmt"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Nearest returns the name that looks most like the wrong one, or "" if none
// does: more than half of the letters may not differ.
func Nearest(wrong string, names []string) string {
	best, least := "", len(wrong)/2+1
	for _, n := range names {
		if d := levenshtein.ComputeDistance(plain(wrong), plain(n)); d < least {
			best, least = n, d
		}
	}
	return best
}

// plain lets names be compared however they are written.
func plain(name string) string {
	return strings.NewReplacer("-", "_", ".", "_").Replace(strings.ToLower(name))
}

// unknown says that there is no such setting, and which one may be meant. names
// are those of keys(), as they are written there.
func unknown(where, wrong string, names []string) error {
	// A setting is also known by its name without the group, and by its flag.
	var known []string
	right := map[string]string{}
	add := func(alias, name string) {
		if alias != "" && right[plain(alias)] == "" {
			known = append(known, alias)
			right[plain(alias)] = name
		}
	}
	for i, k := range keys() {
		add(k.name, names[i])
	}
	for i, k := range keys() {
		_, last, _ := strings.Cut(k.name, ".")
		add(last, names[i])
		add(k.flag, names[i])
	}
	hint := "`hookhound config` lists them all"
	if strings.HasPrefix(wrong, EnvPrefix) {
		hint = "unset it; `hookhound config` lists all settings: kafka.brokers is HOOKHOUND_KAFKA_BROKERS"
	}
	if near := Nearest(strings.TrimPrefix(wrong, EnvPrefix), known); near != "" {
		hint = fmt.Sprintf("did you mean %s?", right[plain(near)])
	}
	return fmt.Errorf("%s: no setting is called %s\n%s", where, wrong, hint)
}
