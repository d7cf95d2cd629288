package dhcpwire

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
)

// The fixed part of a message, and its options (RFC 2131 section 2, RFC 2132).
const (
	bootRequest = 1
	bootReply   = 2
	ethernet    = 1

	atClient   = 12  // ciaddr
	atYour     = 16  // yiaddr
	atHardware = 28  // chaddr
	atSName    = 44  // sname
	atFile     = 108 // file
	atCookie   = 236
	atOptions  = 240
	cookie     = 0x63825363

	optPad       = 0
	optHost      = 12
	optRequested = 50
	optLifetime  = 51
	optOverload  = 52
	optType      = 53
	optClientID  = 61
	optFQDN      = 81
	optEnd       = 255
)

// Types of messages.
const (
	v4Request = 3
	v4Decline = 4
	v4Ack     = 5
	v4Release = 7
	v4Inform  = 8
)

// V4 is the entry of DHCPv4 in the list of protocols over UDP.
func V4() protocol.DatagramProtocol {
	return protocol.DatagramProtocol{
		Name: "dhcp", Probe: probe4,
		New: func() protocol.DatagramParser { return new(v4) },
	}
}

// probe4 tells by the magic cookie and the fields before it.
func probe4(b []byte, _, _ uint16) protocol.Verdict {
	if len(b) < atOptions || b[0] != bootRequest && b[0] != bootReply || b[2] > 16 ||
		binary.BigEndian.Uint32(b[atCookie:]) != cookie {
		return protocol.No
	}
	return protocol.Yes
}

// orientation says who the client is, once for each change.
type orientation struct {
	client flow.Side
	known  bool
}

func (o *orientation) isClient(side flow.Side, out protocol.Facts) {
	if !o.known || o.client != side {
		o.client, o.known = side, true
		out.Client(side)
	}
}

// v4 is the parser of one conversation.
type v4 struct {
	orientation
	pending pending
}

// value is an option, put together from its parts (RFC 3396).
type value struct {
	b [limit.DHCPValue]byte
	n int
}

func (v *value) add(b []byte) { v.n += copy(v.b[v.n:], b) }

func (v *value) bytes() []byte { return v.b[:v.n] }

// options are those that are read.
type options struct {
	kind, overload            byte
	host, fqdn, id            value
	requested, lifetime       uint32
	hasRequested, hasLifetime bool
}

// read reads options up to their end, or as far as they are whole.
func (o *options) read(b []byte) {
	for len(b) > 0 && b[0] != optEnd {
		if b[0] == optPad {
			b = b[1:]
			continue
		}
		if len(b) < 2 || len(b) < 2+int(b[1]) {
			return
		}
		code, v := b[0], b[2:2+int(b[1])]
		b = b[2+len(v):]
		switch {
		case code == optHost:
			o.host.add(v)
		case code == optFQDN:
			o.fqdn.add(v)
		case code == optClientID:
			o.id.add(v)
		case code == optType && len(v) == 1:
			o.kind = v[0]
		case code == optOverload && len(v) == 1:
			o.overload = v[0]
		case code == optRequested && len(v) == 4:
			o.requested, o.hasRequested = binary.BigEndian.Uint32(v), true
		case code == optLifetime && len(v) == 4:
			o.lifetime, o.hasLifetime = binary.BigEndian.Uint32(v), true
		}
	}
}

// name is the whole name of the host (RFC 4702: in the form of DNS, or in
// ASCII), or else its own.
func (o *options) name() string {
	const encoded = 4
	if f := o.fqdn.bytes(); len(f) > 3 {
		name := ""
		if f[0]&encoded != 0 {
			name = labels(f[3:])
		} else {
			name = hostText(f[3:])
		}
		if name != "" {
			return name
		}
	}
	return hostText(o.host.bytes())
}

// Datagram implements protocol.DatagramParser, as do all that follow.
func (p *v4) Datagram(d *protocol.Datagram, out protocol.Facts) {
	b := d.Bytes
	if probe4(b, 0, 0) != protocol.Yes {
		return
	}
	client := d.Side
	if b[0] == bootReply {
		client = d.Side.Other()
	}
	p.isClient(client, out)
	var o options
	o.read(b[atOptions:])
	if o.overload&1 != 0 {
		o.read(b[atFile:atCookie])
	}
	if o.overload&2 != 0 {
		o.read(b[atSName:atFile])
	}
	switch o.kind {
	case v4Request, v4Decline, v4Release, v4Inform:
		if b[0] != bootRequest {
			return
		}
	case v4Ack:
		if b[0] != bootReply {
			return
		}
	default:
		return
	}
	l := protocol.Lease{
		Known: d.Clock, Frame: d.Frame,
		Host: o.name(), ClientID: hex.EncodeToString(o.id.bytes()),
	}
	hardware := b[atHardware : atHardware+min(int(b[2]), 16)]
	if b[1] == ethernet {
		l.MAC = macText(hardware)
	}
	xid := binary.BigEndian.Uint32(b[4:])
	own, your := address(b[atClient:]), address(b[atYour:])
	asked := own
	if o.hasRequested {
		asked = netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, o.requested)))
	}
	switch o.kind {
	case v4Request, v4Inform:
		p.pending.ask(request{xid, string(hardware), l.Host, l.ClientID})
		if l.Host == "" {
			return
		}
		l.Addr, l.Requested = asked, true
	case v4Release:
		l.Addr = own
	case v4Decline:
		l.Addr = asked
	case v4Ack:
		q := p.pending.answered(xid, string(hardware))
		if l.Host == "" {
			l.Host = q.host
		}
		if l.ClientID == "" {
			l.ClientID = q.id
		}
		l.Addr = your
		if !o.hasLifetime { // an answer to INFORM, or cut
			return
		}
	}
	if o.kind == v4Request || o.kind == v4Ack {
		l.Lifetime = time.Duration(o.lifetime) * time.Second
	}
	if l.Addr.IsUnspecified() || l.MAC == "" && l.ClientID == "" && l.Host == "" {
		return
	}
	out.Lease(&l)
}

func address(b []byte) netip.Addr { return netip.AddrFrom4([4]byte(b)) }

func (p *v4) Due() capture.Time                    { return capture.Never }
func (p *v4) Advance(capture.Time, protocol.Facts) {}
func (p *v4) Close(capture.Time, protocol.Facts)   {}
