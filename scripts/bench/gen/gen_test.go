package main

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"time"
)

// tcpFrame is what the tests read of a frame.
type tcpFrame struct {
	at       time.Duration
	flow     [12]byte // addresses and ports, as sent
	seq      uint32
	flags    byte
	data     []byte
	isTCP    bool
	ethernet int // bytes of the frame
}

// build makes a capture in memory and reads it with a reader that trusts
// nothing of writer's but the format.
func build(t *testing.T, name string, scale float64) []tcpFrame {
	t.Helper()
	k, err := find(name)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	n, wire, err := k.write(&file, options{seed: 1, scale: scale})
	if err != nil {
		t.Fatal(err)
	}
	b := file.Bytes()[24:]
	var all []tcpFrame
	sum := 0
	for len(b) > 0 {
		length := int(binary.LittleEndian.Uint32(b[8:]))
		f := tcpFrame{
			at: time.Duration(binary.LittleEndian.Uint32(b))*time.Second +
				time.Duration(binary.LittleEndian.Uint32(b[4:]))*time.Microsecond,
			ethernet: length,
		}
		ip := b[16+ethernetLen : 16+length]
		b = b[16+length:]
		sum += length
		total := int(binary.BigEndian.Uint16(ip[2:]))
		if total > len(ip) {
			t.Fatalf("frame %d: an IP packet of %d bytes in %d", len(all)+1, total, len(ip))
		}
		if len(ip) > total && length > minFrame {
			t.Fatalf("frame %d: %d bytes behind the IP packet", len(all)+1, len(ip)-total)
		}
		body := ip[ipLen:total]
		if ip[9] == protoTCP {
			f.isTCP = true
			copy(f.flow[:], ip[12:20])
			copy(f.flow[8:], body[:4])
			f.seq, f.flags = binary.BigEndian.Uint32(body[4:]), body[13]
			f.data = body[body[12]>>4*4:]
		} else if n := int(binary.BigEndian.Uint16(body[4:])); n != len(body) {
			t.Fatalf("frame %d: a UDP datagram of %d bytes in %d", len(all)+1, n, len(body))
		}
		all = append(all, f)
	}
	if uint64(len(all)) != n || uint64(sum) != wire {
		t.Fatalf("%d frames of %d bytes, counted as %d of %d", len(all), sum, n, wire)
	}
	return all
}

func TestTimesNeverRunBack(t *testing.T) {
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) {
			last := time.Duration(0)
			for i, f := range build(t, k.name, 0.002) {
				if f.at < last {
					t.Fatalf("frame %d at %v, the one before it at %v", i+1, f.at, last)
				}
				last = f.at
			}
		})
	}
}

func TestSameSeedSameBytes(t *testing.T) {
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) {
			var a, b, other bytes.Buffer
			for _, run := range []struct {
				out  *bytes.Buffer
				seed uint64
			}{{&a, 1}, {&b, 1}, {&other, 2}} {
				if _, _, err := k.write(run.out, options{seed: run.seed, scale: 0.0005}); err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(a.Bytes(), b.Bytes()) {
				t.Error("the same seed gave other bytes")
			}
			if bytes.Equal(a.Bytes(), other.Bytes()) {
				t.Error("another seed gave the same bytes")
			}
		})
	}
}

// TestStreamsAreWhole puts the segments of each direction in order: they must
// follow one another without a hole and without an overlap.
func TestStreamsAreWhole(t *testing.T) {
	for _, name := range []string{"handshake", "bulk"} {
		t.Run(name, func(t *testing.T) {
			swapped, segments := 0, 0
			for flow, s := range streams(t, build(t, name, 0.002)) {
				swapped += s.late
				segments += s.segments
				if !s.ended {
					t.Fatalf("%v: no FIN", flow)
				}
				records(t, s.bytes)
			}
			if share := float64(swapped) / float64(segments); share > 0.05 || swapped == 0 {
				t.Errorf("%.3f of the segments are late, want some and at most 0.05", share)
			}
		})
	}
}

// records walks the TLS records of one direction to its end.
func records(t *testing.T, b []byte) {
	t.Helper()
	for len(b) > 0 {
		if len(b) < 5 || b[0] < recordChange || b[0] > recordData || b[1] != 3 {
			t.Fatalf("no record: % x", b[:min(5, len(b))])
		}
		n := 5 + int(binary.BigEndian.Uint16(b[3:]))
		if n > len(b) {
			t.Fatalf("a record of %d bytes in %d", n, len(b))
		}
		b = b[n:]
	}
}

// direction is one side of a connection, its bytes in order.
type direction struct {
	bytes    []byte
	segments int
	late     int
	ended    bool
	next     uint32
	held     map[uint32]tcpFrame
}

func streams(t *testing.T, frames []tcpFrame) map[[12]byte]*direction {
	t.Helper()
	all := make(map[[12]byte]*direction)
	for _, f := range frames {
		if !f.isTCP {
			continue
		}
		if f.flags&syn != 0 {
			if all[f.flow] != nil {
				t.Fatalf("%v: two connections of one capture have the same ports", f.flow)
			}
			all[f.flow] = &direction{next: f.seq + 1, held: make(map[uint32]tcpFrame)}
			continue
		}
		d := all[f.flow]
		if len(f.data) > 0 {
			d.segments++
			if f.seq != d.next {
				d.late++
			}
			d.held[f.seq] = f
		}
		for {
			g, ok := d.held[d.next]
			if !ok {
				break
			}
			delete(d.held, d.next)
			d.bytes = append(d.bytes, g.data...)
			d.next += uint32(len(g.data))
		}
		d.ended = d.ended || f.flags&fin != 0
	}
	for flow, d := range all {
		if len(d.held) > 0 {
			t.Fatalf("%v: %d segments follow nothing", flow, len(d.held))
		}
	}
	return all
}

// TestHandshakeShare holds what the capture is for: split hellos, and about as
// many frames a flow as short flows have.
func TestHandshakeShare(t *testing.T) {
	frames := build(t, "handshake", 0.01)
	flows, hellos, split := 0, 0, 0
	for _, f := range frames {
		if f.flags&(syn|ack) == syn {
			flows++
		}
		if len(f.data) > 9 && f.data[0] == recordHandshake && f.data[5] == 1 {
			hellos++
			if 5+int(binary.BigEndian.Uint16(f.data[3:])) > len(f.data) {
				split++
			}
		}
	}
	if flows != 3000 || hellos != flows {
		t.Errorf("%d flows and %d hellos, want 3000", flows, hellos)
	}
	if share := float64(split) / float64(flows); share < 0.7 || share > 0.8 {
		t.Errorf("%.2f of the hellos are split, want three quarters", share)
	}
	if n := float64(len(frames)) / float64(flows); n < 13 || n > 15 {
		t.Errorf("%.1f frames a flow, want about 14", n)
	}
}

// TestHellosAreAccepted lets the TLS library of Go read each shape of hello.
func TestHellosAreAccepted(t *testing.T) {
	for _, s := range shapes() {
		for _, resumed := range []bool{false, true} {
			t.Run(s.name, func(t *testing.T) {
				r := rand.New(rand.NewPCG(7, 7))
				h := newHello(r, &s, "hooks.example.com", resumed)
				got := readHello(t, h.record(nil, r))
				if got.ServerName != h.name {
					t.Errorf("server name %q, want %q", got.ServerName, h.name)
				}
				if len(got.CipherSuites) != len(s.suites) {
					t.Errorf("%d cipher suites, want %d", len(got.CipherSuites), len(s.suites))
				}
				if len(got.SupportedProtos) != len(s.alpn) {
					t.Errorf("ALPN %q, want %q", got.SupportedProtos, s.alpn)
				}
			})
		}
	}
}

// readHello gives a record to a server and returns what it understood.
func readHello(t *testing.T, record []byte) *tls.ClientHelloInfo {
	t.Helper()
	near, far := net.Pipe()
	defer near.Close()
	go func() {
		far.SetDeadline(time.Now().Add(10 * time.Second))
		far.Write(record)
		io.Copy(io.Discard, far)
		far.Close()
	}()
	var got *tls.ClientHelloInfo
	enough := errors.New("enough")
	err := tls.Server(near, &tls.Config{GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		got = h
		return nil, enough
	}}).Handshake()
	if got == nil {
		t.Fatalf("the hello was not read: %v", err)
	}
	return got
}
