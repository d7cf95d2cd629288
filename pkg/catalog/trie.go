package catalog

import "strings"

const (
	anyHost   = "*"
	tenantTag = "{tenant}"
)

// node is one label of the patterns, read from the right: the root's children
// are top-level domains. Its depth is that of the longest pattern, which
// bounds a search whatever the name.
type node struct {
	label string
	kids  []*node // hashed by label, with open addressing, at most half full
	count int     // of kids
	star  *node   // any one label
	at    *entry  // the name that ends here
	under *entry  // all names below
}

// spread hashes a label by its length and three letters: that is enough for
// labels that we have chosen ourselves, and a third of the time that a Go map
// takes. What a peer asks for costs at most the longest run of full places.
func spread(label string) uint32 {
	n := len(label)
	h := uint32(n)<<24 ^ uint32(label[0])<<16 ^ uint32(label[n/2])<<8 ^ uint32(label[n-1])
	h *= 0x9e3779b1 // 2^32 over the golden ratio
	return h >> 16
}

// kid returns the child with the label, or nil.
func (n *node) kid(label string) *node {
	if n.count == 0 || label == "" {
		return nil
	}
	mask := uint32(len(n.kids) - 1)
	for i := spread(label) & mask; ; i = (i + 1) & mask {
		if k := n.kids[i]; k == nil || k.label == label {
			return k
		}
	}
}

// add puts in a child that is not there yet.
func (n *node) add(kid *node) {
	if 2*(n.count+1) > len(n.kids) {
		old := n.kids
		n.kids, n.count = make([]*node, max(4, 2*len(old))), 0
		for _, k := range old {
			if k != nil {
				n.add(k)
			}
		}
	}
	mask := uint32(len(n.kids) - 1)
	i := spread(kid.label) & mask
	for n.kids[i] != nil {
		i = (i + 1) & mask
	}
	n.kids[i] = kid
	n.count++
}

// entry is what a pattern leads to.
type entry struct {
	service *Service // nil: the name is kept out of its service
	host    *Host
	tenant  bool // the label next to the pattern is the tenant
}

// splitPattern separates the fixed part of a pattern from what leads it.
func splitPattern(pattern string) (fixed string, below, tenant bool) {
	if rest, ok := strings.CutPrefix(pattern, tenantTag+"."); ok {
		return rest, true, true
	}
	if rest, ok := strings.CutPrefix(pattern, "*."); ok {
		return rest, true, false
	}
	return pattern, false, false
}

// slot finds the place of a pattern, making what is missing on the way.
func (n *node) slot(pattern string) **entry {
	fixed, below, _ := splitPattern(pattern)
	for fixed != "" {
		i := strings.LastIndexByte(fixed, '.')
		label := fixed[i+1:]
		fixed = fixed[:max(i, 0)]
		if label == "*" {
			if n.star == nil {
				n.star = &node{}
			}
			n = n.star
			continue
		}
		kid := n.kid(label)
		if kid == nil {
			kid = &node{label: label}
			n.add(kid)
		}
		n = kid
	}
	if below {
		return &n.under
	}
	return &n.at
}

// hit is the best entry so far, and where in the name its fixed part begins:
// the more of a name a pattern fixes, the better.
type hit struct {
	entry *entry
	from  int
}

// find looks for the best entry for a name of which name[end:] is matched
// already. A whole name beats a pattern, a longer pattern a shorter one, and a
// label that is written out one that is a star.
func (n *node) find(name string, end int, best *hit) {
	for {
		i := strings.LastIndexByte(name[:end], '.')
		label := name[i+1 : end]
		if n.star != nil {
			n.star.found(name, i, best)
		}
		kid := n.kid(label)
		if kid == nil {
			return
		}
		kid.offer(i, best)
		if i < 0 {
			return
		}
		n, end = kid, i
	}
}

// found does for a star what find does for a label.
func (n *node) found(name string, i int, best *hit) {
	n.offer(i, best)
	if i >= 0 {
		n.find(name, i, best)
	}
}

// offer takes the node's entry if it is at least as good as the best: what is
// written out is offered after what is a star.
func (n *node) offer(i int, best *hit) {
	switch {
	case i < 0 && n.at != nil:
		*best = hit{n.at, -1}
	case i >= 0 && n.under != nil && (best.entry == nil || i+1 <= best.from):
		*best = hit{n.under, i + 1}
	}
}
