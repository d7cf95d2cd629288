package tlswire

import "github.com/hookhound/hookhound/pkg/limit"

// The handshake messages (RFC 8446 B.3, RFC 5246 7.4) whose type the sensor
// looks at.
const (
	msgClientHello       uint8 = 1
	msgServerHello       uint8 = 2
	msgNewSessionTicket  uint8 = 4
	msgHelloRetryRequest uint8 = 6 // drafts of TLS 1.3 up to 21
	msgCertificate       uint8 = 11
	msgCertRequest       uint8 = 13
	msgServerHelloDone   uint8 = 14
)

const (
	// leastBuffer is how much is set aside at once for a hello at least.
	leastBuffer = 64

	handshakeHeader = 4 // type and a length of three bytes
)

// handshakeReader gathers the handshake messages of one direction out of the
// bodies of handshake records, however they were cut into records and segments.
//
// The body is kept of hellos only. Other messages are reported as soon as their
// header was read, without a body, and pass by.
//
// After feed, next is called until it says no; then nothing of what was fed is
// held any more but the beginning of an unfinished hello, in a buffer of the
// reader's own, which is let go when the hello is complete. The zero value is
// ready for use.
type handshakeReader struct {
	buf    []byte       // the hello that is being gathered, header left out
	spare  *spareBuffer // where buffers come from and go to; nil: nowhere
	skip   uint32       // bytes that still belong to a message that is passed over
	header [handshakeHeader]byte
	have   uint8  // bytes of header that were read
	in     []byte // fed and not yet read; lent
}

// spareBuffer is a buffer between two uses. A worker gathers few hellos at a
// time, so one spares most allocations.
type spareBuffer struct{ buf []byte }

// take gives an empty buffer with room for size bytes.
func (s *spareBuffer) take(size int) []byte {
	if s != nil && cap(s.buf) >= size {
		b := s.buf[:0]
		s.buf = nil
		return b
	}
	return make([]byte, 0, size)
}

// give takes a buffer back.
func (s *spareBuffer) give(b []byte) {
	if s != nil && cap(b) > cap(s.buf) && cap(b) <= limit.TLSSpareBuffer {
		s.buf = b
	}
}

// feed gives the next bytes of the stream of handshake messages. They are lent
// until next says no.
func (h *handshakeReader) feed(b []byte) { h.in = b }

// next gives the next message. msg is its body; nil for messages other than
// hellos and for hellos longer than limit.TLSHello. It is valid until next is called
// again, of this reader or of another with the same spare buffer.
func (h *handshakeReader) next() (msgType uint8, msg []byte, ok bool) {
	for {
		if h.skip > 0 {
			n := min(int(h.skip), len(h.in))
			h.in, h.skip = h.in[n:], h.skip-uint32(n)
		}
		if len(h.in) == 0 {
			h.in = nil
			return 0, nil, false
		}
		if h.buf != nil {
			return h.gather()
		}
		n := copy(h.header[h.have:], h.in)
		h.in, h.have = h.in[n:], h.have+uint8(n)
		if h.have < handshakeHeader {
			continue
		}
		h.have = 0
		msgType, size := h.head()
		switch {
		case msgType != msgClientHello && msgType != msgServerHello || size > limit.TLSHello:
			h.skip = uint32(size)
			return msgType, nil, true
		case size <= len(h.in):
			msg, h.in = h.in[:size:size], h.in[size:]
			return msgType, msg, true
		}
		// Who sends little at once may send no more.
		room := min(size, limit.TLSHelloFirst, max(leastBuffer, 8*len(h.in)))
		h.buf = append(h.spare.take(max(room, len(h.in))), h.in...)
		h.in = nil
	}
}

// gather adds to the unfinished hello, and gives it when it is complete.
func (h *handshakeReader) gather() (msgType uint8, msg []byte, ok bool) {
	msgType, size := h.head()
	n := min(size-len(h.buf), len(h.in))
	h.buf = append(h.buf, h.in[:n]...)
	h.in = h.in[n:]
	if len(h.buf) < size {
		h.in = nil
		return 0, nil, false
	}
	msg, h.buf = h.buf, nil
	h.spare.give(msg)
	return msgType, msg, true
}

// head reads the header of the message at hand.
func (h *handshakeReader) head() (msgType uint8, size int) {
	return h.header[0], int(h.header[1])<<16 | int(h.header[2])<<8 | int(h.header[3])
}

// gap says that n bytes of the stream are missing. Inside a message that is
// passed over nothing is lost and the answer is true; anywhere else the place
// is lost, and the reader starts anew with what is fed next.
func (h *handshakeReader) gap(n int) bool {
	if n <= int(h.skip) {
		h.skip -= uint32(n)
		return true
	}
	h.reset()
	return false
}

// reset forgets everything and lets the buffer go.
func (h *handshakeReader) reset() {
	h.spare.give(h.buf)
	*h = handshakeReader{spare: h.spare}
}
