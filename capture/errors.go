package capture

import (
	"errors"
	"fmt"
)

// The first line of an error of this package says what is wrong; lines behind
// it, if any, say what to do.

// ErrStdinTwice says that standard input was named more than once.
var ErrStdinTwice = errors.New("standard input (-) is named twice\nit can be read once")

// TruncatedError says that a file ends in the middle of a frame, as happens
// when the disk filled up or the capture was killed. Every whole frame before
// that was delivered.
type TruncatedError struct {
	File   string
	Offset int64  // where the incomplete record begins, in bytes of the uncompressed file
	Frames uint64 // whole frames read from this file
}

func (e *TruncatedError) Error() string {
	if e.Offset == 0 {
		return fmt.Sprintf("%s: too short for a capture file: cut off inside the file header\n%s; if that does not help, the capture failed as it began", e.File, hintCopy)
	}
	return fmt.Sprintf("%s: cut off at byte %d; %s", e.File, e.Offset, before(e.Frames, "whole frame"))
}

// DamagedError says that a file stops making sense. Every frame before that
// was delivered; what follows cannot be found again.
type DamagedError struct {
	File   string
	Offset int64  // where the record that makes no sense begins, in bytes of the uncompressed file
	Frames uint64 // frames read from this file
	What   string // what made no sense
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("%s: damaged at byte %d: %s; %s", e.File, e.Offset, e.What, before(e.Frames, "frame"))
}

// before says how many frames were read before a place.
func before(n uint64, frame string) string {
	switch n {
	case 0:
		return fmt.Sprintf("no %s stands before that", frame)
	case 1:
		return fmt.Sprintf("the one %s before that was read", frame)
	}
	return fmt.Sprintf("the %d %ss before that were read", n, frame)
}

// ForeignError says that a file is no capture that this package reads.
type ForeignError struct {
	File  string
	Seems string // what it seems to be, with its article: "an ELF program"
	Hint  string // what to do about it, may be empty
}

func (e *ForeignError) Error() string {
	if e.Hint == "" {
		return fmt.Sprintf("%s: not read as a capture: it seems to be %s", e.File, e.Seems)
	}
	return fmt.Sprintf("%s: not read as a capture: it seems to be %s\n%s", e.File, e.Seems, e.Hint)
}

// TrailingError says that bytes behind the end of the compressed data were
// left unread. All frames were delivered.
type TrailingError struct {
	File   string
	Format string // gzip or zstd
}

func (e *TrailingError) Error() string {
	return fmt.Sprintf("%s: bytes behind the end of the %s data were ignored", e.File, e.Format)
}

// Problem is what went wrong with one file; the files behind it were read
// nevertheless.
type Problem struct {
	File   string
	Err    error
	Frames uint64 // frames that were read from this file before
}
