package tlswire

import (
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// What a hello learns from all that is in the clear behind it: alerts, and, in
// TLS 1.2 and older, the rest of the handshake.

// The levels of alerts (RFC 5246 7.2).
const (
	alertWarning = 1
	alertFatal   = 2
)

// emptyCertificate is the size of a Certificate message with no certificate.
const emptyCertificate = 3

// resumed says that the server took up the session that the waiting hello
// offers, in the way of TLS 1.2 and older.
func (g *greeting) resumed() {
	g.hello.Resumed, g.hello.Resumption = true, protocol.BySessionID
	if g.ticket {
		g.hello.Resumption = protocol.ByTicket
	}
	g.awaitsCert = false
}

// follows takes the type and the size of a handshake message that comes behind
// the waiting hello.
func (g *greeting) follows(fromClient bool, kind uint8, size int) {
	h := g.hello
	if fromClient {
		if kind == msgCertificate {
			h.Certificate = protocol.CertificateSent
			if size <= emptyCertificate {
				h.Certificate = protocol.CertificateDeclined
			}
		}
		return
	}
	if !h.HasServer {
		return
	}
	if g.awaitsCert && kind == msgNewSessionTicket {
		g.resumed()
	}
	g.awaitsCert = false
	switch kind {
	case msgCertificate, msgServerHelloDone:
		h.Resumed = false // whatever the session ids say: this is a whole handshake
	case msgCertRequest:
		h.Certificate = protocol.CertificateRequested
	}
}

// alert takes bytes of an alert in the clear. Of several the first is told,
// unless another ends the handshake: a warning may stand before the server's
// hello, as unrecognized_name does; a fatal one stands in place of what was to
// come.
func (p *conn) alert(k *cursor, c *stream.Chunk, b []byte, out protocol.Facts) {
	g := p.greeting
	level := &g.level[c.Side]
	if *level == 0 {
		*level, b = b[0], b[1:]
		if *level != alertWarning && *level != alertFatal {
			k.alerts = false // no alert, or an encrypted one
			return
		}
		if len(b) == 0 {
			return
		}
	}
	a := protocol.Alert{From: protocol.FromClient, Fatal: *level == alertFatal, Code: b[0]}
	if p.role(c.Side) == server {
		a.From = protocol.FromServer
	}
	k.alerts = false
	h := g.hello
	if h == nil {
		return
	}
	if h.Alert.From == protocol.NoPeer || a.Fatal {
		h.Alert = a
	}
	if a.Fatal {
		h.Handshake = protocol.HandshakeFailed
		p.tell(c.Clock, c.Frame, out)
	}
}
