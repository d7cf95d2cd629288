package observe

import (
	"crypto/tls"
	"testing"
	"time"

	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/packet"
)

// TestNoAllocation: a packet that opens nothing costs no memory.
func TestNoAllocation(t *testing.T) {
	all := recordTLS(t, "discord.com", 2, tls.VersionTLS13)
	packets := plainTalk().packets(all)
	last := packets[len(packets)-1]
	seq := [2]packet.Seq{last.Seq, last.Ack}
	if last.Src.Std() != atHome.Addr() {
		seq[0], seq[1] = seq[1], seq[0]
	}
	// body is part of one long record of the server's: 16 KiB behind a header.
	body := make([]byte, 1400)
	head := append([]byte{23, 3, 3, 0x40, 0x00}, body[:1395]...)
	now := last.Time
	for name, c := range map[string]struct {
		make func(p *packet.Packet, i int)
		warm int
	}{
		"a data segment": {func(p *packet.Packet, i int) {
			p.Payload = body
			p.Seq = seq[1].Add(i * 1400)
			p.Length = len(p.Payload)
			if i == 0 {
				p.Payload = head
			}
		}, 1},
		"an acknowledgement":   {func(p *packet.Packet, i int) { p.Seq = seq[1] }, 1},
		"a SYN of no flow":     {func(p *packet.Packet, i int) { p.SrcPort, p.Flags = uint16(i), packet.SYN }, 1},
		"a SYN-ACK of no flow": {func(p *packet.Packet, i int) { p.SrcPort, p.Flags = uint16(i), packet.SYN|packet.ACK }, 1},
		"a stray RST":          {func(p *packet.Packet, i int) { p.SrcPort, p.Flags = uint16(i), packet.RST }, 1},
		"a stray ACK":          {func(p *packet.Packet, i int) { p.SrcPort = uint16(i) }, 1},
	} {
		w := watch(t, options(t))
		w.see(packets...)
		i := 0
		p := packet.Packet{}
		send := func() {
			p = packet.Packet{Time: now, Clock: now, Number: uint64(1000 + i), Src: packet.Addr(outside.Addr().As16()), Dst: packet.Addr(atHome.Addr().As16()),
				SrcPort: outside.Port(), DstPort: atHome.Port(), Protocol: packet.ProtoTCP, Flags: packet.ACK, Ack: seq[0]}
			c.make(&p, i)
			i++
			w.s.Packet(&p)
		}
		for range c.warm {
			send()
		}
		if n := testing.AllocsPerRun(8, send); n != 0 { // 8 and the run before: within the record
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkPacket(b *testing.B) {
	all := recordTLS(b, "discord.com", 200, tls.VersionTLS13)
	k := plainTalk()
	k.fin = true
	packets := k.packets(all)
	opt := options(b)
	length := packets[len(packets)-1].Time.Sub(k.start) + time.Minute
	s := Shards(opt, 0, flow.Shards)[0]
	b.ReportAllocs()
	i, shift := 0, time.Duration(0)
	var p packet.Packet
	for b.Loop() {
		p = *packets[i]
		p.Time = p.Time.Add(shift)
		p.Clock, p.Number = p.Time, p.Number+1
		s.Packet(&p)
		if i++; i == len(packets) {
			i, shift = 0, shift+length
			s.Take()
		}
	}
}
