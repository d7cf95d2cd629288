package dhcpwire

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
)

// Types of messages and options (RFC 8415 sections 7.3 and 21).
const (
	v6Request      = 3
	v6Renew        = 5
	v6Rebind       = 6
	v6Reply        = 7
	v6Release      = 8
	v6Decline      = 9
	v6RelayForward = 12
	v6RelayReply   = 13

	optDUID         = 1
	optNonTemporary = 3
	optTemporary    = 4
	optAddress      = 5
	optRelayed      = 9
	optName         = 39
	optLinkLayer    = 79

	messageHeader = 4
	relayHeader   = 34
	optionHeader  = 4

	duidLinkTime = 1
	duidLink     = 3
)

// V6 is the entry of DHCPv6 in the list of protocols over UDP.
func V6() protocol.DatagramProtocol {
	return protocol.DatagramProtocol{
		Name: "dhcpv6", Probe: probe6,
		New: func() protocol.DatagramParser { return new(v6) },
	}
}

// probe6 needs a port: four bytes of header are what much else begins with. Its
// options must follow one another to the end, or to where it was cut.
func probe6(b []byte, from, to uint16) protocol.Verdict {
	const client, server, highestOption = 546, 547, 255
	if from != client && from != server && to != client && to != server || len(b) < messageHeader+optionHeader || b[0] == 0 || b[0] > v6RelayReply {
		return protocol.No
	}
	at := messageHeader
	if isRelay(b) {
		at = relayHeader
	}
	for len(b)-at >= optionHeader {
		code := binary.BigEndian.Uint16(b[at:])
		if code == 0 || code > highestOption {
			return protocol.No
		}
		at += optionHeader + int(binary.BigEndian.Uint16(b[at+2:]))
	}
	return protocol.Yes
}

func isRelay(b []byte) bool {
	return len(b) >= relayHeader && (b[0] == v6RelayForward || b[0] == v6RelayReply)
}

// v6 is the parser of one conversation.
type v6 struct {
	orientation
	pending pending
}

// option is one option.
type option struct {
	code  uint16
	value []byte
}

// next cuts the first option off a list; a list that is cut ends there.
func next(b []byte) (o option, rest []byte, ok bool) {
	if len(b) < optionHeader {
		return o, nil, false
	}
	n := optionHeader + int(binary.BigEndian.Uint16(b[2:]))
	if len(b) < n {
		return o, nil, false
	}
	return option{binary.BigEndian.Uint16(b), b[optionHeader:n]}, b[n:], true
}

// Datagram implements protocol.DatagramParser, as do all that follow.
func (p *v6) Datagram(d *protocol.Datagram, out protocol.Facts) {
	b, hardware := d.Bytes, ""
	for relays := 0; isRelay(b); relays++ {
		if relays == limit.DHCPRelays {
			return
		}
		var inner []byte
		for o, rest, ok := next(b[relayHeader:]); ok; o, rest, ok = next(rest) {
			switch {
			case o.code == optRelayed && inner == nil:
				inner = o.value
			case o.code == optLinkLayer && len(o.value) == 8 && binary.BigEndian.Uint16(o.value) == ethernet:
				hardware = macText(o.value[2:])
			}
		}
		b = inner
	}
	if len(b) < messageHeader {
		return
	}
	kind, xid := b[0], binary.BigEndian.Uint32(b)&0xffffff
	switch kind {
	case v6Request, v6Renew, v6Rebind, v6Release, v6Decline:
		p.isClient(d.Side, out)
	case v6Reply:
		p.isClient(d.Side.Other(), out)
	default:
		return
	}
	l := protocol.Lease{Known: d.Clock, Frame: d.Frame, MAC: hardware}
	var addrs [limit.DHCPLeases]protocol.Lease // of which address and lifetime are used
	count := 0
	for o, rest, ok := next(b[messageHeader:]); ok; o, rest, ok = next(rest) {
		switch {
		case o.code == optDUID && len(o.value) <= limit.DHCPValue:
			l.ClientID = hex.EncodeToString(o.value)
			if l.MAC == "" {
				l.MAC = macOf(o.value)
			}
		case o.code == optName && len(o.value) > 1:
			l.Host = labels(o.value[1:])
		case o.code == optNonTemporary && len(o.value) >= 12:
			count = leases(o.value[12:], &addrs, count)
		case o.code == optTemporary && len(o.value) >= 4:
			count = leases(o.value[4:], &addrs, count)
		}
	}
	switch kind {
	case v6Request, v6Renew, v6Rebind:
		p.pending.ask(request{xid: xid, client: l.ClientID, host: l.Host})
		if l.Host == "" {
			return
		}
		l.Requested = true
	case v6Reply:
		if q := p.pending.answered(xid, l.ClientID); l.Host == "" {
			l.Host = q.host
		}
	}
	if l.ClientID == "" && l.MAC == "" {
		return
	}
	for _, x := range addrs[:count] {
		own := l
		own.Addr = x.Addr
		if kind != v6Release && kind != v6Decline {
			own.Lifetime = x.Lifetime
		}
		out.Lease(&own)
	}
}

// leases gathers the addresses of an identity association.
func leases(b []byte, list *[limit.DHCPLeases]protocol.Lease, n int) int {
	for o, rest, ok := next(b); ok && n < limit.DHCPLeases; o, rest, ok = next(rest) {
		if o.code != optAddress || len(o.value) < 24 {
			continue
		}
		addr := netip.AddrFrom16([16]byte(o.value))
		if addr.IsUnspecified() {
			continue
		}
		list[n] = protocol.Lease{
			Addr:     addr.Unmap(),
			Lifetime: time.Duration(binary.BigEndian.Uint32(o.value[20:])) * time.Second,
		}
		n++
	}
	return n
}

// macOf is the Ethernet address in a DUID (RFC 8415 section 11).
func macOf(duid []byte) string {
	if len(duid) < 4 || binary.BigEndian.Uint16(duid[2:]) != ethernet {
		return ""
	}
	switch binary.BigEndian.Uint16(duid) {
	case duidLinkTime:
		return macText(duid[min(8, len(duid)):])
	case duidLink:
		return macText(duid[4:])
	}
	return ""
}

func (p *v6) Due() capture.Time                    { return capture.Never }
func (p *v6) Advance(capture.Time, protocol.Facts) {}
func (p *v6) Close(capture.Time, protocol.Facts)   {}
