package tlswire

import (
	"crypto/sha256"
	"encoding/hex"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// hashed computes JA4 from its raw form.
func hashed(raw string) string {
	parts := strings.SplitN(raw, "_", 3)
	for i := 1; i < len(parts); i++ {
		if parts[i] == "" {
			parts[i] = "000000000000"
			continue
		}
		sum := sha256.Sum256([]byte(parts[i]))
		parts[i] = hex.EncodeToString(sum[:])[:12]
	}
	return strings.Join(parts, "_")
}

// The example that FoxIO's technical_details/JA4.md works through.
func TestJA4PublishedExample(t *testing.T) {
	h := hand{
		version: versionTLS12,
		ciphers: []uint16{0xdada, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014,
			0x009c, 0x009d, 0x002f, 0x0035},
		extensions: []handExt{
			ext(0x001b), sni("example.com"), ext(0x0033), alpn("h2", "http/1.1"), ext(0x4469), ext(0x0017), ext(0x002d),
			sigAlgs(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601), ext(0x0005), ext(0x0023),
			ext(0x0012), versions(versionTLS13, versionTLS12), ext(0xff01), points(0), groups(29), ext(0x0015),
		},
	}
	got := newFingerprinter('t').client(mustClient(t, h.body()))
	if want := "t13d1516h2_8daaf6152771_e5627efa2ab1"; got.JA4 != want || got.JA4Stable != want {
		t.Errorf("JA4 %s, stable %s, want %s", got.JA4, got.JA4Stable, want)
	}
	if want := "t13d1516h2_002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9_" +
		"0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01_" +
		"0403,0804,0401,0503,0805,0501,0806,0601"; got.JA4Raw != want {
		t.Errorf("ja4_r %s, want %s", got.JA4Raw, want)
	}
	if got := newFingerprinter('q').client(mustClient(t, h.body())).JA4; got != "q13d1516h2_8daaf6152771_e5627efa2ab1" {
		t.Errorf("in QUIC %s", got)
	}
	// The same without signature algorithms: no underscore is hashed.
	h.extensions[7] = ext(extSignatureAlgs)
	if got := newFingerprinter('t').client(mustClient(t, h.body())).JA4; got != "t13d1516h2_8daaf6152771_6d807ffa2a79" {
		t.Errorf("without signature algorithms %s", got)
	}
}

func TestJA4ALPNCharacters(t *testing.T) {
	for name, want := range map[string]string{
		"": "00", "h": "hh", "h2": "h2", "http/1.1": "h1", "spdy/3.1": "s1", "h3": "h3", "Z-9": "Z9",
		"\xab": "ab", " ": "20", "\xab\xcd": "ad", " a": "21", "0\xab": "3b", "a ": "60",
		"01\xab\xcd": "3d", "0\xab\xcd1": "01",
	} {
		if got := alpnChars([]byte(name)); string(got[:]) != want {
			t.Errorf("%q: %s, want %s", name, got[:], want)
		}
	}
	// An empty first name is a first name.
	h := hand{version: versionTLS12, extensions: []handExt{alpn("", "h2")}}
	if got := newFingerprinter('t').client(mustClient(t, h.body())).JA4Raw; got != "t12i000100__" {
		t.Errorf("an empty first name: %s", got)
	}
}

func TestJA4Version(t *testing.T) {
	for v, want := range map[uint16]string{
		0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10", 0x0300: "s3", 0x0002: "s2",
		0xfeff: "d1", 0xfefd: "d2", 0xfefc: "d3", 0x7f17: "00", 0x0305: "00", 0: "00",
	} {
		if got := ja4Version(v); got != want {
			t.Errorf("%#04x: %s, want %s", v, got, want)
		}
	}
}

// Fresh and resumed connections of one client have one stable form, which is
// JA4 of the fresh one; JA4 itself tells them apart.
func TestJA4Stable(t *testing.T) {
	fresh := browser(nil)
	f := newFingerprinter('t')
	want := f.client(mustClient(t, fresh.body()))
	if want.JA4Stable != want.JA4 {
		t.Errorf("nothing to leave out, but stable %s and JA4 %s", want.JA4Stable, want.JA4)
	}
	for name, more := range map[string][]handExt{
		"pre_shared_key":                {ext(extPreSharedKey, make([]byte, 200)...)},
		"early_data":                    {ext(extEarlyData)},
		"early_data and pre_shared_key": {ext(extEarlyData), ext(extPreSharedKey, make([]byte, 200)...)},
	} {
		resumed := fresh
		resumed.extensions = append(slices.Clone(fresh.extensions), more...)
		got := f.client(mustClient(t, resumed.body()))
		if got.JA4Stable != want.JA4 || got.JA4 == want.JA4 || got.JA3 == want.JA3 {
			t.Errorf("%s: %+v, fresh %+v", name, got, want)
		}
		if h := hashed(got.JA4Raw); h != got.JA4 {
			t.Errorf("%s: JA4 %s, ja4_r hashes to %s", name, got.JA4, h)
		}
	}
	// Where nothing else is left, nothing is hashed.
	alone := hand{version: versionTLS12, ciphers: []uint16{1}, extensions: []handExt{sni("a"), ext(extPreSharedKey)}}
	if got := f.client(mustClient(t, alone.body())); !strings.HasPrefix(got.JA4Stable, "t12d010100_") ||
		!strings.HasSuffix(got.JA4Stable, "_000000000000") || strings.HasSuffix(got.JA4, "_000000000000") {
		t.Errorf("%+v", got)
	}
}

// Shuffled extensions change JA3 and nothing of JA4, remembered or not.
func TestShuffledExtensions(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	f := newFingerprinter('t')
	want := f.client(mustClient(t, browser(nil).body()))
	ja3 := map[string]bool{}
	for range 50 {
		got := f.client(mustClient(t, browser(random).body()))
		ja3[got.JA3] = true
		got.JA3 = want.JA3
		if got != want {
			t.Fatalf("%+v, want %+v", got, want)
		}
	}
	if len(ja3) < 40 {
		t.Errorf("only %d JA3 of 50 orders", len(ja3))
	}
	if len(f.byShape.young) != 1 {
		t.Errorf("%d shapes remembered, want 1", len(f.byShape.young))
	}
}
