package dnswire

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hookhound/hookhound/pkg/limit"
)

// Records that each want to be compared with all others, or with all names on
// the way, are followed only so far: a message of 16 KiB would otherwise keep a
// worker for half a second.
func TestRecordBombs(t *testing.T) {
	long := func(i int) string { return fmt.Sprintf("%c%s", 'b'+i, strings.Repeat(".a", 125)) }
	var parents []rr
	for i := range 400 {
		parents = append(parents, rr{fmt.Sprint(i), typeDNAME, 60, "\x00"})
	}
	for i := range limit.DNSAliases {
		parents = append(parents, rr{long(i), typeCNAME, 60, wire(long(i + 1))})
	}
	services := []rr{}
	for i := range 400 {
		services = append(services, rr{"a.example", typeHTTPS, 60, svcb(1, "", param(keyALPN, fmt.Sprintf("\x03%03d", i)))})
	}
	for _, c := range []struct {
		name, message string
	}{
		{"DNAME", tell(1, long(0), typeA, parents...)},
		{"HTTPS", tell(1, "a.example", typeHTTPS, services...)},
	} {
		kind := UDP()
		start := time.Now()
		list, rec := udpPlay(t, kind.New(), server(c.message))
		if took := time.Since(start); len(list) != 1 || took > 100*time.Millisecond {
			t.Errorf("%s: %d answers after %v", c.name, len(list), took)
		}
		if n := len(rec.Answers[0].Aliases); c.name == "DNAME" && n != limit.DNSAliases {
			t.Errorf("%d aliases, want %d", n, limit.DNSAliases)
		}
	}
	m := new(message)
	next, _ := m.begin([]byte(tell(1, long(0), typeA, parents...)))
	if m.rest(next); m.count != 2*limit.DNSAliases {
		t.Errorf("%d records are kept, want %d", m.count, 2*limit.DNSAliases)
	}
	// The seventeenth binding's hint is not told.
	var hints []rr
	for i := range limit.DNSServices + 1 {
		hints = append(hints, rr{"a.example", typeHTTPS, 60, svcb(1, "", param(keyIPv4Hint, string([]byte{192, 0, 2, byte(i)})))})
	}
	if _, rec := udpPlay(t, UDP().New(), server(tell(1, "a.example", typeHTTPS, hints...))); len(rec.Answers[0].Addresses) != limit.DNSServices {
		t.Errorf("%d bindings were followed, want %d", len(rec.Answers[0].Addresses), limit.DNSServices)
	}
}
