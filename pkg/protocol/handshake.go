package protocol

import "strconv"

// What else a TLS handshake shows, beside who says hello to whom. The words
// leave the sensor; those of the zero values are empty, and do not.

// Handshake is how a handshake ended, as far as that is readable: in TLS 1.3
// both its success and most of its failures are encrypted.
type Handshake uint8

// The ends of a handshake.
const (
	HandshakeUnseen Handshake = iota
	HandshakeDone             // both sides went over to encryption
	HandshakeFailed           // a fatal alert ended it
)

// Resumption is by what a client asked for an earlier session. Where the
// session was resumed it is by what the server took it up.
type Resumption uint8

// The ways to resume a session.
const (
	NotResumed  Resumption = iota
	BySessionID            // of TLS 1.2 and older (RFC 5246 F.1.4)
	ByTicket               // of TLS 1.2 and older (RFC 5077)
	ByPSK                  // of TLS 1.3, also with keys agreed on outside TLS (RFC 8446 2.2)
)

// String is the word that leaves the sensor.
func (r Resumption) String() string {
	switch r {
	case BySessionID:
		return "session_id"
	case ByTicket:
		return "ticket"
	case ByPSK:
		return "psk"
	}
	return ""
}

// EarlyData tells of data in the client's first flight (0-RTT, RFC 8446 2.3),
// which whoever recorded it can send again. That the server took it is
// encrypted.
type EarlyData uint8

// What can be read about early data.
const (
	NoEarlyData EarlyData = iota
	EarlyDataOffered
	EarlyDataRefused // the server took no session, or asked for another hello
)

// String is the word that leaves the sensor.
func (e EarlyData) String() string {
	switch e {
	case EarlyDataOffered:
		return "offered"
	case EarlyDataRefused:
		return "refused"
	}
	return ""
}

// ClientCertificate tells whether the client had to show a certificate. TLS 1.3
// encrypts that.
type ClientCertificate uint8

// What can be read about a client's certificate.
const (
	CertificateUnseen    ClientCertificate = iota // none was asked for, or nothing can be read of it
	CertificateRequested                          // the server asked for one; no answer was seen
	CertificateSent
	CertificateDeclined // the client has none that suits, and said so
)

// String is the word that leaves the sensor.
func (c ClientCertificate) String() string {
	switch c {
	case CertificateRequested:
		return "requested"
	case CertificateSent:
		return "sent"
	case CertificateDeclined:
		return "declined"
	}
	return ""
}

// Peer is an end of a connection.
type Peer uint8

// The ends of a connection.
const (
	NoPeer Peer = iota
	FromClient
	FromServer
)

// String is the word that leaves the sensor.
func (p Peer) String() string {
	switch p {
	case FromClient:
		return "client"
	case FromServer:
		return "server"
	}
	return ""
}

// Alert is a TLS alert in the clear (RFC 8446 6, RFC 5246 7.2). From tells
// whether there is one.
type Alert struct {
	From  Peer
	Fatal bool
	Code  uint8
}

// Level is the word for how grave the alert is.
func (a Alert) Level() string {
	if a.Fatal {
		return "fatal"
	}
	return "warning"
}

// Description is the alert's name in IANA's registry (TLS Alerts), or its
// number.
func (a Alert) Description() string {
	switch a.Code {
	case 0:
		return "close_notify"
	case 10:
		return "unexpected_message"
	case 20:
		return "bad_record_mac"
	case 21:
		return "decryption_failed"
	case 22:
		return "record_overflow"
	case 30:
		return "decompression_failure"
	case 40:
		return "handshake_failure"
	case 41:
		return "no_certificate"
	case 42:
		return "bad_certificate"
	case 43:
		return "unsupported_certificate"
	case 44:
		return "certificate_revoked"
	case 45:
		return "certificate_expired"
	case 46:
		return "certificate_unknown"
	case 47:
		return "illegal_parameter"
	case 48:
		return "unknown_ca"
	case 49:
		return "access_denied"
	case 50:
		return "decode_error"
	case 51:
		return "decrypt_error"
	case 52:
		return "too_many_cids_requested"
	case 60:
		return "export_restriction"
	case 70:
		return "protocol_version"
	case 71:
		return "insufficient_security"
	case 80:
		return "internal_error"
	case 86:
		return "inappropriate_fallback"
	case 90:
		return "user_canceled"
	case 100:
		return "no_renegotiation"
	case 109:
		return "missing_extension"
	case 110:
		return "unsupported_extension"
	case 111:
		return "certificate_unobtainable"
	case 112:
		return "unrecognized_name"
	case 113:
		return "bad_certificate_status_response"
	case 114:
		return "bad_certificate_hash_value"
	case 115:
		return "unknown_psk_identity"
	case 116:
		return "certificate_required"
	case 120:
		return "no_application_protocol"
	case 121:
		return "ech_required"
	}
	return strconv.Itoa(int(a.Code))
}
