package quicwire

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hookhound/hookhound/pkg/protocol"
)

// row is a hello that other tools found in the corpus.
type row struct {
	Capture, Kind, Proto string
	ClientIP             string  `json:"client_ip"`
	ClientPort           uint16  `json:"client_port"`
	ServerIP             string  `json:"server_ip"`
	ServerPort           uint16  `json:"server_port"`
	SNI, ALPN            *string // absent: there is none
	JA3, JA3S, JA4       *string // absent: nothing is asserted
	JA4Alt               any     `json:"ja4_alt"`
	Tags                 []string
	HelloNo              any `json:"hello_no"`
}

func (r *row) ends() string {
	a, _ := netip.ParseAddr(r.ClientIP)
	b, _ := netip.ParseAddr(r.ServerIP)
	return fmt.Sprint(netip.AddrPortFrom(a, r.ClientPort), netip.AddrPortFrom(b, r.ServerPort))
}

func (r *row) matches(h *protocol.Hello) bool {
	if r.Kind == "tls_server" {
		return h.JA3S == value(r.JA3S)
	}
	asserted := func(want *string, got string) bool { return want == nil || *want == got }
	return h.ServerName == value(r.SNI) && strings.Join(h.ALPN, ",") == value(r.ALPN) &&
		asserted(r.JA3, h.Fingerprint.JA3) && asserted(r.JA3S, h.JA3S) && asserted(r.JA4, h.Fingerprint.JA4)
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// TestCorpus compares the hellos of captures with what other tools agree on.
func TestCorpus(t *testing.T) {
	root := filepath.Join(testdata(t), "corpus")
	f, err := os.Open(filepath.Join(root, "expected", "flows.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows := map[string][]*row{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		r := &row{}
		if err := json.Unmarshal(lines.Bytes(), r); err != nil {
			t.Fatal(err)
		}
		if r.Proto == "quic" {
			rows[r.Capture] = append(rows[r.Capture], r)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	var captures []string
	for name := range rows {
		captures = append(captures, name)
	}
	slices.Sort(captures)
	good, all, more := 0, 0, 0
	for _, name := range captures {
		packets := readCapture(t, filepath.Join(root, "pcaps", name))
		if len(packets) == 0 {
			t.Logf("%s: no UDP was decoded, %d rows left out", name, len(rows[name]))
			continue
		}
		found := map[string][]*protocol.Hello{}
		for _, l := range runPackets(t, packets) {
			key := fmt.Sprint(l.client())
			found[key] = append(found[key], l.Hellos...)
			more += len(l.Hellos)
		}
		for _, r := range rows[name] {
			all++
			if slices.ContainsFunc(found[r.ends()], r.matches) {
				good++
				continue
			}
			t.Errorf("%s %s %v: want %q %q %s %s %s", name, r.ends(), r.Tags, value(r.SNI), value(r.ALPN), value(r.JA3), value(r.JA3S), value(r.JA4))
			for _, h := range found[r.ends()] {
				t.Logf("    got %q %q %s %s %s, client %v", h.ServerName, h.ALPN, h.Fingerprint.JA3, h.JA3S, h.Fingerprint.JA4, h.HasClient)
			}
		}
	}
	if all < 200 {
		t.Errorf("only %d rows were compared", all)
	}
	t.Logf("%d of %d rows as expected; %d hellos in all", good, all, more)
}
