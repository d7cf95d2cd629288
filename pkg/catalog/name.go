package catalog

import (
	"net/netip"
	"strings"

	"github.com/hookhound/hookhound/pkg/limit"
)

// nameKind says what a cleaned name is.
type nameKind uint8

const (
	odd     nameKind = iota // cannot be a host name
	plain                   // a host name
	address                 // an IP address in its canonical form
)

// byteKind is a set of what the bytes of a name can be.
type byteKind uint8

const (
	letter byteKind = 1 << iota // small letters, hyphen, underscore
	digit
	upper
	strange
)

func kindOf(b byte) byteKind {
	switch {
	case b >= 'a' && b <= 'z' || b == '-' || b == '_':
		return letter
	case b >= '0' && b <= '9':
		return digit
	case b >= 'A' && b <= 'Z':
		return upper
	}
	return strange
}

// cleanName brings a name into the form that is looked up: lower case (ASCII;
// host names on the wire have no other), no port, no brackets, no dot at the
// end. It allocates only where it has to change a byte.
//
// Of a name that is far too long only the end is looked at.
func cleanName(name string) (string, nameKind) {
	if len(name) > 2*limit.HostName {
		name = name[len(name)-2*limit.HostName:]
	}
	if i := strings.IndexByte(name, ':'); i >= 0 || strings.HasPrefix(name, "[") {
		if host, ok := cutPort(name, i); ok {
			name = host
		} else {
			return cleanAddress(name)
		}
	}
	name = strings.TrimSuffix(name, ".")
	var seen byteKind
	fits := len(name) > 0 && len(name) <= limit.HostName
	for start := 0; start <= len(name); {
		end := start
		for end < len(name) && name[end] != '.' {
			seen |= kindOf(name[end])
			end++
		}
		if end == start || end-start > limit.HostLabel {
			fits = false
		}
		start = end + 1
	}
	if seen&upper != 0 {
		name = lower(name)
	}
	fits = fits && seen&strange == 0
	switch {
	case !fits:
		return name, odd
	case seen == digit && len(name) <= len("255.255.255.255"):
		if _, err := netip.ParseAddr(name); err == nil {
			return name, address
		}
	}
	return name, plain
}

// lower is strings.ToLower for ASCII alone: other bytes stay as they are,
// whether they are UTF-8 or not.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// cutPort takes ":443" off a name that has one colon, at i, with nothing but
// digits behind it.
func cutPort(name string, i int) (string, bool) {
	if i < 0 || len(name)-i > len(":65535") {
		return name, false
	}
	for _, b := range []byte(name[i+1:]) {
		if b < '0' || b > '9' {
			return name, false
		}
	}
	return name[:i], true
}

// cleanAddress reads an IPv6 address: bare, in brackets, with a port or a
// zone. The canonical form comes back as a part of the name where it stands
// there already.
func cleanAddress(name string) (string, nameKind) {
	// An address with brackets, a zone and a port is far shorter than a name.
	if len(name) > limit.HostName {
		return lower(name), odd
	}
	bare := name
	if strings.HasPrefix(bare, "[") {
		end := strings.IndexByte(bare, ']')
		if end < 0 {
			return lower(name), odd
		}
		rest := bare[end+1:]
		if rest != "" && rest != ":" {
			if _, ok := cutPort(rest, 0); !ok || rest[0] != ':' {
				return lower(name), odd
			}
		}
		bare = bare[1:end]
	}
	if i := strings.IndexByte(bare, '%'); i >= 0 {
		bare = bare[:i]
	}
	a, err := netip.ParseAddr(bare)
	if err != nil {
		return lower(name), odd
	}
	a = a.Unmap()
	var buf [48]byte
	canonical := a.AppendTo(buf[:0])
	if bare == string(canonical) {
		return bare, address
	}
	return string(canonical), address
}

// lastLabel is the label of a name that stands furthest right, or "" where it
// is none that a tenant could have.
func lastLabel(name string) string {
	label := name[strings.LastIndexByte(name, '.')+1:]
	if len(label) > limit.HostLabel {
		return ""
	}
	for _, b := range []byte(label) {
		if !(b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b == '-' || b == '_') {
			return ""
		}
	}
	return label
}
