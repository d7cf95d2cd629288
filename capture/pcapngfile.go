package capture

import (
	"encoding/binary"
	"fmt"
)

// Block types of pcapng (draft-ietf-opsawg-pcapng).
const (
	blockSection    = 0x0a0d0d0a // reads the same in both byte orders
	blockInterface  = 1
	blockPacket     = 2 // obsolete
	blockSimple     = 3
	blockStatistics = 5
	blockEnhanced   = 6
)

const byteOrderMagic = 0x1a2b3c4d

// iface is an interface of the present section.
type iface struct {
	link    LinkType
	res     resolution
	snap    uint32 // 0 for no limit
	offset  int64  // seconds to add to each timestamp
	dropped uint64 // by card and system, as its last statistics block said
	seen    uint64 // received by the card, as its last statistics block said
}

// pcapngReader reads the pcapng format: any number of sections, each with its
// byte order and interfaces. Blocks of other types are skipped.
type pcapngReader struct {
	in     *input
	stats  *Stats
	order  order
	ifaces []iface
	last   Time // of the frame before; simple packet blocks have no time
}

// newPcapngReader reads the first section header. Simple packet blocks before
// any timestamp get the time last, or 1970 where there is none either.
func newPcapngReader(in *input, stats *Stats, last Time) (*pcapngReader, error) {
	p := &pcapngReader{in: in, stats: stats, last: max(last, 0)}
	if err := p.section(); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *pcapngReader) next(f *Frame) error {
	for {
		p.in.begin()
		h := p.in.peek(8)
		if h == nil {
			return p.in.ended()
		}
		kind, length := p.order.u32(h), p.order.u32(h[4:])
		var err error
		switch kind {
		case blockEnhanced, blockPacket, blockSimple:
			if ok, err := p.packet(f, kind, length); ok || err != nil {
				return err
			}
		case blockSection:
			err = p.section()
		case blockInterface:
			err = p.describe(length)
		case blockStatistics:
			err = p.statistics(length)
		default:
			err = p.skip(kind, length)
		}
		if err != nil {
			return err
		}
	}
}

// more knows only the blocks that nearly all frames stand in.
func (p *pcapngReader) more(f *Frame) bool {
	const around = 32 // a block without its frame and options
	b := p.in.window()
	if len(b) < around || p.order.u32(b) != blockEnhanced {
		return false
	}
	n := p.order.u32(b[4:])
	if n < around || n%4 != 0 || n > maxPacketBlock || int(n) > len(b) || p.order.u32(b[n-4:]) != n ||
		p.order.u32(b[8:]) >= uint32(len(p.ifaces)) || p.order.u32(b[20:]) > min(MaxFrame, n-around) {
		return false
	}
	p.in.begin()
	ok, err := p.packet(f, blockEnhanced, n)
	return ok && err == nil
}

// block returns the body of a block of the given length, which it consumes.
func (p *pcapngReader) block(kind, length uint32, least, most int) ([]byte, error) {
	if int64(length) < int64(least)+12 || int64(length) > int64(most) || length%4 != 0 {
		return nil, damage(fmt.Sprintf("a block of type %#x and length %d", kind, length))
	}
	b := p.in.peek(int(length))
	if b == nil {
		return nil, p.in.endedInside()
	}
	if again := p.order.u32(b[length-4:]); again != length {
		return nil, damage(fmt.Sprintf("a block of type %#x has the length %d in front and %d behind", kind, length, again))
	}
	p.in.advance(int(length))
	return b[8 : length-4], nil
}

func (p *pcapngReader) skip(kind, length uint32) error {
	if length < 12 || length > maxSkippedBlock || length%4 != 0 {
		return damage(fmt.Sprintf("a block of type %#x and length %d", kind, length))
	}
	if !p.in.skip(int64(length) - 4) {
		return p.in.endedInside()
	}
	end := p.in.peek(4)
	if end == nil {
		return p.in.endedInside()
	}
	if again := p.order.u32(end); again != length {
		return damage(fmt.Sprintf("a block of type %#x has the length %d in front and %d behind", kind, length, again))
	}
	p.in.advance(4)
	return nil
}

// section begins a section: its byte order counts from its own header on, and
// the interfaces of the section before are gone.
func (p *pcapngReader) section() error {
	h := p.in.peek(12)
	if h == nil {
		return p.in.endedInside()
	}
	switch {
	case binary.LittleEndian.Uint32(h[8:]) == byteOrderMagic:
		p.order = false
	case binary.BigEndian.Uint32(h[8:]) == byteOrderMagic:
		p.order = true
	default:
		return damage("a section header without byte order mark")
	}
	b, err := p.block(blockSection, p.order.u32(h[4:]), 16, maxControlBlock)
	if err != nil {
		return err
	}
	// Some writers put 1.2 where they mean 1.0.
	if major, minor := p.order.u16(b[4:]), p.order.u16(b[6:]); major != 1 || minor != 0 && minor != 2 {
		return otherVersion(fmt.Sprintf("pcapng version %d.%d", major, minor))
	}
	p.ifaces = p.ifaces[:0]
	return nil
}

func (p *pcapngReader) describe(length uint32) error {
	b, err := p.block(blockInterface, length, 8, maxControlBlock)
	if err != nil {
		return err
	}
	if len(p.ifaces) == maxInterfaces {
		return damage(fmt.Sprintf("more than %d interfaces in one section", maxInterfaces))
	}
	i := iface{link: LinkType(p.order.u16(b)), snap: p.order.u32(b[4:]), res: micro}
	p.options(b[8:], func(code uint16, value []byte) {
		switch {
		case code == 9 && len(value) == 1: // if_tsresol
			i.res = resolution(value[0])
		case code == 14 && len(value) == 8: // if_tsoffset
			i.offset = int64(p.order.u64(value))
		}
	})
	p.ifaces = append(p.ifaces, i)
	return nil
}

// statistics takes up how many frames an interface received and how many it
// lost. The numbers run from the start of the capture, so a later block
// replaces an earlier one.
func (p *pcapngReader) statistics(length uint32) error {
	b, err := p.block(blockStatistics, length, 12, maxControlBlock)
	if err != nil {
		return err
	}
	id := p.order.u32(b)
	if id >= uint32(len(p.ifaces)) {
		return nil
	}
	var seen, card, system uint64
	p.options(b[12:], func(code uint16, value []byte) {
		if len(value) != 8 {
			return
		}
		switch v := p.order.u64(value); code {
		case 4: // isb_ifrecv
			seen = v
		case 5: // isb_ifdrop
			card = v
		case 7: // isb_osdrop
			system = v
		}
	})
	i := &p.ifaces[id]
	if seen > i.seen {
		p.stats.Received += seen - i.seen
		i.seen = seen
	}
	if dropped := card + system; dropped > i.dropped {
		p.stats.Dropped += dropped - i.dropped
		i.dropped = dropped
	}
	return nil
}

// options calls each for every option until the list ends or breaks off.
func (p *pcapngReader) options(b []byte, each func(code uint16, value []byte)) {
	for len(b) >= 4 {
		code, n := p.order.u16(b), int(p.order.u16(b[2:]))
		b = b[4:]
		if code == 0 || n > len(b) {
			return
		}
		each(code, b[:n])
		b = b[min((n+3)&^3, len(b)):]
	}
}

// packet reads a block that holds a frame. It is false, without an error, for a
// frame whose interface was never described: nobody can say what its bytes or
// its time mean.
func (p *pcapngReader) packet(f *Frame, kind, length uint32) (bool, error) {
	head := 20
	if kind == blockSimple {
		head = 4
	}
	b, err := p.block(kind, length, head, maxPacketBlock)
	if err != nil {
		return false, err
	}
	var id, captured, wire uint32
	var ts uint64
	switch kind {
	case blockSimple:
		wire = p.order.u32(b)
		captured = min(wire, uint32(len(b)-head))
		if len(p.ifaces) > 0 && p.ifaces[0].snap != 0 {
			captured = min(captured, p.ifaces[0].snap)
		}
	case blockPacket:
		id = uint32(p.order.u16(b))
	default:
		id = p.order.u32(b)
	}
	if kind != blockSimple {
		ts = uint64(p.order.u32(b[4:]))<<32 | uint64(p.order.u32(b[8:]))
		captured, wire = p.order.u32(b[12:]), p.order.u32(b[16:])
	}
	if captured > MaxFrame || int(captured) > len(b)-head {
		return false, damage(fmt.Sprintf("a frame of %d bytes in a block of %d", captured, length))
	}
	if id >= uint32(len(p.ifaces)) {
		p.stats.Orphans++
		return false, nil
	}
	i := &p.ifaces[id]
	if kind == blockSimple {
		p.stats.Untimed++
	} else {
		t, clamped := i.res.time(ts, i.offset)
		if clamped {
			p.stats.Clamped++
		}
		p.last = t
	}
	f.Time = p.last
	end := head + int(captured)
	f.Bytes = b[head:end:end]
	f.Wire = max(wire, captured)
	f.Link = i.link
	return true, nil
}
