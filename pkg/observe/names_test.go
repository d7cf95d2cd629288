package observe

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hookhound/hookhound/pkg/limit"
)

// What is remembered of a name is what the catalogue says of it, however many
// others came between, and it stays within its bound.
func TestNames(t *testing.T) {
	cat := options(t).Catalog
	var n names
	known := []string{"", ".", "Hooks.Slack.com.", "webhook.site", "www.example.co.uk", "10.0.0.1", "..", "maple-42.ngrok-free.app",
		strings.Repeat("a", limit.NameLength+1), strings.Repeat("a.", limit.NameLength) + "com"}
	for i := range 3 * limit.Names {
		n.get(fmt.Sprintf("host-%d.example.com", i), cat)
		sent := known[i%len(known)]
		got := n.get(sent, cat)
		clean := strings.ToLower(strings.TrimSuffix(sent, "."))
		if got.clean != clean {
			t.Fatalf("%q is %q, want %q", sent, got.clean, clean)
		}
		if clean != "" && got.match != cat.Host(clean) || clean == "" && got.match.ID != "" {
			t.Fatalf("%q is %+v, want %+v", sent, got.match, cat.Host(clean))
		}
		if len(n.young) > limit.Names || len(n.old) > limit.Names {
			t.Fatalf("%d and %d names are remembered", len(n.young), len(n.old))
		}
	}
	if _, ok := n.young[known[len(known)-1]]; ok {
		t.Error("a name of enormous length is remembered")
	}
	if n.old == nil {
		t.Error("nothing was ever forgotten: the test shows nothing")
	}
}
