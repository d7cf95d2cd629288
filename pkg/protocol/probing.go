package protocol

import (
	"bytes"

	"github.com/hookhound/hookhound/pkg/stream"
)

// Is is the verdict of a probe that has seen enough.
func Is(yes bool) Verdict {
	if yes {
		return Yes
	}
	return No
}

// IfAll is the verdict about bytes that look right as far as they go: Yes if
// they are all that the probe needs.
func IfAll(all bool) Verdict {
	if all {
		return Yes
	}
	return More
}

// Begins says whether b begins with one of some words; More where it is too
// short to tell.
func Begins(b []byte, words ...string) Verdict { return begins(b, words, false) }

// BeginsFold is Begins without regard to case.
func BeginsFold(b []byte, words ...string) Verdict { return begins(b, words, true) }

func begins(b []byte, words []string, fold bool) Verdict {
	v := No
	for _, w := range words {
		n := min(len(b), len(w))
		switch {
		case string(b[:n]) != w[:n] && !(fold && bytes.EqualFold(b[:n], []byte(w)[:n])):
		case n == len(w):
			return Yes
		default:
			v = More
		}
	}
	return v
}

// Rest is the last n bytes of a chunk as a chunk, for Handover.
func Rest(c *stream.Chunk, n int) stream.Chunk {
	rest := *c
	rest.Bytes = c.Bytes[len(c.Bytes)-n:]
	rest.Aligned = c.Aligned && n == len(c.Bytes)
	return rest
}
