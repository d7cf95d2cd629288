package truth

import (
	"bytes"
	"errors"
	"io"
	"net/netip"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

// Segment is a TCP segment of a capture, as far as the manifest is compared
// with it. It is read with gopacket and not with the sensor's own decoder,
// which these captures are there to test.
type Segment struct {
	Time     time.Time
	From, To string // address:port
	SYN, ACK bool
	Payload  int
}

// Segments returns the TCP segments of a pcap file and the number of all its
// frames.
func Segments(pcap []byte) (segments []Segment, frames int, err error) {
	r, err := pcapgo.NewReader(bytes.NewReader(pcap))
	if err != nil {
		return nil, 0, err
	}
	for {
		data, info, err := r.ReadPacketData()
		if errors.Is(err, io.EOF) {
			return segments, frames, nil
		}
		if err != nil {
			return nil, 0, err
		}
		frames++
		p := gopacket.NewPacket(data, r.LinkType(), gopacket.NoCopy)
		tcp, ok := p.TransportLayer().(*layers.TCP)
		if !ok {
			continue
		}
		ends := p.NetworkLayer().NetworkFlow()
		segments = append(segments, Segment{
			Time: info.Timestamp,
			From: end(ends.Src(), tcp.SrcPort),
			To:   end(ends.Dst(), tcp.DstPort),
			SYN:  tcp.SYN, ACK: tcp.ACK,
			Payload: len(tcp.Payload),
		})
	}
}

// CountFrames returns the number of frames of a pcap file.
func CountFrames(pcap []byte) (int, error) {
	_, n, err := Segments(pcap)
	return n, err
}

func end(address gopacket.Endpoint, port layers.TCPPort) string {
	a, _ := netip.AddrFromSlice(address.Raw()) // 4 or 16 bytes: an IP layer made it
	return netip.AddrPortFrom(a, uint16(port)).String()
}
