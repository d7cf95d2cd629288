package protocol

import (
	"net/netip"
	"strconv"
	"time"

	"github.com/hookhound/hookhound/capture"
)

// Answer is a DNS answer: what a client asked for, and what it was told. It is
// immutable once given to Facts.
type Answer struct {
	Known capture.Time
	Frame uint64
	Time  capture.Time // of the answer's packet: before Known where it came late

	Question string // as asked, lower case, without the dot at the end
	Type     uint16 // of the question (IANA DNS RR types): 1 A, 28 AAAA, 65 HTTPS, …
	RCode    uint16 // 0 no error, 3 no such name, …
	// Addresses are those that the question leads to, over its aliases, and
	// the hints of SVCB and HTTPS records (RFC 9460 section 7.3) among them.
	Addresses []NamedAddress
	Aliases   []string // CNAME, DNAME and AliasMode targets on the way, in order
	ALPN      []string // of SVCB and HTTPS records
	ECH       bool     // a SVCB or HTTPS record offers Encrypted Client Hello
	// Asked: the query was seen, and this answers it. Without it, one direction
	// alone was captured, or nobody asked.
	Asked bool
}

// NamedAddress is an address that a name has for a time.
type NamedAddress struct {
	Addr netip.Addr
	TTL  time.Duration // the least along the way from the question
}

// Lease says that an address belongs to a host for a time (DHCP). It is
// immutable once given to Facts.
type Lease struct {
	Known capture.Time
	Frame uint64

	Addr     netip.Addr
	MAC      string        // hardware address of the client, 00:00:5e:00:53:01; empty when unknown
	Host     string        // the name that the client gives itself, or that the server gives it; may be empty
	ClientID string        // DHCPv4 client identifier or DHCPv6 DUID, hexadecimal; may be empty
	Lifetime time.Duration // zero: the lease ends now (release, decline)
	// Requested: this is what a client asks for, before it has it. It tells the
	// name that goes with a hardware address or client identifier, where the
	// grant, which may travel in another conversation, does not; Lifetime is
	// what is asked for, and zero there means nothing.
	Requested bool
}

// RecordType is the mnemonic of a DNS record type (IANA DNS Parameters), or
// TYPEn (RFC 3597 section 5) for one that has none here.
func RecordType(t uint16) string {
	switch t {
	case 1:
		return "A"
	case 2:
		return "NS"
	case 5:
		return "CNAME"
	case 6:
		return "SOA"
	case 12:
		return "PTR"
	case 15:
		return "MX"
	case 16:
		return "TXT"
	case 28:
		return "AAAA"
	case 33:
		return "SRV"
	case 39:
		return "DNAME"
	case 64:
		return "SVCB"
	case 65:
		return "HTTPS"
	case 255:
		return "ANY"
	}
	return "TYPE" + strconv.Itoa(int(t))
}

// ResponseCode is the mnemonic of a DNS response code (IANA DNS Parameters), or
// RCODEn for one that has none here.
func ResponseCode(c uint16) string {
	switch c {
	case 0:
		return "NOERROR"
	case 1:
		return "FORMERR"
	case 2:
		return "SERVFAIL"
	case 3:
		return "NXDOMAIN"
	case 4:
		return "NOTIMP"
	case 5:
		return "REFUSED"
	}
	return "RCODE" + strconv.Itoa(int(c))
}
