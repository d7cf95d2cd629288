package tlswire

import (
	"testing"

	"github.com/hookhound/hookhound/pkg/protocol"
)

func TestProbe(t *testing.T) {
	tests := []struct {
		name       string
		b          string
		start, mid protocol.Verdict
	}{
		{"nothing", "", protocol.More, protocol.More},
		{"client hello", "\x16\x03\x01\x02\x00\x01", protocol.Yes, protocol.Yes},
		{"server hello", "\x16\x03\x03\x00\x7a\x02", protocol.Yes, protocol.Yes},
		{"header alone", "\x16\x03\x01\x02\x00", protocol.More, protocol.Yes},
		{"hello in a record of one byte", "\x16\x03\x01\x00\x01\x01\x16", protocol.Yes, protocol.Yes},
		{"SSL 3.0", "\x16\x03\x00\x00\x30\x01", protocol.Yes, protocol.Yes},
		{"certificate", "\x16\x03\x03\x02\x00\x0b", protocol.No, protocol.Yes},
		{"alert in place of a hello", "\x15\x03\x03\x00\x02\x02\x28", protocol.Yes, protocol.Yes},
		{"encrypted alert", "\x15\x03\x03\x00\x1a\x00", protocol.No, protocol.Yes},
		{"application data", "\x17\x03\x03\x01\x00", protocol.No, protocol.Yes},
		{"change cipher spec", "\x14\x03\x03\x00\x01\x01", protocol.No, protocol.Yes},
		{"long change cipher spec", "\x14\x03\x03\x00\x02\x01", protocol.No, protocol.No},
		{"heartbeat", "\x18\x03\x03\x00\x10\x01", protocol.No, protocol.No},
		{"empty", "\x17\x03\x03\x00\x00\x01", protocol.No, protocol.No},
		{"too long", "\x17\x03\x03\x48\x01\x01", protocol.No, protocol.No},
		{"another version", "\x16\x02", protocol.No, protocol.No},
		{"a version to come", "\x16\x03\x05", protocol.No, protocol.No},
		{"HTTP", "GET / HTTP/1.1\r\n", protocol.No, protocol.No},
		{"SSH", "SSH-2.0-", protocol.No, protocol.No},
	}
	for _, test := range tests {
		for _, x := range []struct {
			mid  bool
			want protocol.Verdict
		}{{false, test.start}, {true, test.mid}} {
			if got := Probe([]byte(test.b), x.mid); got != x.want {
				t.Errorf("%s, mid-stream %v: got %d, want %d", test.name, x.mid, got, x.want)
			}
		}
	}
}
