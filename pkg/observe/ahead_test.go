package observe

import (
	"testing"
	"unsafe"

	"github.com/hookhound/hookhound/pkg/flow"
)

// A flow fills whole lines of a processor's cache, and what every packet needs
// of it stands in the first four: otherwise each packet waits for more of them.
func TestFlowFillsLines(t *testing.T) {
	const line = 64
	var f flow.Flow[conversation]
	if n := unsafe.Sizeof(f); n%line != 0 {
		t.Errorf("a flow takes %d bytes, which is not a multiple of %d", n, line)
	}
	if end := unsafe.Offsetof(f.State) + unsafe.Offsetof(f.State.parser) + unsafe.Sizeof(f.State.parser); end > 4*line {
		t.Errorf("what a packet needs ends at byte %d of a flow, behind its fourth line", end)
	}
	if at := unsafe.Offsetof(f.State) + unsafe.Offsetof(f.State.tcp); at%line != 0 {
		t.Errorf("the state of TCP begins at byte %d, within a line", at)
	}
}
