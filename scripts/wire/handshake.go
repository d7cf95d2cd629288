package main

import "time"

func handshakes() []sample {
	return []sample{
		{"tls13-hello-retry", "TLS 1.3: the server asks for another key share, a second hello follows", helloRetry},
		{"tls12-ticket", "TLS 1.2: a whole handshake that gives a ticket, and one resumed with it", ticket12},
		{"tls13-psk", "TLS 1.3: a whole handshake that gives a ticket, and one resumed with it", psk13},
		{"tls13-early-data", "TLS 1.3: early data behind the hello, taken by the server", earlyData},
		{"tls12-client-certificate", "TLS 1.2: the server asks for a certificate, the client sends one", clientCertificate},
		{"tls-alert", "two hellos that are refused with an alert: handshake_failure, and unrecognized_name", alerts},
		{"tls13-compatibility", "TLS 1.3 with ChangeCipherSpec before the second flight, and without any and no session id", compatibility},
		{"sslv2-hello", "a hello in the form of SSLv2 that offers TLS 1.0, and the answer of TLS 1.0", sslv2},
	}
}

func helloRetry(t *trace) {
	c := t.talk("10.0.1.15:40600", "203.0.113.80:443")
	h := t.script("retry.example.com")
	c.open()
	c.say(client, h.record())
	cookie := t.noise(24)
	c.answer(record(recordHandshake, 0x0303, retryRequest(h.session, groupP256, cookie)), changeCipher())
	second := *h // the same random and session id
	second.shares, second.cookie = []uint16{groupP256}, cookie
	c.say(client, changeCipher(), record(recordHandshake, 0x0303, second.with(extCookie).message()))
	c.answer(c.flight(choice{session: h.session, bare: true}))
	c.say(client, c.sealed(36))
	c.call(200, 350)
	c.bye()
}

func ticket12(t *trace) {
	c := t.talk("10.0.1.15:40610", "203.0.113.81:443")
	h := t.old("ticket.example.com")
	alpn := cat(u16(extTicket), vec16(), u16(extALPN), vec16(vec16(vec8([]byte("http/1.1")))))
	ticket := t.noise(160)
	newTicket := messages(message(msgTicket, u32(7200), vec16(ticket)))
	c.open()
	c.say(client, h.record())
	c.answer(messages(t.serverHello12(nil, alpn), t.certificate(), t.serverKeys(), message(msgDone)))
	c.say(client, messages(t.clientKeys()), t.finished12())
	c.answer(newTicket, t.finished12())
	c.call12(200, 350)
	c.bye12()

	t.wait(time.Minute)
	c = t.talk("10.0.1.15:40611", "203.0.113.81:443")
	h = h.again()
	h.ticket, h.session = ticket, t.noise(32)
	c.open()
	c.say(client, h.record())
	c.answer(messages(t.serverHello12(h.session, alpn)), newTicket, t.finished12())
	c.say(client, t.finished12())
	c.call12(200, 350)
	c.bye12()
}

// tls13Ticket is a NewSessionTicket, sealed.
func (t *trace) tls13Ticket() []byte { return t.sealed(4 + 13 + 160) }

func psk13(t *trace) {
	c := t.talk("10.0.1.15:40620", "203.0.113.82:443")
	h := t.script("resume.example.com")
	c.open()
	c.tls13(h)
	c.answer(t.tls13Ticket())
	c.call(200, 350)
	c.bye()

	t.wait(time.Minute)
	c = t.talk("10.0.1.15:40621", "203.0.113.82:443")
	h = h.again()
	h.identity = t.noise(160)
	h = h.with(extPreShared)
	c.open()
	c.say(client, h.record())
	c.answer(c.flight(choice{session: h.session, resumed: true}))
	c.say(client, changeCipher(), c.sealed(36))
	c.call(200, 350)
	c.bye()
}

func earlyData(t *trace) {
	const endOfEarlyData = 4
	c := t.talk("10.0.1.15:40630", "203.0.113.83:443")
	h := t.script("early.example.com").with(extPreShared).with(extEarlyData)
	h.identity = t.noise(160)
	c.open()
	c.say(client, h.record(), changeCipher(), c.sealed(200))
	c.answer(c.flight(choice{session: h.session, resumed: true, early: true}))
	c.say(client, c.sealed(endOfEarlyData), c.sealed(36))
	c.answer(c.sealed(350))
	c.wait(5 * time.Second)
	c.call(120, 90)
	c.bye()
}

func clientCertificate(t *trace) {
	c := t.talk("10.0.1.15:40640", "203.0.113.84:443")
	h := t.old("mutual.example.com")
	request := message(msgCertRequest, vec8(u8(1, 64)), vec16(u16(0x0403, 0x0804)), vec16())
	c.open()
	c.say(client, h.record())
	c.answer(messages(t.serverHello12(t.noise(32)), t.certificate(), t.serverKeys(), request, message(msgDone)))
	c.say(client, messages(t.certificate(), t.clientKeys(), message(msgCertVerify, u16(0x0804), vec16(t.noise(256)))), t.finished12())
	c.answer(t.finished12())
	c.call12(200, 350)
	c.bye12()
}

func alerts(t *trace) {
	const fatal, handshakeFailure, unrecognizedName = 2, 40, 112
	for i, why := range []byte{handshakeFailure, unrecognizedName} {
		c := t.talk("10.0.1.15:"+port(40650+i), "203.0.113.85:443")
		c.open()
		c.say(client, t.old("refused.example.com").record())
		c.answer(record(recordAlert, 0x0303, u8(fatal, why)))
		c.close()
		c.wait(time.Second)
	}
}

func compatibility(t *trace) {
	t.talk("10.0.1.15:40660", "203.0.113.86:443").visit(t.script("compatible.example.com"))
	t.wait(time.Second)

	c := t.talk("10.0.1.15:40661", "203.0.113.86:443")
	h := t.script("bare.example.com")
	h.session = nil
	c.open()
	c.say(client, h.record())
	c.answer(c.flight(choice{bare: true}))
	c.say(client, c.sealed(36))
	c.call(200, 350)
	c.bye()
}

// sslv2 is the hello of RFC 5246 appendix E.2: suites of three bytes, and a
// challenge for the random.
func sslv2(t *trace) {
	c := t.talk("10.0.1.15:40670", "203.0.113.87:443")
	suites := unhex("00002f" + "000035" + "00000a" + "000005" + "010080" + "0700c0")
	challenge := t.noise(16)
	hello := cat(u8(1), u16(0x0301, uint16(len(suites)), 0, uint16(len(challenge))), suites, challenge)
	const tls10 = 0x0301
	c.open()
	c.say(client, u16(0x8000|uint16(len(hello))), hello)
	c.answer(
		record(recordHandshake, tls10, message(msgServerHello, u16(tls10), t.noise(32), vec8(t.noise(32)), u16(0x002f), u8(0))),
		record(recordHandshake, tls10, t.certificate()), record(recordHandshake, tls10, message(msgDone)))
	finished := cat(record(recordChange, tls10, u8(1)), record(recordHandshake, tls10, t.noise(48)))
	c.say(client, record(recordHandshake, tls10, message(msgClientKeys, vec16(t.noise(256)))), finished)
	c.answer(finished)
	c.say(client, record(recordData, tls10, t.noise(224)))
	c.answer(record(recordData, tls10, t.noise(384)))
	c.say(client, record(recordAlert, tls10, t.noise(32)))
	c.close()
}
