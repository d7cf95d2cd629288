package catalog

import (
	"sort"
	"strings"
)

// Explanation is what the catalogue knows of a name, an address or a URL, for
// people who ask.
type Explanation struct {
	Input string // what was asked; a URL only in its redacted form
	IsURL bool
	// Match is the answer; for a URL together with what its path tells.
	Match URLMatch
	// Domain is the registrable domain, or the address.
	Domain string
	// Why says in a sentence what decided.
	Why string
	// Meaning is what services of the class do, or "".
	Meaning string
	// Others are the catalogue's other services on the same domain.
	Others []*Service
	// Nearest are hosts of the catalogue that look like the name, at most
	// three, when the name is in none of its services.
	Nearest []string
}

// Explain looks up a host, an address or a URL, and says why the answer is
// what it is. It is for people, and not quick. The error is for a text that is
// none of the three.
func (c *Catalog) Explain(s string) (Explanation, error) {
	s = strings.TrimSpace(s)
	m, err := c.URL(s)
	if err != nil {
		return Explanation{}, err
	}
	e := Explanation{Input: m.Host, Match: m, Meaning: m.Class.Meaning()}
	if e.IsURL = strings.Contains(s, "/"); e.IsURL {
		e.Input = m.Redacted
	}
	name, kind := cleanName(m.Host)
	switch kind {
	case plain:
		e.Domain = name[registrableFrom(name):]
	default:
		e.Domain = m.Host
	}
	e.Why = why(&m, kind)
	e.Others = c.others(&m, e.Domain)
	if !m.Known() && kind == plain {
		e.Nearest = c.lookalikes(name)
	}
	return e, nil
}

// why puts the reason for a match into a sentence.
func why(m *URLMatch, kind nameKind) string {
	switch {
	case m.Pattern == anyHost:
		return "the path has a shape of " + m.Service.Name + ", which runs under any name"
	case m.PathMatched:
		return "the name matches " + m.Pattern + " and the path a shape of " + m.Service.Name
	case m.Known() && m.Target != "" && m.Target != "/" && len(m.Service.Shapes) > 0:
		return "the name matches " + m.Pattern + "; the path has none of the shapes of " + m.Service.Name
	case m.Known() && m.Dedicated == Shared:
		return "the name matches " + m.Pattern + ", which serves other things too"
	case m.Known() && m.Dedicated == Infra:
		return "the name matches " + m.Pattern + ", which is called by machines that offer the service themselves"
	case m.Known():
		return "the name matches " + m.Pattern + ", which serves nothing else"
	case kind == address:
		return "an address has no entry; it stands for itself"
	case m.ID == m.Host:
		return "not in the catalogue; the name stands for itself"
	}
	return "not in the catalogue; the registrable domain by the public suffix list stands for it"
}

// others finds the services that have a host on the domain, or whose hosts the
// domain lies under.
func (c *Catalog) others(m *URLMatch, domain string) []*Service {
	var out []*Service
	for _, s := range c.services {
		if s == m.Service || s.AnyHost() {
			continue
		}
		for i := range s.Hosts {
			fixed, _, _ := splitPattern(s.Hosts[i].Pattern)
			if fixed == domain || strings.HasSuffix(fixed, "."+domain) || strings.HasSuffix(domain, "."+fixed) {
				out = append(out, s)
				break
			}
		}
	}
	return out
}

// lookalikes are the catalogue's names that a few letters turn into this one
// or into the end of it.
func (c *Catalog) lookalikes(name string) []string {
	type near struct {
		name string
		far  int
	}
	var found []near
	seen := map[string]bool{}
	for _, s := range c.services {
		for i := range s.Hosts {
			fixed, _, _ := splitPattern(s.Hosts[i].Pattern)
			if fixed == anyHost || seen[fixed] {
				continue
			}
			seen[fixed] = true
			// A difference in length is the least that a distance can be: most
			// pairs are not compared at all.
			limit := max(1, len(fixed)/5)
			least := limit + 1
			for tail := name; ; {
				if d := len(tail) - len(fixed); d <= limit && -d <= limit {
					least = min(least, distance(tail, fixed))
				}
				i := strings.IndexByte(tail, '.')
				if i < 0 || strings.Count(tail, ".") < 2 {
					break
				}
				tail = tail[i+1:]
			}
			if least <= limit {
				found = append(found, near{fixed, least})
			}
		}
	}
	sort.SliceStable(found, func(i, j int) bool {
		if found[i].far != found[j].far {
			return found[i].far < found[j].far
		}
		return found[i].name < found[j].name
	})
	var out []string
	for _, n := range found[:min(3, len(found))] {
		out = append(out, n.name)
	}
	return out
}
