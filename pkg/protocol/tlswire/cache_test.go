package tlswire

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hookhound/hookhound/pkg/limit"
)

// held is what a generation says that it costs, counted anew.
func held[V any](m map[string]V, cost func(V) int) (n int) {
	for k, v := range m {
		n += len(k) + cost(v) + entryBytes
	}
	return n
}

// What is remembered stays within its bound however many shapes a client makes
// up.
func TestMadeUpHellosAreBounded(t *testing.T) {
	f := newFingerprinter('t')
	random := rand.New(rand.NewPCG(3, 4))
	var ch clientHello
	for i := range 3000 {
		h := browser(random)
		h.ciphers = append(h.ciphers, uint16(random.Uint32()), uint16(random.Uint32()))
		name := binary.BigEndian.AppendUint32(nil, random.Uint32())
		h.extensions = slices.DeleteFunc(h.extensions, func(x handExt) bool { return x.kind == extALPN })
		h.extensions = append(h.extensions, alpn(string(name), "h2"))
		if err := parseClientHello(h.body(), &ch); err != nil {
			t.Fatal(err)
		}
		f.hello(&ch)
		sh := serverHello{cipher: uint16(i), extensions: ch.extensions}
		f.server(&sh)
		if i%100 != 0 {
			continue
		}
		for what, n := range map[string]int{
			"shapes":     held(f.byShape.young, printsCost),
			"old shapes": held(f.byShape.old, printsCost),
			"ALPN lists": held(f.byALPN.young, namesCost),
			"servers":    held(f.byServer.young, textCost),
		} {
			if n > limit.TLSCache {
				t.Fatalf("after %d hellos %s hold %d bytes, the bound is %d", i, what, n, limit.TLSCache)
			}
		}
	}
	if f.byShape.old == nil || f.byALPN.old == nil || f.byServer.old == nil {
		t.Error("a generation was never replaced: the test shows nothing")
	}
}

// What is in use stays remembered through a flood of keys that come once.
func TestCacheKeepsWhatIsUsed(t *testing.T) {
	var c cache[string]
	used := []byte("used")
	c.put(used, "value", 5)
	for i := range 100000 {
		c.put(binary.BigEndian.AppendUint32(nil, uint32(i)), "once", 4)
		if i%100 == 0 {
			if v, ok := c.get(used, textCost); !ok || v != "value" {
				t.Fatalf("after %d others: %q, %v", i, v, ok)
			}
		}
	}
	if _, ok := c.get(binary.BigEndian.AppendUint32(nil, 0), textCost); ok {
		t.Error("the first of the flood is still remembered: nothing is ever forgotten")
	}
	c.put(make([]byte, limit.TLSCacheKey+1), "", 0)
	if _, ok := c.get(make([]byte, limit.TLSCacheKey+1), textCost); ok {
		t.Error("an enormous key was remembered")
	}
}

// A hello of 64 KiB leaves no large buffers behind.
func TestTrim(t *testing.T) {
	f := newFingerprinter('t')
	ciphers := make([]uint16, 30000)
	for i := range ciphers {
		ciphers[i] = uint16(i)
	}
	p := f.client(mustClient(t, hand{version: versionTLS12, ciphers: ciphers}.body()))
	if hashed(p.JA4Raw) != p.JA4 {
		t.Errorf("JA4 %s is not that of ja4_r", p.JA4)
	}
	if n := cap(f.key) + cap(f.scratch) + 2*cap(f.shape.ciphers) + 2*cap(f.basic.CipherSuites); n > 64<<10 {
		t.Errorf("%d bytes are kept", n)
	}
}
