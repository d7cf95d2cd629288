package capture

import (
	"math"
	"math/bits"
)

// resolution is the unit of an interface's timestamps, as the option
// if_tsresol has it: a power of ten, or with the top bit set a power of two.
type resolution uint8

// micro is the resolution of an interface that names none.
const micro resolution = 6

// maxPower is the largest power of ten that fits in 64 bits.
const maxPower = 19

// tenTo returns 10^n for n up to maxPower.
func tenTo(n int) uint64 {
	p := uint64(1)
	for range n {
		p *= 10
	}
	return p
}

// split divides a timestamp into seconds and nanoseconds.
func (r resolution) split(ts uint64) (sec, nsec uint64) {
	n := int(r & 0x7f)
	var per uint64 // units in a second
	switch binary := r&0x80 != 0; {
	case binary && n < 64:
		per = 1 << n
	case binary: // less than a second altogether
		hi, _ := bits.Mul64(ts, 1e9)
		return 0, hi >> (n - 64)
	case n <= maxPower:
		per = tenTo(n)
	case n-9 <= maxPower: // less than a second altogether
		return 0, ts / tenTo(n-9)
	default:
		return 0, 0
	}
	sec = ts / per
	hi, lo := bits.Mul64(ts%per, 1e9)
	nsec, _ = bits.Div64(hi, lo, per) // hi < per, since 1e9 < 2^64
	return sec, nsec
}

// time converts a timestamp, moved by offset seconds, and tells whether it had
// to be clamped. The ends of Time themselves are no captured moments.
func (r resolution) time(ts uint64, offset int64) (t Time, clamped bool) {
	if offset == 0 {
		switch {
		case r == 9 && ts < math.MaxInt64:
			return Time(ts), false
		case r == micro && ts < math.MaxInt64/1000:
			return Time(ts * 1000), false
		}
	}
	sec, nsec := r.split(ts)
	const limit = math.MaxInt64 / 1_000_000_000 // whole seconds that surely fit
	if sec > math.MaxInt64 {
		// Only an offset far below zero could bring this back; such a pair is
		// damage, whatever it adds up to.
		return Never - 1, true
	}
	s := int64(sec) + offset
	switch {
	case offset > 0 && s < offset, s >= limit:
		return Never - 1, true
	case s <= -limit:
		return Always + 1, true
	}
	return Time(s*1e9 + int64(nsec)), false
}
