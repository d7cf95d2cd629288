// Package builtin lists the protocols that the sensor reads. An explicit list
// can be read, ordered and tested; nothing registers itself.
package builtin

import (
	"time"

	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/protocol/dhcpwire"
	"github.com/hookhound/hookhound/pkg/protocol/dnswire"
	"github.com/hookhound/hookhound/pkg/protocol/httpwire"
	"github.com/hookhound/hookhound/pkg/protocol/quicwire"
	"github.com/hookhound/hookhound/pkg/protocol/sockswire"
	"github.com/hookhound/hookhound/pkg/protocol/starttls"
	"github.com/hookhound/hookhound/pkg/protocol/tlswire"
)

// List gives the protocols over TCP in the order in which they are asked. Each
// worker calls it once: what its parsers share is not safe for others.
func List() []protocol.Protocol {
	list := []protocol.Protocol{
		tlswire.Protocol(),
		httpwire.HTTP(),
		httpwire.HTTP2(),
		sockswire.Header(),
		sockswire.Protocol(),
	}
	list = append(list, starttls.Protocols()...)
	return append(list, dnswire.TCP())
}

// OverUDP gives the protocols over UDP in the order in which they are asked,
// with how long a conversation of each may be silent.
func OverUDP() []protocol.DatagramProtocol {
	idle := func(p protocol.DatagramProtocol, d time.Duration) protocol.DatagramProtocol {
		p.Idle = d
		return p
	}
	return []protocol.DatagramProtocol{
		// Endpoints give up after 30 s to a few minutes (RFC 9000 section
		// 10.1); some keep connections alive for longer.
		idle(quicwire.Protocol(tlswire.NewMessages('q')), 10*time.Minute),
		// Each question has a port of its own, and nobody waits longer.
		idle(dnswire.UDP(), 10*time.Second),
		idle(dhcpwire.V4(), time.Minute),
		idle(dhcpwire.V6(), time.Minute),
	}
}
