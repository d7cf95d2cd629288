package observe

import (
	"net/netip"
	"strings"

	"github.com/hookhound/hookhound/pkg/catalog"
	"github.com/hookhound/hookhound/pkg/limit"
)

// names remembers what the last few thousand server names lead to, since most
// flows go to few servers: looking up the catalogue and the list of public
// suffixes would otherwise be a good part of what a short flow costs.
//
// There are two generations. When the young one is full it becomes the old one,
// and the old one is forgotten. A client that makes up names pushes out those
// that are not in use, and takes no more memory than this.
type names struct {
	young, old map[string]*name
}

// name is what a server name as sent leads to.
type name struct {
	clean   string // lower case, without a dot at the end
	match   catalog.Match
	address bool // it is an address, which names nobody
}

// isAddress tells whether a match is that of an address.
func isAddress(m *catalog.Match) bool {
	_, err := netip.ParseAddr(m.ID)
	return err == nil
}

// get returns what a name as sent leads to.
func (n *names) get(sent string, c *catalog.Catalog) *name {
	v, ok := n.young[sent]
	if ok {
		return v
	}
	if v, ok = n.old[sent]; !ok {
		v = new(name)
		v.clean = strings.ToLower(strings.TrimSuffix(sent, "."))
		if v.clean != "" {
			v.match = c.Host(v.clean)
			v.address = isAddress(&v.match)
		}
		if len(sent) > limit.NameLength {
			return v
		}
	}
	if n.young == nil || len(n.young) >= limit.Names {
		n.old, n.young = n.young, n.old
		clear(n.young) // a map that was once full keeps its room
		if n.young == nil {
			n.young = make(map[string]*name)
		}
	}
	n.young[sent] = v
	return v
}
