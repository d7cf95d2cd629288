package tlswire

import (
	"encoding/csv"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hookhound/hookhound/pkg/protocol"
)

// TestCorpusConnections reads the corpus as a sensor does and compares hellos
// with what other tools agree on. QUIC, and what tunnels hide, is not looked
// for here; what a prelude hides (STARTTLS and its like) is counted as missed.
func TestCorpusConnections(t *testing.T) {
	root := filepath.Join(testdata(t), "corpus")
	f, err := os.Open(filepath.Join(root, "expected", "flows.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in := csv.NewReader(f)
	in.Comma, in.LazyQuotes, in.FieldsPerRecord = '\t', true, -1
	rows, err := in.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	byCapture := map[string][][]string{}
	var captures []string
	for _, r := range rows[1:] {
		if r[column["kind"]] != "tls" && r[column["kind"]] != "tls_server" || r[column["proto"]] == "quic" {
			continue
		}
		name := r[column["capture"]]
		if byCapture[name] == nil {
			captures = append(captures, name)
		}
		byCapture[name] = append(byCapture[name], r)
	}
	good, all, missed := 0, 0, 0
	for _, name := range captures {
		path := filepath.Join(root, "pcaps", name)
		if _, err := os.Stat(path); err != nil {
			continue
		}
		found := map[string][]*protocol.Hello{}
		for _, l := range runPackets(t, readCapture(t, path), 0) {
			a, b := netip.AddrPortFrom(l.key.Addr[0].Std(), l.key.Port[0]), netip.AddrPortFrom(l.key.Addr[1].Std(), l.key.Port[1])
			if len(l.clients) > 0 && l.clients[0] == 1 {
				a, b = b, a
			}
			key := a.String() + ">" + b.String()
			found[key] = append(found[key], l.hellos...)
		}
		for _, r := range byCapture[name] {
			get := func(c string) string { return r[column[c]] }
			tags := get("tags")
			if n := get("hello_no"); n != "" && n != "1" {
				tags += ",starttls"
			}
			hidden := false
			for _, tag := range []string{"starttls", "linktype-wlan", "geneve", "gtp", "nflog", "zeek-only",
				"tunnel", "gre", "vxlan", "frag", "connect", "socks", "6in4", "mpls", "pppoe", "ipip", "erspan", "prelude"} {
				hidden = hidden || strings.Contains(tags, tag)
			}
			if hidden {
				continue
			}
			all++
			key := fmt.Sprintf("%s>%s", addr(get("client_ip"), get("client_port")), addr(get("server_ip"), get("server_port")))
			alts := strings.Fields(strings.ReplaceAll(get("ja4_alt"), ",", " "))
			ok := slices.ContainsFunc(found[key], func(h *protocol.Hello) bool {
				if get("kind") == "tls_server" {
					return h.JA3S == get("ja3s")
				}
				return same(get("ja3"), h.Fingerprint.JA3) && same(get("ja3s"), h.JA3S) &&
					(same(get("ja4"), h.Fingerprint.JA4) || slices.Contains(alts, h.Fingerprint.JA4)) &&
					same(strings.ToLower(get("sni")), strings.ToLower(h.ServerName))
			})
			if ok {
				good++
				continue
			}
			if len(found[key]) == 0 {
				missed++
			}
			t.Logf("%s %s [%s]: want %q %s %s %s", name, key, tags, get("sni"), get("ja3"), get("ja3s"), get("ja4"))
			for _, h := range found[key] {
				t.Logf("    got %q %s %s %s, client %v", h.ServerName, h.Fingerprint.JA3, h.JA3S, h.Fingerprint.JA4, h.HasClient)
			}
		}
	}
	t.Logf("%d of %d hellos as expected, %d not seen", good, all, missed)
	if seen := all - missed; good*1000 < seen*990 || missed*20 > all {
		t.Errorf("%d of %d hellos that were seen are as expected, want 99 %%", good, seen)
	}
}

func same(want, got string) bool { return want == "" || want == got }

func addr(ip, port string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return ip + ":" + port
	}
	var n uint16
	fmt.Sscan(port, &n)
	return netip.AddrPortFrom(a, n).String()
}
