package tlswire

import "strconv"

// shortRead is the place, counted in bytes from where the cursor began, at
// which something was announced that is not there.
type shortRead int

func (s shortRead) Error() string { return "byte " + strconv.Itoa(int(s)) + ": short" }

// reader is a cursor over a message. It remembers the first short read; from
// there on it stands at the end and everything it gives is zero or empty, so
// that a parser needs no check after each field.
type reader struct {
	b   []byte
	at  int
	err error
}

// left is how many bytes stand after the cursor.
func (r *reader) left() int { return len(r.b) - r.at }

// missing notes a short read and goes to the end.
func (r *reader) missing() {
	if r.err == nil {
		r.err = shortRead(r.at)
	}
	r.at = len(r.b)
}

// take gives the next n bytes, or none of them when there are fewer.
func (r *reader) take(n int) []byte {
	if n > r.left() {
		r.missing()
		return nil
	}
	b := r.b[r.at : r.at+n]
	r.at += n
	return b
}

// upTo gives the next n bytes, or as many of them as there are: what other
// tools still read of a length that overruns.
func (r *reader) upTo(n int) []byte {
	if n > r.left() {
		b := r.b[r.at:]
		r.missing()
		return b
	}
	return r.take(n)
}

func (r *reader) u8() int {
	b := r.take(1)
	if b == nil {
		return 0
	}
	return int(b[0])
}

func (r *reader) u16() int {
	b := r.take(2)
	if b == nil {
		return 0
	}
	return int(b[0])<<8 | int(b[1])
}

// list8 gives a list that stands behind its length of one byte.
func (r *reader) list8() []byte { return r.upTo(r.u8()) }

// list16 gives a list that stands behind its length of two bytes.
func (r *reader) list16() []byte { return r.upTo(r.u16()) }

// list8 gives a list that b begins with behind its length of one byte, or as
// much of it as there is, and says whether it is whole.
func list8(b []byte) (list []byte, whole bool) {
	if len(b) < 1 {
		return nil, false
	}
	n := int(b[0])
	return b[1 : 1+min(n, len(b)-1)], n < len(b)
}

// list16 is list8 for a length of two bytes.
func list16(b []byte) (list []byte, whole bool) {
	if len(b) < 2 {
		return nil, false
	}
	n := int(pair(b, 0))
	return b[2 : 2+min(n, len(b)-2)], n <= len(b)-2
}

// pair is the i-th number of a list of 16-bit numbers.
func pair(list []byte, i int) uint16 {
	return uint16(list[i])<<8 | uint16(list[i+1])
}
