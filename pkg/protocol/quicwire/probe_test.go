package quicwire

import (
	"testing"

	"github.com/hookhound/hookhound/pkg/protocol"
)

func TestProbe(t *testing.T) {
	for _, c := range []struct {
		name string
		b    []byte
		want protocol.Verdict
	}{
		{"client's Initial", hello1().packet(), protocol.Yes},
		{"server's Initial", answer1().packet(), protocol.Yes},
		{"version 2", with(hello1(), func(p *built) { p.version = version2 }), protocol.Yes},
		{"draft 29", with(hello1(), func(p *built) { p.version = 0xff00001d }), protocol.Yes},
		{"Handshake", header(0xe0, serverID, clientID, 60), protocol.Yes},
		{"0-RTT", header(0xd0, sampleID, clientID, 60), protocol.Yes},
		{"Retry", header(0xf0, clientID, retryID, 30), protocol.Yes},
		{"version negotiation", unhex("8000000000" + "04" + clientID + "08" + sampleID + "1a2a3a4a" + "00000001"), protocol.Yes},
		{"versions of nobody", unhex("8000000000" + "04" + clientID + "08" + sampleID + "1a2a3a4a"), protocol.No},
		{"a version to be negotiated", unhex("c01a2a3a4a08" + sampleID + "04" + clientID + "0000"), protocol.No},
		{"short header", short(serverID, 60), protocol.No},
		{"no fixed bit", append([]byte{0x80}, hello1().packet()[1:]...), protocol.No},
		{"Google QUIC 43", unhex("0d" + sampleID + "5130343301" + "0000000000000000000000"), protocol.No},
		{"Google QUIC 46", unhex("c35130343650" + sampleID + "00000001" + "0000000000000000"), protocol.No},
		{"DNS", unhex("c34b01000001000000000000076578616d706c6503636f6d0000010001"), protocol.No},
		{"DTLS", unhex("16fefd0000000000000000002a010000"), protocol.No},
		{"cut off", hello1().packet()[:40], protocol.Yes},
		{"cut off in its ids", hello1().packet()[:12], protocol.No},
		{"empty", nil, protocol.No},
	} {
		if got := probe(c.b, 50000, 443); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
