package quicwire

import (
	"encoding/binary"
	"encoding/hex"
	"testing"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/protocol/protocoltest"
)

// The samples of RFC 9001 appendix A and RFC 9369 appendix A, which share these:
// the client's first connection id, the frame of its hello, the server's frames.
const (
	sampleID     = "8394c8f03e515708"
	clientFrames = "060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c000004" +
		"13011302010000c000000010000e00000b6578616d706c652e636f6dff01000100000a00080006001d00170018" +
		"00100007000504616c706e000500050100000000003300260024001d00209370b2c9caa47fbabaf4559fedba75" +
		"3de171fa71f50f1ce15d43e994ec74d748002b0003020304000d0010000e040305030603020308040805080600" +
		"2d00020101001c00024001003900320408ffffffffffffffff05048000ffff07048000ffff0801100104800075" +
		"300901100f088394c8f03e51570806048000ffff"
	serverFrames = "02000000000600405a020000560303eefce7f7b37ba1d1632e96677825ddf73988cfc79825df566dc5430b9a04" +
		"5a1200130100002e00330024001d00209d3c940d89690b84d08a60993c144eca684d1081287c834d5311bcf32bb9da1a" +
		"002b00020304"
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// clientMessage and serverMessage are the hellos in those frames.
func clientMessage() []byte { return unhex(clientFrames)[4:] }
func serverMessage() []byte { return unhex(serverFrames)[9:] }

// cryptoFrame is a CRYPTO frame.
func cryptoFrame(at int, data []byte) []byte {
	b := []byte{frameCrypto}
	b = binary.BigEndian.AppendUint32(b, 0x80000000|uint32(at))
	b = binary.BigEndian.AppendUint16(b, 0x4000|uint16(len(data)))
	return append(b, data...)
}

// built is an Initial packet to build.
type built struct {
	version  uint32
	key      string // the connection id that keys come of
	dcid     string
	scid     string
	token    string
	client   bool
	number   uint32
	frames   []byte
	size     int // pad the frames so that the packet is of this length
	numbered int // bytes of packet number; 4 if zero
}

func (p built) packet() []byte {
	v, ok := versionOf(p.version)
	if !ok {
		panic("version")
	}
	if p.numbered == 0 {
		p.numbered = 4
	}
	b := []byte{0xc0 | v.shift<<4 | byte(p.numbered-1)}
	b = binary.BigEndian.AppendUint32(b, p.version)
	for _, id := range []string{p.dcid, p.scid} {
		b = append(append(b, byte(len(id)/2)), unhex(id)...)
	}
	b = append(append(b, byte(len(p.token)/2)), unhex(p.token)...)
	frames := append([]byte(nil), p.frames...)
	for len(b)+2+p.numbered+len(frames)+sealLength < p.size {
		frames = append(frames, framePadding)
	}
	b = binary.BigEndian.AppendUint16(b, 0x4000|uint16(p.numbered+len(frames)+sealLength))
	at := len(b)
	for i := p.numbered - 1; i >= 0; i-- {
		b = append(b, byte(p.number>>(8*i)))
	}
	o := newOpener(&v, unhex(p.key), p.client)
	nonce := o.iv
	for i := range 4 {
		nonce[len(nonce)-1-i] ^= byte(p.number >> (8 * i))
	}
	b = o.seal.Seal(b, nonce[:], frames, b)
	var mask [16]byte
	o.guard.Encrypt(mask[:], b[at+4:at+20])
	b[0] ^= mask[0] & 0x0f
	for i := range p.numbered {
		b[at+i] ^= mask[1+i]
	}
	return b
}

// talk feeds a parser with datagrams and records what it understands.
type talk struct {
	protocoltest.Recorder
	parser protocol.DatagramParser
	now    capture.Time
	frame  uint64
}

func newTalk(t testing.TB) *talk {
	return &talk{Recorder: protocoltest.Recorder{T: t}, parser: quic().New(), now: capture.Time(1e18)}
}

func (k *talk) say(side flow.Side, b []byte) {
	k.frame++
	k.parser.Datagram(&protocol.Datagram{
		Bytes: b, Length: len(b), Side: side, Time: k.now, Clock: k.now, Frame: k.frame,
	}, k)
}

func (k *talk) close() { k.parser.Close(k.now, k) }
