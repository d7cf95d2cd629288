package main

import (
	"context"
	"io"
)

// untilDone passes standard input on, and ends it when the context ends: a
// pipe that nobody writes to would hold up whoever wants to stop.
func untilDone(ctx context.Context, stdin io.Reader) io.Reader {
	r, w := io.Pipe()
	go func() { // it may wait in a read until the process ends
		_, err := io.Copy(w, stdin)
		w.CloseWithError(err)
	}()
	context.AfterFunc(ctx, func() { w.Close() })
	return r
}
