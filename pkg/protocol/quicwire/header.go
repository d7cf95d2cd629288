package quicwire

import (
	"bytes"
	"encoding/binary"
)

// kind is what a packet with a long header is.
type kind uint8

const (
	otherVersion kind = iota // its version is none that is read
	negotiation              // Version Negotiation
	initial                  // from here on in the order of their numbers in version 1
	zeroRTT
	handshake
	retry
)

// maxID is the longest connection id (RFC 9000 section 17.2).
const maxID = 20

// long is the header of a packet with a long header. Its slices are views.
type long struct {
	kind    kind
	version uint32
	dcid    []byte
	scid    []byte
	token   bool // an Initial packet carries a token
	number  int  // where the packet number begins, which is protected
	end     int  // where the packet ends; it may be beyond what was captured
}

// fixedBit is set in every packet until both sides agreed to send it at random
// (RFC 9287), which a server may do from its first packet on.
const fixedBit = 0x40

// readLong reads a packet with a long header at the beginning of b, and tells
// whether it is one (RFC 9000 section 17.2, RFC 9369 section 3.2). It does not
// look at the fixed bit.
func readLong(b []byte, h *long) bool {
	const least = 1 + 4 + 1 + 1
	if len(b) < least || b[0]&0x80 == 0 {
		return false
	}
	*h = long{version: binary.BigEndian.Uint32(b[1:]), end: len(b)}
	r := cursor{b: b, at: 5}
	h.dcid = r.take(r.u8())
	h.scid = r.take(r.u8())
	if r.short {
		return false
	}
	if h.version == 0 {
		h.kind = negotiation
		return true
	}
	v, ok := versionOf(h.version)
	if !ok {
		return true
	}
	if len(h.dcid) > maxID || len(h.scid) > maxID {
		return false
	}
	h.kind = v.kind(b[0] >> 4)
	switch h.kind {
	case retry:
		return true
	case initial:
		n := r.varint()
		h.token = n > 0
		r.skip(n)
	}
	n := r.varint()
	h.number = r.at
	if r.short || n > uint64(maxDatagram) {
		return false
	}
	h.end = r.at + int(n)
	return true
}

// company is what stands before a packet in its datagram.
type company uint8

const (
	alone      company = iota
	handshaken         // packets of the handshake
	padded             // an Initial packet: whatever follows it may hold padding, to 1200 bytes
)

func (h *long) company() company {
	switch h.kind {
	case initial:
		return padded
	case handshake:
		return handshaken
	}
	return alone
}

// precedes says whether b, which follows the packet in its datagram, can be one
// with a short header, and not padding: packets of one datagram have one
// destination (RFC 9000 section 12.2).
func (h *long) precedes(b []byte) bool {
	if len(h.dcid) == 0 {
		return b[0]&fixedBit != 0
	}
	return bytes.HasPrefix(b[1:], h.dcid)
}

// maxDatagram is the longest payload of a UDP datagram.
const maxDatagram = 1<<16 - 1

// cursor reads a packet. It remembers that it came too short; then everything
// it gives is zero or empty.
type cursor struct {
	b     []byte
	at    int
	short bool
}

func (r *cursor) left() int { return len(r.b) - r.at }

func (r *cursor) take(n int) []byte {
	if n > r.left() {
		r.short, r.at = true, len(r.b)
		return nil
	}
	r.at += n
	return r.b[r.at-n : r.at]
}

// skip passes over n bytes.
func (r *cursor) skip(n uint64) {
	if n > uint64(r.left()) {
		r.short, r.at = true, len(r.b)
		return
	}
	r.at += int(n)
}

func (r *cursor) u8() int {
	if r.left() == 0 {
		r.short = true
		return 0
	}
	r.at++
	return int(r.b[r.at-1])
}

// varint reads an integer of one, two, four or eight bytes (RFC 9000 section
// 16).
func (r *cursor) varint() uint64 {
	first := r.u8()
	n := uint64(first & 0x3f)
	for range 1<<(first>>6) - 1 {
		n = n<<8 | uint64(r.u8())
	}
	if r.short {
		return 0
	}
	return n
}
