package tlswire

import (
	"slices"

	"github.com/dreadl0ck/tlsx"

	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/pkg/protocol"
)

// fingerprinter turns hellos into fingerprints, and remembers those of the
// shapes that it saw, since most hellos of a network are of few shapes and
// hashing is most of the work.
//
// JA3 depends on the order of extensions, which Chromium shuffles for each
// hello; JA4 does not. So shapes are remembered without that order: a shuffled
// hello then costs one MD5 and no SHA-256, and one like the last of its shape
// neither.
//
// One worker owns it. The memory is bounded (see limit.TLSCache).
type fingerprinter struct {
	transport byte // what JA4 begins with: 't' over TCP, 'q' in QUIC

	byShape  cache[*prints]
	byServer cache[string]
	byALPN   cache[[]string]

	shape   shape
	basic   tlsx.ClientHelloBasic
	key     []byte
	scratch []byte
	answer  []uint16
}

// prints are the fingerprints of hellos of one shape.
type prints struct {
	ja4   ja4
	frame ja3Frame
	order []uint16 // extensions as the last of these hellos had them
	ja3   string   // its JA3
}

func newFingerprinter(transport byte) *fingerprinter {
	return &fingerprinter{transport: transport}
}

// client gives the fingerprints of a ClientHello.
func (f *fingerprinter) client(ch *clientHello) protocol.Fingerprint {
	s := &f.shape
	s.readExtensions(ch)
	f.key = s.appendKey(f.key[:0], ch)
	p, ok := f.byShape.get(f.key, printsCost)
	if !ok {
		p = f.compute(ch)
		f.byShape.put(f.key, p, printsCost(p))
	} else if !slices.Equal(p.order, s.extensions) {
		copy(p.order, s.extensions) // there are as many
		p.ja3, f.scratch = ja3Of(&p.frame, p.order, f.scratch)
	}
	f.trim()
	return protocol.Fingerprint{JA3: p.ja3, JA4: p.ja4.full, JA4Raw: p.ja4.raw, JA4Stable: p.ja4.stable}
}

// compute makes the fingerprints of a hello whose shape is not remembered.
func (f *fingerprinter) compute(ch *clientHello) *prints {
	s := &f.shape
	s.read(ch)
	p := &prints{frame: f.ja3FrameOf(s), order: slices.Clone(s.extensions)}
	p.ja3, f.scratch = ja3Of(&p.frame, p.order, f.scratch)
	slices.Sort(s.ciphers)
	slices.Sort(s.extensions)
	p.ja4, f.scratch = ja4Of(f.transport, s, f.scratch)
	s.points = nil // a view of the message
	return p
}

// server gives the JA3S of a ServerHello.
func (f *fingerprinter) server(sh *serverHello) (ja3s string) {
	f.answer = f.answer[:0]
	for _, x := range sh.extensions {
		if !isGREASE(x) {
			f.answer = append(f.answer, x)
		}
	}
	f.key = append(f.key[:0], byte(sh.legacy>>8), byte(sh.legacy), byte(sh.cipher>>8), byte(sh.cipher))
	f.key = appendList(f.key, f.answer)
	ja3s, ok := f.byServer.get(f.key, textCost)
	if !ok {
		ja3s = ja3sOf(sh.legacy, sh.cipher, f.answer)
		f.byServer.put(f.key, ja3s, textCost(ja3s))
	}
	f.trim()
	return ja3s
}

// trim lets go of what an enormous hello made us set aside.
func (f *fingerprinter) trim() {
	if cap(f.key) > limit.TLSSpareBuffer || cap(f.scratch) > limit.TLSSpareBuffer {
		f.key, f.scratch, f.answer = nil, nil, nil
		f.shape, f.basic = shape{}, tlsx.ClientHelloBasic{}
	}
}

// What remembered values cost in bytes, beside their keys.
func printsCost(p *prints) int {
	return len(p.ja4.full) + len(p.ja4.raw) + len(p.ja4.stable) + len(p.frame.text) + len(p.ja3) +
		2*len(p.order) + 8*stringHeader
}
func textCost(s string) int { return len(s) + stringHeader }

const stringHeader = 16
