package starttls

import (
	"bytes"

	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// xmpp is the parser of an XML stream (RFC 6120 section 5). TLS's first byte is
// a control character that XML does not allow, so the first one there is ends
// the stream.
type xmpp struct {
	idle
	seen int
}

// Chunk implements protocol.Parser.
func (p *xmpp) Chunk(c *stream.Chunk, out protocol.Facts) {
	if at := bytes.IndexByte(c.Bytes, handshake); at >= 0 {
		handover(c, len(c.Bytes)-at, out)
		return
	}
	if p.seen += len(c.Bytes); p.seen > limit.UpgradePrelude {
		out.Handover(nil)
	}
}

// probeXMPP looks for the head of a stream.
func probeXMPP(b []byte, _ bool) protocol.Verdict {
	return protocol.Begins(b, "<?xml ", "<stream:")
}
