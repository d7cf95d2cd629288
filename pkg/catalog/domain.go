package catalog

import (
	"strings"
	"sync/atomic"

	"golang.org/x/net/publicsuffix"

	"github.com/hookhound/hookhound/pkg/limit"
)

// domains remembers where the registrable domain begins in names that were asked
// before: publicsuffix takes 300 ns and allocates an error each time (it first
// tries whether the name is an address), and the same names come again and
// again. Each name has one place, which the next name with the same place
// takes over; what is returned never depends on what is remembered. Safe for
// concurrent use.
type domains [limit.Domains]atomic.Pointer[domain]

type domain struct {
	name string
	from int
}

// registrable is the part of a clean host name that somebody registered: one
// label more than its public suffix. A name without one (a single label, or a
// public suffix itself) is its own.
func (d *domains) registrable(name string) string {
	// FNV-1a. Whoever finds names for one place makes them slow, not wrong.
	h := uint32(2166136261)
	for i := 0; i < len(name); i++ {
		h = (h ^ uint32(name[i])) * 16777619
	}
	slot := &d[(h^h>>16)%limit.Domains]
	if known := slot.Load(); known != nil && known.name == name {
		return name[known.from:]
	}
	from := registrableFrom(name)
	slot.Store(&domain{name: strings.Clone(name), from: from})
	return name[from:]
}

func registrableFrom(name string) int {
	suffix, _ := publicsuffix.PublicSuffix(name)
	rest := len(name) - len(suffix) - 1
	if rest <= 0 {
		return 0
	}
	return strings.LastIndexByte(name[:rest], '.') + 1
}
