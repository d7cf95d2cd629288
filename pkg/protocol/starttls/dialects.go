package starttls

import (
	"bytes"
	"encoding/binary"

	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
)

// The dialects have no state.
const (
	postgres postgresDialect = 0
	mysql    mysqlDialect    = 0
	ldap     ldapDialect     = 0
	rdp      rdpDialect      = 0
	adb      adbDialect      = 0
)

// postgresDialect: the client's first message is a length and a code; the
// server answers a request for encryption with one letter (PostgreSQL, Frontend/
// Backend Protocol, SSL Session Encryption).
type postgresDialect int

const (
	sslRequest    = 80877103
	gssEncRequest = 80877104
)

func (postgresDialect) length(b []byte) (int, bool) {
	switch {
	case b[0] != 0: // the server's letter
		return 1, true
	case len(b) < 8:
		return 8, false
	}
	return int(min(binary.BigEndian.Uint32(b), limit.UpgradePrelude)), true
}

func (postgresDialect) meaning(head []byte, length int) meaning {
	switch {
	case length == 1 && (head[0] == 'S' || head[0] == 'N'):
		return goesOn
	case length != 8:
		return noFurther
	case binary.BigEndian.Uint32(head[4:]) == sslRequest:
		return upgrade
	case binary.BigEndian.Uint32(head[4:]) == gssEncRequest:
		return goesOn
	}
	return noFurther
}

// probePostgres looks for a request for encryption, or for a server's yes with
// a TLS record behind it.
func probePostgres(b []byte, _ bool) protocol.Verdict {
	return protocol.Begins(b, "\x00\x00\x00\x08\x04\xd2\x16\x2f", "\x00\x00\x00\x08\x04\xd2\x16\x30", "S\x16\x03")
}

// mysqlDialect: three bytes of length, a number, the body (MySQL Internals,
// Connection Phase). The server greets with number 0; the client asks for TLS
// with the head of its answer alone.
type mysqlDialect int

func (mysqlDialect) length(b []byte) (int, bool) {
	if len(b) < 4 {
		return 4, false
	}
	return 4 + (int(b[0]) | int(b[1])<<8 | int(b[2])<<16), true
}

func (mysqlDialect) meaning(head []byte, length int) meaning {
	switch {
	case head[3] == 0:
		return goesOn
	case wantsTLS(head):
		return upgrade
	}
	return noFurther
}

// wantsTLS tells whether a client's first message is SSLRequest: 32 bytes, with
// CLIENT_SSL among its capabilities and no user name behind.
func wantsTLS(b []byte) bool {
	return len(b) >= 6 && b[0] == 32 && b[1] == 0 && b[2] == 0 && b[3] == 1 && b[5]&0x08 != 0
}

// probeMySQL looks for a server's greeting of protocol version 10 and its
// version, or for a client's request of TLS, which ends in zeros.
func probeMySQL(b []byte, _ bool) protocol.Verdict {
	if len(b) > 0 && b[0] == 32 && (len(b) < 4 || b[3] == 1) {
		for i, c := range b[:min(len(b), protocol.ProbeBytes)] {
			switch {
			case (i == 1 || i == 2 || i > 12) && c != 0, i == 3 && c > 1, i == 5 && c&0x08 == 0:
				return protocol.No
			}
		}
		return protocol.IfAll(len(b) >= protocol.ProbeBytes)
	}
	for i, c := range b[:min(len(b), 9)] {
		switch {
		case i == 0 && c < 30, // a version, an id, a scramble and capabilities
			i > 0 && i < 4 && c != 0,
			i == 4 && c != 10,
			i == 5 && (c < '0' || c > '9'),
			i > 5 && c != '.' && (c < '0' || c > '9'):
			return protocol.No
		}
	}
	return protocol.IfAll(len(b) >= 9)
}

// ldapDialect: each message is a BER sequence of a number and an operation (RFC
// 4511). StartTLS is an extended request with a name of its own.
type ldapDialect int

const (
	startTLS = "1.3.6.1.4.1.1466.20037"

	sequence       = 0x30
	bindRequest    = 0x60
	searchRequest  = 0x63
	extendedOp     = 0x77
	extendedAnswer = 0x78
)

func (ldapDialect) length(b []byte) (int, bool) {
	switch {
	case b[0] != sequence:
		return 0, true
	case len(b) < 2:
		return 2, false
	case b[1] < 0x80:
		return 2 + int(b[1]), true
	}
	digits := int(b[1] & 0x7f)
	switch {
	case digits == 0 || digits > 4:
		return 0, true
	case len(b) < 2+digits:
		return 2 + digits, false
	}
	n := 0
	for _, d := range b[2 : 2+digits] {
		n = min(n<<8|int(d), limit.UpgradePrelude)
	}
	return 2 + digits + n, true
}

func (ldapDialect) meaning(head []byte, _ int) meaning {
	if bytes.Contains(head, []byte(startTLS)) {
		return upgrade
	}
	return goesOn
}

// probeLDAP looks for a number from 1 and a bind, search or extended operation,
// each of plausible length.
func probeLDAP(b []byte, _ bool) protocol.Verdict {
	b = b[:min(len(b), protocol.ProbeBytes)]
	if len(b) == 0 {
		return protocol.More
	}
	all := len(b) == protocol.ProbeBytes
	n, exact := ldap.length(b)
	switch {
	case exact && n < 7:
		return protocol.No
	case !exact && all:
		return protocol.No
	case !exact:
		return protocol.More
	}
	at := 2
	if b[1] >= 0x80 {
		at += int(b[1] & 0x7f)
	}
	// 02 01 NUMBER OPERATION, or a longer number.
	digits := 1
	for i, c := range b[at:] {
		switch {
		case i == 0 && c != 2, i == 1 && (c == 0 || c > 4):
			return protocol.No
		case i == 1:
			digits = int(c)
		case i == 2 && (c > 0x7f || digits == 1 && c == 0):
			return protocol.No
		case i == 2+digits:
			switch c {
			case bindRequest, searchRequest, extendedOp, extendedAnswer:
				return protocol.Yes
			}
			return protocol.No
		}
	}
	return protocol.More
}

// rdpDialect: X.224 in TPKT packets; a connection request offers TLS, and the
// confirmation takes it (MS-RDPBCGR 1.3.1.1, 5.4.2).
type rdpDialect int

const (
	connectionRequest = 0xe0
	connectionConfirm = 0xd0
)

func (rdpDialect) length(b []byte) (int, bool) {
	switch {
	case b[0] != 3:
		return 0, true
	case len(b) < 4:
		return 4, false
	}
	return int(b[2])<<8 | int(b[3]), true
}

func (rdpDialect) meaning(head []byte, _ int) meaning {
	switch {
	case len(head) < 7:
		return noFurther
	case head[5]&0xf0 == connectionRequest:
		return upgrade
	case head[5]&0xf0 == connectionConfirm:
		return goesOn
	}
	return noFurther
}

// probeRDP looks for a TPKT packet that holds one connection request or
// confirmation: its own length, the one inside, and two zero bytes agree.
func probeRDP(b []byte, _ bool) protocol.Verdict {
	for i, c := range b[:min(len(b), 8)] {
		switch {
		case i == 0 && c != 3, i == 1 && c != 0, i == 2 && c > 1,
			i == 4 && int(c) != int(b[2])<<8+int(b[3])-5,
			i == 5 && c != connectionRequest && c != connectionConfirm,
			(i == 6 || i == 7) && b[5] == connectionRequest && c != 0:
			return protocol.No
		}
	}
	return protocol.IfAll(len(b) >= 8)
}

// adbDialect: six words, the fourth of which is the length of what follows
// (AOSP, adb protocol.txt). Both sides say STLS.
type adbDialect int

func (adbDialect) length(b []byte) (int, bool) {
	if len(b) < 24 {
		return 24, false
	}
	return 24 + int(min(binary.LittleEndian.Uint32(b[12:]), limit.UpgradePrelude)), true
}

func (adbDialect) meaning(head []byte, _ int) meaning {
	switch string(head[:4]) {
	case "STLS":
		return upgrade
	case "CNXN", "AUTH", "SYNC":
		return goesOn
	}
	return noFurther
}

// probeADB looks for the greeting or the request of TLS, with a version.
func probeADB(b []byte, _ bool) protocol.Verdict {
	return protocol.Begins(b, "CNXN\x00\x00\x00\x01", "CNXN\x01\x00\x00\x01", "STLS\x00\x00\x00\x01")
}
