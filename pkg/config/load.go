package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sort"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"
)

// EnvPrefix begins the name of every setting in the environment:
// HOOKHOUND_KAFKA_BROKERS is kafka.brokers. Lists are separated by commas.
const EnvPrefix = "HOOKHOUND_"

// Names in the environment that begin like settings and are none.
const (
	EnvFile = EnvPrefix + "CONFIG" // path of the file
	envTest = EnvPrefix + "TEST"   // whatever the project's own tests want
)

// Loaded is the result of Load.
type Loaded struct {
	Settings
	k      *koanf.Koanf
	origin map[string]string
}

// AddFlags adds the flags of the named settings. Those that are not given on the
// command line change nothing.
func AddFlags(fs *pflag.FlagSet, names ...string) {
	for _, k := range keys() {
		if k.flag == "" || !slices.Contains(names, k.name) {
			continue
		}
		short := ""
		if k.name == "capture.interface" {
			short = "i"
		}
		switch v := k.zero.(type) {
		case string:
			fs.StringP(k.flag, short, v, k.help)
		case bool:
			fs.Bool(k.flag, v, k.help)
		case int:
			fs.Int(k.flag, v, k.help)
		case float64:
			fs.Float64(k.flag, v, k.help)
		case []string:
			fs.StringSlice(k.flag, v, k.help)
		case time.Duration:
			fs.Duration(k.flag, v, k.help)
		}
	}
}

// Load gathers the settings: from the file, if path is not empty, from the
// environment ("NAME=value" each), and from the flags that were given.
func Load(path string, environ []string, flags *pflag.FlagSet) (*Loaded, error) {
	l := &Loaded{k: koanf.New("."), origin: map[string]string{}}
	for _, k := range keys() {
		if err := l.set(k.name, k.zero, "default"); err != nil {
			return nil, err
		}
	}
	if err := l.file(path); err != nil {
		return nil, err
	}
	if err := l.environment(environ); err != nil {
		return nil, err
	}
	if err := l.flags(flags); err != nil {
		return nil, err
	}
	if err := l.decode(); err != nil {
		return nil, err
	}
	return l, l.check()
}

func (l *Loaded) set(name string, value any, origin string) error {
	l.origin[name] = origin
	return l.k.Load(confmap.Provider(map[string]any{name: value}, "."), nil)
}

func (l *Loaded) file(path string) error {
	if path == "" {
		return nil
	}
	if err := readable(path); err != nil {
		return err
	}
	f := koanf.New(".")
	if err := f.Load(file.Provider(path), yaml.Parser()); err != nil {
		return fileError(path, err)
	}
	names := f.Keys()
	sort.Strings(names)
	for _, name := range names {
		v := f.Get(name)
		switch group, isGroup := v.(map[string]any); {
		case known(name) && v == nil:
			// A key without a value says nothing.
		case known(name):
			if err := l.set(name, v, "file "+path); err != nil {
				return err
			}
		case isGroup && len(group) == 0, v == nil:
			if !isGroupName(name) {
				return unknown("settings file "+path, name, settingNames())
			}
		case isGroupName(name):
			return fmt.Errorf("settings file %s: %s is a group of settings, not one\nwrite them below it, or with a dot: %s", path, name, firstOf(name))
		default:
			return unknown("settings file "+path, name, settingNames())
		}
	}
	return nil
}

// maxFile bounds a settings file, so that a capture named by mistake is not read
// into memory.
const maxFile = 1 << 20

// readable refuses a file that cannot hold settings before YAML is asked, which
// would speak of a character somewhere inside. A pipe can be read only once, so
// it is not looked into.
func readable(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fileError(path, err)
	}
	if !info.Mode().IsRegular() {
		return nil
	}
	if info.Size() > maxFile {
		return fmt.Errorf("settings file %s: too large for one (%d bytes)\ngive another with --config", path, info.Size())
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return fileError(path, err)
	}
	// YAML may also be written in UTF-16, with its mark in front.
	utf16 := bytes.HasPrefix(b, []byte{0xff, 0xfe}) || bytes.HasPrefix(b, []byte{0xfe, 0xff})
	if !utf16 && (!utf8.Valid(b) || bytes.IndexByte(b, 0) >= 0) {
		return fmt.Errorf("settings file %s: not text\ngive a YAML file with --config; `hookhound config` prints one", path)
	}
	return nil
}

// fileError words what the system or the YAML library says.
func fileError(path string, err error) error {
	var perr *fs.PathError
	if errors.As(err, &perr) {
		return fmt.Errorf("settings file %s: %w\ngive another with --config", path, perr.Err)
	}
	_, what, ok := strings.Cut(err.Error(), "unmarshal errors:\n")
	if !ok {
		what = strings.TrimPrefix(err.Error(), "yaml: ")
	}
	what, _, _ = strings.Cut(strings.TrimSpace(what), "\n")
	if line, _, ok := strings.Cut(what, ": cannot unmarshal"); ok {
		what = line + ": not a setting"
	}
	return fmt.Errorf("settings file %s: %s\nwrite settings in YAML, such as `workers: 4`; `hookhound config` prints a whole file", path, what)
}

func (l *Loaded) environment(environ []string) error {
	byEnv := map[string]key{}
	var names []string
	for _, k := range keys() {
		byEnv[envName(k.name)] = k
		names = append(names, envName(k.name))
	}
	environ = slices.Clone(environ)
	sort.Strings(environ)
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		if !strings.HasPrefix(name, EnvPrefix) || name == EnvFile || strings.HasPrefix(name, envTest) {
			continue
		}
		k, ok := byEnv[name]
		if !ok {
			return unknown("environment", name, names)
		}
		var v any = value
		if _, list := k.zero.([]string); list {
			v = splitList(value)
		}
		if err := l.set(k.name, v, "environment "+name); err != nil {
			return err
		}
	}
	return nil
}

func (l *Loaded) flags(fs *pflag.FlagSet) error {
	if fs == nil {
		return nil
	}
	for _, k := range keys() {
		f := fs.Lookup(k.flag)
		if k.flag == "" || f == nil || !f.Changed {
			continue
		}
		var v any = f.Value.String()
		if list, ok := f.Value.(pflag.SliceValue); ok {
			v = list.GetSlice()
		}
		if err := l.set(k.name, v, "flag --"+k.flag); err != nil {
			return err
		}
	}
	return nil
}

// decode turns what was gathered into Settings.
func (l *Loaded) decode() error {
	for _, k := range keys() {
		if err := l.convert(k); err != nil {
			return err
		}
	}
	return l.k.Unmarshal("", &l.Settings)
}

func known(name string) bool { return slices.Contains(settingNames(), name) }

func settingNames() []string {
	var out []string
	for _, k := range keys() {
		out = append(out, k.name)
	}
	return out
}

func envName(name string) string {
	return EnvPrefix + strings.ToUpper(strings.ReplaceAll(name, ".", "_"))
}

func splitList(s string) []string {
	out := []string{}
	for _, part := range strings.Split(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// isGroupName tells whether settings stand below the name.
func isGroupName(name string) bool { return firstOf(name) != "" }

// firstOf is the first setting of a group.
func firstOf(group string) string {
	for _, n := range settingNames() {
		if strings.HasPrefix(n, group+".") {
			return n
		}
	}
	return ""
}

// DefaultFile is the settings file that is read when none is named, if it
// exists; empty if it does not.
func DefaultFile(environ []string) string {
	for _, e := range environ {
		if path, ok := strings.CutPrefix(e, EnvFile+"="); ok {
			return path
		}
	}
	const path = "/etc/hookhound/hookhound.yaml"
	if _, err := os.Stat(path); err == nil {
		return path
	}
	return ""
}
