package main

import (
	"crypto/ed25519"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"math/rand/v2"
	"slices"
	"time"
)

// answer is what a server chose.
type answer struct {
	tls12   bool
	hybrid  bool
	resumed bool
	alpn    string // empty: none

	certificate []byte // DER
}

func choose(h *hello, s *site) answer {
	a := answer{tls12: s.tls12, certificate: s.certificate}
	a.hybrid = !a.tls12 && s.hybrid && slices.Contains(h.shares, groupHybrid)
	a.resumed = !a.tls12 && h.resumed
	if len(h.alpn) > 0 {
		a.alpn = h.alpn[0]
	}
	return a
}

// Content types of records.
const (
	recordChange    = 20
	recordAlert     = 21
	recordHandshake = 22
	recordData      = 23
)

// sealed appends an encrypted record whose body has n bytes.
func sealed(b []byte, r *rand.Rand, kind byte, n int) []byte {
	return noise(u16(append(b, kind, 3, 3), uint16(n)), r, n)
}

func changeCipher(b []byte) []byte { return append(b, recordChange, 3, 3, 0, 1, 1) }

// hello appends the ServerHello as one record.
func (a *answer) hello(b []byte, r *rand.Rand, h *hello) []byte {
	return vec16(append(b, recordHandshake, 3, 3), func(b []byte) []byte {
		return message(b, 2, func(b []byte) []byte {
			b = noise(append(b, 3, 3), r, 32)
			b = append(append(b, 32), h.session[:]...)
			if a.tls12 {
				b = append(u16(b, 0xc02f), 0)
				return vec16(b, func(b []byte) []byte { return a.old(b) })
			}
			b = append(u16(b, 0x1301), 0)
			return vec16(b, func(b []byte) []byte { return a.new(b, r) })
		})
	})
}

// old appends the extensions of a ServerHello of TLS 1.2.
func (a *answer) old(b []byte) []byte {
	b = append(u16(b, extRenegotiate, 1), 0)
	b = append(u16(b, extPoints, 2), 1, 0)
	b = u16(b, 23, 0)
	if a.alpn != "" {
		b = u16(b, extALPN, uint16(len(a.alpn)+3), uint16(len(a.alpn)+1))
		b = append(append(b, byte(len(a.alpn))), a.alpn...)
	}
	return b
}

// new appends the extensions of a ServerHello of TLS 1.3.
func (a *answer) new(b []byte, r *rand.Rand) []byte {
	b = u16(b, extVersions, 2, 0x304)
	group, size := uint16(groupX25519), 32
	if a.hybrid {
		group, size = groupHybrid, 1120
	}
	b = noise(u16(b, extKeyShare, uint16(size+4), group, uint16(size)), r, size)
	if a.resumed {
		b = u16(b, extPreShared, 2, 0)
	}
	return b
}

// flight appends everything that the server sends before the client's Finished.
func (a *answer) flight(b []byte, r *rand.Rand, h *hello) []byte {
	b = a.hello(b, r, h)
	if a.tls12 {
		b = vec16(append(b, recordHandshake, 3, 3), func(b []byte) []byte {
			return message(b, 11, func(b []byte) []byte {
				return vec24(b, func(b []byte) []byte {
					return vec24(b, func(b []byte) []byte { return append(b, a.certificate...) })
				})
			})
		})
		b = vec16(append(b, recordHandshake, 3, 3), func(b []byte) []byte {
			return message(b, 12, func(b []byte) []byte {
				b = noise(append(b, 3, 0, groupX25519, 32), r, 32)
				return vec16(u16(b, 0x403), func(b []byte) []byte { return noise(b, r, 71) })
			})
		})
		return append(b, recordHandshake, 3, 3, 0, 4, 14, 0, 0, 0)
	}
	b = changeCipher(b)
	extensions := 27
	if a.alpn != "" {
		extensions += len(a.alpn) + 5
	}
	b = sealed(b, r, recordData, extensions)
	if !a.resumed {
		b = sealed(b, r, recordData, 300+r.IntN(400)) // the certificate, compressed or of an elliptic curve
		b = sealed(b, r, recordData, 96)
	}
	return sealed(b, r, recordData, 53) // Finished
}

// finished appends the client's last words of the handshake.
func (a *answer) finished(b []byte, r *rand.Rand) []byte {
	if !a.tls12 {
		return sealed(changeCipher(b), r, recordData, 53)
	}
	b = vec16(append(b, recordHandshake, 3, 3), func(b []byte) []byte {
		return message(b, 16, func(b []byte) []byte { return noise(append(b, 32), r, 32) })
	})
	return sealed(changeCipher(b), r, recordHandshake, 40)
}

// preface appends what a client of HTTP/2 sends first.
func (a *answer) preface(b []byte, r *rand.Rand) []byte {
	if a.alpn != "h2" {
		return b
	}
	return sealed(b, r, recordData, 64+a.overhead()) // preface, settings, window
}

// greeting appends what a server sends beside its first answer: a session
// ticket, and its settings in HTTP/2.
func (a *answer) greeting(b []byte, r *rand.Rand) []byte {
	if !a.tls12 {
		b = sealed(b, r, recordData, 4+100+17)
	}
	if a.alpn == "h2" {
		b = sealed(b, r, recordData, 9+18+13+9+a.overhead())
	}
	return b
}

// newCertificate makes the one certificate of all servers: its name is not
// looked at, its size and form are what counts.
func newCertificate() []byte {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	about := x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "server.example"},
		DNSNames:     []string{"server.example", "*.server.example"},
		NotBefore:    time.Unix(epoch, 0),
		NotAfter:     time.Unix(epoch, 0).AddDate(1, 0, 0),
	}
	der, err := x509.CreateCertificate(nil, &about, &about, key.Public(), key)
	if err != nil {
		panic(err) // nothing in it comes from outside
	}
	return der
}

// overhead is what encryption adds to a record.
func (a *answer) overhead() int {
	if a.tls12 {
		return 24
	}
	return 17
}
