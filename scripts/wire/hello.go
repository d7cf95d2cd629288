package main

import "slices"

// Numbers of TLS extensions, suites and groups (IANA).
const (
	extServerName  = 0
	extGroups      = 10
	extPoints      = 11
	extSignatures  = 13
	extALPN        = 16
	extCompress    = 27
	extTicket      = 35
	extPreShared   = 41
	extEarlyData   = 42
	extVersions    = 43
	extCookie      = 44
	extPSKModes    = 45
	extKeyShare    = 51
	extQUIC        = 57
	extECH         = 0xfe0d
	extRenegotiate = 0xff01

	groupX25519 = 29
	groupP256   = 23
)

// hello is a ClientHello. The extensions come in the order of kinds.
type hello struct {
	name       string
	suites     []uint16
	kinds      []uint16
	groups     []uint16
	shares     []uint16 // the groups that a key is sent for
	signatures []uint16
	versions   []uint16
	alpn       []string
	random     []byte
	session    []byte // session id
	ticket     []byte // of TLS 1.2
	identity   []byte // ticket of TLS 1.3
	cookie     []byte
	quic       []byte // transport parameters
	t          *trace
}

// script says hello like the TLS library of a script does.
func (t *trace) script(name string) *hello {
	return &hello{
		name:       name,
		suites:     []uint16{0x1302, 0x1303, 0x1301, 0xc02c, 0xc030, 0xc02b, 0xc02f, 0x009f, 0x009e, 0x00ff},
		kinds:      []uint16{extServerName, extPoints, extGroups, extTicket, extALPN, 22, 23, extSignatures, extVersions, extPSKModes, extKeyShare},
		groups:     []uint16{groupX25519, groupP256, 24},
		shares:     []uint16{groupX25519},
		signatures: []uint16{0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501},
		versions:   []uint16{0x0304, 0x0303},
		alpn:       []string{"http/1.1"},
		random:     t.noise(32), session: t.noise(32),
		t: t,
	}
}

// old says hello as clients of TLS 1.2 do.
func (t *trace) old(name string) *hello {
	h := t.script(name)
	h.suites = []uint16{0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0x009c, 0x002f}
	h.kinds = []uint16{extServerName, 23, extRenegotiate, extGroups, extPoints, extTicket, extALPN, extSignatures}
	h.session = nil
	return h
}

// with adds extensions: before the pre-shared key, which must be the last.
func (h *hello) with(kinds ...uint16) *hello {
	at := len(h.kinds)
	if i := slices.Index(h.kinds, extPreShared); i >= 0 {
		at = i
	}
	h.kinds = slices.Insert(slices.Clone(h.kinds), at, kinds...)
	return h
}

func (h *hello) without(kind uint16) *hello {
	h.kinds = slices.DeleteFunc(slices.Clone(h.kinds), func(k uint16) bool { return k == kind })
	return h
}

// again is the hello with which a client comes back: the same but for what is
// drawn anew.
func (h *hello) again() *hello {
	next := *h
	next.random = h.t.noise(32)
	if len(h.session) > 0 {
		next.session = h.t.noise(32)
	}
	return &next
}

// The handshake messages (RFC 8446, RFC 5246).
const (
	msgClientHello = 1
	msgServerHello = 2
	msgTicket      = 4
	msgCertificate = 11
	msgKeys        = 12
	msgCertRequest = 13
	msgDone        = 14
	msgCertVerify  = 15
	msgClientKeys  = 16
)

func message(kind byte, parts ...[]byte) []byte { return cat(u8(kind), vec24(parts...)) }

// message is the handshake message alone, as QUIC carries it.
func (h *hello) message() []byte {
	var extensions []byte
	for _, kind := range h.kinds {
		extensions = cat(extensions, u16(kind), vec16(h.extension(kind)))
	}
	return message(msgClientHello, u8(3, 3), h.random, vec8(h.session), vec16(u16(h.suites...)), vec8(u8(0)), vec16(extensions))
}

// record is the hello as TLS over TCP sends it.
func (h *hello) record() []byte { return record(recordHandshake, 0x0301, h.message()) }

func (h *hello) extension(kind uint16) []byte {
	switch kind {
	case extServerName:
		return vec16(u8(0), vec16([]byte(h.name)))
	case extGroups:
		return vec16(u16(h.groups...))
	case extPoints:
		return vec8(u8(0))
	case extSignatures:
		return vec16(u16(h.signatures...))
	case extALPN:
		var all []byte
		for _, name := range h.alpn {
			all = cat(all, vec8([]byte(name)))
		}
		return vec16(all)
	case extCompress:
		return vec8(u16(2))
	case extTicket:
		return h.ticket
	case extPreShared:
		// The binder is as long as the hash.
		return cat(vec16(vec16(h.identity), u32(0x5eed1234)), vec16(vec8(h.t.noise(32))))
	case extVersions:
		return vec8(u16(h.versions...))
	case extCookie:
		return vec16(h.cookie)
	case extPSKModes:
		return vec8(u8(1))
	case extKeyShare:
		var all []byte
		for _, group := range h.shares {
			key := h.t.noise(32)
			if group == groupP256 {
				key = cat(u8(4), h.t.noise(64)) // an uncompressed point
			}
			all = cat(all, u16(group), vec16(key))
		}
		return vec16(all)
	case extQUIC:
		return h.quic
	case extECH:
		// The outer form: KDF, AEAD, config id, key, payload (RFC 9849).
		return cat(u8(0), u16(1, 1), u8(7), vec16(h.t.noise(32)), vec16(h.t.noise(144)))
	case extRenegotiate:
		return vec8()
	}
	return nil // the flags have no body
}
