package tlswire

import (
	"slices"

	"github.com/dreadl0ck/tlsx"

	"github.com/hookhound/hookhound/pkg/protocol"
)

// fingerprinter turns hellos into fingerprints, and remembers those of the
// shapes that it saw, since most hellos of a network are of few shapes and
// hashing is most of the work.
//
// JA3 depends on the order of extensions, which Chromium shuffles for each
// hello; JA4 does not. So what JA4 needs is remembered a second time by the
// sorted shape: a shuffled hello then costs one MD5 and no SHA-256.
//
// One shard owns it. The memory is bounded (see cacheBytes).
type fingerprinter struct {
	transport byte // what JA4 begins with: 't' over TCP, 'q' in QUIC

	byShape  cache[protocol.Fingerprint]
	bySorted cache[ja4]
	byServer cache[string]
	byALPN   cache[[]string]

	shape   shape
	basic   tlsx.ClientHelloBasic
	key     []byte
	scratch []byte
	answer  []uint16
}

func newFingerprinter(transport byte) *fingerprinter {
	return &fingerprinter{transport: transport}
}

// client gives the fingerprints of a ClientHello.
func (f *fingerprinter) client(ch *clientHello) protocol.Fingerprint {
	s := &f.shape
	s.read(ch)
	f.key = s.appendKey(f.key[:0])
	p, ok := f.byShape.get(f.key, shapeCost)
	if !ok {
		p = f.compute(s)
		f.byShape.put(f.key, p, shapeCost(p))
	}
	s.points = nil // a view of the message
	f.trim()
	return p
}

// compute makes the fingerprints of a shape that is not remembered. It sorts
// the shape's lists.
func (f *fingerprinter) compute(s *shape) protocol.Fingerprint {
	p := protocol.Fingerprint{JA3: f.ja3Of(s)}
	slices.Sort(s.ciphers)
	slices.Sort(s.extensions)
	n := len(f.key)
	f.key = s.appendKey4(f.key)
	j, ok := f.bySorted.get(f.key[n:], ja4Cost)
	if !ok {
		j, f.scratch = ja4Of(f.transport, s, f.scratch)
		f.bySorted.put(f.key[n:], j, ja4Cost(j))
	}
	f.key = f.key[:n]
	p.JA4, p.JA4Raw, p.JA4Stable = j.full, j.raw, j.stable
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
	const enough = 16 << 10
	if cap(f.key) > enough || cap(f.scratch) > enough {
		f.key, f.scratch, f.answer = nil, nil, nil
		f.shape, f.basic = shape{}, tlsx.ClientHelloBasic{}
	}
}

// What remembered values cost in bytes, beside their keys.
func shapeCost(p protocol.Fingerprint) int {
	return len(p.JA3) + len(p.JA4) + len(p.JA4Raw) + len(p.JA4Stable) + 4*stringHeader
}
func ja4Cost(j ja4) int     { return len(j.full) + len(j.raw) + len(j.stable) + 3*stringHeader }
func textCost(s string) int { return len(s) + stringHeader }

const stringHeader = 16
