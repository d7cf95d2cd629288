package protocol

import "github.com/hookhound/hookhound/capture"

// ECH says what a hello shows of Encrypted Client Hello (RFC 9849). A GREASE
// extension is made to look like the real thing, so "present" is all that the
// wire can tell unless the outer name gives it away.
type ECH uint8

// The states of ECH that can be told apart.
const (
	ECHNone ECH = iota
	ECHPresent
	ECHOuter // the visible name is a public outer name, so no name at all
)

// String is the word that leaves the sensor.
func (e ECH) String() string {
	switch e {
	case ECHPresent:
		return "present"
	case ECHOuter:
		return "outer"
	default:
		return "none"
	}
}

// Fingerprint is who the TLS client is, by how it says hello.
type Fingerprint struct {
	JA3       string // MD5 of the JA3 string, hexadecimal
	JA4       string // JA4 as published by FoxIO (technical_details/JA4.md)
	JA4Raw    string // ja4_r: the same, lists readable instead of hashed
	JA4Stable string // JA4 without pre_shared_key (41) and early_data (42): the same for fresh and resumed connections
}

// Hello is a TLS ClientHello and what answered it. It is immutable once given
// to Facts.
//
// It is given when all was seen of the answer that can be read: with the
// ServerHello in TLS 1.3, behind which everything is encrypted; at the end of
// the handshake in older versions; with a fatal alert.
type Hello struct {
	Known capture.Time // when the answer was seen, or could not come any more
	Frame uint64       // the frame that made it known; zero where a deadline did

	ServerName  string // SNI as sent; empty when there is none
	Fingerprint Fingerprint
	ALPN        []string // offered, in order
	Number      uint32   // 0 for the first on its connection; 1 after a HelloRetryRequest or a renegotiation
	ECH         ECH

	HasClient bool // a ClientHello was seen
	HasServer bool // a ServerHello was seen
	Resumed   bool // the session was resumed (TLS 1.3: the server took a PSK; TLS 1.2: session id echoed, no certificate)
	JA3S      string
	// Version is the negotiated version ("1.3"), or the highest offered one
	// when no ServerHello was seen; empty when unknown.
	Version   string
	NextProto string // negotiated, where it is readable (TLS 1.2 and older)

	Retried     bool // a HelloRetryRequest answered it: whether a session is resumed is open yet
	SSLv2       bool // it has the form of SSLv2 (RFC 5246 E.2), which knows no extensions, so no names and no fingerprint
	Handshake   Handshake
	Resumption  Resumption
	EarlyData   EarlyData
	Certificate ClientCertificate
	Alert       Alert
}

// TakeAnswer takes over what another hello, whose client was not seen, tells of
// the server.
func (h *Hello) TakeAnswer(from *Hello) {
	h.HasServer = from.HasServer
	h.JA3S, h.Version, h.NextProto = from.JA3S, from.Version, from.NextProto
	h.Resumed, h.Retried, h.Handshake = from.Resumed, from.Retried, from.Handshake
	h.Certificate, h.Alert = from.Certificate, from.Alert
	if from.Resumption != NotResumed {
		h.Resumption = from.Resumption
	}
	if h.EarlyData == EarlyDataOffered && from.HasServer && !from.Resumed {
		h.EarlyData = EarlyDataRefused
	}
}
