package main

import (
	"bufio"
	"encoding/binary"
	"io"
	"time"
)

// writer writes Ethernet frames as a pcap file with times in microseconds.
// TCP and UDP checksums stay zero, as on a card that fills them in later; the
// lengths and the IPv4 checksum are right. Errors show when out is flushed.
type writer struct {
	out    *bufio.Writer
	frame  []byte
	frames uint64
	bytes  uint64 // on the wire
	ip     uint16 // IPv4 identification
}

// epoch is the time of the first frame: 2026-03-02 09:00 UTC.
const epoch = 1772442000

const (
	minFrame    = 60 // Ethernet pads shorter frames
	ethernetLen = 14
	ipLen       = 20
	tcpLen      = 20
	stampsLen   = 12 // the timestamp option with its padding
	udpLen      = 8
)

func newWriter(out io.Writer) *writer {
	w := &writer{out: bufio.NewWriterSize(out, 1<<20), frame: make([]byte, 0, 2048)}
	head := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	head = binary.LittleEndian.AppendUint16(head, 2)
	head = binary.LittleEndian.AppendUint16(head, 4)
	head = append(head, make([]byte, 8)...)
	head = binary.LittleEndian.AppendUint32(head, 262144)
	head = binary.LittleEndian.AppendUint32(head, 1)
	w.out.Write(head)
	return w
}

// endpoint is one end of a conversation.
type endpoint struct {
	mac  [6]byte
	ip   [4]byte
	port uint16
}

const (
	protoTCP = 6
	protoUDP = 17
)

// begin puts the Ethernet and IPv4 headers in place for a body of n bytes.
func (w *writer) begin(src, dst *endpoint, proto byte, n int) {
	b := append(w.frame[:0], dst.mac[:]...)
	b = append(b, src.mac[:]...)
	b = append(b, 0x08, 0x00)
	w.ip++
	b = append(b, 0x45, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(ipLen+n))
	b = binary.BigEndian.AppendUint16(b, w.ip)
	b = append(b, 0x40, 0, 64, proto, 0, 0)
	b = append(b, src.ip[:]...)
	b = append(b, dst.ip[:]...)
	sum := uint32(0)
	for i := ethernetLen; i < ethernetLen+ipLen; i += 2 {
		sum += uint32(b[i])<<8 | uint32(b[i+1])
	}
	sum = sum&0xffff + sum>>16
	sum = sum&0xffff + sum>>16
	binary.BigEndian.PutUint16(b[ethernetLen+10:], ^uint16(sum))
	w.frame = b
}

// end pads the frame and writes it with its time.
func (w *writer) end(at time.Duration) {
	for len(w.frame) < minFrame {
		w.frame = append(w.frame, 0)
	}
	var record [16]byte
	binary.LittleEndian.PutUint32(record[0:], uint32(epoch+at/time.Second))
	binary.LittleEndian.PutUint32(record[4:], uint32(at%time.Second/time.Microsecond))
	binary.LittleEndian.PutUint32(record[8:], uint32(len(w.frame)))
	binary.LittleEndian.PutUint32(record[12:], uint32(len(w.frame)))
	w.out.Write(record[:])
	w.out.Write(w.frame)
	w.frames++
	w.bytes += uint64(len(w.frame))
}

// TCP flags.
const (
	fin = 1 << iota
	syn
	rst
	psh
	ack
)

// segment writes one segment of a conversation.
func (w *writer) segment(at time.Duration, c *conn, s *segment) {
	if c.udp {
		w.udp(at, &c.end[s.from], &c.end[1-s.from], s.data)
		return
	}
	w.tcp(at, c, s)
}

// tcp writes one segment of a connection.
func (w *writer) tcp(at time.Duration, c *conn, s *segment) {
	src, dst := &c.end[s.from], &c.end[1-s.from]
	options := 0
	switch {
	case s.flags&syn != 0 && c.stamps:
		options = 20
	case s.flags&syn != 0:
		options = 4
	case c.stamps:
		options = stampsLen
	}
	w.begin(src, dst, protoTCP, tcpLen+options+len(s.data))
	b := w.frame
	b = binary.BigEndian.AppendUint16(b, src.port)
	b = binary.BigEndian.AppendUint16(b, dst.port)
	b = binary.BigEndian.AppendUint32(b, s.seq)
	b = binary.BigEndian.AppendUint32(b, s.ack)
	b = append(b, byte((tcpLen+options)/4)<<4, s.flags, 0xfa, 0xf0, 0, 0, 0, 0)
	if s.flags&syn != 0 {
		b = append(b, 2, 4, 1460>>8, 1460&0xff)
		if c.stamps {
			b = append(b, 4, 2)
		}
	} else if c.stamps {
		b = append(b, 1, 1)
	}
	if c.stamps {
		ms := uint32(at / time.Millisecond)
		b = append(b, 8, 10)
		b = binary.BigEndian.AppendUint32(b, c.clock[s.from]+ms)
		if s.flags&ack != 0 {
			b = binary.BigEndian.AppendUint32(b, c.clock[1-s.from]+ms)
		} else {
			b = append(b, 0, 0, 0, 0)
		}
		if s.flags&syn != 0 {
			b = append(b, 1, 3, 3, 7)
		}
	}
	w.frame = append(b, s.data...)
	w.end(at)
}

// udp writes one datagram.
func (w *writer) udp(at time.Duration, src, dst *endpoint, data []byte) {
	w.begin(src, dst, protoUDP, udpLen+len(data))
	b := binary.BigEndian.AppendUint16(w.frame, src.port)
	b = binary.BigEndian.AppendUint16(b, dst.port)
	b = binary.BigEndian.AppendUint16(b, uint16(udpLen+len(data)))
	b = append(b, 0, 0)
	w.frame = append(b, data...)
	w.end(at)
}
