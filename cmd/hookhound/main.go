// Command hookhound listens to a network, or reads captures of one, and reports
// hosts that call webhook services in a rhythm.
//
// Exit status: 0 when all input was read and everything was delivered, 1 when
// something was not (it says what), 2 when the command line or a setting is
// wrong and nothing was done.
package main

import (
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"golang.org/x/term"
)

// gcPercent lets the heap grow by this much between two collections: most of it
// is tables that live long, and marking them more often buys nothing. GOGC in
// the environment beats it.
const gcPercent = 300

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	// A reader of our output who goes away is an error of a write, and not the
	// end of the process: what was promised to Kafka is still delivered.
	signal.Ignore(syscall.SIGPIPE)
	os.Exit(run(world{
		args:     os.Args[1:],
		environ:  os.Environ(),
		stdin:    os.Stdin,
		stdout:   os.Stdout,
		stderr:   os.Stderr,
		terminal: term.IsTerminal(int(os.Stderr.Fd())),
		now:      time.Now,
		hostname: os.Hostname,
	}))
}
