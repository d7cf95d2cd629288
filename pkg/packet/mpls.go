package packet

import (
	"encoding/binary"

	"github.com/hookhound/hookhound/pkg/limit"
)

const protoMPLS uint8 = 137 // MPLS in IP (RFC 4023)

// mpls reads a label stack (RFC 3032 section 2.1) and what lies below it,
// which no field names: the first four bits tell (RFC 4928). 4 and 6 are IP, 0
// is the control word of a pseudowire, 1 its associated channel. Pseudowires
// of Ethernet without a control word begin with an address, which can be
// anything, so the type field behind it is asked.
func mpls(v view, p *Packet) Reason {
	var word uint32
	for n := 0; ; n++ {
		if len(v.bytes) < 4 {
			return Short
		}
		if n == limit.MPLSLabels {
			return DeepTunnel
		}
		word = binary.BigEndian.Uint32(v.bytes)
		v = v.skip(4)
		if word&0x100 != 0 { // the bottom
			break
		}
	}
	if len(v.bytes) < 1 {
		return Short
	}
	nibble := v.bytes[0] >> 4
	if nibble == 1 {
		return NotIP
	}
	wire := nibble != 4 && nibble != 6
	at := v // where the frame of a pseudowire begins
	if yes, enough := looksLikeEthernet(v); !enough {
		return Short
	} else if yes && !(nibble == 4 && isIPv4(v)) {
		wire = true
	} else if nibble == 0 {
		if yes, enough := looksLikeEthernet(v.skip(4)); !enough {
			return Short
		} else if !yes {
			return NotIP
		}
		at = v.skip(4)
	} else if wire {
		return NotIP
	}
	if !p.enter(MPLS, word>>12) {
		return DeepTunnel
	}
	if wire {
		return ethernet(at, p)
	}
	return rawIP(v, p)
}

// isIPv4 tells whether a header of IPv4 has a right checksum, so that it is no
// Ethernet address that begins with 4.
func isIPv4(v view) bool {
	b := v.bytes
	if len(b) < 20 {
		return false
	}
	size := int(b[0]&0x0f) * 4
	if size < 20 || len(b) < size {
		return false
	}
	var sum uint32
	for i := 0; i < size; i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	return (sum&0xffff+sum>>16)%0xffff == 0
}
