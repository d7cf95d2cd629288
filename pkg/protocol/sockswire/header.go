package sockswire

import (
	"bytes"
	"net/netip"
	"strconv"
	"strings"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// signature begins a PROXY header of version 2, and prefix one of version 1.
const (
	signature = "\r\n\r\n\x00\r\nQUIT\n"
	prefix    = "PROXY "
)

// Header is the entry of the PROXY header in the list of protocols.
func Header() protocol.Protocol {
	return protocol.Protocol{
		Name: "proxy-header", Probe: probeHeader, Prelude: true,
		New: func() protocol.Parser { return new(header) },
	}
}

// probeHeader says whether b begins with a PROXY header.
func probeHeader(b []byte, _ bool) protocol.Verdict {
	return protocol.Begins(b, prefix+"TCP4 ", prefix+"TCP6 ", prefix+"UNKNOWN", signature)
}

// header is the parser of one connection that begins with a PROXY header. Its
// sides are read apart, since only one of them sends a header.
type header struct {
	sides [2]opening
}

// opening is how a side begins.
type opening struct {
	held  []byte
	skip  int  // bytes of the header that are passed over
	other bool // it is no header
}

// Chunk implements protocol.Parser, as do all that follow.
func (p *header) Chunk(c *stream.Chunk, out protocol.Facts) {
	if c.Gap > 0 {
		out.Handover(nil)
		return
	}
	o := &p.sides[c.Side]
	if o.other {
		return
	}
	b := c.Bytes
	if o.skip == 0 {
		before := len(o.held)
		o.held = append(o.held, b[:min(len(b), limit.ProxyHeader-before)]...)
		switch probeHeader(o.held, false) {
		case protocol.No:
			*o = opening{other: true}
			return
		case protocol.More:
			return
		}
		n, ok := length(o.held)
		switch {
		case !ok:
			out.Handover(nil)
			return
		case n == 0 || len(o.held) < min(n, limit.ProxyHeader):
			return
		}
		out.Client(c.Side)
		tell(target(o.held[:min(n, limit.ProxyHeader)]), out)
		o.skip = n - before
	}
	if o.skip > len(b) {
		o.skip -= len(b)
		return
	}
	handover(c, len(b)-o.skip, out)
}

// length is how long the header is in all; zero when that is not known yet.
// What is no header has no length.
func length(b []byte) (n int, ok bool) {
	if len(b) > 0 && b[0] == signature[0] {
		if len(b) < 16 {
			return 0, true
		}
		return 16 + int(b[14])<<8 + int(b[15]), b[12]>>4 == 2 && string(b[:12]) == signature
	}
	end := bytes.IndexByte(b[:min(len(b), limit.ProxyLine)], '\n')
	if end < 0 {
		return 0, len(b) < limit.ProxyLine
	}
	return end + 1, true
}

// target is what a header says of both ends.
func target(b []byte) protocol.Target {
	if b[0] == signature[0] {
		return second(b)
	}
	return first(string(bytes.TrimRight(b, "\r\n")))
}

// first reads PROXY TCP4 192.0.2.1 192.0.2.2 56324 443.
func first(line string) (t protocol.Target) {
	f := strings.Split(line, " ")
	if len(f) != 6 || f[0]+" " != prefix {
		return t
	}
	src, err1 := netip.ParseAddr(f[2])
	dst, err2 := netip.ParseAddr(f[3])
	from, err3 := strconv.ParseUint(f[4], 10, 16)
	to, err4 := strconv.ParseUint(f[5], 10, 16)
	if err1 != nil || err2 != nil || err3 != nil || err4 != nil {
		return t
	}
	return protocol.Target{
		Host: dst.Unmap().WithZone("").String(), Port: uint16(to),
		Client: netip.AddrPortFrom(src.Unmap().WithZone(""), uint16(from)),
	}
}

// second reads the binary header: addresses by family, then extensions, of
// which the one that holds the name the client asked for is told instead of
// the address.
func second(b []byte) (t protocol.Target) {
	const proxied, inet, inet6, authority = 1, 1, 2, 2
	r := reader{b: b, at: 16}
	size := 0
	switch family := b[13] >> 4; {
	case b[12]&0xf != proxied: // LOCAL: the proxy's own
		return t
	case family == inet:
		size = 4
	case family == inet6:
		size = 16
	default:
		return t
	}
	src, ok1 := netip.AddrFromSlice(r.take(size))
	dst, ok2 := netip.AddrFromSlice(r.take(size))
	from, to := r.u16(), r.u16()
	if !ok1 || !ok2 || r.short {
		return t
	}
	t = protocol.Target{Host: dst.Unmap().String(), Port: to, Client: netip.AddrPortFrom(src.Unmap(), from)}
	for !r.short && r.at < len(b) {
		kind, value := r.u8(), r.take(int(r.u16()))
		if kind == authority && !r.short && len(value) > 0 && name(value) != "" {
			t.Host = name(value)
		}
	}
	return t
}

func (p *header) Due() capture.Time                    { return capture.Never }
func (p *header) Advance(capture.Time, protocol.Facts) {}
func (p *header) Close(capture.Time, protocol.Facts)   {}
