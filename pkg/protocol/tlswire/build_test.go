package tlswire

import (
	"math/rand/v2"
	"testing"
)

// hand is a ClientHello built by hand, for what no library sends.
type hand struct {
	version    uint16
	session    []byte
	ciphers    []uint16
	extensions []handExt
	bare       bool // no list of extensions at all
}

type handExt struct {
	kind uint16
	body []byte
}

func be16(v int) []byte { return []byte{byte(v >> 8), byte(v)} }

func join(parts ...[]byte) (b []byte) {
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

func vec8(parts ...[]byte) []byte {
	b := join(parts...)
	return append([]byte{byte(len(b))}, b...)
}

func vec16(parts ...[]byte) []byte {
	b := join(parts...)
	return append(be16(len(b)), b...)
}

func u16s(list ...uint16) (b []byte) {
	for _, v := range list {
		b = append(b, byte(v>>8), byte(v))
	}
	return b
}

func random32() []byte {
	b := make([]byte, 32)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

// body is the message without its handshake header.
func (h hand) body() []byte {
	b := join(u16s(h.version), random32(), vec8(h.session), vec16(u16s(h.ciphers...)), vec8([]byte{0}))
	if h.bare {
		return b
	}
	var list []byte
	for _, x := range h.extensions {
		list = append(list, join(u16s(x.kind), vec16(x.body))...)
	}
	return append(b, vec16(list)...)
}

func sni(name string) handExt {
	return handExt{extServerName, vec16([]byte{0}, vec16([]byte(name)))}
}

func alpn(names ...string) handExt {
	var list []byte
	for _, n := range names {
		list = append(list, vec8([]byte(n))...)
	}
	return handExt{extALPN, vec16(list)}
}

func groups(list ...uint16) handExt  { return handExt{extSupportedGroups, vec16(u16s(list...))} }
func sigAlgs(list ...uint16) handExt { return handExt{extSignatureAlgs, vec16(u16s(list...))} }
func versions(list ...uint16) handExt {
	return handExt{extSupportedVersions, vec8(u16s(list...))}
}
func points(list ...byte) handExt           { return handExt{extPointFormats, vec8(list)} }
func ext(kind uint16, body ...byte) handExt { return handExt{kind, body} }

// handServer is a ServerHello built by hand.
type handServer struct {
	version    uint16
	random     string
	session    []byte
	cipher     uint16
	extensions []handExt
	bare       bool
}

func (h handServer) body() []byte {
	random := random32()
	if h.random != "" {
		random = []byte(h.random)
	}
	b := join(u16s(h.version), random, vec8(h.session), u16s(h.cipher), []byte{0})
	if h.bare {
		return b
	}
	var list []byte
	for _, x := range h.extensions {
		list = append(list, join(u16s(x.kind), vec16(x.body))...)
	}
	return append(b, vec16(list)...)
}

// message puts the handshake header before a body.
func message(kind uint8, body []byte) []byte {
	return append([]byte{kind, byte(len(body) >> 16), byte(len(body) >> 8), byte(len(body))}, body...)
}

// browser is a hello of the size and kind that Chromium sends, its extensions
// in an order of its own where shuffle is given.
func browser(shuffle *rand.Rand) hand {
	h := hand{
		version: versionTLS12,
		session: random32(),
		ciphers: []uint16{0x2a2a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8,
			0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035},
		extensions: []handExt{
			sni("hooks.example.com"), ext(23), ext(0xff01, 0), groups(0x1a1a, 0x11ec, 29, 23, 24), points(0),
			ext(extSessionTicket), alpn("h2", "http/1.1"), ext(5, 1, 0, 0, 0, 0),
			sigAlgs(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601), ext(18),
			ext(51, make([]byte, 1259)...), ext(45, 1, 1), versions(0x3a3a, versionTLS13, versionTLS12),
			ext(27, 2, 0, 2), ext(17613, 0, 3, 2, 'h', '2'), ext(extECH, make([]byte, 218)...),
		},
	}
	if shuffle != nil {
		shuffle.Shuffle(len(h.extensions), func(i, j int) {
			h.extensions[i], h.extensions[j] = h.extensions[j], h.extensions[i]
		})
	}
	h.extensions = append([]handExt{ext(0x4a4a)}, append(h.extensions, ext(0xcaca, 0))...)
	return h
}

func mustClient(t testing.TB, body []byte) *clientHello {
	t.Helper()
	var ch clientHello
	if err := parseClientHello(body, &ch); err != nil {
		t.Fatal(err)
	}
	return &ch
}
