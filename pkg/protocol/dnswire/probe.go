package dnswire

import (
	"encoding/binary"

	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
)

// Ports of DNS and of what looks like it.
const (
	portDNS     = 53
	portNetBIOS = 137
	portMDNS    = 5353
	portLLMNR   = 5355
)

// probe tells whether a datagram is DNS. At its port a header and a question
// suffice, though the end may be cut off; elsewhere every byte must be
// accounted for.
func (m *datagrams) probe(b []byte, from, to uint16) protocol.Verdict {
	at53 := from == portDNS || to == portDNS
	if !at53 {
		for _, p := range [...]uint16{portNetBIOS, portMDNS, portLLMNR} {
			if from == p || to == p {
				return protocol.No
			}
		}
	}
	if len(b) < headerSize || !plausible(b) {
		return protocol.No
	}
	next, ok := m.message.begin(b)
	switch {
	case at53:
		return protocol.Is(ok)
	case !ok || m.message.class != classIN || m.message.kind == 0 || !m.message.question.isHost():
		return protocol.No
	}
	return protocol.Is(m.message.rest(next))
}

// plausible tells whether a header can be one of a DNS message with a question:
// a query has no answers and no code of a response.
func plausible(b []byte) bool {
	const authoritative, recursion = 1 << 10, 1 << 7
	flags := binary.BigEndian.Uint16(b[2:])
	opcode := flags >> 11 & 0xf
	questions, answers := binary.BigEndian.Uint16(b[4:]), binary.BigEndian.Uint16(b[6:])
	authority, additional := binary.BigEndian.Uint16(b[8:]), binary.BigEndian.Uint16(b[10:])
	switch {
	case questions != 1, flags&flagZ != 0, opcode > 6 || opcode == 3,
		answers > 4096, authority > 256, additional > 1024:
		return false
	case flags&flagResponse == 0 && opcode == 0:
		return flags&(authoritative|recursion|0xf) == 0 && answers == 0 && authority <= 1 && additional <= 2
	}
	return true
}

// isHost tells whether a name is made of what host and service names are made
// of, and is none of NetBIOS's, which encodes names in 32 letters from A to P.
func (n *name) isHost() bool {
	if n.n < 2 {
		return false
	}
	for at := 0; n.wire[at] != 0; {
		end := at + 1 + int(n.wire[at])
		encoded := n.wire[at] == 32
		for _, c := range n.wire[at+1 : end] {
			if c <= ' ' || c >= 0x7f {
				return false
			}
			encoded = encoded && c >= 'a' && c <= 'p'
		}
		if encoded {
			return false
		}
		at = end
	}
	return true
}

// probeTCP says whether b begins with a message behind its length. Its first 16
// bytes are the length, a header and the beginning of a name.
func probeTCP(b []byte, _ bool) protocol.Verdict {
	const name = 2 + headerSize
	b = b[:min(len(b), protocol.ProbeBytes)]
	if len(b) >= 2 {
		n := int(binary.BigEndian.Uint16(b))
		if n < headerSize+5 || n > limit.DNSRequest && len(b) > 4 && b[4]&0x80 == 0 {
			return protocol.No
		}
	}
	// The counts, as soon as they are there.
	if len(b) >= 8 && (b[6] != 0 || b[7] != 1) {
		return protocol.No
	}
	if len(b) < name {
		return protocol.More
	}
	switch {
	case !plausible(b[2:]):
		return protocol.No
	case len(b) > name && b[name] > 63:
		return protocol.No
	case len(b) < protocol.ProbeBytes:
		return protocol.More
	case b[name] == 0: // the root, and the high byte of a type
		return protocol.Is(b[name+1] == 0)
	}
	c := b[name+1]
	return protocol.Is(c > ' ' && c < 0x7f)
}
