package starttls

import (
	"bytes"

	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// lines is the parser of a session in text: SMTP and LMTP (RFC 3207), POP3 and
// IMAP (RFC 2595, RFC 9051), FTP (RFC 4217), NNTP (RFC 4642), ManageSieve (RFC
// 5804) and NATS.
type lines struct {
	idle
	sides [2]line
	armed bool      // an upgrade was asked for, or may have been
	by    flow.Side // on whose line; the next one there takes it back
	seen  int
}

// line is the line that a side is in.
type line struct {
	head  [limit.UpgradeWord]byte
	n     uint8 // bytes in head
	in    bool  // it has begun
	lost  bool  // where it begins is not known
	heard bool
}

// Chunk implements protocol.Parser.
func (p *lines) Chunk(c *stream.Chunk, out protocol.Facts) {
	l := &p.sides[c.Side]
	l.heard = true
	if c.Gap > 0 {
		*l = line{lost: true, heard: true}
		p.armed, p.by = true, c.Side
		return
	}
	if p.seen > limit.UpgradePrelude {
		out.Handover(nil)
		return
	}
	p.seen += len(c.Bytes)
	if l.lost && !c.Aligned {
		return
	}
	l.lost = false
	for b := c.Bytes; len(b) > 0; {
		if !l.in && b[0] == handshake && (p.armed || !p.sides[c.Side.Other()].heard) {
			handover(c, len(b), out)
			return
		}
		end := bytes.IndexByte(b, '\n')
		if end < 0 {
			end = len(b)
		}
		l.in = true
		l.n += uint8(copy(l.head[l.n:], b[:end]))
		if end == len(b) {
			return
		}
		b = b[end+1:]
		if upgrades(l.head[:l.n]) {
			p.armed, p.by = true, c.Side
		} else if p.by == c.Side {
			p.armed = false
		}
		l.n, l.in = 0, false
	}
}

// upgrades tells whether a line asks for TLS; in NATS the server's greeting is
// followed by it. A server that offers it may use the same words, which does no
// harm.
func upgrades(b []byte) bool {
	b = bytes.TrimRight(b, " \t\r")
	if len(b) == limit.UpgradeWord {
		return bytes.HasPrefix(b, []byte("INFO {"))
	}
	if at := bytes.LastIndexByte(b, ' '); at > 0 && bytes.EqualFold(b[at+1:], []byte("STARTTLS")) {
		return bytes.IndexByte(b, ' ') == at // behind IMAP's tag
	}
	for _, w := range [...]string{"STARTTLS", "STLS", "AUTH TLS", "AUTH SSL", "AUTH TLS-C", "AUTH TLS-P"} {
		if bytes.EqualFold(b, []byte(w)) {
			return true
		}
	}
	return bytes.HasPrefix(b, []byte("INFO {"))
}

// probeLines looks for a server's greeting, or for what a client says first
// where the server's side was not captured.
func probeLines(b []byte, _ bool) protocol.Verdict {
	best := protocol.BeginsFold(b,
		"220 ", "220-", "+OK ", "+OK\r", "* OK", "* PREAUTH", "200 ", "201 ", "\"IMPLEMENTATION", "INFO {",
		"EHLO ", "HELO ", "LHLO ", "CAPA\r", "STLS\r", "STARTTLS\r", "AUTH TLS", "AUTH SSL",
	)
	if best == protocol.No {
		best = probeTagged(b)
	}
	return best
}

// probeTagged looks for IMAP's client: a tag and a command.
func probeTagged(b []byte) protocol.Verdict {
	const longestTag = 6 // of real clients, so that a command follows soon
	tag := 0
	for tag < len(b) && tag < longestTag && isAlphanumeric(b[tag]) {
		tag++
	}
	switch {
	case tag == len(b):
		return protocol.More
	case tag == 0 || b[tag] != ' ':
		return protocol.No
	}
	return protocol.BeginsFold(b[tag+1:], "CAPABILIT", "STARTTLS\r")
}

func isAlphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}
