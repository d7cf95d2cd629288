package tlswire

import (
	"bytes"
	"strconv"

	"github.com/dreadl0ck/ja3"
	"github.com/dreadl0ck/tlsx"
)

// ja3Frame is what the JA3 of hellos is made of that differ in the order of
// their extensions alone: the library's text (version, ciphers, extensions,
// groups and point formats in decimal, in the order sent) with no extensions,
// and the place in it where they belong.
//
// The library looks up each number of a hello in a map, to leave out GREASE,
// and Chromium's hellos have forty, in another order each time; so it writes
// all but the extensions once, and hashes.
type ja3Frame struct {
	text string
	at   int
}

// ja3FrameOf makes the frame of a shape. The library's own parser is not used,
// since it panics on hostile hellos; and GREASE is gone before the library sees
// the lists, since it leaves a dash behind a list that ends in it.
func (f *fingerprinter) ja3FrameOf(s *shape) ja3Frame {
	b := &f.basic
	b.HandshakeVersion = tlsx.Version(s.version)
	b.CipherSuites = b.CipherSuites[:0]
	for _, c := range s.ciphers {
		b.CipherSuites = append(b.CipherSuites, tlsx.CipherSuite(c))
	}
	b.SupportedGroups = s.groups
	b.SupportedPoints = s.points
	text := ja3.Bare(b)
	b.SupportedPoints = nil // a view of the message
	version := bytes.IndexByte(text, ',') + 1
	ciphers := bytes.IndexByte(text[version:], ',') + 1
	return ja3Frame{text: string(text), at: version + ciphers}
}

// ja3Of is the JA3 of a frame with its extensions. Scratch is lent for building
// and given back, grown.
func ja3Of(frame *ja3Frame, extensions []uint16, scratch []byte) (string, []byte) {
	b := append(scratch[:0], frame.text[:frame.at]...)
	for i, x := range extensions {
		if i > 0 {
			b = append(b, '-')
		}
		b = strconv.AppendUint(b, uint64(x), 10)
	}
	b = append(b, frame.text[frame.at:]...)
	return ja3.BareToDigestHex(b), b
}

// ja3sOf is the JA3S of a ServerHello: version as the message begins, cipher,
// and extensions.
func ja3sOf(version, cipher uint16, extensions []uint16) string {
	return ja3.DigestHexJa3s(&tlsx.ServerHelloBasic{
		Vers: version, CipherSuite: cipher, Extensions: extensions,
	})
}
