package quicwire

import "github.com/hookhound/hookhound/pkg/limit"

// The frames that may stand in Initial packets (RFC 9000 section 12.4).
const (
	framePadding  = 0x00
	framePing     = 0x01
	frameACK      = 0x02
	frameACKECN   = 0x03
	frameCrypto   = 0x06
	frameCryptoT  = 0x08 // CRYPTO in T050 and T051; elsewhere STREAM, which may not stand here
	frameClose    = 0x1c
	frameCloseApp = 0x1d
)

// readFrames gives the CRYPTO frames of an Initial packet to a, and tells
// whether the connection was closed. What it does not know ends the reading.
func readFrames(b []byte, a *assembly) (closed bool) {
	r := cursor{b: b}
	for range limit.QUICFrames {
		for r.left() > 0 && r.b[r.at] == framePadding {
			r.at++
		}
		if r.left() == 0 {
			return false
		}
		switch r.varint() {
		case framePing:
		case frameACK:
			r.ack()
		case frameACKECN:
			r.ack()
			r.varint()
			r.varint()
			r.varint()
		case frameCrypto, frameCryptoT:
			at, n := r.varint(), r.varint()
			if n > uint64(r.left()) {
				return false
			}
			if data := r.take(int(n)); !r.short {
				a.add(at, data)
			}
		case frameClose, frameCloseApp:
			return !r.short
		default:
			return false
		}
		if r.short {
			return false
		}
	}
	return false
}

// ack passes over an ACK frame behind its type.
func (r *cursor) ack() {
	r.varint() // largest acknowledged
	r.varint() // delay
	ranges := r.varint()
	r.varint() // the first range
	if ranges > limit.QUICRanges {
		r.short = true
		return
	}
	for range ranges {
		r.varint()
		r.varint()
	}
}
