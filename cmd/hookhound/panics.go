package main

import (
	"fmt"

	"github.com/hookhound/hookhound/pkg/pipeline"
)

// panicked tells of a fault of our own that was caught, when it happens. The
// pipeline tells of the first few.
func (s *sensor) panicked(p *pipeline.Panic) {
	about := ""
	if p.Frame != 0 && p.Frame != ^uint64(0) {
		about = fmt.Sprintf(" frame %d", p.Frame)
	}
	if words := p.Between(); words != "" {
		about += " between " + words
	}
	err := fmt.Errorf("a fault of hookhound's own while %s%s, at %s: %s; %s", p.Stage, about, p.Where(), p.What, leftOut(p.Stage))
	if !s.failed {
		err = fmt.Errorf("%w\n%s", err, s.reportHint(p))
	}
	s.failed = true
	s.w.complain(err)
}

// leftOut says what a panic has cost.
func leftOut(s pipeline.Stage) string {
	switch s {
	case pipeline.Reading:
		return "the frame is left out"
	case pipeline.Observing:
		return "the flow is followed no more"
	case pipeline.Judging:
		return "what was observed is not weighed"
	}
	return "what was to be written is left out"
}

// reportHint says what to do about it.
func (s *sensor) reportHint(p *pipeline.Panic) string {
	switch {
	case p.File != "":
		return fmt.Sprintf("please report it, as SECURITY.md says, with %s; %s has the frames that were at hand, which are your traffic", pipeline.Words(p.File), p.File)
	case p.Err != nil:
		return fmt.Sprintf("please report it, as SECURITY.md says; the frames are not kept: %v\nthe setting bug_report names another file for them", p.Err)
	}
	return "please report it, as SECURITY.md says; the setting bug_report names a file in which the frames are kept"
}

// panics is the line of the summary about them.
func (s *sensor) panics(n, flows uint64) {
	if n == 0 {
		return
	}
	where := ""
	if name := s.pipe.BugReport(); name != "" {
		where = " with " + pipeline.Words(name)
	}
	s.line("FAILED", "%s by a fault of hookhound's own, %s followed no more; please report it%s",
		count(n, "time"), count(flows, "flow"), where)
}
