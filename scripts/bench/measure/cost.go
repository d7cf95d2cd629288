package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// use is what one run of a command took.
type use struct {
	cpu, wall time.Duration
	peak      int64 // KiB. It is never less than what this program held when it started the command
}

// cost runs a command to its end.
func cost(command []string) (use, error) {
	cmd := exec.Command(command[0], command[1:]...)
	var said bytes.Buffer
	cmd.Stderr = &said
	begin := time.Now()
	if err := cmd.Run(); err != nil {
		return use{}, fmt.Errorf("%s: %w\n%s", strings.Join(command, " "), err, said.String())
	}
	u := use{wall: time.Since(begin), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if r, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.peak = r.Maxrss
	}
	return u, nil
}

// survey counts the frames of a capture as gen writes it, and their bytes, and
// so brings it into the page cache.
func survey(path string) (frames, wire uint64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 256<<10)
	var head [24]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, 0, err
	}
	if binary.LittleEndian.Uint32(head[:]) != 0xa1b2c3d4 {
		return 0, 0, errors.New("no pcap file in the form that gen writes")
	}
	for {
		if _, err := io.ReadFull(r, head[:16]); err == io.EOF {
			return frames, wire, nil
		} else if err != nil {
			return 0, 0, err
		}
		if _, err := r.Discard(int(binary.LittleEndian.Uint32(head[8:]))); err != nil {
			return 0, 0, err
		}
		frames++
		wire += uint64(binary.LittleEndian.Uint32(head[12:]))
	}
}

// load is the machine's load average over the last minute, where it is told.
func load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(b), " ")
	return first
}
