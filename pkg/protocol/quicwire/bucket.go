package quicwire

import (
	"time"

	"github.com/hookhound/hookhound/capture"
)

// bucket holds a number of tokens, and gets one back each so often. The zero
// value is full.
type bucket struct {
	used  uint16
	since capture.Time // when the first of those used is given back, less every
}

// take takes a token out of a bucket of a size; false if it is empty.
func (b *bucket) take(now capture.Time, size uint16, every time.Duration) bool {
	if b.used > 0 {
		if n := max(now.Sub(b.since), 0) / every; n >= time.Duration(b.used) {
			b.used = 0
		} else {
			b.used -= uint16(n)
			b.since = b.since.Add(n * every)
		}
	}
	if b.used == 0 {
		b.since = now
	}
	if b.used >= size {
		return false
	}
	b.used++
	return true
}
