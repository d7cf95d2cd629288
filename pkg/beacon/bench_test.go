package beacon

import (
	"math/rand/v2"
	"testing"

	"github.com/hookhound/hookhound/capture"
)

// BenchmarkBeat is the cost of one exchange with a score after it.
func BenchmarkBeat(b *testing.B) {
	kinds := append(beaconFamilies(), randomFamilies()...)
	for _, f := range kinds {
		switch f.name {
		case "P exact", "P one-sided 70 %", "P pairs", "P with browsing", "N poisson", "N browsing", "N chat":
		default:
			continue
		}
		b.Run(f.name, func(b *testing.B) {
			calls := f.make(rand.New(rand.NewPCG(4, 4)), 7*day)
			b.ReportAllocs()
			b.ResetTimer()
			var s Series
			for i, j := 0, 0; i < b.N; i, j = i+1, j+1 {
				if j == len(calls) {
					s, j = Series{}, 0
				}
				c := calls[j]
				s.Add(capture.Time(c.t*1e9), c.up, c.down)
				_ = s.Score()
			}
		})
	}
}
