package capture

import (
	"context"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// bell lets a read that waits hear that the context has ended: poll(2) waits for
// the input and for the bell, and so needs neither a goroutine nor a timer.
type bell struct {
	ear, clapper *os.File
	stop         func() bool
}

// newBell gives nil for a context that never ends.
func newBell(ctx context.Context) (*bell, error) {
	if ctx.Done() == nil {
		return nil, nil
	}
	ear, clapper, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	return &bell{ear, clapper, context.AfterFunc(ctx, func() { clapper.Close() })}, nil
}

func (b *bell) close() {
	if b != nil {
		b.stop()
		b.clapper.Close() // again, where it has rung; that does no harm
		b.ear.Close()
	}
}

// openPipe opens a named pipe, or whatever is no regular file, without waiting
// for somebody who writes to it: that is left to patient.
func openPipe(name string) (*os.File, error) {
	return os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

// patient reads a file that may have nothing to give yet, until the bell rings.
type patient struct {
	f    *os.File
	bell *bell // nil: it waits for ever
}

// Read waits until the file has bytes, or its last writer has gone. A named pipe
// that nobody has written to yet is no empty one: Linux reports its end only when
// there was a writer.
func (p patient) Read(b []byte) (int, error) {
	fds := make([]unix.PollFd, 0, 2)
	add := func(f *os.File) error {
		c, err := f.SyscallConn()
		if err != nil {
			return err
		}
		return c.Control(func(fd uintptr) { fds = append(fds, unix.PollFd{Fd: int32(fd), Events: unix.POLLIN}) })
	}
	if err := add(p.f); err != nil {
		return 0, err
	}
	if p.bell != nil {
		if err := add(p.bell.ear); err != nil {
			return 0, err
		}
	}
	for {
		switch _, err := unix.Poll(fds, -1); {
		case err == unix.EINTR:
			continue
		case err != nil:
			return 0, os.NewSyscallError("poll", err)
		case len(fds) > 1 && fds[1].Revents != 0:
			return 0, context.Canceled
		}
		return p.f.Read(b)
	}
}
