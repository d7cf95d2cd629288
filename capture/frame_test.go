package capture_test

import (
	"math"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
)

func TestTimeIsHeldAtItsEnds(t *testing.T) {
	moment := time.Date(2024, 2, 29, 12, 30, 0, 123456789, time.UTC)
	if got := capture.TimeOf(moment); !got.Std().Equal(moment) || got.String() != "2024-02-29T12:30:00.123456789Z" {
		t.Errorf("%v became %v", moment, got)
	}
	for _, c := range []struct {
		name      string
		got, want capture.Time
	}{
		{"far future", capture.TimeOf(time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC)), capture.Never},
		{"far past", capture.TimeOf(time.Time{}), capture.Always},
		{"sum", capture.Time(5).Add(time.Nanosecond), 6},
		{"sum beyond the end", (capture.Never - 1).Add(time.Hour), capture.Never},
		{"sum before the start", (capture.Always + 1).Add(-time.Hour), capture.Always},
		{"before 1970", capture.TimeOf(time.Unix(-1, 5)), -999_999_995},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d, want %d", c.name, c.got, c.want)
		}
	}
	if d := capture.Never.Sub(capture.Always); d != math.MaxInt64 {
		t.Errorf("the longest duration is %v", d)
	}
	if d := capture.Always.Sub(capture.Never); d != math.MinInt64 {
		t.Errorf("the shortest duration is %v", d)
	}
	if d := capture.Time(3).Sub(5); d != -2 {
		t.Errorf("3-5 is %v", d)
	}
}
