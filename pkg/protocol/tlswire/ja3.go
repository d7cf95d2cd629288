package tlswire

import (
	"github.com/dreadl0ck/ja3"
	"github.com/dreadl0ck/tlsx"
)

// ja3Of is the JA3 of a shape: the MD5 of version, ciphers, extensions, groups
// and point formats in decimal, in the order sent. The library's own parser is
// not used, since it panics on hostile hellos; and GREASE is gone before the
// library sees the lists, since it leaves a dash behind a list that ends in it.
func (f *fingerprinter) ja3Of(s *shape) string {
	b := &f.basic
	b.HandshakeVersion = tlsx.Version(s.version)
	b.CipherSuites = b.CipherSuites[:0]
	for _, c := range s.ciphers {
		b.CipherSuites = append(b.CipherSuites, tlsx.CipherSuite(c))
	}
	b.AllExtensions = s.extensions
	b.SupportedGroups = s.groups
	b.SupportedPoints = s.points
	digest := ja3.DigestHex(b)
	b.SupportedPoints = nil // a view of the message
	return digest
}

// ja3sOf is the JA3S of a ServerHello: version as the message begins, cipher,
// and extensions.
func ja3sOf(version, cipher uint16, extensions []uint16) string {
	return ja3.DigestHexJa3s(&tlsx.ServerHelloBasic{
		Vers: version, CipherSuite: cipher, Extensions: extensions,
	})
}
