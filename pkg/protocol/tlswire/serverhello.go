package tlswire

import (
	"bytes"
	"fmt"
)

// serverHello is what was read of a ServerHello. Its slices are views of the
// message and live as long as it, but for extensions, whose array is its own
// and used again by the next parse.
type serverHello struct {
	version    uint16   // negotiated: supported_versions where there is one
	legacy     uint16   // as the message begins, which is what JA3S takes
	random     []byte   // 32 bytes
	sessionID  []byte   // of TLS 1.2 and older: the client's own when the session is resumed
	cipher     uint16   // the suite chosen
	extensions []uint16 // the types, as sent
	alpn       string   // the protocol chosen, where it is readable (TLS 1.2 and older)

	psk    bool // pre_shared_key: the server took the client's session (TLS 1.3)
	ticket bool // session_ticket: a NewSessionTicket will follow (TLS 1.2)
	retry  bool // a HelloRetryRequest: the client will say hello again

	malformed error // as in clientHello
}

// retryRandom is the random of a ServerHello that is a HelloRetryRequest, the
// SHA-256 of that word (RFC 8446 4.1.3).
const retryRandom = "\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91" +
	"\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c"

// parseServerHello reads the body of a ServerHello (RFC 8446 4.1.3, RFC 5246
// 7.4.1.3), without the handshake header. Drafts of TLS 1.3 up to 21 left out
// the session id and the compression method. It is as lenient as
// parseClientHello; the error is for what is no hello.
func parseServerHello(msg []byte, sh *serverHello) error {
	*sh = serverHello{extensions: sh.extensions[:0]}
	r := reader{b: msg}
	sh.legacy = uint16(r.u16())
	sh.version = sh.legacy
	sh.random = r.take(32)
	early := isDraft(sh.legacy) && sh.legacy <= versionDraft21
	if !early {
		sh.sessionID = r.list8()
	}
	sh.cipher = uint16(r.u16())
	if r.err != nil {
		return fmt.Errorf("server hello: %w", r.err)
	}
	sh.retry = string(sh.random) == retryRandom
	if !early {
		r.u8() // compression method
	}
	if r.left() > 0 {
		list := r.list16()
		if err := sh.readExtensions(list, r.at-len(list)); err != nil {
			sh.malformed = err
			return nil
		}
	}
	if r.err != nil {
		sh.malformed = fmt.Errorf("server hello: %w", r.err)
	}
	return nil
}

func (sh *serverHello) readExtensions(list []byte, base int) (first error) {
	var seen extensionSet
	r := reader{b: list}
	for r.left() > 0 {
		start := r.at
		kind := uint16(r.u16())
		body := reader{b: r.list16()}
		err := r.err
		if r.at-start >= 4 {
			sh.extensions = append(sh.extensions, kind)
			if seen.first(kind) {
				sh.readExtension(kind, &body)
			}
			if err == nil {
				err = body.err
			}
		}
		if err != nil && first == nil {
			first = fmt.Errorf("server hello: extension %d at byte %d: short", kind, base+start)
		}
	}
	return first
}

func (sh *serverHello) readExtension(kind uint16, r *reader) {
	switch kind {
	case extALPN:
		names := reader{b: r.list16()}
		sh.alpn = protocolName(names.list8())
		if names.err != nil && r.err == nil {
			r.err = names.err
		}
	case extSupportedVersions:
		if v := uint16(r.u16()); r.err == nil {
			sh.version = v
		}
	case extPreSharedKey:
		sh.psk = true
	case extSessionTicket:
		sh.ticket = true
	}
}

// hashLen is the length in bytes of the hash of a TLS 1.3 cipher suite, and so
// of the verify_data in Finished; zero for suites that are not of TLS 1.3.
func (sh *serverHello) hashLen() int {
	switch sh.cipher {
	case 0x1301, 0x1303, 0x1304, 0x1305, // AES-128-GCM, ChaCha20-Poly1305, AES-128-CCM, CCM-8
		0x1307,         // AEGIS-128L
		0x00c6, 0x00c7, // SM4-GCM and SM4-CCM with SM3
		0xc0b4: // integrity only, SHA-256 (RFC 9150)
		return 32
	case 0x1302, 0xc0b5: // AES-256-GCM; integrity only, SHA-384
		return 48
	case 0x1306: // AEGIS-256
		return 64
	}
	return 0
}

// echoes says whether the server took up the session that the client offered
// by its id, as TLS 1.2 and older resume. In TLS 1.3 the echo means nothing.
func (sh *serverHello) echoes(clientSession []byte) bool {
	return len(sh.sessionID) > 0 && !isTLS13(sh.version) && bytes.Equal(sh.sessionID, clientSession)
}
