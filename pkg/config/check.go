package config

import (
	"fmt"
	"net"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// convert puts a value of its setting's type in the place of what was written:
// text stands for a number where the setting is one.
func (l *Loaded) convert(k key) error {
	v := l.k.Get(k.name)
	text, isText := v.(string)
	var right any
	var err error
	want := ""
	switch k.zero.(type) {
	case int:
		want = "a whole number"
		if right = v; isText {
			right, err = strconv.Atoi(text)
		}
	case float64:
		want = "a number"
		switch n := v.(type) {
		case int:
			right = float64(n)
		case string:
			right, err = strconv.ParseFloat(n, 64)
		default:
			right = v
		}
	case bool:
		want = "true or false"
		if right = v; isText {
			right, err = strconv.ParseBool(text)
		}
	case time.Duration:
		want = "a duration such as 30s or 2m"
		if right = v; isText {
			right, err = time.ParseDuration(text)
		}
	case string:
		want, right = "text, in quotes where it looks like something else", v
	case []string:
		want = `a list of text such as ["a", "b"]`
		right, err = textList(v)
	}
	if err != nil || reflect.TypeOf(right) != reflect.TypeOf(k.zero) {
		return l.wrong(k.name, want)
	}
	return l.set(k.name, right, l.origin[k.name])
}

// textList is a list of text. One value stands for a list of one, and text for
// a list with commas.
func textList(v any) ([]string, error) {
	switch v := v.(type) {
	case string:
		return splitList(v), nil
	case []string:
		return v, nil
	case []any:
		out := []string{}
		for _, e := range v {
			s, ok := e.(string)
			if !ok {
				return nil, fmt.Errorf("%v is no text", e)
			}
			out = append(out, s)
		}
		return out, nil
	}
	return nil, fmt.Errorf("%v is no list", v)
}

// wrong says that a setting has a value that cannot be.
func (l *Loaded) wrong(name, want string) error {
	if name == secret {
		return fmt.Errorf("%s: %s must be %s", l.origin[name], name, want)
	}
	return fmt.Errorf("%s: %s must be %s, not %s", l.origin[name], name, want, value(l.k.Get(name)))
}

// minTokenKey is the least length of a key in bytes. A token is long and random
// itself; the key keeps its hash from being told apart by whoever guesses keys.
const minTokenKey = 16

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
		{"capture.ring_mib", l.Capture.RingMiB >= 2 && l.Capture.RingMiB <= 2047, "between 2 and 2047 MiB"},
		{"limits.flows", l.Limits.Flows >= 64, "at least 64"},
		{"limits.stream_mib", l.Limits.StreamMiB >= 4, "at least 4 MiB"},
		{"limits.pairs", l.Limits.Pairs >= 64, "at least 64"},
		{"detect.threshold", l.Detect.Threshold >= 0 && l.Detect.Threshold <= 100, "between 0 and 100"},
		{"detect.hunt_entries", l.Detect.HuntEntries >= 0, "0 or more"},
		{"privacy.level", l.Privacy.Level == PrivacyStandard || l.Privacy.Level == PrivacyFull, "standard or full"},
		{"privacy.token_key", l.Privacy.TokenKey == "" || len(l.Privacy.TokenKey) >= minTokenKey, "empty, or a secret of 16 bytes or more"},
		{"kafka.topic", topic(l.Kafka.Topic), "1 to 249 letters, digits, dots, dashes or underscores"},
		{"kafka.drain_timeout", l.Kafka.DrainTimeout >= 0, "0s or more"},
	} {
		if !c.ok {
			return l.wrong(c.name, c.want)
		}
	}
	for _, c := range []struct {
		name string
		list []string
	}{{"home_networks", l.HomeNetworks}, {"privacy.exclude", l.Privacy.Exclude}} {
		for _, s := range c.list {
			if _, err := prefix(s); err != nil {
				return fmt.Errorf("%s: %s: %q is no network\nwrite it as 10.0.0.0/8 or fd00::/8", l.origin[c.name], c.name, s)
			}
		}
	}
	for _, b := range l.Kafka.Brokers {
		if !broker(b) {
			return fmt.Errorf("%s: kafka.brokers: %q is no broker\nwrite it as HOST:PORT, such as kafka-1.example.org:9092", l.origin["kafka.brokers"], b)
		}
	}
	return nil
}

// broker tells whether the text is a host and a port.
func broker(s string) bool {
	host, port, err := net.SplitHostPort(s)
	n, portErr := strconv.ParseUint(port, 10, 16)
	return err == nil && portErr == nil && n > 0 && host != "" && !strings.ContainsAny(host, "/ \t")
}

// topic tells whether Kafka allows the name.
func topic(s string) bool {
	if s == "" || len(s) > 249 || s == "." || s == ".." {
		return false
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == ""
}
