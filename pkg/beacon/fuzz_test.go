package beacon

import (
	"testing"

	"github.com/hookhound/hookhound/capture"
)

// FuzzSeries adds any exchanges and holds what is true of every series, that
// asking changes nothing, and that a shift of all times changes nothing.
func FuzzSeries(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{100, 1, 100, 1, 100, 1, 100, 1, 100, 1, 100, 1, 100, 1, 100, 1})
	f.Add([]byte{90, 1, 92, 2, 255, 0, 91, 1, 90, 3, 3, 9, 90, 1, 88, 1, 140, 200, 90, 1, 90, 1})
	f.Add([]byte{0, 0, 1, 1, 0, 0, 1, 1, 127, 255, 200, 255, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		const shift = 1_600_000_000_000_000_001
		var asked, quiet, moved Series
		var now capture.Time
		for i := 0; i+1 < len(data) && i < 1200; i += 2 {
			// A step from a nanosecond to hours, now and then backwards.
			step := capture.Time(1) << (data[i] & 63 % 45)
			step += step * capture.Time(data[i+1]&7) / 8
			if data[i] > 200 {
				step = -step
			}
			now += step
			up := uint64(1) << (data[i+1] >> 2)
			asked.Add(now, up, uint64(data[i+1]))
			quiet.Add(now, up, uint64(data[i+1]))
			moved.Add(now+shift, up, uint64(data[i+1]))
			check(t, &asked)
		}
		a, b, c := asked.Score(), quiet.Score(), moved.Score()
		if a != b {
			t.Errorf("asked %+v, not asked %+v", a, b)
		}
		if plain(a) != plain(c) {
			t.Errorf("here %+v, shifted %+v", a, c)
		}
		if n := footprint(&quiet); n > 4096 {
			t.Errorf("%d bytes", n)
		}
	})
}
