package tlswire

import (
	"strings"

	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
)

// hello makes of a ClientHello what leaves the parser, with nothing of the
// message left in it. The server's part, and where it stands in time and on
// its connection, is for the caller to fill in; see answerHello.
//
// Version is the highest that is offered until then.
func (f *fingerprinter) hello(ch *clientHello) (h protocol.Hello) {
	f.fill(&h, ch)
	return h
}

// fill is hello for one that is empty.
func (f *fingerprinter) fill(h *protocol.Hello, ch *clientHello) {
	h.HasClient = true
	h.ServerName = string(ch.serverName)
	h.Fingerprint = f.client(ch)
	h.ALPN = f.alpn(ch.alpn)
	h.ECH = ch.echState()
	highest := ch.highest()
	h.Version = versionName(highest)
	h.Resumption = ch.resumption(highest)
	if ch.earlyData {
		h.EarlyData = protocol.EarlyDataOffered
	}
}

// answerHello fills in what the ServerHello says. Resumed is set where TLS 1.3
// resumes; in TLS 1.2 it takes what follows to know (see serverHello.echoes).
// Early data needs a session that was taken up, and is refused with a
// HelloRetryRequest (RFC 8446 4.2.10).
func (f *fingerprinter) answerHello(h *protocol.Hello, sh *serverHello) {
	h.HasServer = true
	h.JA3S = f.server(sh)
	h.Version = versionName(sh.version)
	h.NextProto = sh.alpn
	h.Resumed, h.Retried = sh.psk && !sh.retry, sh.retry
	switch {
	case h.Resumed:
		h.Resumption = protocol.ByPSK
	case h.EarlyData == protocol.EarlyDataOffered:
		h.EarlyData = protocol.EarlyDataRefused
	}
}

// alpn gives the names of an ALPN list as strings. The slice is shared between
// hellos that offer the same, as hellos are not changed once they are made.
func (f *fingerprinter) alpn(list []byte) []string {
	if len(list) == 0 {
		return nil
	}
	names, ok := f.byALPN.get(list, namesCost)
	if !ok {
		for r := (reader{b: list}); r.left() > 0 && len(names) < limit.TLSALPN; {
			names = append(names, protocolName(r.list8()))
		}
		f.byALPN.put(list, names, namesCost(names))
	}
	return names
}

func namesCost(names []string) (n int) {
	for _, s := range names {
		n += textCost(s)
	}
	return n
}

// firstName is the first name of an ALPN list that is not GREASE; nil if there
// is none.
func firstName(list []byte) []byte {
	for r := (reader{b: list}); r.left() > 0; {
		if name := r.list8(); !isGREASEName(name) {
			return name
		}
	}
	return nil
}

// protocolName is an ALPN name as text, with bytes outside printable ASCII
// written \xNN.
func protocolName(name []byte) string {
	switch string(name) { // without allocation for what nearly everybody offers
	case "h2":
		return "h2"
	case "http/1.1":
		return "http/1.1"
	case "h3":
		return "h3"
	}
	for _, c := range name {
		if !isPrintable(c) {
			return escaped(name)
		}
	}
	return string(name)
}

func isPrintable(c byte) bool { return ' ' <= c && c <= '~' }

func escaped(name []byte) string {
	const digits = "0123456789abcdef"
	var b strings.Builder
	for _, c := range name {
		if isPrintable(c) {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'\\', 'x', digits[c>>4], digits[c&15]})
		}
	}
	return b.String()
}
