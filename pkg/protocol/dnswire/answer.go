package dnswire

import (
	"net/netip"
	"slices"
	"time"

	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
)

// answer reads a response whose question was read, and tells where the question
// leads. It has nothing to tell where that is not asked.
func (m *message) answer(next int) *protocol.Answer {
	if m.opcode() != 0 || m.class != classIN && m.class != classANY || m.kind == typeAXFR || m.kind == typeIXFR {
		return nil
	}
	m.rest(next)
	a := &protocol.Answer{
		Question: m.string(&m.question),
		Type:     m.kind,
		RCode:    m.flags&0xf | m.extended,
	}
	if m.count == 0 {
		return a
	}
	m.alias = m.question
	ttl := m.follow(a)
	m.addresses(a, m.alias.sum, inAnswer, ttl)
	if m.asksService() {
		m.addresses(a, m.alias.sum, inAdditional, ttl)
		m.services(a, ttl)
	}
	return a
}

// asksService tells whether the question is about service bindings.
func (m *message) asksService() bool {
	return m.kind == typeHTTPS || m.kind == typeSVCB || m.kind == typeANY
}

// follow goes from the question along its aliases, leaves the last name in
// alias, and returns the least time to live on the way.
func (m *message) follow(a *protocol.Answer) (ttl uint32) {
	ttl = 1<<31 - 1
	var visited [limit.DNSAliases]uint64
	for step := range limit.DNSAliases {
		visited[step] = m.alias.sum
		r := m.step()
		if r == nil || slices.Contains(visited[:step+1], m.target.sum) {
			return ttl
		}
		ttl = min(ttl, r.ttl)
		m.alias = m.target
		a.Aliases = append(a.Aliases, m.string(&m.alias))
	}
	return ttl
}

// step finds the record that leads on from alias, and puts where to in target.
func (m *message) step() *record {
	var found *record
	for i := range m.records[:m.count] {
		r := &m.records[i]
		switch {
		case r.owner == m.alias.sum && r.kind == typeCNAME && r.section == inAnswer:
			if _, ok := m.name(r.data, &m.target); ok {
				return r
			}
		case r.owner == m.alias.sum && (r.kind == typeHTTPS || r.kind == typeSVCB) && found == nil && m.asksService():
			if s, ok := m.service(r); ok && s.priority == 0 {
				found = r
			}
		case r.kind == typeDNAME && r.section == inAnswer && found == nil:
			// A server puts the CNAME that follows from it beside it; this is
			// for those that do not.
			if _, ok := m.alias.hasParent(r); ok {
				found = r
			}
		}
	}
	if found == nil {
		return nil
	}
	if found.kind != typeDNAME {
		m.service(found) // which leaves its target
		if m.target.n == 1 {
			return nil // there is no such service
		}
		return found
	}
	at, _ := m.alias.hasParent(found)
	if _, ok := m.name(found.data, &m.target); !ok {
		return nil
	}
	whole := m.alias
	if !whole.below(at, &m.target) {
		return nil
	}
	m.target = whole
	return found
}

// addresses adds the address records of a name that stand in a section.
func (m *message) addresses(a *protocol.Answer, owner uint64, section uint8, ttl uint32) {
	for i := range m.records[:m.count] {
		r := &m.records[i]
		if r.owner != owner || r.section != section || r.kind != typeA && r.kind != typeAAAA {
			continue
		}
		size := 4
		if r.kind == typeAAAA {
			size = 16
		}
		if r.end-r.data == size {
			m.address(a, r.data, size, min(ttl, r.ttl))
		}
	}
}

// address adds one address, if it is not there.
func (m *message) address(a *protocol.Answer, at, size int, ttl uint32) {
	addr, _ := netip.AddrFromSlice(m.b[at : at+size])
	if len(a.Addresses) == limit.DNSAddresses ||
		slices.ContainsFunc(a.Addresses, func(n protocol.NamedAddress) bool { return n.Addr == addr }) {
		return
	}
	a.Addresses = append(a.Addresses, protocol.NamedAddress{Addr: addr, TTL: time.Duration(ttl) * time.Second})
}
