package defrag

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/packet"
)

// pieces cuts an IPv4 packet into fragments at multiples of eight bytes, or
// gives none where it is no whole packet.
func pieces(ip []byte, size int) (all [][]byte) {
	if len(ip) < 28 || ip[0]>>4 != 4 || int(binary.BigEndian.Uint16(ip[2:])) != len(ip) || binary.BigEndian.Uint16(ip[6:])&0x3fff != 0 {
		return nil
	}
	header := int(ip[0]&0x0f) * 4
	if header < 20 || len(ip)-header <= size || (len(ip)-header)/size > 200 {
		return nil
	}
	for at := header; at < len(ip); at += size {
		end := min(at+size, len(ip))
		part := join(ip[:header], ip[at:end])
		place := uint16(at-header) >> 3
		if end < len(ip) {
			place |= 0x2000
		}
		binary.BigEndian.PutUint16(part[2:], uint16(len(part)))
		binary.BigEndian.PutUint16(part[6:], place)
		all = append(all, part)
	}
	return all
}

// FuzzSplit holds that a packet tells the same whole and in fragments, whatever
// it is: tunnels, bad headers, fragments inside.
func FuzzSplit(f *testing.F) {
	payload := udp(400, 3)
	m := maker{id: 5, src: 1}
	tcp := append(make([]byte, 20), "some bytes of a stream"...)
	tcp[12] = 0x50
	f.Add(byte(2), m.whole(payload))
	f.Add(byte(1), maker{id: 6, protocol: packet.ProtoTCP}.whole(tcp))
	f.Add(byte(1), maker{id: 7, protocol: 4}.whole(m.whole(payload)))
	f.Add(byte(1), maker{id: 7, protocol: 4}.whole(m.part(payload, 0, 80)))
	f.Add(byte(3), maker{id: 8, protocol: 41}.whole(maker{v6: true, id: 9, src: 1}.part(payload, 80, 400)))
	f.Add(byte(3), maker{id: 8, protocol: 47}.whole(join([]byte{0x20, 0, 8, 0, 0, 0, 0, 7}, m.whole(payload))))
	f.Add(byte(0), maker{id: 8, protocol: 51}.whole(join([]byte{17, 4}, make([]byte, 22), payload)))
	f.Fuzz(func(t *testing.T, eights byte, ip []byte) {
		parts := pieces(ip, int(eights%32+1)*8)
		if parts == nil {
			return
		}
		var want packet.Packet
		reason := packet.Decode(&capture.Frame{Bytes: ip, Wire: uint32(len(ip)), Link: capture.LinkRaw}, &want)
		b := newBench(t)
		b.none("parts", parts[:len(parts)-1]...)
		before := b.Stats().Whole
		got, r := b.see(parts[len(parts)-1])
		if b.Stats().Whole == before {
			t.Fatal("it did not become whole")
		}
		if r != reason {
			t.Fatalf("%v in parts, %v whole", r, reason)
		}
		if r == packet.OK || r == packet.NoTransport || r == packet.Fragment {
			if string(got.Payload) != string(want.Payload) {
				t.Fatal("the payload differs")
			}
			got.Payload, want.Payload = nil, nil
			want.Time, want.Clock, want.Number = got.Time, got.Clock, got.Number
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("in parts %+v\nwhole    %+v", got, want)
			}
		}
		b.held("end")
	})
}
