package catalog

import "sort"

// Catalog is what is known of services. It does not change once it is loaded
// and is safe for concurrent use.
type Catalog struct {
	services []*Service // by class, then id
	byID     map[string]*Service
	hosts    *node
	anyHost  []*Service // those that only a URL can tell
	domains  domains
}

// Match says what a name, an address or a URL leads to. Its strings are parts
// of what was asked wherever that is possible, so whoever keeps a Match for
// long keeps the question's memory too.
type Match struct {
	// ID is what pairs are made of: the service's id, else the registrable
	// domain, else the address. It is empty for a name that cannot be one of
	// a host; the caller then has nothing better than the address.
	ID string
	// Service is nil for what is not in the catalogue.
	Service *Service
	// Tenant is the customer's part, where it is known: the label in
	// "x.ngrok-free.app", the webhook's id in a URL.
	Tenant string
	// Host is the name in lower case, without port or dot at the end.
	Host string
	// Pattern is the pattern that matched, as it stands in the catalogue.
	Pattern string
	// Class, Weight and Dedicated are the service's, or what the host or the
	// shape of the URL has of its own.
	Class     Class
	Weight    int
	Dedicated Dedicated
	// PathMatched tells that a URL has a shape that the service is known for.
	// On shared hosts only that is certain.
	PathMatched bool
}

// Known tells whether the service is in the catalogue.
func (m *Match) Known() bool { return m.Service != nil }

// Host looks up a host name or an IP address, in any case, with or without a
// dot at the end or a port. The catalogue's patterns come first, the public
// suffix list after them: "x.loca.lt" is a tenant of a tunnel, though to that
// list all of loca.lt is one domain.
//
// It allocates nothing unless the name has upper-case letters or is an IPv6
// address in an unusual form.
func (c *Catalog) Host(name string) Match {
	name, kind := cleanName(name)
	if kind == address {
		return Match{ID: name, Host: name}
	}
	var best hit
	if name != "" {
		c.hosts.find(name, len(name), &best)
	}
	e := best.entry
	if e == nil || e.service == nil {
		if kind == odd {
			return Match{Host: name}
		}
		return Match{ID: c.domains.registrable(name), Host: name}
	}
	m := Match{
		ID:        e.service.ID,
		Service:   e.service,
		Host:      name,
		Pattern:   e.host.Pattern,
		Class:     e.service.Class,
		Weight:    e.host.Weight,
		Dedicated: e.host.Dedicated,
	}
	if e.tenant && best.from > 0 {
		m.Tenant = lastLabel(name[:best.from-1])
	}
	return m
}

// Services returns all services, by class in the order of Classes, then by id.
// The caller must not change them.
func (c *Catalog) Services() []*Service {
	return append([]*Service(nil), c.services...)
}

// Service returns the service with the id, or nil.
func (c *Catalog) Service(id string) *Service { return c.byID[id] }

// build makes a catalogue of services that have been checked.
func build(services []*Service) *Catalog {
	c := &Catalog{services: services, byID: map[string]*Service{}, hosts: &node{}}
	rank := map[Class]int{}
	for i, class := range Classes() {
		rank[class] = i
	}
	sort.SliceStable(services, func(i, j int) bool {
		a, b := services[i], services[j]
		if a.Class != b.Class {
			return rank[a.Class] < rank[b.Class]
		}
		return a.ID < b.ID
	})
	for _, s := range services {
		c.byID[s.ID] = s
		if s.AnyHost() {
			c.anyHost = append(c.anyHost, s)
			continue
		}
		for i := range s.Hosts {
			h := &s.Hosts[i]
			_, _, tenant := splitPattern(h.Pattern)
			*c.hosts.slot(h.Pattern) = &entry{service: s, host: h, tenant: tenant}
		}
		for _, name := range s.Except {
			if at := c.hosts.slot(name); *at == nil {
				*at = &entry{}
			}
		}
	}
	return c
}
