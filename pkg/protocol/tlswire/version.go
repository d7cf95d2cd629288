package tlswire

import (
	"fmt"
	"strconv"
)

// The protocol versions as they stand on the wire.
const (
	versionSSL2  uint16 = 0x0002
	versionSSL3  uint16 = 0x0300
	versionTLS10 uint16 = 0x0301
	versionTLS11 uint16 = 0x0302
	versionTLS12 uint16 = 0x0303
	versionTLS13 uint16 = 0x0304

	// Drafts of TLS 1.3 wrote 0x7f00 and the number of the draft.
	versionDraft uint16 = 0x7f00
	// Up to this draft a ServerHello had neither session id nor compression.
	versionDraft21 uint16 = 0x7f15
)

// isDraft says whether v is a draft of TLS 1.3 as the IETF numbered them.
func isDraft(v uint16) bool { return v > versionDraft && v <= versionDraft|0x1c }

// versionName is the number that leaves the sensor as ECS's tls.version wants
// it: "1.3" for TLS 1.3, "3.0" for SSL 3.0 (there is no TLS 3.0). Drafts are
// "1.3-draft28"; a private or unknown version stays a number, "0xfb1a".
func versionName(v uint16) string {
	switch v {
	case 0:
		return ""
	case versionTLS13:
		return "1.3"
	case versionTLS12:
		return "1.2"
	case versionTLS11:
		return "1.1"
	case versionTLS10:
		return "1.0"
	case versionSSL3:
		return "3.0"
	case versionSSL2:
		return "2.0"
	}
	if isDraft(v) {
		return "1.3-draft" + strconv.Itoa(int(v&0xff))
	}
	return fmt.Sprintf("0x%04x", v)
}

// isTLS13 says whether v negotiates TLS 1.3 or one of its drafts, in which
// everything after the ServerHello is encrypted. 0x7exx and 0xfbxx are the
// private drafts that Google and Facebook ran.
func isTLS13(v uint16) bool {
	return v == versionTLS13 || isDraft(v) || v>>8 == 0x7e || v>>8 == 0xfb
}
