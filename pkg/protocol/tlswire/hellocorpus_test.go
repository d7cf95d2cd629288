package tlswire

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// corpusHello is one row of corpus/expected/hellos.jsonl: a handshake message
// of somebody else's capture and what other tools make of it.
type corpusHello struct {
	Capture string
	Dir     string // ch or sh
	Proto   string // tcp or quic
	SNI     *string
	ALPN    *string
	JA3     *string
	JA3S    *string
	JA4     *string
	Hex     string
}

// Every asserted field of every row is equal: there is no difference that we
// mean, and so no list of exceptions.
func TestCorpusHellos(t *testing.T) {
	root := os.Getenv("HOOKHOUND_TESTDATA")
	if root == "" {
		t.Skip("HOOKHOUND_TESTDATA is not set: no corpus of other people's hellos to compare with")
	}
	file, err := os.Open(filepath.Join(root, "corpus", "expected", "hellos.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	prints := map[string]*fingerprinter{"tcp": newFingerprinter('t'), "quic": newFingerprinter('q')}
	compared := map[string]int{}
	for lines.Scan() {
		var row corpusHello
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		raw, err := hex.DecodeString(row.Hex)
		if err != nil {
			t.Fatal(err)
		}
		check := func(field string, want *string, got string) {
			if want == nil {
				return
			}
			compared[field]++
			if *want != got {
				t.Errorf("%s %s %s: got %q, want %q", row.Capture, row.Dir, field, got, *want)
			}
		}
		var h handshakeReader
		h.feed(raw)
		_, msg, ok := h.next()
		if !ok || msg == nil {
			t.Errorf("%s: no message in %.40s", row.Capture, row.Hex)
			continue
		}
		if row.Dir == "sh" {
			var sh serverHello
			if err := parseServerHello(msg, &sh); err != nil {
				t.Errorf("%s: %v", row.Capture, err)
			}
			check("ja3s", row.JA3S, prints["tcp"].server(&sh))
			continue
		}
		var ch clientHello
		if err := parseClientHello(msg, &ch); err != nil {
			t.Errorf("%s: %v", row.Capture, err)
			continue
		}
		got := prints[row.Proto].hello(&ch)
		empty := ""
		if row.SNI == nil {
			row.SNI = &empty
		}
		if row.ALPN == nil {
			row.ALPN = &empty
		}
		check("sni", row.SNI, got.ServerName)
		check("alpn", row.ALPN, strings.Join(got.ALPN, ","))
		check("ja3", row.JA3, got.Fingerprint.JA3)
		check("ja4", row.JA4, got.Fingerprint.JA4)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	t.Logf("compared %v", compared)
	for _, field := range []string{"sni", "alpn", "ja3", "ja3s", "ja4"} {
		if compared[field] == 0 {
			t.Errorf("nothing was compared for %s", field)
		}
	}
}
