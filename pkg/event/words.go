package event

import (
	"fmt"
	"strings"
	"time"
)

// Span writes a time span with about three digits.
func Span(d time.Duration) string {
	s := d.Seconds()
	switch {
	case s <= 0:
		return "no fixed time"
	case s < 1:
		return fmt.Sprintf("%.0f ms", 1000*s)
	case s < 10:
		return trim(fmt.Sprintf("%.2f", s)) + " s"
	case s < 120:
		return trim(fmt.Sprintf("%.1f", s)) + " s"
	case s < 7200:
		return trim(fmt.Sprintf("%.1f", s/60)) + " min"
	case s < 48*3600:
		return trim(fmt.Sprintf("%.1f", s/3600)) + " h"
	default:
		return trim(fmt.Sprintf("%.1f", s/(24*3600))) + " days"
	}
}

// Size writes bytes for people, in units of 1024.
func Size(n uint64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d bytes", n)
	case n < 1<<20:
		return trim(fmt.Sprintf("%.1f", float64(n)/(1<<10))) + " KiB"
	default:
		return trim(fmt.Sprintf("%.1f", float64(n)/(1<<20))) + " MiB"
	}
}

func trim(s string) string {
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}
