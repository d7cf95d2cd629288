package main

// Content types of records.
const (
	recordChange    = 20
	recordAlert     = 21
	recordHandshake = 22
	recordData      = 23
)

func record(kind byte, version uint16, parts ...[]byte) []byte {
	return cat(u8(kind), u16(version), vec16(parts...))
}

// sealed is an encrypted record of TLS 1.3, or of data in TLS 1.2, with n bytes
// of content.
func (t *trace) sealed(n int) []byte {
	const overhead = 17
	return record(recordData, 0x0303, t.noise(n+overhead))
}

func changeCipher() []byte { return record(recordChange, 0x0303, u8(1)) }

// What a server of TLS 1.3 says first.
type choice struct {
	session []byte // echoed
	resumed bool   // it took the pre-shared key
	early   bool   // and the early data
	bare    bool   // no ChangeCipherSpec beside
}

// serverHello is the message of TLS 1.3.
func (t *trace) serverHello(session []byte, more ...[]byte) []byte {
	return message(msgServerHello, u8(3, 3), t.noise(32), vec8(session), u16(0x1301), u8(0), vec16(
		u16(extVersions), vec16(u16(0x0304)),
		u16(extKeyShare), vec16(u16(groupX25519), vec16(t.noise(32))),
		cat(more...),
	))
}

// flight is all that a server of TLS 1.3 says before the client's Finished.
func (t *trace) flight(c choice) []byte {
	var key []byte
	if c.resumed {
		key = cat(u16(extPreShared), vec16(u16(0)))
	}
	b := record(recordHandshake, 0x0303, t.serverHello(c.session, key))
	if !c.bare {
		b = cat(b, changeCipher())
	}
	extensions := 23
	if c.early {
		extensions += 4
	}
	b = cat(b, t.sealed(extensions))
	if !c.resumed {
		b = cat(b, t.sealed(420), t.sealed(79)) // Certificate, CertificateVerify
	}
	return cat(b, t.sealed(36)) // Finished
}

// retryRequest asks for another hello (RFC 8446 section 4.1.4).
func retryRequest(session []byte, group uint16, cookie []byte) []byte {
	return message(msgServerHello, u8(3, 3),
		// SHA-256 of "HelloRetryRequest".
		unhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"),
		vec8(session), u16(0x1301), u8(0), vec16(
			u16(extVersions), vec16(u16(0x0304)),
			u16(extKeyShare), vec16(u16(group)),
			u16(extCookie), vec16(vec16(cookie)),
		))
}

// tls13 shakes hands.
func (c *conn) tls13(h *hello) {
	c.say(client, h.record())
	c.answer(c.flight(choice{session: h.session}))
	c.say(client, changeCipher(), c.sealed(36))
}

// call is one request with its answer, of so many bytes each.
func (c *conn) call(up, down int) {
	c.say(client, c.sealed(up))
	c.answer(c.sealed(down))
}

// bye is close_notify and the end of the connection.
func (c *conn) bye() {
	c.say(client, c.sealed(2))
	c.close()
}

// visit is a whole connection of TLS 1.3 with one call.
func (c *conn) visit(h *hello) {
	c.open()
	c.tls13(h)
	c.call(200, 350)
	c.bye()
}

// TLS 1.2: messages are readable up to ChangeCipherSpec.

// sealed12 is an encrypted record of TLS 1.2 with AES-GCM.
func (t *trace) sealed12(kind byte, n int) []byte {
	const overhead = 24
	return record(kind, 0x0303, t.noise(n+overhead))
}

func (t *trace) finished12() []byte { return cat(changeCipher(), t.sealed12(recordHandshake, 16)) }

func (t *trace) serverHello12(session []byte, more ...[]byte) []byte {
	return message(msgServerHello, u8(3, 3), t.noise(32), vec8(session), u16(0xc02f), u8(0), vec16(
		u16(extRenegotiate), vec16(vec8()),
		u16(extPoints), vec16(vec8(u8(0))),
		cat(more...),
	))
}

// certificate is a message with one certificate of Ed25519 (RFC 5280, RFC 8410),
// whose signature means nothing.
func (t *trace) certificate() []byte {
	const (
		integer, bits, oid, utf8, utcTime, sequence, set, version = 2, 3, 6, 12, 23, 0x30, 0x31, 0xa0
	)
	algorithm := der(sequence, der(oid, unhex("2b6570")))
	name := der(sequence, der(set, der(sequence, der(oid, unhex("550403")), der(utf8, []byte("server.example")))))
	about := der(sequence,
		der(version, der(integer, u8(2))), der(integer, u8(1)), algorithm, name,
		der(sequence, der(utcTime, []byte("260101000000Z")), der(utcTime, []byte("270101000000Z"))), name,
		der(sequence, algorithm, der(bits, u8(0), t.noise(32))))
	return message(msgCertificate, vec24(vec24(der(sequence, about, algorithm, der(bits, u8(0), t.noise(64))))))
}

// der is a value of ASN.1's distinguished encoding.
func der(tag byte, parts ...[]byte) []byte {
	b := cat(parts...)
	switch n := len(b); {
	case n < 0x80:
		return cat(u8(tag, byte(n)), b)
	case n < 0x100:
		return cat(u8(tag, 0x81, byte(n)), b)
	default:
		return cat(u8(tag, 0x82), u16(uint16(n)), b)
	}
}

func (t *trace) serverKeys() []byte {
	return message(msgKeys, u8(3), u16(groupX25519), vec8(t.noise(32)), u16(0x0804), vec16(t.noise(256)))
}

func (t *trace) clientKeys() []byte { return message(msgClientKeys, vec8(t.noise(32))) }

// messages are records with one handshake message each.
func messages(all ...[]byte) []byte {
	var b []byte
	for _, m := range all {
		b = cat(b, record(recordHandshake, 0x0303, m))
	}
	return b
}

func (c *conn) call12(up, down int) {
	c.say(client, c.sealed12(recordData, up))
	c.answer(c.sealed12(recordData, down))
}

func (c *conn) bye12() {
	c.say(client, c.sealed12(recordAlert, 2))
	c.close()
}
