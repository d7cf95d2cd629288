package main

import "time"

func datagrams() []sample {
	return []sample{
		{"quic-v1", "QUIC version 1: a hello in two CRYPTO frames of which the second comes first, and three calls", func(t *trace) {
			t.quicVisit(quic1(), "quic.example.com", 40800)
		}},
		{"quic-v2", "QUIC version 2, the same", func(t *trace) { t.quicVisit(quic2(), "quic2.example.com", 40801) }},
		{"quic-two-initials", "QUIC version 1: a hello over two Initial packets, the second first", quicTwoInitials},
		{"quic-retry", "QUIC version 1: the server asks for a token with Retry", quicRetry},
		{"quic-version-negotiation", "QUIC: a version that nobody knows is refused, version 1 follows", quicNegotiation},
	}
}

// quicTalk is a QUIC connection.
type quicTalk struct {
	*conn
	quic
	hello    *hello
	mine     []byte // the client's connection id
	theirs   []byte // the server's
	key      []byte // the id that the keys follow from
	token    []byte
	attempts uint32
}

func (t *trace) dial(q quic, name string, from int) *quicTalk {
	h := t.script(name).without(extTicket).without(22).without(23).without(extPoints).with(extQUIC)
	h.alpn, h.session, h.versions, h.suites = []string{"h3"}, nil, []uint16{0x0304}, []uint16{0x1301, 0x1302, 0x1303}
	k := &quicTalk{
		conn:  t.talk("10.0.1.15:"+port(from), "203.0.113.95:443"),
		quic:  q,
		hello: h,
		mine:  t.noise(8), theirs: t.noise(8), key: t.noise(8),
	}
	// max_idle_timeout 30 s, max_udp_payload_size 1472, initial_source_connection_id.
	h.quic = cat(u8(1, 4), u32(0x80007530), u8(3, 2), varint2(1472), u8(15), vec8(k.mine))
	return k
}

// say sends an Initial packet of the client, padded to what a datagram must
// have (RFC 9000 section 14.1).
func (k *quicTalk) say(frames ...[]byte) {
	const tag = 16
	head := 1 + 4 + 1 + len(k.key) + 1 + len(k.mine) + 2 + len(k.token) + 2 + 2
	k.datagram(client, k.initial(client, k.key, k.key, k.mine, k.token, k.attempts, padded(cat(frames...), head+tag, 1200)))
	k.attempts++
}

// greet ends the handshake: the server's hello with its certificate, and the
// client's Finished.
func (k *quicTalk) greet() {
	k.wait(think)
	answer := k.serverHello(nil)
	k.datagram(server,
		k.initial(server, k.key, k.mine, k.theirs, nil, 0, cat(ackFrame(0), cryptoFrame(0, answer))),
		k.handshake(k.trace, k.mine, k.theirs, 700))
	k.datagram(client,
		k.initial(client, k.key, k.theirs, k.mine, k.token, k.attempts, padded(ackFrame(0), 0, 20)),
		k.handshake(k.trace, k.theirs, k.mine, 75))
	k.wait(think)
	k.short(server, 90) // HANDSHAKE_DONE, settings
	k.short(client, 10)
}

// short sends a packet with a short header and n bytes of content.
func (k *quicTalk) short(from, n int) {
	dst := k.theirs
	if from == server {
		dst = k.mine
	}
	k.datagram(from, u8(0x41), dst, k.noise(2+n+16))
}

// ask is a call: a request, an answer in two datagrams, acknowledgements.
func (k *quicTalk) ask(up, down int) {
	k.short(client, up)
	k.wait(think)
	k.short(server, down)
	k.short(server, down/2)
	k.short(client, 7)
}

func (k *quicTalk) calls() {
	for range 3 {
		k.wait(10 * time.Second)
		k.ask(260, 400)
	}
}

// halves are the two CRYPTO frames of a hello, the second first.
func (k *quicTalk) halves() (second, first []byte) {
	m := k.hello.message()
	const at = 90
	return cryptoFrame(at, m[at:]), cryptoFrame(0, m[:at])
}

func (t *trace) quicVisit(q quic, name string, from int) {
	k := t.dial(q, name, from)
	k.say(k.halves())
	k.greet()
	k.calls()
}

func quicTwoInitials(t *trace) {
	k := t.dial(quic1(), "two.example.com", 40802)
	second, first := k.halves()
	k.say(second)
	k.say(first)
	k.greet()
	k.calls()
}

func quicRetry(t *trace) {
	k := t.dial(quic1(), "token.example.com", 40803)
	k.say(cryptoFrame(0, k.hello.message()))
	k.wait(think)
	next, token := t.noise(8), t.noise(32)
	k.datagram(server, k.retry(0, k.mine, next, token, k.key))
	k.key, k.token = next, token
	k.say(cryptoFrame(0, k.hello.message()))
	k.greet()
	k.calls()
}

func quicNegotiation(t *trace) {
	const unknown = 0x1a2a3a4a
	k := t.dial(quic1(), "version.example.com", 40804)
	odd := cat(u8(0xc0), u32(unknown), vec8(k.key), vec8(k.mine), t.noise(1178))
	k.datagram(client, odd)
	k.wait(think)
	k.datagram(server, u8(0x80), u32(0), vec8(k.mine), vec8(k.key), u32(1), u32(0x6b3343cf))
	k.key = t.noise(8)
	k.say(cryptoFrame(0, k.hello.message()))
	k.greet()
	k.calls()
}
