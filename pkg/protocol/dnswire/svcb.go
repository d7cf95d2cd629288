package dnswire

import (
	"encoding/binary"
	"slices"

	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
)

// Keys of service parameters (RFC 9460 14.3.2, RFC 9848).
const (
	keyALPN     = 1
	keyIPv4Hint = 4
	keyECH      = 5
	keyIPv6Hint = 6
)

// span is a part of a message.
type span struct{ at, end int }

// service is a SVCB or HTTPS record. Priority 0 makes it an alias.
type service struct {
	priority   uint16
	alpn       span
	ipv4, ipv6 span
	ech        bool
}

// service reads a record, and leaves its target in m.target. One with a
// parameter that is malformed or out of order is no record (RFC 9460 2.2).
func (m *message) service(r *record) (s service, ok bool) {
	if r.end-r.data < 3 {
		return s, false
	}
	s.priority = binary.BigEndian.Uint16(m.b[r.data:])
	at, ok := m.name(r.data+2, &m.target)
	if !ok || at > r.end {
		return s, false
	}
	if s.priority == 0 {
		return s, true // an alias ignores parameters
	}
	for last := -1; at < r.end; {
		if r.end-at < 4 {
			return s, false
		}
		key, size := int(binary.BigEndian.Uint16(m.b[at:])), int(binary.BigEndian.Uint16(m.b[at+2:]))
		v := span{at + 4, at + 4 + size}
		if at = v.end; at > r.end || key <= last {
			return s, false
		}
		last = key
		switch key {
		case keyALPN:
			if !m.isList(v) {
				return s, false
			}
			s.alpn = v
		case keyIPv4Hint:
			s.ipv4 = v
			if size == 0 || size%4 != 0 {
				return s, false
			}
		case keyIPv6Hint:
			s.ipv6 = v
			if size == 0 || size%16 != 0 {
				return s, false
			}
		case keyECH:
			s.ech = size > 0
		}
	}
	return s, true
}

// isList tells whether a value is one of strings that stand behind their
// lengths, none of them empty.
func (m *message) isList(v span) bool {
	at := v.at
	for at < v.end {
		n := int(m.b[at])
		if n == 0 {
			return false
		}
		at += 1 + n
	}
	return at == v.end && v.at < v.end
}

// services adds what the service bindings of alias tell. Their hints and the
// addresses of their targets that the server added are where the question
// leads, too.
func (m *message) services(a *protocol.Answer, ttl uint32) {
	followed := 0
	for i := range m.records[:m.count] {
		r := &m.records[i]
		if r.owner != m.alias.sum || r.kind != typeHTTPS && r.kind != typeSVCB {
			continue
		}
		s, ok := m.service(r)
		if !ok || s.priority == 0 {
			continue
		}
		if followed++; followed > limit.DNSServices {
			return
		}
		a.ECH = a.ECH || s.ech
		for at := s.alpn.at; at < s.alpn.end; at += 1 + int(m.b[at]) {
			id := m.b[at+1 : at+1+int(m.b[at])]
			if len(a.ALPN) < limit.DNSALPN && !slices.ContainsFunc(a.ALPN, func(x string) bool { return x == string(id) }) {
				a.ALPN = append(a.ALPN, alpn(id))
			}
		}
		least := min(ttl, r.ttl)
		for at := s.ipv4.at; at < s.ipv4.end; at += 4 {
			m.address(a, at, 4, least)
		}
		for at := s.ipv6.at; at < s.ipv6.end; at += 16 {
			m.address(a, at, 16, least)
		}
		owner := m.target.sum
		if m.target.n == 1 { // "." stands for the owner
			owner = r.owner
		}
		m.addresses(a, owner, inAdditional, least)
	}
}

// alpn makes a string, without allocating for what is common.
func alpn(b []byte) string {
	switch string(b) {
	case "h2":
		return "h2"
	case "h3":
		return "h3"
	case "http/1.1":
		return "http/1.1"
	}
	return string(b)
}
