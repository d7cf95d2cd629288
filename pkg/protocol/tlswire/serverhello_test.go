package tlswire

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/hookhound/hookhound/pkg/protocol"
)

func TestServerHello(t *testing.T) {
	draft18 := join(u16s(0x7f12), random32(), u16s(0x1301), vec16(u16s(51), vec16(make([]byte, 36)), u16s(extPreSharedKey), vec16(u16s(0))))
	for _, c := range []struct {
		name    string
		body    []byte
		ja3s    string
		version string
		alpn    string
		resumed bool
		retry   bool
		hashLen int
	}{
		{"SSL 3.0 without extensions", handServer{version: versionSSL3, cipher: 5, bare: true}.body(),
			"768,5,", "3.0", "", false, false, 0},
		{"TLS 1.2 with ALPN", handServer{version: versionTLS12, cipher: 0xc02f, extensions: []handExt{
			ext(0xff01, 0), alpn("h2"), ext(extSessionTicket)}}.body(),
			"771,49199,65281-16-35", "1.2", "h2", false, false, 0},
		{"ALPN that is not text", handServer{version: versionTLS12, cipher: 0xc02f, extensions: []handExt{alpn("\xba\xad")}}.body(),
			"771,49199,16", "1.2", `\xba\xad`, false, false, 0},
		{"TLS 1.3", handServer{version: versionTLS12, cipher: 0x1302, extensions: []handExt{
			ext(51, make([]byte, 36)...), ext(extSupportedVersions, 3, 4)}}.body(),
			"771,4866,51-43", "1.3", "", false, false, 48},
		{"TLS 1.3 resumed", handServer{version: versionTLS12, cipher: 0x1301, extensions: []handExt{
			ext(51, make([]byte, 36)...), ext(extPreSharedKey, 0, 0), ext(extSupportedVersions, 3, 4)}}.body(),
			"771,4865,51-41-43", "1.3", "", true, false, 32},
		{"HelloRetryRequest", handServer{version: versionTLS12, cipher: 0x1301, random: retryRandom, extensions: []handExt{
			ext(extSupportedVersions, 3, 4), ext(51, 0, 23)}}.body(),
			"771,4865,43-51", "1.3", "", false, true, 32},
		{"draft 18, laid out otherwise", draft18,
			"32530,4865,51-41", "1.3-draft18", "", true, false, 32},
		{"draft 28, by supported_versions", handServer{version: versionTLS12, cipher: 0x1303, extensions: []handExt{
			ext(extSupportedVersions, 0x7f, 28)}}.body(),
			"771,4867,43", "1.3-draft28", "", false, false, 32},
		{"GREASE at the end", handServer{version: versionTLS12, cipher: 0xc02f, extensions: []handExt{ext(23), ext(0x2a2a)}}.body(),
			"771,49199,23", "1.2", "", false, false, 0},
		{"an empty supported_versions", handServer{version: versionTLS12, cipher: 0x1301, extensions: []handExt{
			ext(extSupportedVersions), ext(23)}}.body(),
			"771,4865,43-23", "1.2", "", false, false, 32},
	} {
		t.Run(c.name, func(t *testing.T) {
			var sh serverHello
			if err := parseServerHello(c.body, &sh); err != nil {
				t.Fatal(err)
			}
			var h protocol.Hello
			newFingerprinter('t').answerHello(&h, &sh)
			sum := md5.Sum([]byte(c.ja3s))
			if h.JA3S != hex.EncodeToString(sum[:]) {
				t.Errorf("JA3S %s is not that of %s", h.JA3S, c.ja3s)
			}
			if !h.HasServer || h.Version != c.version || h.NextProto != c.alpn || h.Resumed != c.resumed {
				t.Errorf("got %+v", h)
			}
			if sh.retry != c.retry || sh.hashLen() != c.hashLen {
				t.Errorf("retry %v, hash of %d bytes", sh.retry, sh.hashLen())
			}
		})
	}
}

func TestRetryRandom(t *testing.T) {
	if sum := sha256.Sum256([]byte("HelloRetryRequest")); string(sum[:]) != retryRandom {
		t.Errorf("%x is not the SHA-256 of HelloRetryRequest", retryRandom)
	}
}

func TestEchoes(t *testing.T) {
	session := random32()
	for _, c := range []struct {
		name   string
		hello  handServer
		client []byte
		want   bool
	}{
		{"the session id comes back", handServer{version: versionTLS12, session: session}, session, true},
		{"another session id", handServer{version: versionTLS12, session: session}, session[1:], false},
		{"none", handServer{version: versionTLS12}, nil, false},
		{"in TLS 1.3 it means nothing", handServer{version: versionTLS12, session: session,
			extensions: []handExt{ext(extSupportedVersions, 3, 4)}}, session, false},
	} {
		var sh serverHello
		if err := parseServerHello(c.hello.body(), &sh); err != nil {
			t.Fatal(err)
		}
		if got := sh.echoes(c.client); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestServerHelloCutAnywhere(t *testing.T) {
	whole := handServer{version: versionTLS12, session: random32(), cipher: 0x1301, extensions: []handExt{
		alpn("h2"), ext(extSupportedVersions, 3, 4)}}.body()
	const bare = 2 + 32 + 33 + 2
	for n := range len(whole) {
		var sh serverHello
		err := parseServerHello(whole[:n], &sh)
		if (err != nil) != (n < bare) {
			t.Fatalf("cut at %d: error %v", n, err)
		}
		if err == nil && (sh.malformed == nil) != (n == bare+1) {
			t.Fatalf("cut at %d: malformed %v", n, sh.malformed)
		}
	}
}
