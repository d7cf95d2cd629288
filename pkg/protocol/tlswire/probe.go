package tlswire

import (
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
)

// Probe says whether b, the first bytes of a side, are TLS. The start of a
// connection is a handshake record that begins with a hello, or an alert in place
// of one, or a hello in the form of SSLv2; in mid-stream any record will do.
func Probe(b []byte, midstream bool) protocol.Verdict {
	if len(b) > 0 && b[0] >= 0x80 && !midstream {
		return probeSSLv2(b)
	}
	// Each byte is judged as it comes, so that a No is early.
	for i, c := range b[:min(len(b), recordHeader)] {
		switch i {
		case 0:
			if c != typeHandshake && c != typeAlert && !(midstream && (c == typeApplicationData || c == typeChangeCipherSpec)) {
				return protocol.No
			}
		case 1:
			if c != 3 {
				return protocol.No
			}
		case 2:
			if c > 4 {
				return protocol.No
			}
		}
	}
	if len(b) < recordHeader {
		return protocol.More
	}
	n := int(b[3])<<8 | int(b[4])
	if n == 0 || n > limit.TLSRecord {
		return protocol.No
	}
	switch b[0] {
	case typeChangeCipherSpec:
		return verdict(n == 1)
	case typeApplicationData:
		return protocol.Yes
	case typeAlert:
		return verdict(n == 2 || midstream && n > 16)
	}
	if midstream {
		return protocol.Yes
	}
	if len(b) == recordHeader {
		return protocol.More
	}
	return verdict(b[5] == msgClientHello || b[5] == msgServerHello)
}

func verdict(yes bool) protocol.Verdict {
	if yes {
		return protocol.Yes
	}
	return protocol.No
}
