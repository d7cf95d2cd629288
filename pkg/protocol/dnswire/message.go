package dnswire

import (
	"encoding/binary"

	"github.com/hookhound/hookhound/pkg/limit"
)

// Types of records (IANA, DNS parameters).
const (
	typeA     = 1
	typeCNAME = 5
	typeAAAA  = 28
	typeDNAME = 39
	typeOPT   = 41
	typeSVCB  = 64
	typeHTTPS = 65
	typeIXFR  = 251
	typeAXFR  = 252
	typeANY   = 255

	classIN  = 1
	classANY = 255

	headerSize = 12

	flagResponse = 1 << 15
	flagZ        = 1 << 6 // reserved
)

// sections of a message behind its question.
const (
	inAnswer = iota
	inAuthority
	inAdditional
)

// name is a name as it stands on the wire, whole and in lower case, with a sum
// by which it is compared. Who can make two names of one sum writes the answer
// anyway.
type name struct {
	wire [limit.DNSName]byte
	n    int
	sum  uint64
}

// record is what is kept of a resource record while its message is read.
type record struct {
	owner   uint64 // sum of its name
	size    int    // of that name on the wire, without pointers
	ttl     uint32
	kind    uint16
	section uint8
	data    int // where its data begins
	end     int
}

// message is a DNS message while it is read. It is used again for the next.
type message struct {
	b        []byte // lent
	id       uint16
	flags    uint16
	question name
	kind     uint16 // of the question
	class    uint16
	extended uint16 // upper bits of the response code, from OPT
	records  [limit.DNSRecords]record
	count    int

	alias, target name // scratch of answers
	text          [4 * limit.DNSName]byte
}

func (m *message) opcode() uint16 { return m.flags >> 11 & 0xf }

// begin reads the header and the question, of which there must be one.
func (m *message) begin(b []byte) (next int, ok bool) {
	if len(b) < headerSize {
		return 0, false
	}
	m.b = b
	m.id, m.flags = binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	m.count, m.extended = 0, 0
	if binary.BigEndian.Uint16(b[4:]) != 1 {
		return 0, false
	}
	next, ok = m.name(headerSize, &m.question)
	if !ok || len(b)-next < 4 {
		return 0, false
	}
	m.kind, m.class = binary.BigEndian.Uint16(b[next:]), binary.BigEndian.Uint16(b[next+2:])
	return next + 4, true
}

// rest reads the records behind the question, as far as they are whole, and
// tells whether all of them were there and nothing behind them.
func (m *message) rest(at int) (whole bool) {
	parents := 0
	for section := range 3 {
		for range binary.BigEndian.Uint16(m.b[6+2*section:]) {
			if m.count == limit.DNSRecords {
				return false
			}
			r := &m.records[m.count]
			next, ok := m.name(at, &m.alias)
			if !ok || len(m.b)-next < 10 {
				return false
			}
			f := m.b[next:]
			class := binary.BigEndian.Uint16(f[2:])
			*r = record{
				owner: m.alias.sum, size: m.alias.n, section: uint8(section),
				kind: binary.BigEndian.Uint16(f), ttl: binary.BigEndian.Uint32(f[4:]),
				data: next + 10, end: next + 10 + int(binary.BigEndian.Uint16(f[8:])),
			}
			if at = r.end; at > len(m.b) {
				return false
			}
			switch {
			case r.kind == typeOPT: // RFC 6891 6.1.3
				m.extended = uint16(r.ttl>>24) << 4
				continue
			case class != classIN || section == inAuthority:
				continue
			case r.kind == typeDNAME:
				if parents++; parents > limit.DNSAliases {
					continue
				}
			}
			if r.ttl > 1<<31-1 { // RFC 2181 section 8
				r.ttl = 0
			}
			m.count++
		}
	}
	return at == len(m.b)
}

const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

// name reads the name at a place, over its pointers, and tells where what
// follows it stands. Each pointer leads further back than the one before.
func (m *message) name(at int, n *name) (next int, ok bool) {
	b, back := m.b, at
	n.n, n.sum = 0, fnvOffset
	for hops := 0; ; {
		if at >= len(b) {
			return 0, false
		}
		c := int(b[at])
		switch {
		case c == 0:
			if n.n == limit.DNSName {
				return 0, false
			}
			n.add(0)
			if next == 0 {
				next = at + 1
			}
			return next, true
		case c < 0x40:
			if at+1+c > len(b) || n.n+1+c > limit.DNSName {
				return 0, false
			}
			n.add(byte(c))
			for _, x := range b[at+1 : at+1+c] {
				if x-'A' < 26 {
					x |= 0x20
				}
				n.add(x)
			}
			at += 1 + c
		case c < 0xc0:
			return 0, false // no kind of label that is in use
		default:
			if at+1 >= len(b) {
				return 0, false
			}
			if next == 0 {
				next = at + 2
			}
			at = c&0x3f<<8 | int(b[at+1])
			if hops++; at >= back || hops > limit.DNSPointers {
				return 0, false
			}
			back = at
		}
	}
}

func (n *name) add(c byte) {
	n.wire[n.n] = c
	n.n++
	n.sum = (n.sum ^ uint64(c)) * fnvPrime
}

// hasParent tells whether the owner of a record is a name above this one, and
// where in this one it begins.
func (n *name) hasParent(r *record) (at int, ok bool) {
	top := n.n - r.size
	for at = 1 + int(n.wire[0]); at < top; at += 1 + int(n.wire[at]) {
	}
	if at != top {
		return 0, false
	}
	sum := uint64(fnvOffset)
	for _, c := range n.wire[at:n.n] {
		sum = (sum ^ uint64(c)) * fnvPrime
	}
	return at, sum == r.owner
}

// below puts the labels of a name before a place in front of another name.
func (n *name) below(at int, parent *name) bool {
	if at+parent.n > limit.DNSName {
		return false
	}
	copy(n.wire[at:], parent.wire[:parent.n])
	size := at + parent.n
	n.n, n.sum = 0, fnvOffset
	for _, c := range n.wire[:size] {
		n.add(c)
	}
	return true
}

// string is a name as text, as RFC 4343 section 2.1 writes odd bytes; a dot
// for the root.
func (m *message) string(n *name) string {
	if n.n == 1 {
		return "."
	}
	b := m.text[:0]
	for at := 0; n.wire[at] != 0; {
		if at > 0 {
			b = append(b, '.')
		}
		end := at + 1 + int(n.wire[at])
		for _, c := range n.wire[at+1 : end] {
			switch {
			case c == '.' || c == '\\':
				b = append(b, '\\', c)
			case c <= ' ' || c >= 0x7f:
				b = append(b, '\\', '0'+c/100, '0'+c/10%10, '0'+c%10)
			default:
				b = append(b, c)
			}
		}
		at = end
	}
	return string(b)
}
