package live

import (
	"errors"
	"testing"

	"github.com/hookhound/hookhound/capture"
)

// udp4 is an IPv4 packet from 10.0.0.1 to 10.0.0.2, UDP to port 53.
var udp4 = []byte{
	0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
	0x80, 0, 0, 53, 0, 8, 0, 0,
}

func under(header ...byte) []byte { return append(header, udp4...) }

func TestFilterMatchesEveryLinkType(t *testing.T) {
	frames := map[capture.LinkType][]byte{
		capture.LinkEthernet: under(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 8, 0),
		capture.LinkRaw:      under(),
		capture.LinkRawBSD:   under(),
		capture.LinkIPv4:     under(),
		capture.LinkSLL:      under(0, 0, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 8, 0),
		capture.LinkSLL2:     under(8, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0),
		capture.LinkNull:     under(2, 0, 0, 0),
	}
	for _, c := range []struct {
		expr string
		want bool
	}{
		{"udp port 53", true},
		{"host 10.0.0.2 and not tcp", true},
		{"", true},
		{"tcp", false},
		{"udp port 54", false},
		{"greater 1000", true}, // by the length on the wire
		{"less 1000", false},
	} {
		f, err := CompileFilter(capture.LinkEthernet, capture.MaxFrame, c.expr)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time the programs are there
			for link, b := range frames {
				if got := f.Match(&capture.Frame{Bytes: b, Wire: 1400, Link: link}); got != c.want {
					t.Errorf("%q on link type %d: %v, want %v", c.expr, link, got, c.want)
				}
			}
		}
		if f.Match(&capture.Frame{Link: capture.LinkEthernet, Wire: 1400}) != (c.expr == "" || c.expr == "greater 1000") {
			t.Errorf("%q on an empty frame", c.expr)
		}
	}
}

func TestFilterThatMakesNoSenseForALink(t *testing.T) {
	f, err := CompileFilter(capture.LinkEthernet, capture.MaxFrame, "ether src 07:08:09:0a:0b:0c")
	if err != nil {
		t.Fatal(err)
	}
	if !f.Match(&capture.Frame{Bytes: under(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 8, 0), Link: capture.LinkEthernet}) {
		t.Error("the Ethernet frame does not match")
	}
	if f.Match(&capture.Frame{Bytes: udp4, Link: capture.LinkRaw}) {
		t.Error("a raw packet matches an Ethernet address")
	}
}

func TestBrokenFilter(t *testing.T) {
	_, err := CompileFilter(capture.LinkEthernet, capture.MaxFrame, "port http(")
	var broken *FilterError
	if !errors.As(err, &broken) || broken.Filter != "port http(" || broken.Reason == "" {
		t.Errorf("error %v", err)
	}
}

func TestMatchDoesNotAllocate(t *testing.T) {
	f, err := CompileFilter(capture.LinkRaw, capture.MaxFrame, "udp port 53")
	if err != nil {
		t.Fatal(err)
	}
	frame := capture.Frame{Bytes: udp4, Wire: 28, Link: capture.LinkRaw}
	if n := testing.AllocsPerRun(100, func() { f.Match(&frame) }); n != 0 {
		t.Errorf("Match allocates %v times a frame, want 0", n)
	}
}

func BenchmarkMatch(b *testing.B) {
	f, err := CompileFilter(capture.LinkRaw, capture.MaxFrame, "udp port 53")
	if err != nil {
		b.Fatal(err)
	}
	frame := capture.Frame{Bytes: udp4, Wire: 28, Link: capture.LinkRaw}
	b.ReportAllocs()
	for b.Loop() {
		f.Match(&frame)
	}
}
