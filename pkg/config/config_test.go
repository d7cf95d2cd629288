package config

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"
)

// flags gives a flag set with every setting's flag, as parsed from args.
func flags(t *testing.T, args ...string) *pflag.FlagSet {
	t.Helper()
	fs := pflag.NewFlagSet("test", pflag.ContinueOnError)
	AddFlags(fs, settingNames()...)
	if err := fs.Parse(args); err != nil {
		t.Fatal(err)
	}
	return fs
}

// settingsFile writes a settings file.
func settingsFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "settings.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// leaves lists the fields of the settings by their names in the file.
func leaves(v reflect.Value, group string) map[string]reflect.Value {
	out := map[string]reflect.Value{}
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("koanf")
		if f := v.Field(i); f.Kind() == reflect.Struct {
			for n, leaf := range leaves(f, group+name+".") {
				out[n] = leaf
			}
		} else {
			out[group+name] = f
		}
	}
	return out
}

// another gives a value for each setting that is not its default, as text.
func another(t *testing.T, k key) string {
	t.Helper()
	switch k.name {
	case "home_networks":
		return "10.1.0.0/16,fd00::/8"
	case "privacy.exclude":
		return "10.2.0.0/16,10.3.0.1"
	case "privacy.level":
		return "full"
	case "privacy.token_key":
		return "another secret of some length"
	case "workers":
		return "7"
	case "kafka.brokers":
		return "a.example:9092,[::1]:9093"
	}
	switch k.zero.(type) {
	case string:
		return "other"
	case bool:
		return fmt.Sprint(!k.zero.(bool))
	case int:
		return "65" // within the bounds of all others
	case float64:
		return "61.5"
	case time.Duration:
		return "1m30s"
	}
	t.Fatalf("%s: no other value", k.name)
	return ""
}

func TestEverySettingIsAFieldAndEveryFieldASetting(t *testing.T) {
	fields := leaves(reflect.ValueOf(Settings{}), "")
	for _, k := range keys() {
		f, ok := fields[k.name]
		if !ok {
			t.Errorf("%s has no field", k.name)
			continue
		}
		if f.Type() != reflect.TypeOf(k.zero) {
			t.Errorf("%s: the field is %v, the default %T", k.name, f.Type(), k.zero)
		}
		if k.help == "" || strings.HasSuffix(k.help, ".") {
			t.Errorf("%s: help %q", k.name, k.help)
		}
		delete(fields, k.name)
	}
	for name := range fields {
		t.Errorf("the field %s is no setting", name)
	}
}

func TestDefaultsAreLoaded(t *testing.T) {
	l, err := Load("", nil, flags(t))
	if err != nil {
		t.Fatal(err)
	}
	fields := leaves(reflect.ValueOf(l.Settings), "")
	for _, k := range keys() {
		if got := fields[k.name].Interface(); !reflect.DeepEqual(got, k.zero) {
			t.Errorf("%s is %#v, want %#v", k.name, got, k.zero)
		}
		if l.origin[k.name] != "default" {
			t.Errorf("%s comes from %q", k.name, l.origin[k.name])
		}
	}
}

// TestEachSettingByEachWay sets each setting alone by each way, and looks
// whether it, and nothing else, has changed.
func TestEachSettingByEachWay(t *testing.T) {
	defaults, err := Load("", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys() {
		text := another(t, k)
		yamlText := text
		if _, list := k.zero.([]string); list {
			yamlText = "[" + `"` + strings.ReplaceAll(text, ",", `", "`) + `"` + "]"
		}
		group, last, nested := strings.Cut(k.name, ".")
		block := fmt.Sprintf("%s: %s\n", k.name, yamlText)
		if nested {
			block = fmt.Sprintf("%s:\n  %s: %s\n", group, last, yamlText)
		}
		path, dotted := settingsFile(t, block), settingsFile(t, fmt.Sprintf("%s: %s\n", k.name, yamlText))
		ways := map[string]func() (*Loaded, error){
			"file " + path:                   func() (*Loaded, error) { return Load(path, nil, flags(t)) },
			"file " + dotted:                 func() (*Loaded, error) { return Load(dotted, nil, flags(t)) },
			"environment " + envName(k.name): func() (*Loaded, error) { return Load("", []string{envName(k.name) + "=" + text}, flags(t)) },
		}
		if k.flag != "" {
			ways["flag --"+k.flag] = func() (*Loaded, error) { return Load("", nil, flags(t, "--"+k.flag+"="+text)) }
		}
		for origin, load := range ways {
			l, err := load()
			if err != nil {
				t.Errorf("%s by %s: %v", k.name, origin, err)
				continue
			}
			was, is := leaves(reflect.ValueOf(defaults.Settings), ""), leaves(reflect.ValueOf(l.Settings), "")
			for name := range was {
				same := reflect.DeepEqual(was[name].Interface(), is[name].Interface())
				if same != (name != k.name) {
					t.Errorf("%s by %s: %s is %v", k.name, origin, name, is[name])
				}
			}
			got := fmt.Sprint(is[k.name].Interface())
			if list, ok := is[k.name].Interface().([]string); ok {
				got = strings.Join(list, ",")
			}
			if got != text {
				t.Errorf("%s by %s is %q, want %q", k.name, origin, got, text)
			}
			if l.origin[k.name] != origin {
				t.Errorf("%s comes from %q, want %q", k.name, l.origin[k.name], origin)
			}
		}
	}
}

func TestPrecedence(t *testing.T) {
	path := settingsFile(t, "site: file\nworkers: 2\nkafka: {topic: file, brokers: [file:1]}\n")
	env := []string{"HOOKHOUND_WORKERS=3", "HOOKHOUND_KAFKA_TOPIC=environment", "HOOKHOUND_KAFKA_BROKERS=b:2, c:3", "PATH=/bin",
		"HOOKHOUND_CONFIG=elsewhere", "HOOKHOUND_TESTDATA=x", "HOOKHOUND_TEST_LIVE=1"}
	l, err := Load(path, env, flags(t, "--topic", "flag"))
	if err != nil {
		t.Fatal(err)
	}
	if l.Site != "file" || l.Workers != 3 || l.Kafka.Topic != "flag" || !slices.Equal(l.Kafka.Brokers, []string{"b:2", "c:3"}) {
		t.Errorf("%+v", l.Settings)
	}
}

// TestPrintRoundTrip prints settings with odd values, and loads what was
// printed.
func TestPrintRoundTrip(t *testing.T) {
	texts := []string{
		"plain", "two words", "", "true", "No", "null", "~", "007", "1e3", "0x10", "1.50", "2026-11-21", "10.0.0.0/8", "30s",
		"- a", "a: b", "a #b", "#", `"quoted"`, `back\slash`, "'", "{a}", "[a]", "*x", "&x", "!x", "%x", "@x", "`x`", "?", "|", ">",
		"tcp port 443 and (host 10.0.0.1 or net 192.168.0.0/16)", "tcp[13] & 2 != 0", "über", "日本", "a\tb", "a\nb", "<&>", "1,000", ".", "..", "-",
	}
	for _, text := range texts {
		in := []string{
			"HOOKHOUND_CAPTURE_FILTER=" + text, "HOOKHOUND_RULES_DIR=" + text, "HOOKHOUND_KAFKA_DEAD_LETTER=" + text,
			"HOOKHOUND_CAPTURE_INTERFACE=" + text, "HOOKHOUND_WORKERS=7", "HOOKHOUND_DETECT_THRESHOLD=1",
			"HOOKHOUND_KAFKA_BROKERS=[::1]:9092,k:1", "HOOKHOUND_KAFKA_DRAIN_TIMEOUT=90m", "HOOKHOUND_CAPTURE_PROMISCUOUS=0",
		}
		l, err := Load("", in, nil)
		if err != nil {
			t.Fatal(err)
		}
		var printed, again bytes.Buffer
		if err := l.Print(&printed); err != nil {
			t.Fatal(err)
		}
		back, err := Load(settingsFile(t, printed.String()), nil, nil)
		if err != nil {
			t.Errorf("%q: %v\n%s", text, err, printed.String())
			continue
		}
		if !reflect.DeepEqual(back.Settings, l.Settings) {
			t.Errorf("%q became\n%+v\nof\n%+v", text, back.Settings, l.Settings)
		}
		if err := back.Print(&again); err != nil {
			t.Fatal(err)
		}
		strip := func(b *bytes.Buffer) (out []string) {
			for _, line := range strings.Split(b.String(), "\n") {
				if i := strings.LastIndex(line, "# "); i >= 0 {
					line = line[:i]
				}
				out = append(out, strings.TrimSpace(line))
			}
			return out
		}
		if a, b := strip(&printed), strip(&again); !slices.Equal(a, b) {
			t.Errorf("%q is printed as\n%s\nand then as\n%s", text, printed.String(), again.String())
		}
	}
}

// TestPrintIsTidy looks at the print as YAML and as text.
func TestPrintIsTidy(t *testing.T) {
	filter := "tcp port 443 and not host 10.0.0.1 and not host 10.0.0.2"
	l, err := Load("", []string{"HOOKHOUND_KAFKA_BROKERS=a:1,b:2", "HOOKHOUND_LIMITS_FLOWS=70", "HOOKHOUND_CAPTURE_FILTER=" + filter}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := l.Print(&b); err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := yaml.Unmarshal(b.Bytes(), &tree); err != nil {
		t.Fatal(err)
	}
	if got := tree["limits"].(map[string]any)["flows"]; got != 70 {
		t.Errorf("limits.flows is %#v: a number that came as text is printed as text", got)
	}
	at := 0 // the column of the origins
	for _, line := range strings.Split(strings.TrimSpace(b.String()), "\n") {
		column := strings.Index(line, " # ")
		switch {
		case strings.TrimRight(line, " ") != line:
			t.Errorf("%q ends with blanks", line)
		case column < 0 && (strings.HasSuffix(line, ":") || strings.HasPrefix(strings.TrimSpace(line), "- ")):
			// A group, or a value of a list.
		case column < 0:
			t.Errorf("%q tells no origin", line)
		case strings.Contains(line, filter): // too long for the column
		case at == 0:
			at = column
		case at != column:
			t.Errorf("%q: the origin stands in column %d, above in %d", line, column, at)
		}
	}
	if at > widest+2 {
		t.Errorf("the origins stand in column %d", at)
	}
}

// What is secret is neither printed nor repeated in an error.
func TestSecretsStayHidden(t *testing.T) {
	const key = "0123456789abcdef-secret"
	l, err := Load("", []string{"HOOKHOUND_PRIVACY_TOKEN_KEY=" + key}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := l.Print(&b); err != nil {
		t.Fatal(err)
	}
	if l.Privacy.TokenKey != key || strings.Contains(b.String(), key) || !strings.Contains(b.String(), "token_key: hidden") {
		t.Errorf("key %q, printed as\n%s", l.Privacy.TokenKey, b.String())
	}
	_, err = Load("", []string{"HOOKHOUND_PRIVACY_TOKEN_KEY=sesame"}, nil)
	if err == nil || strings.Contains(err.Error(), "sesame") {
		t.Errorf("the error repeats the secret: %v", err)
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct{ env, file, want string }{
		{env: "HOOKHOUND_SITE=", want: `environment HOOKHOUND_SITE: site must be a name without spaces, not ""`},
		{env: "HOOKHOUND_SITE=a b", want: `site must be a name without spaces, not "a b"`},
		{env: "HOOKHOUND_WORKERS=0", want: "workers must be between 1 and 64, not 0"},
		{env: "HOOKHOUND_WORKERS=65", want: "workers must be between 1 and 64, not 65"},
		{env: "HOOKHOUND_WORKERS=two", want: "workers must be a whole number, not two"},
		{env: "HOOKHOUND_WORKERS=99999999999999999999", want: "workers must be a whole number"},
		{env: "HOOKHOUND_CAPTURE_SNAPLEN=63", want: "capture.snaplen must be between 64 and 262144 bytes, not 63"},
		{env: "HOOKHOUND_CAPTURE_SNAPLEN=262145", want: "capture.snaplen must be"},
		{env: "HOOKHOUND_CAPTURE_RING_MIB=2048", want: "capture.ring_mib must be between 2 and 2047 MiB, not 2048"},
		{env: "HOOKHOUND_CAPTURE_RING_MIB=1", want: "capture.ring_mib must be between 2 and 2047 MiB, not 1"},
		{env: "HOOKHOUND_CAPTURE_PROMISCUOUS=perhaps", want: "capture.promiscuous must be true or false, not perhaps"},
		{env: "HOOKHOUND_LIMITS_FLOWS=63", want: "limits.flows must be at least 64, not 63"},
		{env: "HOOKHOUND_LIMITS_PAIRS=63", want: "limits.pairs must be at least 64, not 63"},
		{env: "HOOKHOUND_LIMITS_STREAM_MIB=3", want: "limits.stream_mib must be at least 4 MiB, not 3"},
		{env: "HOOKHOUND_DETECT_THRESHOLD=101", want: "detect.threshold must be between 0 and 100, not 101"},
		{env: "HOOKHOUND_DETECT_THRESHOLD=-1", want: "detect.threshold must be between 0 and 100, not -1"},
		{env: "HOOKHOUND_DETECT_THRESHOLD=NaN", want: "detect.threshold must be between 0 and 100, not NaN"},
		{env: "HOOKHOUND_DETECT_HUNT_ENTRIES=-1", want: "detect.hunt_entries must be 0 or more, not -1"},
		{env: "HOOKHOUND_PRIVACY_TOKEN_KEY=short", want: "privacy.token_key must be empty, or a secret of 16 bytes or more"},
		{env: "HOOKHOUND_PRIVACY_TOKEN_KEY=hidden", want: "privacy.token_key must be"},
		{env: "HOOKHOUND_PRIVACY_LEVEL=none", want: "privacy.level must be standard or full, not none"},
		{env: "HOOKHOUND_PRIVACY_EXCLUDE=10.0.0.0/33", want: `privacy.exclude: "10.0.0.0/33" is no network` + "\nwrite it as"},
		{env: "HOOKHOUND_HOME_NETWORKS=10.0.0.0/8,home", want: `home_networks: "home" is no network`},
		{env: "HOOKHOUND_KAFKA_BROKERS=a:1,b", want: `kafka.brokers: "b" is no broker` + "\nwrite it as HOST:PORT"},
		{env: "HOOKHOUND_KAFKA_BROKERS=a:0", want: `"a:0" is no broker`},
		{env: "HOOKHOUND_KAFKA_BROKERS=a:65536", want: `"a:65536" is no broker`},
		{env: "HOOKHOUND_KAFKA_BROKERS=a:kafka", want: `"a:kafka" is no broker`},
		{env: "HOOKHOUND_KAFKA_BROKERS=:9092", want: `":9092" is no broker`},
		{env: "HOOKHOUND_KAFKA_BROKERS=kafka://a:1", want: `"kafka://a:1" is no broker`},
		{env: "HOOKHOUND_KAFKA_TOPIC=", want: "kafka.topic must be 1 to 249 letters"},
		{env: "HOOKHOUND_KAFKA_TOPIC=..", want: "kafka.topic must be"},
		{env: "HOOKHOUND_KAFKA_TOPIC=" + strings.Repeat("a", 250), want: "kafka.topic must be"},
		{env: "HOOKHOUND_KAFKA_DRAIN_TIMEOUT=30", want: "kafka.drain_timeout must be a duration such as 30s or 2m, not"},
		{env: "HOOKHOUND_KAFKA_DRAIN_TIMEOUT=-1s", want: "kafka.drain_timeout must be 0s or more, not -1s"},
		{env: "HOOKHOUND_XYZZY_PLUGH=x", want: "no setting is called HOOKHOUND_XYZZY_PLUGH\nunset it; `hookhound config` lists all"},
		{env: "HOOKHOUND_CONFIGS=x", want: "environment: no setting is called HOOKHOUND_CONFIGS"},
		{env: "HOOKHOUND_WORKER=2", want: "no setting is called HOOKHOUND_WORKER\ndid you mean HOOKHOUND_WORKERS?"},

		{file: "site: 007", want: "site must be text"},
		{file: "site: true", want: "site must be text"},
		{file: "site: {a: b}", want: "no setting is called site.a\ndid you mean site?"},
		{file: "site: [a]", want: "site must be text"},
		{file: "site: 2026-11-21", want: "site must be text"},
		{file: "workers: 1.5", want: "workers must be a whole number, not 1.5"},
		{file: "workers: [1]", want: "workers must be a whole number, not [1]"},
		{file: "workers: true", want: "workers must be a whole number, not true"},
		{file: "detect: {threshold: true}", want: "detect.threshold must be a number, not true"},
		{file: "capture: {promiscuous: 1}", want: "capture.promiscuous must be true or false, not 1"},
		{file: "kafka: {brokers: [a: 1]}", want: "kafka.brokers must be a list of text"},
		{file: "kafka: {brokers: 9092}", want: "kafka.brokers must be a list of text"},
		{file: "kafka: {drain_timeout: 30}", want: "kafka.drain_timeout must be a duration such as 30s or 2m, not 30"},
		{file: "kafka: a:9092", want: "kafka is a group of settings, not one\nwrite them below it, or with a dot: kafka.brokers"},
		{file: "brokers: [a:1]", want: "no setting is called brokers\ndid you mean kafka.brokers?"},
		{file: "drain-timeout: 1s", want: "did you mean kafka.drain_timeout?"},
		{file: "nonsense:", want: "no setting is called nonsense"},
		{file: "nonsense: {}", want: "no setting is called nonsense"},
		{file: "workers: 1\nworkers: 2", want: `line 2: mapping key "workers" already defined at line 1`},
		{file: "- a", want: "line 1: not a setting\nwrite settings in YAML"},
		{file: "a\x00b", want: ": not text\ngive a YAML file with --config"},
		{file: "site: \xe4", want: ": not text\ngive a YAML file with --config"},
		{file: "\x7fELF\x02\x01\x01\xff\xff", want: ": not text\ngive a YAML file with --config"},
		{file: "a\x01b", want: "control characters are not allowed\nwrite settings in YAML"},
		{file: "# " + strings.Repeat("a", 1<<20), want: ": too large for one (1048578 bytes)\ngive another"},
		{file: "\tworkers: 1", want: "found character that cannot start any token\nwrite settings in YAML"},
	} {
		var env []string
		if c.env != "" {
			env = []string{c.env}
		}
		path := ""
		if c.file != "" {
			path = settingsFile(t, c.file)
		}
		_, err := Load(path, env, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.60q %.60q: %v\nwant %s", c.env, c.file, err, c.want)
			continue
		}
		if c.file != "" && !strings.Contains(err.Error(), "file "+path+": ") {
			t.Errorf("%q: the message does not name the file: %v", c.file, err)
		}
		for _, noise := range []string{"yaml:", "koanf", "mapstructure", "strconv", "!!", "interface {}"} {
			if strings.Contains(strings.ReplaceAll(err.Error(), path, "PATH"), noise) {
				t.Errorf("%q: a library speaks: %v", c.file, err)
			}
		}
	}
}

// TestAccepted holds what may look wrong and is not.
func TestAccepted(t *testing.T) {
	for text, want := range map[string]func(*Settings) bool{
		"":                                 func(s *Settings) bool { return s.Workers == 1 },
		"# nothing\n":                      func(s *Settings) bool { return s.Workers == 1 },
		"workers:":                         func(s *Settings) bool { return s.Workers == 1 },
		"kafka:":                           func(s *Settings) bool { return s.Kafka.Topic == "hookhound.detections" },
		"kafka: {}":                        func(s *Settings) bool { return s.Kafka.Topic == "hookhound.detections" },
		"workers: '5'":                     func(s *Settings) bool { return s.Workers == 5 },
		"home_networks: 10.0.0.0/8":        func(s *Settings) bool { return slices.Equal(s.HomeNetworks, []string{"10.0.0.0/8"}) },
		"home_networks: []":                func(s *Settings) bool { return len(s.HomeNetworks) == 0 },
		"detect: {threshold: 50}":          func(s *Settings) bool { return s.Detect.Threshold == 50 },
		"kafka: {brokers: 'a:1, [::1]:2'}": func(s *Settings) bool { return slices.Equal(s.Kafka.Brokers, []string{"a:1", "[::1]:2"}) },
		"kafka: {drain_timeout: 0s}":       func(s *Settings) bool { return s.Kafka.DrainTimeout == 0 },
		"site: \"007\"":                    func(s *Settings) bool { return s.Site == "007" },
	} {
		l, err := Load(settingsFile(t, text), nil, nil)
		if err != nil || !want(&l.Settings) {
			t.Errorf("%q: %v, %+v", text, err, l)
		}
	}
}

// TestOtherFilesOfSettings: YAML in UTF-16, as some editors write it, and a pipe,
// which can be read only once.
func TestOtherFilesOfSettings(t *testing.T) {
	utf16 := []byte{0xff, 0xfe}
	for _, c := range "workers: 3\n" {
		utf16 = append(utf16, byte(c), 0)
	}
	l, err := Load(settingsFile(t, string(utf16)), nil, nil)
	if err != nil || l.Workers != 3 {
		t.Errorf("UTF-16: %v, %+v", err, l)
	}
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	go os.WriteFile(pipe, []byte("workers: 4\n"), 0)
	if l, err := Load(pipe, nil, nil); err != nil || l.Workers != 4 {
		t.Errorf("a pipe: %v, %+v", err, l)
	}
}

func TestFileThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{filepath.Join(dir, "none.yaml"), dir} {
		_, err := Load(path, nil, nil)
		if err == nil || !strings.HasPrefix(err.Error(), "settings file "+path+": ") || !strings.HasSuffix(err.Error(), "\ngive another with --config") {
			t.Errorf("%v", err)
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"workers", "kafka.brokers", "site", "ring_mib"}
	for wrong, want := range map[string]string{
		"wrokers": "workers", "WORKERS": "workers", "kafka.brokes": "kafka.brokers", "kafka-brokers": "kafka.brokers",
		"sit": "site", "ring.mib": "ring_mib", "xyzzy": "", "": "", "a": "",
	} {
		if got := Nearest(wrong, names); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", wrong, got, want)
		}
	}
}

func TestDefaultFile(t *testing.T) {
	if got := DefaultFile([]string{"A=b", "HOOKHOUND_CONFIG=x.yaml"}); got != "x.yaml" {
		t.Errorf("%q", got)
	}
	if got := DefaultFile([]string{"HOOKHOUND_CONFIG="}); got != "" {
		t.Errorf("an empty name means no file, not %q", got)
	}
}

func TestPrefixes(t *testing.T) {
	got := Prefixes([]string{"10.1.2.3/8", "10.1.2.3", "fd00::1/16", "::1", "nonsense"})
	want := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("10.1.2.3/32"), netip.MustParsePrefix("fd00::/16"), netip.MustParsePrefix("::1/128")}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
