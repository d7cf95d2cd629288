package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// build makes the program as users build it, with the race detector where this
// test has it.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "hookhound")
	args := []string{"build", "-o", program}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "-race" && s.Value == "true" {
				args = append(args, "-race")
			}
		}
	}
	if out, err := exec.Command("go", append(args, ".")...).CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

// process is a program that runs, with what it has said so far.
type process struct {
	cmd            *exec.Cmd
	stdout, stderr *lines
	ended          chan struct{}
	err            error
}

// lines gathers output that another goroutine reads.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// start begins a command, which ends with the test at the latest.
func start(t *testing.T, stdin *os.File, command ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(command[0], command[1:]...), stdout: &lines{}, stderr: &lines{}, ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = p.stdout, p.stderr
	if stdin != nil {
		p.cmd.Stdin = stdin
	}
	p.cmd.Env = append(os.Environ(), "HOOKHOUND_CONFIG=")
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.ended
	})
	return p
}

// says waits until the process has written the text to standard error.
func (p *process) says(t *testing.T, text string) {
	t.Helper()
	within(t, 20*time.Second, "the words "+text, func() bool {
		select {
		case <-p.ended:
			t.Fatalf("ended with %v: %s", p.err, p.stderr)
		default:
		}
		return strings.Contains(p.stderr.String(), text)
	})
}

// stop sends a signal, and returns the exit status.
func (p *process) stop(t *testing.T, sig os.Signal) int {
	t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.ended:
	case <-time.After(15 * time.Second):
		t.Fatalf("still runs 15 s after %v: %s", sig, p.stderr)
	}
	var exit *exec.ExitError
	if p.err != nil && !errors.As(p.err, &exit) {
		t.Fatal(p.err)
	}
	return p.cmd.ProcessState.ExitCode()
}

// TestInterruptedReplay stops a replay whose input is a pipe that is quiet.
func TestInterruptedReplay(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(pcaps, "curl-discord.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	p := start(t, r, "hookhound", "replay", "-") // this test, by the name of the program
	r.Close()
	if _, err := w.Write(data[:60_000]); err != nil {
		t.Fatal(err)
	}
	within(t, 10*time.Second, "a detection", func() bool { return strings.Contains(p.stdout.String(), "\n") })
	if code := p.stop(t, os.Interrupt); code != statusPartial {
		t.Errorf("exit status %d, want %d", code, statusPartial)
	}
	if errs := p.stderr.String(); !strings.HasPrefix(errs, "hookhound: interrupted; ") || !strings.Contains(errs, "\nreported      ") {
		t.Errorf("standard error: %s", errs)
	}
	objects(t, p.stdout.String())
}

// TestInterruptedBeforeAnything stops a replay that waits for its first byte.
func TestInterruptedBeforeAnything(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	for _, args := range [][]string{{pipe}, {"-"}, {pipe, "-", filepath.Join(pcaps, "benign.pcap")}} {
		p := start(t, r, append([]string{"hookhound", "replay"}, args...)...)
		within(t, 10*time.Second, "a wait in ppoll", func() bool { // else the signal comes before the program hears it
			all, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/syscall", p.cmd.Process.Pid))
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range all {
				b, err := os.ReadFile(name)
				if errors.Is(err, os.ErrPermission) {
					t.Skip("this machine does not tell what a process waits for")
				}
				if err == nil && strings.HasPrefix(string(b), fmt.Sprint(syscall.SYS_PPOLL, " ")) {
					return true
				}
			}
			return false
		})
		asked := time.Now()
		if code := p.stop(t, os.Interrupt); code != statusPartial {
			t.Errorf("%v: exit status %d, want %d", args, code, statusPartial)
		}
		if took := time.Since(asked); took > 5*time.Second {
			t.Errorf("%v: it took %v", args, took)
		}
		if errs := p.stderr.String(); errs != "hookhound: interrupted; nothing was read\n" || p.stdout.String() != "" {
			t.Errorf("%v: said %q and %q", args, errs, p.stdout)
		}
	}
}

// TestReaderThatGoesAway is `hookhound replay ... | head -1`.
func TestReaderThatGoesAway(t *testing.T) {
	for i := range 3 {
		sh := exec.Command("sh", "-c", `{ hookhound replay --observations "$0"; echo "status $?" >&2; } | head -1`, pcaps)
		var errs bytes.Buffer
		sh.Stderr = &errs
		out, err := sh.Output()
		if err != nil || bytes.Count(out, []byte("\n")) != 1 {
			t.Fatalf("%v: %.200s", err, out)
		}
		if strings.Contains(errs.String(), "error") || strings.Contains(errs.String(), "status 0") {
			t.Errorf("time %d: %s", i, errs.String())
		}
	}
}

// TestSignalsEndListening stops a sensor that hears nothing, by each signal.
func TestSignalsEndListening(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may listen to an interface")
	}
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		p := start(t, nil, "hookhound", "run", "-i", "lo", "--filter", "udp port 9 and ether[0] == 1")
		p.says(t, "listening on lo (ring 64 MiB); stop with SIGINT or SIGTERM\n")
		if code := p.stop(t, sig); code != statusOK {
			t.Errorf("%v: exit status %d: %s", sig, code, p.stderr)
		}
		want := fmt.Sprintf("read %10s packets, 0 bytes, no time\n", "0")
		if errs := p.stderr.String(); !strings.Contains(errs, want) || strings.Contains(errs, "error") || p.stdout.String() != "" {
			t.Errorf("%v: said %q and %q", sig, errs, p.stdout)
		}
	}
}
