package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/hookhound/hookhound/pkg/config"
)

// world is all that a command knows of the outside.
type world struct {
	args           []string
	environ        []string
	stdin          io.Reader
	stdout, stderr io.Writer
	terminal       bool // stderr is one
	now            func() time.Time
	hostname       func() (string, error)
}

// The exit statuses.
const (
	statusOK      = 0
	statusPartial = 1
	statusUsage   = 2
)

// usageError is a mistake in what the person typed or set.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// partialError says that a command did its work, but not all of it. What is
// missing has been said already.
type partialError struct{}

func (partialError) Error() string { return "not everything could be done" }

// run executes the command line in the world and returns the exit status.
func run(w world) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process
	root := rootCmd(w)
	root.SetArgs(w.args)
	root.SetIn(w.stdin)
	root.SetOut(w.stdout)
	root.SetErr(w.stderr)
	err := root.ExecuteContext(ctx)
	var usage usageError
	switch {
	case err == nil:
		return statusOK
	case errors.As(err, &partialError{}):
		return statusPartial
	case errors.Is(err, syscall.EPIPE):
		return statusPartial // the reader of our output has gone; nobody is there to be told
	case errors.As(err, &usage):
		w.complain(err)
		return statusUsage
	default:
		w.complain(each(err)...)
		return statusPartial
	}
}

// complain prints errors, the first line of each as what happened and the
// others as what to do, which is said once for those in a row that share it.
func (w *world) complain(errs ...error) { w.tell("error", errs) }

// warn prints what is no failure, and that a person should know.
func (w *world) warn(err error) { w.tell("warning", []error{err}) }

func (w *world) tell(kind string, errs []error) {
	for i, err := range errs {
		what, todo, _ := strings.Cut(err.Error(), "\n")
		fmt.Fprintf(w.stderr, "hookhound: %s: %s\n", kind, what)
		if i+1 < len(errs) {
			if _, next, _ := strings.Cut(errs[i+1].Error(), "\n"); next == todo {
				continue
			}
		}
		for line := range strings.Lines(todo) {
			fmt.Fprintf(w.stderr, "hookhound: hint: %s\n", strings.TrimSpace(line))
		}
	}
}

// each takes errors apart that errors.Join has put together.
func each(err error) []error {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		return joined.Unwrap()
	}
	return []error{err}
}

// say prints a word about the run.
func (w *world) say(format string, args ...any) {
	fmt.Fprintf(w.stderr, "hookhound: "+format+"\n", args...)
}

// settings gathers the settings for a command.
func (w *world) settings(cmd *cobra.Command) (*config.Loaded, error) {
	path, _ := cmd.Flags().GetString("config")
	if path == "" {
		path = config.DefaultFile(w.environ)
	}
	l, err := config.Load(path, w.environ, cmd.Flags())
	if err != nil {
		return nil, usageError{err}
	}
	return l, nil
}
