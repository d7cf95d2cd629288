package tlswire

import (
	"encoding/binary"

	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// Hellos in the form of SSLv2 (RFC 5246 E.2): a length of two bytes whose first
// bit is set, the type, the version, the lengths of three lists, and those.
// Clients that spoke SSLv2 as well sent them until about 2010; servers that
// speak a later version answer with its records. Where the server answers in
// SSLv2 itself the hello is told, and no more of the connection can be read.

const (
	sslv2Lengths     = 6 // the lengths of the three lists
	sslv2Head        = 2 + 1 + 2 + sslv2Lengths
	sslv2CipherSize  = 3
	sslv2SessionSize = 16

	// The types of SSLv2's messages that can answer a hello.
	sslv2Error       = 0
	sslv2ServerHello = 4
	sslv2ErrorSize   = 3
)

// sslv2Length is the length in the header of a record of SSLv2, without its
// first bit.
func sslv2Length(b []byte) int { return int(b[0]&0x7f)<<8 | int(b[1]) }

// probeSSLv2 says whether the first bytes of a side are a hello in the form of
// SSLv2. Each byte is judged as it comes.
func probeSSLv2(b []byte) protocol.Verdict {
	for i, c := range b[:min(len(b), 5)] {
		switch {
		case i == 0 && c < 0x80, i == 2 && c != msgClientHello, i == 4 && !sslv2Version(b[3], c):
			return protocol.No
		}
	}
	if len(b) < sslv2Head {
		return protocol.More
	}
	return verdict(sslv2Fits(sslv2Length(b), b[5:]))
}

// sslv2Version says whether a hello of this form can have the version.
func sslv2Version(major, minor byte) bool {
	return major == 0 && minor == 2 || major == 3 && minor <= 4
}

// sslv2Fits says whether the lengths of the lists are possible, and fill a
// hello of that length. They do by chance in one of ten million strings.
func sslv2Fits(length int, lengths []byte) bool {
	ciphers := int(binary.BigEndian.Uint16(lengths))
	session := int(binary.BigEndian.Uint16(lengths[2:]))
	challenge := int(binary.BigEndian.Uint16(lengths[4:]))
	return ciphers > 0 && ciphers%sslv2CipherSize == 0 &&
		(session == 0 || session == sslv2SessionSize) &&
		challenge >= 16 && challenge <= 32 &&
		length == sslv2Head-2+ciphers+session+challenge
}

// sslv2 takes the first five bytes of what is no record of TLS, and says
// whether it is a hello in the form of SSLv2, or SSLv2's own answer to one. The
// hello's body is read as it comes.
func (p *conn) sslv2(k *cursor, c *stream.Chunk, out protocol.Facts) bool {
	h := &k.header
	if h[0] < 0x80 || k.lost || p.over {
		return false
	}
	if g := p.greeting; g != nil && g.hello != nil && g.hello.SSLv2 && c.Side != p.client {
		return p.answerSSLv2(k, c, out)
	}
	if h[2] != msgClientHello || !sslv2Version(h[3], h[4]) || p.cut.heard[p.role(c.Side)] ||
		p.greeting != nil && p.greeting.spoken || sslv2Length(h[:]) < sslv2Head-2 {
		return false
	}
	if !p.begun {
		p.begin(c, false)
	}
	if p.evidence == unknown {
		p.orient(c.Side, heardFirst)
	}
	p.cut.heard[p.role(c.Side)] = true
	k.left, k.skip = uint16(sslv2Length(h[:])-3), 0
	k.old, p.greeting.oldHead = true, 0
	return true
}

// oldHello takes bytes of a hello of this form, behind its version.
func (p *conn) oldHello(k *cursor, c *stream.Chunk, b []byte, out protocol.Facts) {
	g := p.greeting
	g.oldHead += uint8(copy(g.old[g.oldHead:], b))
	if g.oldHead < sslv2Lengths {
		return
	}
	k.old = false
	if !sslv2Fits(sslv2Length(k.header[:]), g.old[:]) {
		k.lose()
		p.stray(c, len(b), out)
		return
	}
	p.show(c.Side, out)
	version := binary.BigEndian.Uint16(k.header[3:])
	hello := &protocol.Hello{HasClient: true, SSLv2: true, Version: versionName(version)}
	orphan := g.hello
	g.hello, g.due, g.spoken, g.http2 = hello, c.Clock.Add(answerTime), true, notHTTP2
	if orphan != nil { // its answer was handed over before it
		hello.TakeAnswer(orphan)
		p.tell(c.Clock, c.Frame, out)
	}
}

// answerSSLv2 takes a server's answer in SSLv2 itself.
func (p *conn) answerSSLv2(k *cursor, c *stream.Chunk, out protocol.Facts) bool {
	h := p.greeting.hello
	switch {
	case h.HasServer:
		return false
	case k.header[2] == sslv2ServerHello:
		h.HasServer, h.Version = true, versionName(versionSSL2)
		if h.Resumed = k.header[3] == 1; h.Resumed {
			h.Resumption = protocol.BySessionID
		}
	case k.header[2] == sslv2Error && sslv2Length(k.header[:]) == sslv2ErrorSize:
		h.Handshake = protocol.HandshakeFailed
	default:
		return false
	}
	p.over, p.handed = true, true
	p.tell(c.Clock, c.Frame, out)
	return true
}

// handOver ends the parser: of what follows, rest is what the chunk holds.
func handOver(c *stream.Chunk, rest []byte, out protocol.Facts) {
	if len(rest) == 0 {
		out.Handover(nil)
		return
	}
	left := *c
	left.Bytes, left.Aligned = rest, false
	out.Handover(&left)
}
