package tlswire

import (
	"bufio"
	"encoding/hex"
	"os"
	"strings"
	"testing"
)

// golden is one hello of testdata/hellos.txt: a name, lines of a field and its
// value, and a blank line.
type golden map[string]string

func readGolden(t testing.TB) (list []golden) {
	t.Helper()
	file, err := os.Open("testdata/hellos.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	var g golden
	for lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), " ")
		switch {
		case field == "":
			g = nil
		case strings.HasPrefix(field, "#"):
		case g == nil:
			g = golden{"name": field}
			list = append(list, g)
		default:
			g[field] = value
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// message is the handshake message of the hello, header included.
func (g golden) message(t testing.TB) []byte {
	t.Helper()
	b, err := hex.DecodeString(g["hex"])
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestGoldenHellos(t *testing.T) {
	list := readGolden(t)
	if len(list) < 9 {
		t.Fatalf("%d hellos, want 9 at least", len(list))
	}
	f := newFingerprinter('t')
	for _, again := range []bool{false, true} {
		for _, g := range list {
			var h handshakeReader
			h.feed(g.message(t))
			kind, msg, ok := h.next()
			if !ok || kind != msgClientHello {
				t.Fatalf("%s: type %d, %v", g["name"], kind, ok)
			}
			ch := mustClient(t, msg)
			if ch.malformed != nil {
				t.Errorf("%s: %v", g["name"], ch.malformed)
			}
			got := f.hello(ch)
			for field, value := range map[string]string{
				"sni":        got.ServerName,
				"alpn":       strings.Join(got.ALPN, ","),
				"ja3":        got.Fingerprint.JA3,
				"ja4":        got.Fingerprint.JA4,
				"ja4_r":      got.Fingerprint.JA4Raw,
				"ja4_stable": got.Fingerprint.JA4Stable,
			} {
				if want, there := g[field]; !there || value != want {
					t.Errorf("%s, remembered %v: %s is %q, want %q", g["name"], again, field, value, want)
				}
			}
		}
	}
}
