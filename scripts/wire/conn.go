package main

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// conn is one conversation over TCP or UDP.
type conn struct {
	*trace
	end   [2]netip.AddrPort
	ttl   [2]uint8
	next  [2]uint32     // sequence numbers
	id    [2]uint16     // identification of IPv4
	clock time.Duration // how long the client's host had been up; zero: no timestamps
	size  int           // of the largest segment
}

// talk begins a conversation. Sequence numbers differ from one to the next.
func (t *trace) talk(from, to string) *conn {
	t.hosts++
	n := uint32(t.hosts)
	return &conn{
		trace: t,
		end:   [2]netip.AddrPort{netip.MustParseAddrPort(from), netip.MustParseAddrPort(to)},
		ttl:   [2]uint8{64, 57},
		next:  [2]uint32{n * 0x01234567, n * 0x089abcde},
		id:    [2]uint16{uint16(n * 0x0101), uint16(n * 0x1003)},
		size:  1400,
	}
}

// network is an IP header that TCP and UDP take their checksum from.
type network interface {
	gopacket.SerializableLayer
	gopacket.NetworkLayer
}

func ip(from, to netip.Addr, carried layers.IPProtocol, ttl uint8, id uint16) network {
	if from.Is6() {
		return &layers.IPv6{Version: 6, SrcIP: from.AsSlice(), DstIP: to.AsSlice(), NextHeader: carried, HopLimit: ttl}
	}
	return &layers.IPv4{Version: 4, SrcIP: from.AsSlice(), DstIP: to.AsSlice(), Protocol: carried, TTL: ttl, Id: id}
}

func (c *conn) ip(from int, carried layers.IPProtocol) network {
	c.id[from]++
	return ip(c.end[from].Addr(), c.end[1-from].Addr(), carried, c.ttl[from], c.id[from])
}

// Control bits of TCP.
const (
	fin = 1 << iota
	syn
	rst
	psh
	ack
)

// segment sends a segment with the next bytes of a side.
func (c *conn) segment(from int, bits int, data []byte) {
	n := c.ip(from, layers.IPProtocolTCP)
	tcp := &layers.TCP{
		SrcPort: layers.TCPPort(c.end[from].Port()), DstPort: layers.TCPPort(c.end[1-from].Port()),
		Seq: c.next[from], Window: 64240,
		FIN: bits&fin != 0, SYN: bits&syn != 0, RST: bits&rst != 0, PSH: bits&psh != 0, ACK: bits&ack != 0,
	}
	if tcp.ACK {
		tcp.Ack = c.next[1-from]
	}
	if tcp.SYN {
		tcp.Options = append(tcp.Options, layers.TCPOption{OptionType: layers.TCPOptionKindMSS, OptionLength: 4, OptionData: u16(1460)})
	}
	if c.clock > 0 {
		up := c.clock
		if from == server {
			up = 1000 * time.Hour
		}
		stamps := make([]byte, 8) // what it echoes is not looked at
		binary.BigEndian.PutUint32(stamps, uint32((up+c.at)/time.Millisecond))
		tcp.Options = append(tcp.Options, layers.TCPOption{OptionType: layers.TCPOptionKindTimestamps, OptionLength: 10, OptionData: stamps})
	}
	if err := tcp.SetNetworkLayerForChecksum(n); err != nil {
		panic(err) // it is IP
	}
	c.send(from, serialize(n, tcp, gopacket.Payload(data)))
	c.next[from] += uint32(len(data))
	if tcp.SYN || tcp.FIN {
		c.next[from]++
	}
}

// The times of a short way and a slow answer.
const (
	hop   = 300 * time.Microsecond
	think = 20 * time.Millisecond
)

// open shakes hands.
func (c *conn) open() {
	c.segment(client, syn, nil)
	c.wait(think)
	c.segment(server, syn|ack, nil)
	c.wait(hop)
	c.segment(client, ack, nil)
	c.wait(hop)
}

// say sends bytes of a side, in as many segments as they need.
func (c *conn) say(from int, parts ...[]byte) {
	data := cat(parts...)
	for len(data) > 0 {
		n := min(len(data), c.size)
		bits := ack
		if n == len(data) {
			bits |= psh
		}
		c.segment(from, bits, data[:n])
		c.wait(hop)
		data = data[n:]
	}
}

// answer is what the server says after a while.
func (c *conn) answer(parts ...[]byte) {
	c.wait(think)
	c.say(server, parts...)
}

// close ends the connection, the client first.
func (c *conn) close() {
	c.wait(hop)
	c.segment(client, fin|ack, nil)
	c.wait(think)
	c.segment(server, fin|ack, nil)
	c.wait(hop)
	c.segment(client, ack, nil)
	c.wait(hop)
}

// datagram sends a datagram of UDP.
func (c *conn) datagram(from int, parts ...[]byte) {
	n := c.ip(from, layers.IPProtocolUDP)
	c.send(from, udp(n, c.end[from].Port(), c.end[1-from].Port(), cat(parts...)))
	c.wait(hop)
}

func udp(n network, from, to uint16, data []byte) []byte {
	u := &layers.UDP{SrcPort: layers.UDPPort(from), DstPort: layers.UDPPort(to)}
	if err := u.SetNetworkLayerForChecksum(n); err != nil {
		panic(err) // it is IP
	}
	return serialize(n, u, gopacket.Payload(data))
}
