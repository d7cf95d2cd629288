package main

import "math/rand/v2"

// Numbers of TLS extensions and groups, RFC 8446 and IANA's tables.
const (
	extServerName  = 0
	extStatus      = 5
	extGroups      = 10
	extPoints      = 11
	extSignatures  = 13
	extALPN        = 16
	extPadding     = 21
	extCompress    = 27
	extSizeLimit   = 28
	extDelegated   = 34
	extTicket      = 35
	extPreShared   = 41
	extVersions    = 43
	extPSKModes    = 45
	extSignCert    = 50
	extKeyShare    = 51
	extALPS        = 17613
	extECH         = 65037
	extRenegotiate = 65281

	groupHybrid = 0x11ec // X25519MLKEM768
	groupX25519 = 29
	groupP256   = 23
)

// grease stands in a list of a shape for a value of RFC 8701.
const grease = 0x0a0a

// shape is how one TLS library or browser says hello.
type shape struct {
	name       string
	share      int // of the machines, in per cent
	suites     []uint16
	extensions []uint16
	groups     []uint16
	shares     []uint16 // the groups that a key is sent for
	signatures []uint16
	alpn       []string
	versions   []uint16
	shuffled   bool // the extensions come in an order of their own each time
	resumes    bool
}

func shapes() []shape {
	openssl := []uint16{0x1302, 0x1303, 0x1301, 0xc02c, 0xc030, 0x9f, 0xcca9, 0xcca8, 0xccaa, 0xc02b, 0xc02f, 0x9e, 0xc024, 0xc028,
		0x6b, 0xc023, 0xc027, 0x67, 0xc00a, 0xc014, 0x39, 0xc009, 0xc013, 0x33, 0x9d, 0x9c, 0x3d, 0x3c, 0x35, 0x2f, 0xff}
	opensslSigns := []uint16{0x403, 0x503, 0x603, 0x807, 0x808, 0x81a, 0x81b, 0x81c, 0x809, 0x80a, 0x80b, 0x804, 0x805, 0x806, 0x401, 0x501, 0x601}
	return []shape{
		{
			name: "chromium", share: 30, shuffled: true, resumes: true,
			suites:     []uint16{grease, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x9c, 0x9d, 0x2f, 0x35},
			extensions: []uint16{0, 23, extRenegotiate, 10, 11, 35, 16, 5, 13, 18, 51, 45, 43, 27, extALPS, extECH},
			groups:     []uint16{grease, groupHybrid, groupX25519, groupP256, 24},
			shares:     []uint16{grease, groupHybrid, groupX25519},
			signatures: []uint16{0x403, 0x804, 0x401, 0x503, 0x805, 0x501, 0x806, 0x601},
			alpn:       []string{"h2", "http/1.1"}, versions: []uint16{grease, 0x304, 0x303},
		},
		{
			name: "go", share: 25,
			suites:     []uint16{0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc009, 0xc013, 0xc00a, 0xc014, 0x1301, 0x1302, 0x1303},
			extensions: []uint16{0, 11, extRenegotiate, 23, 18, 5, 10, 13, 50, 16, 43, 51},
			groups:     []uint16{groupHybrid, groupX25519, groupP256, 24, 25},
			shares:     []uint16{groupHybrid, groupX25519},
			signatures: []uint16{0x804, 0x403, 0x807, 0x805, 0x806, 0x401, 0x501, 0x601, 0x503, 0x603},
			alpn:       []string{"h2", "http/1.1"}, versions: []uint16{0x304, 0x303},
		},
		{
			name: "firefox", share: 10, resumes: true,
			suites:     []uint16{0x1301, 0x1303, 0x1302, 0xc02b, 0xc02f, 0xcca9, 0xcca8, 0xc02c, 0xc030, 0xc00a, 0xc009, 0xc013, 0xc014, 0x9c, 0x9d, 0x2f, 0x35},
			extensions: []uint16{0, 23, extRenegotiate, 10, 11, 16, 5, 34, 18, 51, 43, 13, 45, 28, 27, extECH},
			groups:     []uint16{groupHybrid, groupX25519, groupP256, 24, 25, 256, 257},
			shares:     []uint16{groupHybrid, groupX25519, groupP256},
			signatures: []uint16{0x403, 0x503, 0x603, 0x804, 0x805, 0x806, 0x401, 0x501, 0x601, 0x203, 0x201},
			alpn:       []string{"h2", "http/1.1"}, versions: []uint16{0x304, 0x303},
		},
		{
			name: "openssl-3.5", share: 10, suites: openssl,
			extensions: []uint16{extRenegotiate, 0, 11, 10, 35, 16, 22, 23, 13, 43, 45, 51},
			groups:     []uint16{groupHybrid, groupX25519, groupP256, 30, 24, 25, 256, 257},
			shares:     []uint16{groupHybrid, groupX25519},
			signatures: opensslSigns, alpn: []string{"h2", "http/1.1"}, versions: []uint16{0x304, 0x303},
		},
		{
			name: "curl", share: 10, suites: openssl,
			extensions: []uint16{0, 11, 10, 16, 22, 23, 49, 13, 43, 45, 51, 21},
			groups:     []uint16{groupX25519, groupP256, 30, 25, 24},
			shares:     []uint16{groupX25519},
			signatures: opensslSigns, alpn: []string{"h2", "http/1.1"}, versions: []uint16{0x304, 0x303, 0x302, 0x301},
		},
		{
			name: "python", share: 8, suites: openssl[:18],
			extensions: []uint16{0, 11, 10, 35, 16, 22, 23, 13, 43, 45, 51},
			groups:     []uint16{groupX25519, groupP256, 30, 25, 24},
			shares:     []uint16{groupX25519},
			signatures: opensslSigns, alpn: []string{"http/1.1"}, versions: []uint16{0x304, 0x303},
		},
		{
			name: "java", share: 7,
			suites: []uint16{0x1302, 0x1301, 0x1303, 0xc02c, 0xc02b, 0xcca9, 0xc030, 0xcca8, 0xc02f, 0x9f, 0xccaa, 0xa3, 0x9e, 0xa2, 0xc024, 0xc028,
				0xc023, 0xc027, 0x6b, 0x6a, 0x67, 0x40, 0xc00a, 0xc014, 0xc009, 0xc013, 0x39, 0x38, 0x33, 0x32, 0x9d, 0x9c, 0x3d, 0x3c, 0x35, 0x2f, 0xff},
			extensions: []uint16{0, 5, 10, 11, 35, 23, 43, 13, 50, 45, 51, extRenegotiate},
			groups:     []uint16{groupX25519, groupP256, 24, 25, 30, 256, 257, 258, 259, 260},
			shares:     []uint16{groupX25519, groupP256},
			signatures: []uint16{0x403, 0x503, 0x603, 0x807, 0x808, 0x804, 0x805, 0x806, 0x809, 0x80a, 0x80b, 0x401, 0x501, 0x601, 0x402, 0x203, 0x201},
			versions:   []uint16{0x304, 0x303},
		},
	}
}

func pickShape(r *rand.Rand) int {
	at := r.IntN(100)
	for i, s := range shapes() {
		if at -= s.share; at < 0 {
			return i
		}
	}
	return 0
}

// hello is one ClientHello: a shape and what differs each time.
type hello struct {
	*shape
	name    string
	resumed bool // with a ticket of TLS 1.3
	grease  uint16
	session [32]byte
}

func newHello(r *rand.Rand, s *shape, name string, resumed bool) *hello {
	h := &hello{shape: s, name: name, resumed: resumed && s.resumes, grease: 0x0a0a + 0x1010*uint16(r.IntN(16))}
	noise(h.session[:0], r, len(h.session))
	return h
}

// record appends the hello as one TLS record.
func (h *hello) record(b []byte, r *rand.Rand) []byte {
	begin := len(b)
	b = append(b, 22, 3, 1)
	return vec16(b, func(b []byte) []byte {
		return message(b, 1, func(b []byte) []byte {
			b = noise(append(b, 3, 3), r, 32)
			b = append(append(b, 32), h.session[:]...)
			b = vec16(b, func(b []byte) []byte { return h.list(b, h.suites) })
			b = append(b, 1, 0)
			return vec16(b, func(b []byte) []byte { return h.all(b, begin, r) })
		})
	})
}

// list appends numbers, GREASE filled in.
func (h *hello) list(b []byte, all []uint16) []byte {
	for _, v := range all {
		if v == grease {
			v = h.grease
		}
		b = append(b, byte(v>>8), byte(v))
	}
	return b
}

// all appends the extensions of a hello that begins at begin.
func (h *hello) all(b []byte, begin int, r *rand.Rand) []byte {
	var order [24]uint16
	kinds := order[:copy(order[:], h.extensions)]
	if h.shuffled {
		r.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
	}
	if h.shuffled { // and so of Chromium's kind, which has GREASE at both ends
		b = u16(b, h.grease, 0)
	}
	for _, kind := range kinds {
		if kind == extPadding {
			const padded = 517 // of the record, as OpenSSL pads hellos of 256 to 511 bytes
			if n := padded - (len(b) - begin) - 4; n >= 0 {
				b = append(u16(b, extPadding, uint16(n)), make([]byte, n)...)
			}
			continue
		}
		b = h.extension(u16(b, kind), kind, r)
	}
	if h.shuffled {
		b = append(u16(b, h.grease^0x1010, 1), 0)
	}
	if h.resumed {
		b = vec16(u16(b, extPreShared), func(b []byte) []byte {
			b = vec16(b, func(b []byte) []byte {
				b = vec16(b, func(b []byte) []byte { return noise(b, r, 96) })
				return noise(b, r, 4)
			})
			return vec16(b, func(b []byte) []byte { return noise(append(b, 32), r, 32) })
		})
	}
	return b
}

// extension appends an extension's length and body.
func (h *hello) extension(b []byte, kind uint16, r *rand.Rand) []byte {
	return vec16(b, func(b []byte) []byte {
		switch kind {
		case extServerName:
			return vec16(b, func(b []byte) []byte {
				return vec16(append(b, 0), func(b []byte) []byte { return append(b, h.name...) })
			})
		case extStatus:
			return append(b, 1, 0, 0, 0, 0)
		case extGroups:
			return vec16(b, func(b []byte) []byte { return h.list(b, h.groups) })
		case extPoints:
			return append(b, 1, 0)
		case extSignatures, extSignCert:
			return vec16(b, func(b []byte) []byte { return h.list(b, h.signatures) })
		case extDelegated:
			return vec16(b, func(b []byte) []byte { return u16(b, 0x403, 0x503, 0x603, 0x203) })
		case extALPN:
			return vec16(b, func(b []byte) []byte {
				for _, name := range h.alpn {
					b = append(append(b, byte(len(name))), name...)
				}
				return b
			})
		case extALPS:
			return append(b, 0, 3, 2, 'h', '2')
		case extCompress:
			return append(b, 2, 0, 2)
		case extSizeLimit:
			return u16(b, 0x4001)
		case extRenegotiate:
			return append(b, 0)
		case extVersions:
			return h.list(append(b, byte(2*len(h.versions))), h.versions)
		case extPSKModes:
			return append(b, 1, 1)
		case extKeyShare:
			return vec16(b, func(b []byte) []byte { return h.keys(b, r) })
		case extECH:
			// The outer form: KDF, AEAD, config id, key, payload.
			b = append(b, 0, 0, 1, 0, 1, byte(r.Uint32()))
			b = vec16(b, func(b []byte) []byte { return noise(b, r, 32) })
			return vec16(b, func(b []byte) []byte { return noise(b, r, 144) })
		}
		return b // the flags of RFC 5246's time have no body
	})
}

func (h *hello) keys(b []byte, r *rand.Rand) []byte {
	for _, group := range h.shares {
		size := 32
		switch group {
		case grease:
			b = append(u16(b, h.grease, 1), 0)
			continue
		case groupHybrid:
			size = 1216
		case groupP256:
			size = 65
		}
		b = u16(b, group, uint16(size))
		if group == groupP256 {
			b = append(b, 4) // an uncompressed point
			size--
		}
		b = noise(b, r, size)
	}
	return b
}

// u16 appends numbers of two bytes.
func u16(b []byte, all ...uint16) []byte {
	for _, v := range all {
		b = append(b, byte(v>>8), byte(v))
	}
	return b
}

// vec16 appends what fill appends, with its length of two bytes before it.
func vec16(b []byte, fill func([]byte) []byte) []byte {
	at := len(b)
	b = fill(append(b, 0, 0))
	n := len(b) - at - 2
	b[at], b[at+1] = byte(n>>8), byte(n)
	return b
}

// vec24 is vec16 with a length of three bytes, of which nothing here needs the
// first.
func vec24(b []byte, fill func([]byte) []byte) []byte { return vec16(append(b, 0), fill) }

// message appends a handshake message.
func message(b []byte, kind byte, fill func([]byte) []byte) []byte {
	return vec24(append(b, kind), fill)
}
