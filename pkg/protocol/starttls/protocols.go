package starttls

import (
	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// Protocols are the entries of the list of protocols.
func Protocols() []protocol.Protocol {
	return []protocol.Protocol{
		{Name: "starttls", Probe: probeLines, New: func() protocol.Parser { return new(lines) }, Prelude: true},
		{Name: "xmpp", Probe: probeXMPP, New: func() protocol.Parser { return new(xmpp) }, Prelude: true},
		{Name: "postgresql", Probe: probePostgres, New: func() protocol.Parser { return &frames{dialect: postgres} }, Prelude: true},
		{Name: "mysql", Probe: probeMySQL, New: func() protocol.Parser { return &frames{dialect: mysql} }, Prelude: true},
		{Name: "ldap", Probe: probeLDAP, New: func() protocol.Parser { return &frames{dialect: ldap} }, Prelude: true},
		{Name: "rdp", Probe: probeRDP, New: func() protocol.Parser { return &frames{dialect: rdp} }, Prelude: true},
		{Name: "adb", Probe: probeADB, New: func() protocol.Parser { return &frames{dialect: adb} }, Prelude: true},
	}
}

// idle is what all parsers here have in common: nothing falls due, and the end
// tells nothing.
type idle struct{}

func (idle) Due() capture.Time                    { return capture.Never }
func (idle) Advance(capture.Time, protocol.Facts) {}
func (idle) Close(capture.Time, protocol.Facts)   {}

// handover lets the next parser begin with the last bytes of a chunk.
func handover(c *stream.Chunk, left int, out protocol.Facts) {
	rest := protocol.Rest(c, left)
	out.Handover(&rest)
}
