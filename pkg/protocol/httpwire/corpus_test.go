package httpwire

import (
	"bufio"
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hookhound/hookhound/pkg/protocol"
)

// row is a request of the corpus.
type row struct {
	Capture    string   `json:"capture"`
	Kind       string   `json:"kind"`
	ClientIP   string   `json:"client_ip"`
	ClientPort uint16   `json:"client_port"`
	ServerIP   string   `json:"server_ip"`
	ServerPort uint16   `json:"server_port"`
	Method     string   `json:"http_method"`
	Host       string   `json:"http_host"`
	Target     string   `json:"http_uri"`
	Tags       []string `json:"tags"`
}

// optional are the tags of rows that need not be found, hidden those of rows
// that stand in tunnels, fragments and behind preludes that others read.
var (
	optional = []string{"gquic", "starttls", "linktype-wlan", "geneve", "gtp", "nflog", "zeek-only"}
	hidden   = []string{"gre", "vxlan", "erspan", "ip-in-ip", "ip-fragments", "mpls", "pppoe", "socks", "radiotap", "llc", "ppp", "6in4",
		"arcnet", "chdlc", "socks"}
)

func tagged(r *row, list []string) bool {
	return slices.ContainsFunc(r.Tags, func(tag string) bool {
		return slices.ContainsFunc(list, func(p string) bool { return strings.HasPrefix(tag, p) })
	})
}

func corpusRows(t testing.TB, root string) (names []string, rows map[string][]*row) {
	f, err := os.Open(filepath.Join(root, "expected", "flows.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows = map[string][]*row{}
	in := bufio.NewScanner(f)
	in.Buffer(nil, 4<<20)
	for in.Scan() {
		var r row
		if err := json.Unmarshal(in.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		if r.Kind != "http" {
			continue
		}
		if rows[r.Capture] == nil {
			names = append(names, r.Capture)
		}
		rows[r.Capture] = append(rows[r.Capture], &r)
	}
	return names, rows
}

// TestCorpus reads the corpus as a sensor does and compares requests with what
// other tools agree on, as often as they say.
func TestCorpus(t *testing.T) {
	root := filepath.Join(testdata(t), "corpus")
	names, rows := corpusRows(t, root)
	var good, all, extra, hiddenGood, hiddenAll, optionalGood, optionalAll int
	for _, name := range names {
		type ends struct{ client, server netip.AddrPort }
		found := map[ends][]*protocol.Request{}
		for _, l := range runPackets(t, readCapture(t, filepath.Join(root, "pcaps", name)), 0) {
			c, s := l.ends()
			found[ends{c, s}] = append(found[ends{c, s}], l.requests()...)
		}
		for _, r := range rows[name] {
			c, _ := netip.ParseAddr(r.ClientIP)
			s, _ := netip.ParseAddr(r.ServerIP)
			e := ends{netip.AddrPortFrom(c.Unmap(), r.ClientPort), netip.AddrPortFrom(s.Unmap(), r.ServerPort)}
			i := slices.IndexFunc(found[e], func(q *protocol.Request) bool {
				// Where there are several spaces, others read an empty target.
				return q.Method == r.Method && q.Host == r.Host && (q.Target == r.Target || r.Target == "")
			})
			if i >= 0 {
				found[e] = slices.Delete(found[e], i, i+1)
			}
			ok := 0
			if i >= 0 {
				ok = 1
			}
			switch {
			case tagged(r, optional):
				optionalGood, optionalAll = optionalGood+ok, optionalAll+1
				continue
			case tagged(r, hidden) || tagged(&row{Tags: []string{r.Capture[strings.Index(r.Capture, "__")+2:]}}, hidden) || strings.Contains(r.Capture, "chdlc"):
				hiddenGood, hiddenAll = hiddenGood+ok, hiddenAll+1
				continue
			}
			good, all = good+ok, all+1
			if ok == 0 {
				t.Logf("%s %v: want %s %q %q %v", name, e, r.Method, r.Host, r.Target, r.Tags)
				for _, q := range found[e] {
					t.Logf("    got %s %q %q", q.Method, q.Host, q.Target)
				}
			}
		}
		for e, list := range found {
			for _, q := range list {
				extra++
				t.Logf("%s %v: also %s %q %.80q %s %d", name, e, q.Method, q.Host, q.Target, q.Version, q.Status)
			}
		}
	}
	t.Logf("%d of %d as expected; in tunnels and fragments %d of %d; optional %d of %d; %d that others did not see",
		good, all, hiddenGood, hiddenAll, optionalGood, optionalAll, extra)
	if good*1000 < all*995 {
		t.Errorf("%d of %d requests are as expected, want 99.5 %%", good, all)
	}
}

// TestCorpusInPieces cuts the segments of the corpus: the same facts come of
// it. The recorders check what holds for all facts, in odd captures too.
func TestCorpusInPieces(t *testing.T) {
	root := filepath.Join(testdata(t), "corpus")
	names, _ := corpusRows(t, root)
	compared := 0
	for _, name := range names {
		packets := readCapture(t, filepath.Join(root, "pcaps", name))
		whole, cut := runPackets(t, packets, 0), runPackets(t, packets, 100)
		for i, l := range whole {
			if len(l.tunnelled) > 0 {
				continue // what was handed over begins at another byte
			}
			compared++
			if a, b := text(&l.Recorder), text(&cut[i].Recorder); a != b {
				t.Errorf("%s %v: whole\n%s\nin pieces\n%s", name, l.key, a, b)
			}
			sane(t, &l.Recorder)
		}
	}
	if compared < 1000 {
		t.Errorf("only %d connections were compared", compared)
	}
	odd, err := filepath.Glob(filepath.Join(root, "robustness", "pcaps", "*"))
	if err != nil || len(odd) == 0 {
		t.Fatal("no odd captures", err)
	}
	for _, path := range odd {
		runPackets(t, readCapture(t, path), 0)
	}
}
