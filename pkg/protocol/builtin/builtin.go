// Package builtin lists the protocols that the sensor reads. An explicit list
// can be read, ordered and tested; nothing registers itself.
package builtin

import (
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/protocol/tlswire"
)

// List gives the protocols in the order in which they are asked. Each worker
// calls it once: what its parsers share is not safe for others.
func List() []protocol.Protocol {
	return []protocol.Protocol{
		tlswire.Protocol(),
	}
}

// OverUDP gives the protocols over UDP in the order in which they are asked.
func OverUDP() []protocol.DatagramProtocol {
	return nil
}
