package capture

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
)

// order is a byte order: true where the file's is big-endian.
type order bool

func (o order) u16(b []byte) uint16 {
	v := binary.LittleEndian.Uint16(b)
	if o {
		v = bits.ReverseBytes16(v)
	}
	return v
}

func (o order) u32(b []byte) uint32 {
	v := binary.LittleEndian.Uint32(b)
	if o {
		v = bits.ReverseBytes32(v)
	}
	return v
}

func (o order) u64(b []byte) uint64 {
	v := binary.LittleEndian.Uint64(b)
	if o {
		v = bits.ReverseBytes64(v)
	}
	return v
}

// The first four bytes of a pcap file, in the byte order of its writer.
const (
	magicMicro    = 0xa1b2c3d4
	magicNano     = 0xa1b23c4d
	magicModified = 0xa1b2cd34 // microseconds, 8 more bytes in each record header (old Red Hat and Debian libpcap)
)

const pcapHeaderSize = 24

// linkUnknown stands for a link type that does not fit in 16 bits.
const linkUnknown LinkType = 0xffff

// pcapReader reads the pcap format (draft-ietf-opsawg-pcap).
type pcapReader struct {
	in     *input
	order  order
	link   LinkType
	header int   // length of a record header
	unit   int64 // nanoseconds of one unit of the fraction
	swap   swap
}

// swap says whether the two lengths of a record stand in reverse order, as
// files of version 2.2 and earlier, and some of 2.3, have them.
type swap uint8

const (
	swapNever swap = iota
	swapIfLarger
	swapAlways
)

// pcapOrder tells whether b begins a pcap file, and in which byte order.
func pcapOrder(b []byte) (o order, magic uint32, ok bool) {
	if len(b) < 4 {
		return false, 0, false
	}
	for _, o := range []order{false, true} {
		switch m := o.u32(b); m {
		case magicMicro, magicNano, magicModified:
			return o, m, true
		}
	}
	return false, 0, false
}

// newPcapReader reads the file header.
func newPcapReader(in *input) (*pcapReader, error) {
	h := in.peek(pcapHeaderSize)
	if h == nil {
		return nil, in.endedInside()
	}
	o, magic, _ := pcapOrder(h)
	p := &pcapReader{in: in, order: o, header: 16, unit: 1000}
	switch magic {
	case magicNano:
		p.unit = 1
	case magicModified:
		p.header = 24
	}
	major, minor := o.u16(h[4:]), o.u16(h[6:])
	switch {
	case major == 2 && minor < 3, major == 543 && minor == 0: // 543.0 is DG/UX
		p.swap = swapAlways
	case major == 2 && minor == 3:
		p.swap = swapIfLarger
	case major < 2:
		return nil, otherVersion(fmt.Sprintf("pcap version %d.%d", major, minor))
	}
	p.link = pcapLink(o.u32(h[20:]))
	in.advance(pcapHeaderSize)
	return p, nil
}

// pcapLink takes the link type out of the last word of the header, whose upper
// bits say how long the frame check sequence is.
func pcapLink(word uint32) LinkType {
	const fcsPresent = 1 << 26
	if word&fcsPresent != 0 {
		word &= fcsPresent - 1
	}
	if word &= 0x0fffffff; word >= uint32(linkUnknown) {
		return linkUnknown
	}
	return LinkType(word)
}

func (p *pcapReader) next(f *Frame) error {
	p.in.begin()
	h := p.in.peek(p.header)
	if h == nil {
		return p.in.ended()
	}
	captured, wire := p.lengths(h)
	if captured > MaxFrame {
		return damage(fmt.Sprintf("a frame of %d bytes, more than %d", captured, MaxFrame))
	}
	whole := p.header + int(captured)
	b := p.in.peek(whole)
	if b == nil {
		return p.in.endedInside()
	}
	p.in.advance(whole)
	p.frame(f, b[:whole:whole], wire)
	return nil
}

func (p *pcapReader) more(f *Frame) bool {
	have := p.in.window()
	if len(have) < p.header {
		return false
	}
	captured, wire := p.lengths(have)
	whole := p.header + int(captured)
	if captured > MaxFrame || len(have) < whole {
		return false
	}
	p.in.begin()
	p.in.advance(whole)
	p.frame(f, have[:whole:whole], wire)
	return true
}

// lengths are those of a record's header: what was captured and what there was.
func (p *pcapReader) lengths(h []byte) (captured, wire uint32) {
	captured, wire = p.order.u32(h[8:]), p.order.u32(h[12:])
	if p.swap == swapAlways || p.swap == swapIfLarger && captured > wire {
		captured, wire = wire, captured
	}
	return captured, wire
}

// frame is what a whole record holds.
func (p *pcapReader) frame(f *Frame, record []byte, wire uint32) {
	sec, frac := p.order.u32(record), p.order.u32(record[4:])
	// 2^32 seconds and as many milliseconds fit in a Time.
	f.Time = Time(int64(sec)*1e9 + int64(frac)*p.unit)
	f.Bytes = record[p.header:]
	f.Wire = max(wire, uint32(len(f.Bytes)))
	f.Link = p.link
}

// endedInside is ended where the end cannot be a clean one.
func (in *input) endedInside() error {
	if err := in.ended(); err != io.EOF {
		return err
	}
	return io.ErrUnexpectedEOF
}

// otherVersion names a version of a format that this package does not read.
type otherVersion string

func (v otherVersion) Error() string { return string(v) }

// damage is what a format reader found wrong; Files adds file and offset.
type damage string

func (d damage) Error() string { return string(d) }
