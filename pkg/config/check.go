package config

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// typed checks that a value is of its setting's type, and puts text that stands
// for a number in its place.
func (l *Loaded) typed(k key) error {
	v := l.k.Get(k.name)
	wrong := func(want string) error {
		return fmt.Errorf("%s: %s must be %s, not %q", l.origin[k.name], k.name, want, fmt.Sprint(v))
	}
	text, isText := v.(string)
	switch k.zero.(type) {
	case int:
		switch n := v.(type) {
		case int:
		case string:
			if _, err := strconv.Atoi(n); err != nil {
				return wrong("a whole number")
			}
		default:
			return wrong("a whole number")
		}
	case float64:
		switch v.(type) {
		case int, float64:
		default:
			if _, err := strconv.ParseFloat(text, 64); err != nil {
				return wrong("a number")
			}
		}
	case bool:
		if _, ok := v.(bool); !ok {
			if _, err := strconv.ParseBool(text); err != nil {
				return wrong("true or false")
			}
		}
	case time.Duration:
		if _, ok := v.(time.Duration); !ok {
			if _, err := time.ParseDuration(text); err != nil {
				return wrong("a duration such as 30s or 2m")
			}
		}
	case []string:
		// One value stands for a list of one, and text for a list with commas.
		if isText {
			return l.set(k.name, splitList(text), l.origin[k.name])
		}
		switch v.(type) {
		case []string, []any:
		default:
			return wrong("a list")
		}
	case string:
		if _, ok := v.(map[string]any); ok {
			return wrong("text")
		}
	}
	return nil
}

// check refuses values that cannot work.
func (l *Loaded) check() error {
	for _, c := range []struct {
		name string
		ok   bool
		want string
	}{
		{"site", l.Site != "" && !strings.ContainsAny(l.Site, " \t\n"), "a name without spaces"},
		{"workers", l.Workers >= 1 && l.Workers <= 64, "between 1 and 64"},
		{"capture.snaplen", l.Capture.SnapLen >= 64 && l.Capture.SnapLen <= 262144, "between 64 and 262144 bytes"},
		{"capture.ring_mib", l.Capture.RingMiB >= 1 && l.Capture.RingMiB <= 2047, "between 1 and 2047 MiB"},
		{"limits.flows", l.Limits.Flows >= 64, "at least 64"},
		{"limits.stream_mib", l.Limits.StreamMiB >= 4, "at least 4 MiB"},
		{"limits.pairs", l.Limits.Pairs >= 64, "at least 64"},
		{"detect.threshold", l.Detect.Threshold >= 0 && l.Detect.Threshold <= 100, "between 0 and 100"},
		{"detect.hunt_entries", l.Detect.HuntEntries >= 0, "0 or more"},
		{"privacy.level", l.Privacy.Level == PrivacyStandard || l.Privacy.Level == PrivacyFull, "standard or full"},
		{"kafka.topic", topic(l.Kafka.Topic), "1 to 249 letters, digits, dots, dashes or underscores"},
		{"kafka.drain_timeout", l.Kafka.DrainTimeout >= 0, "0s or more"},
	} {
		if !c.ok {
			return fmt.Errorf("%s: %s must be %s, not %q", l.origin[c.name], c.name, c.want, fmt.Sprint(l.k.Get(c.name)))
		}
	}
	for name, list := range map[string][]string{"home_networks": l.HomeNetworks, "privacy.exclude": l.Privacy.Exclude} {
		for _, s := range list {
			if _, err := prefix(s); err != nil {
				return fmt.Errorf("%s: %s: %q is no network; write it as 10.0.0.0/8 or fd00::/8", l.origin[name], name, s)
			}
		}
	}
	for _, b := range l.Kafka.Brokers {
		if host, port, err := net.SplitHostPort(b); err != nil || host == "" || port == "" {
			return fmt.Errorf("%s: kafka.brokers: %q is no broker; write it as HOST:PORT, such as kafka-1.example.org:9092", l.origin["kafka.brokers"], b)
		}
	}
	return nil
}

// topic tells whether Kafka allows the name.
func topic(s string) bool {
	if s == "" || len(s) > 249 || s == "." || s == ".." {
		return false
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == ""
}
