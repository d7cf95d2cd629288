package dhcpwire

import (
	"bytes"
	"encoding/hex"

	"github.com/hookhound/hookhound/pkg/limit"
)

// hostText is a name as text: without what pads it, odd bytes as RFC 4343
// section 2.1 writes them.
func hostText(b []byte) string {
	b = bytes.Trim(b, "\x00 \t\r\n.")
	var out []byte
	for _, c := range b[:min(len(b), limit.DHCPValue)] {
		out = appendText(out, c)
	}
	return string(out)
}

func appendText(b []byte, c byte) []byte {
	switch {
	case c == '\\':
		return append(b, '\\', c)
	case c <= ' ' || c >= 0x7f:
		return append(b, '\\', '0'+c/100, '0'+c/10%10, '0'+c%10)
	}
	return append(b, c)
}

// labels is a name in the form of DNS, whole or only its first part, as text.
// It has no pointers.
func labels(b []byte) string {
	var out []byte
	for b = b[:min(len(b), limit.DHCPValue)]; len(b) > 0 && b[0] != 0; {
		n := int(b[0])
		if n > 63 || n >= len(b) {
			return ""
		}
		if len(out) > 0 {
			out = append(out, '.')
		}
		for _, c := range b[1 : 1+n] {
			if c == '.' {
				out = append(out, '\\')
			}
			out = appendText(out, c)
		}
		b = b[1+n:]
	}
	return string(out)
}

// macText is an Ethernet address as text; empty for one that is none.
func macText(b []byte) string {
	if len(b) != 6 || string(b) == "\x00\x00\x00\x00\x00\x00" {
		return ""
	}
	out := make([]byte, 0, 17)
	for i := range b {
		if i > 0 {
			out = append(out, ':')
		}
		out = hex.AppendEncode(out, b[i:i+1])
	}
	return string(out)
}
