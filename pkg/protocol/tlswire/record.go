package tlswire

import (
	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/limit"
)

// The content types of records (RFC 8446 B.1, RFC 6520).
const (
	typeChangeCipherSpec uint8 = 20
	typeAlert            uint8 = 21
	typeHandshake        uint8 = 22
	typeApplicationData  uint8 = 23
	typeHeartbeat        uint8 = 24
)

// recordHeader is the size of a record's header: type, version, length.
const recordHeader = 5

// cursor is the place in one direction's stream of records. It holds none of
// its bytes but an unfinished header.
type cursor struct {
	began  capture.Time // when the header's first byte was seen
	left   uint16       // bytes of the body that are still to come
	skip   uint16       // of those, the first, that are overhead and not counted
	header [recordHeader]byte
	have   uint8 // bytes of header that are there
	// lost: a hole took the place. seeking: a segment began since, and its
	// first bytes are being tried as a header.
	lost, seeking bool
	feeds         bool // the body goes to the handshake reader
	counts        bool // the body counts for an exchange
	alerts        bool // the body is an alert in the clear
	old           bool // the body is a hello in the form of SSLv2
}

// valid says whether the header can be one.
func (k *cursor) valid() bool {
	h := &k.header
	return h[0] >= typeChangeCipherSpec && h[0] <= typeHeartbeat && h[1] == 3 && h[2] <= 4 && k.length() <= limit.TLSRecord
}

func (k *cursor) length() int { return int(k.header[3])<<8 | int(k.header[4]) }

// lose forgets the place.
func (k *cursor) lose() {
	*k = cursor{lost: true}
}

// pass takes n bytes off the body.
func (k *cursor) pass(n int) { k.left -= uint16(n) }

// plain takes n bytes of the body and says how many of them are no overhead.
func (k *cursor) plain(n int) int {
	if k.skip == 0 {
		return n
	}
	s := min(int(k.skip), n)
	k.skip -= uint16(s)
	return n - s
}
