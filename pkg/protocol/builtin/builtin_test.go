package builtin

import (
	"testing"

	"github.com/hookhound/hookhound/pkg/protocol"
)

func TestListIsSound(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range List() {
		if p.Name == "" || seen[p.Name] {
			t.Errorf("the name %q is empty or there twice", p.Name)
		}
		seen[p.Name] = true
		if p.New() == p.New() {
			t.Errorf("%s: two connections share a parser", p.Name)
		}
	}
}

// A probe must decide with ProbeBytes, and must not take back what it said
// with fewer.
func TestProbesDecide(t *testing.T) {
	openings := [][]byte{
		make([]byte, protocol.ProbeBytes),
		[]byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x00\x00\x00\x00\x00"),
		[]byte("\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03\x00\x00\x00\x00\x00"),
		[]byte("\x17\x03\x03\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
		[]byte("GET / HTTP/1.1\r\n"),
		[]byte("SSH-2.0-OpenSSH_"),
	}
	for _, p := range List() {
		for _, b := range openings {
			for _, mid := range []bool{false, true} {
				last := protocol.More
				for n := range len(b) + 1 {
					v := p.Probe(b[:n], mid)
					if last != protocol.More && v != last {
						t.Errorf("%s: %x, mid-stream %v: said %d, with %d bytes %d", p.Name, b, mid, last, n, v)
					}
					last = v
				}
				if last == protocol.More {
					t.Errorf("%s: %x, mid-stream %v: no decision", p.Name, b, mid)
				}
			}
		}
	}
}
