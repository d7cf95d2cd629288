package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hookhound/hookhound/pkg/config"
)

// eachCommand visits the command and all below it, but those of cobra.
func eachCommand(cmd *cobra.Command, visit func(*cobra.Command)) {
	if cmd.Name() == "completion" {
		return
	}
	visit(cmd)
	for _, c := range cmd.Commands() {
		eachCommand(c, visit)
	}
}

// examples are the lines that the help of all commands shows.
func examples(t *testing.T) []string {
	t.Helper()
	var all []string
	eachCommand(rootCmd(world{}), func(cmd *cobra.Command) {
		if cmd.Runnable() && cmd.Example == "" && cmd.Name() != "rules" {
			t.Errorf("%s has no example", cmd.CommandPath())
		}
		for _, line := range strings.Split(cmd.Example, "\n") {
			if line = strings.TrimSpace(line); line != "" {
				all = append(all, line)
			}
		}
	})
	return all
}

// TestExamplesAreAccepted takes each example apart as a shell would, and holds
// each call of hookhound against the commands, flags and arguments that exist.
func TestExamplesAreAccepted(t *testing.T) {
	for _, line := range examples(t) {
		calls := 0
		for _, args := range callsIn(line) {
			calls++
			cmd, rest, err := rootCmd(world{}).Find(args)
			if err != nil {
				t.Errorf("%s: %v", line, err)
				continue
			}
			cmd.InitDefaultHelpFlag()
			if err := cmd.ParseFlags(rest); err != nil {
				t.Errorf("%s: %v", line, err)
				continue
			}
			if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil {
				t.Errorf("%s: %v", line, err)
			}
		}
		if calls == 0 {
			t.Errorf("%s: calls hookhound nowhere", line)
		}
	}
}

// callsIn finds the calls of hookhound in a line, with their arguments. It knows
// as much of a shell's language as the examples use.
func callsIn(line string) [][]string {
	var calls [][]string
	var args []string
	flush := func() {
		for i, a := range args {
			if filepath.Base(a) == "hookhound" && (i == 0 || args[0] == "sudo" || strings.Contains(args[i-1], "=")) && !strings.HasPrefix(strings.Join(args, " "), "sudo setcap") {
				calls = append(calls, args[i+1:])
				break
			}
		}
		args = nil
	}
	quoted := strings.Split(line, "'")
	for i, part := range quoted {
		if i%2 == 1 {
			args = append(args, part)
			continue
		}
		fields := strings.Fields(part)
		for j := 0; j < len(fields); j++ {
			switch fields[j] {
			case "|", "&&":
				flush()
			case ">":
				j++
			default:
				args = append(args, fields[j])
			}
		}
	}
	flush()
	return calls
}

// TestExamplesRun runs each example line in a shell, in a folder that holds the
// files that it names, with a broker that listens. Those that listen to a card
// are run in the live test.
func TestExamplesRun(t *testing.T) {
	dir := t.TempDir()
	data, err := os.ReadFile(filepath.Join(pcaps, "curl-discord.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	rules, err := filepath.Abs("../../rules")
	if err != nil {
		t.Fatal(err)
	}
	frames := framesOf(t, filepath.Join(pcaps, "curl-discord.pcap"))
	if err := os.Mkdir(filepath.Join(dir, "incident"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"capture.pcap": data, "capture.pcapng": ngByPcapgo(t, frames), "day.pcap.gz": gzipped(t, data),
		"incident/a.pcap": data, "hookhound.yaml": []byte("workers: 2\n"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	broker, _ := fakeBroker(t, "hookhound.replayed", "hookhound.detections")
	ran := 0
	for _, line := range examples(t) {
		if strings.Contains(line, "hookhound run") {
			continue
		}
		if _, err := exec.LookPath("jq"); err != nil && strings.Contains(line, "jq ") {
			t.Logf("not run, since jq is not installed: %s", line)
			continue
		}
		ran++
		line = strings.NewReplacer("broker:9092", broker, "/etc/hookhound/rules", rules).Replace(line)
		sh := exec.Command("sh", "-c", line)
		sh.Dir = dir
		sh.Env = append(os.Environ(), "HOOKHOUND_CONFIG=")
		if out, err := sh.CombinedOutput(); err != nil || strings.Contains(string(out), "error:") {
			t.Errorf("%s: %v\n%.2000s", line, err, out)
		}
	}
	if ran < 12 {
		t.Errorf("only %d examples were run", ran)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "detections.jsonl")); err != nil || len(objects(t, string(b))) == 0 {
		t.Errorf("detections.jsonl: %v, %.200s", err, b)
	}
}

// TestHelpFitsATerminal keeps what people read within 100 columns; flags are
// wrapped by nobody.
func TestHelpFitsATerminal(t *testing.T) {
	eachCommand(rootCmd(world{}), func(cmd *cobra.Command) {
		for _, line := range strings.Split(cmd.Long+"\n"+cmd.Example, "\n") {
			if len([]rune(line)) > 100 {
				t.Errorf("%s: %d columns: %s", cmd.CommandPath(), len([]rune(line)), line)
			}
		}
		if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%s: short text %q", cmd.CommandPath(), cmd.Short)
		}
	})
}

// TestEverySettingOfACommandHasAFlag also holds that config, which prints what
// would be in force, takes the flags of the commands that run.
func TestEverySettingOfACommandHasAFlag(t *testing.T) {
	for _, name := range append(sensorSettings(), captureSettings()...) {
		fs := pflag.NewFlagSet("", pflag.ContinueOnError)
		config.AddFlags(fs, name)
		n := 0
		fs.VisitAll(func(*pflag.Flag) { n++ })
		if n != 1 {
			t.Errorf("%s adds %d flags, want 1", name, n)
		}
	}
	has := configCmd(world{}).Flags()
	for _, cmd := range []*cobra.Command{replayCmd(world{}), runCmd(world{})} {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Name != "format" && f.Name != "observations" && has.Lookup(f.Name) == nil {
				t.Errorf("config has no --%s, which %s has", f.Name, cmd.Name())
			}
		})
	}
}
