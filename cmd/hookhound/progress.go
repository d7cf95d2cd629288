package main

import (
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/pipeline"
)

// progress draws a bar on a terminal: bytes, rate and time left, with the
// frames so far. In a pipe it does nothing.
type progress struct {
	files *capture.Files
	bar   *progressbar.ProgressBar
	drawn time.Time
	now   func() time.Time
}

// redraw is how often the bar changes.
const redraw = 200 * time.Millisecond

func newProgress(w *world, files *capture.Files) *progress {
	p := &progress{files: files, now: w.now}
	if !w.terminal {
		return p
	}
	size, known := files.Size()
	if !known {
		size = -1
	}
	p.bar = progressbar.NewOptions64(size,
		progressbar.OptionSetWriter(w.stderr),
		progressbar.OptionShowBytes(true),
		progressbar.OptionSetWidth(24),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(redraw),
		progressbar.OptionClearOnFinish(),
	)
	return p
}

func (p *progress) update(now pipeline.Progress) error {
	if p.bar == nil || p.now().Sub(p.drawn) < redraw {
		return nil
	}
	p.drawn = p.now()
	p.bar.Describe(fmt.Sprintf("%s packets", grouped(now.Frames)))
	_ = p.bar.Set64(p.files.Offset())
	return nil
}

// clear takes the bar away, so that the summary stands alone.
func (p *progress) clear() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}
