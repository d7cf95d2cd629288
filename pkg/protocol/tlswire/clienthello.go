package tlswire

import (
	"fmt"

	"github.com/hookhound/hookhound/pkg/protocol"
)

// The extensions (IANA, TLS ExtensionType Values) whose bodies the sensor
// reads, or whose presence it looks at.
const (
	extServerName        uint16 = 0
	extSupportedGroups   uint16 = 10
	extPointFormats      uint16 = 11
	extSignatureAlgs     uint16 = 13
	extALPN              uint16 = 16
	extSessionTicket     uint16 = 35
	extPreSharedKey      uint16 = 41
	extEarlyData         uint16 = 42
	extSupportedVersions uint16 = 43
	extECH               uint16 = 0xfe0d
)

// clientHello is what was read of a ClientHello. Its slices are views of the
// message and live as long as it; the array behind extensions is its own and
// used again by the next parse.
type clientHello struct {
	version    uint16   // legacy_version, the only one before TLS 1.3
	random     []byte   // 32 bytes
	sessionID  []byte   // up to 32 bytes
	ciphers    []byte   // two bytes each
	extensions []uint16 // the types, as sent, GREASE included

	serverName []byte // the first host_name, as sent
	alpn       []byte // names, each behind a length of one byte
	versions   []byte // supported_versions, two bytes each
	groups     []byte // supported_groups, two bytes each
	points     []byte // ec_point_formats, one byte each
	sigAlgs    []byte // signature_algorithms (13 only, not 50), two bytes each
	ticket     []byte // session_ticket: not empty when a session of TLS 1.2 is to be resumed

	psk       bool // pre_shared_key: a session of TLS 1.3 is to be resumed
	earlyData bool // data before the server's answer may follow
	ech       bool // encrypted_client_hello

	// malformed is the first place where the message is shorter than it
	// says; nil for a sound one. What stands before was read all the same.
	malformed error
}

// parseClientHello reads the body of a ClientHello (RFC 8446 4.1.2, RFC 5246
// 7.4.1.2, RFC 6101 5.6.1.2), without the four bytes of the handshake header.
//
// It reads as leniently as other tools do: of a list whose length overruns it
// takes what is there, and says so in ch.malformed. The error is for messages
// that are too short to be a hello at all; ch is of no use then. Of an
// extension that comes twice the first counts.
func parseClientHello(msg []byte, ch *clientHello) error {
	*ch = clientHello{extensions: ch.extensions[:0]}
	r := reader{b: msg}
	ch.version = uint16(r.u16())
	ch.random = r.take(32)
	if r.err != nil {
		return fmt.Errorf("client hello: %w", r.err)
	}
	ch.sessionID = r.list8()
	ch.ciphers = r.list16()
	r.list8() // compression methods
	if r.left() > 0 {
		all := r.list16()
		if err := ch.readExtensions(all, r.at-len(all)); err != nil {
			ch.malformed = err
			return nil
		}
	}
	if r.err != nil {
		ch.malformed = fmt.Errorf("client hello: %w", r.err)
	}
	return nil
}

// readExtensions reads the list of extensions, which begins at byte base of
// the message, and returns the first thing that is wrong with it.
func (ch *clientHello) readExtensions(list []byte, base int) (first error) {
	var seen extensionSet
	for at := 0; at < len(list); {
		rest, kind, start := list[at:], uint16(0), at
		if len(rest) >= 2 {
			kind = pair(rest, 0)
		}
		short := len(rest) < 4
		if short {
			at = len(list)
		} else {
			size := int(pair(rest, 2))
			short = size > len(rest)-4
			body := rest[4 : 4+min(size, len(rest)-4)]
			at += 4 + len(body)
			ch.extensions = append(ch.extensions, kind)
			if seen.first(kind) && !ch.readExtension(kind, body) {
				short = true
			}
		}
		if short && first == nil {
			first = fmt.Errorf("client hello: extension %d at byte %d: short", kind, base+start)
		}
	}
	return first
}

// extensionSet remembers which extensions came, of those below 64, which are
// all whose second coming could change what the first one said.
type extensionSet uint64

// first says whether the extension comes for the first time.
func (s *extensionSet) first(kind uint16) bool {
	if kind >= 64 {
		return true
	}
	before := *s
	*s |= 1 << kind
	return *s != before
}

// readExtension reads the body of an extension, as far as it goes, and says
// whether it is whole.
func (ch *clientHello) readExtension(kind uint16, b []byte) (whole bool) {
	whole = true
	switch kind {
	case extServerName:
		r := reader{b: b}
		ch.serverName = firstHostName(&r)
		whole = r.err == nil
	case extSupportedGroups:
		ch.groups, whole = list16(b)
	case extPointFormats:
		ch.points, whole = list8(b)
	case extSignatureAlgs:
		ch.sigAlgs, whole = list16(b)
	case extALPN:
		ch.alpn, whole = list16(b)
	case extSessionTicket:
		ch.ticket = b
	case extPreSharedKey:
		ch.psk = true
	case extEarlyData:
		ch.earlyData = true
	case extSupportedVersions:
		ch.versions, whole = list8(b)
	case extECH:
		ch.ech = true
	}
	return whole
}

// firstHostName reads a server_name extension (RFC 6066 3) up to its first
// entry of type host_name. A name whose length runs past the list, or past the
// extension, is read as far as the extension goes.
func firstHostName(r *reader) []byte {
	if r.left() == 0 {
		return nil
	}
	end := r.u16()
	for r.left() > 0 && r.at < end+2 {
		kind, name := r.u8(), r.list16()
		if kind == 0 {
			return name
		}
	}
	return nil
}

// highest is the highest version that is offered: of supported_versions
// without GREASE, or else legacy_version.
func (ch *clientHello) highest() uint16 {
	var top uint16
	for i := 0; i+1 < len(ch.versions); i += 2 {
		if v := pair(ch.versions, i); v > top && !isGREASE(v) {
			top = v
		}
	}
	if top == 0 {
		return ch.version
	}
	return top
}

// resumption is by what the hello, whose highest version is given, asks for an
// earlier session. The session id alone says so only where TLS 1.3 is not
// offered: there it is made up, to look like TLS 1.2 (RFC 8446 D.4).
func (ch *clientHello) resumption(highest uint16) protocol.Resumption {
	switch {
	case ch.psk:
		return protocol.ByPSK
	case len(ch.ticket) > 0:
		return protocol.ByTicket
	case len(ch.sessionID) > 0 && !isTLS13(highest):
		return protocol.BySessionID
	}
	return protocol.NotResumed
}
