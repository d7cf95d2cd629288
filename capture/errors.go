package capture

import "fmt"

// TruncatedError says that a file ends in the middle of a frame, as happens
// when the disk filled up or the capture was killed. Every whole frame before
// that was delivered.
type TruncatedError struct {
	File   string
	Offset int64  // where the incomplete record begins, in bytes of the uncompressed file
	Frames uint64 // whole frames read from this file
}

func (e *TruncatedError) Error() string {
	return fmt.Sprintf("%s: cut off at byte %d; the %d whole frames before that were read", e.File, e.Offset, e.Frames)
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
	return fmt.Sprintf("%s: damaged at byte %d: %s; the %d frames before that were read", e.File, e.Offset, e.What, e.Frames)
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
	return fmt.Sprintf("%s: not read as a capture: it seems to be %s; %s", e.File, e.Seems, e.Hint)
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
