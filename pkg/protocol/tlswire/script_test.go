package tlswire

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/protocol"
	"github.com/hookhound/hookhound/pkg/stream"
)

// script runs a connection that is written in lines, and compares the facts:
//
//	handshake 1.3 h2        hello at 0, server's flight at 0.030, Finished at 0.031
//	2.5 C data 200          at 2.5 s the client sends a record with 200 bytes of content
//	2.5 S record 22 300     a record by type and length
//	2.5 C bytes 100         bytes of a body, or of anything
//	2.5 S gap 5000          a hole
//	60  tick                nothing is heard, the clock moves
//	61  close
//	want 2.5-2.6 up 200 down 300 push guessed interim known 4.6
//	want hello 1.3 resumed known 0.03
//
// Other words: "client hello [early] [psk] [ticket] [old] [h2] [other]",
// "server hello 1.3|1.2|retry [h2] [resumed] [sha384]", "C|S message TYPE SIZE"
// in a handshake record, "C|S alert LEVEL CODE", "C|S hex BYTES", "overhead C
// 33". What a want line does not name is not compared, but for the words in
// helloWords. Every record is a segment of its own.
type script struct {
	t      *testing.T
	parser protocol.Parser
	facts  facts
	over   [2]int
	frame  uint64
	pieces int
	wants  []string
	sent   uint64
	silent [2]bool
}

func runScript(t *testing.T, text string, pieces int) *script {
	t.Helper()
	s := &script{t: t, parser: Protocol().New(), facts: facts{t: t}, over: [2]int{overhead13, overhead13}, pieces: pieces}
	for _, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		if f := strings.Fields(line); len(f) > 0 {
			s.line(f)
		}
	}
	return s
}

func seconds(t *testing.T, text string) capture.Time {
	t.Helper()
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return capture.Time(x*1e6+.5) * 1000
}

func (s *script) line(f []string) {
	s.t.Helper()
	switch f[0] {
	case "handshake":
		s.handshake(f[1:])
		return
	case "only":
		s.silent = [2]bool{f[1] == "S", f[1] == "C"}
		return
	case "orient":
		s.parser.(Oriented).Orient(sideOf(f[1]))
		return
	case "overhead":
		s.over[sideOf(f[1])], _ = strconv.Atoi(f[2])
		return
	case "want":
		s.wants = append(s.wants, strings.Join(f[1:], " "))
		return
	}
	at := seconds(s.t, f[0])
	switch f[1] {
	case "tick":
		s.parser.Advance(at, &s.facts)
		return
	case "close":
		s.parser.Close(at, &s.facts)
		return
	}
	side := f[1]
	n := 0
	if len(f) > 3 {
		n, _ = strconv.Atoi(f[3])
	}
	switch f[2] {
	case "data":
		s.record(at, side, int(typeApplicationData), n+s.over[sideOf(side)])
	case "record":
		length, _ := strconv.Atoi(f[4])
		s.record(at, side, n, length)
	case "begin": // a record whose body comes in "bytes"
		s.bytes(at, side, recordOf(typeApplicationData, make([]byte, n+s.over[sideOf(side)]))[:recordHeader])
	case "bytes":
		s.bytes(at, side, make([]byte, n))
	case "gap":
		s.chunk(&stream.Chunk{Gap: n, Side: sideOf(side), Time: at, Clock: at})
	case "alert": // in the clear
		code, _ := strconv.Atoi(f[4])
		s.bytes(at, side, recordOf(typeAlert, []byte{byte(n), byte(code)}))
	case "message":
		size, _ := strconv.Atoi(f[4])
		s.bytes(at, side, recordOf(typeHandshake, message(uint8(n), make([]byte, size))))
	case "hex":
		b, err := hex.DecodeString(strings.Join(f[3:], ""))
		if err != nil {
			s.t.Fatal(err)
		}
		s.bytes(at, side, b)
	case "hello":
		s.bytes(at, side, s.hello(side, f[3:]))
	default:
		s.t.Fatalf("unknown word %q", f[2])
	}
}

func has(words []string, w string) bool {
	for _, x := range words {
		if x == w {
			return true
		}
	}
	return false
}

func (s *script) hello(side string, words []string) []byte {
	if side == "S" {
		h := handServer{version: versionTLS12, cipher: 0x1301, session: []byte("session")}
		switch {
		case has(words, "1.2"):
			h.cipher = 0xc02f
			h.session = nil
			if has(words, "resumed") {
				h.session = []byte("session")
			}
			if has(words, "h2") {
				h.extensions = append(h.extensions, alpn("h2"))
			}
		default:
			h.extensions = append(h.extensions, ext(extSupportedVersions, 3, 4))
			if has(words, "resumed") {
				h.extensions = append(h.extensions, ext(extPreSharedKey, 0, 0))
			}
			if has(words, "sha384") {
				h.cipher = 0x1302
			}
			if has(words, "retry") {
				h.random = retryRandom
			}
		}
		return recordOf(typeHandshake, message(msgServerHello, h.body()))
	}
	h := hand{version: versionTLS12, session: []byte("session"), ciphers: []uint16{0x1301, 0x1302, 0xc02f},
		extensions: []handExt{sni("hooks.example.com"), groups(29), sigAlgs(0x0403)}}
	if !has(words, "old") { // which offers no more than TLS 1.2
		h.extensions = append(h.extensions, versions(versionTLS13, versionTLS12))
	}
	if has(words, "h2") {
		h.extensions = append(h.extensions, alpn("h2", "http/1.1"))
	}
	if has(words, "other") {
		h.extensions = append(h.extensions, ext(51, 0, 0))
	}
	if has(words, "ticket") {
		h.extensions = append(h.extensions, ext(extSessionTicket, 1, 2, 3))
	}
	if has(words, "early") {
		h.extensions = append(h.extensions, ext(extEarlyData), ext(extPreSharedKey, 0, 0))
	}
	if has(words, "psk") {
		h.extensions = append(h.extensions, ext(extPreSharedKey, 0, 0))
	}
	return recordOf(typeHandshake, message(msgClientHello, h.body()))
}

func recordOf(kind uint8, body []byte) []byte {
	return join([]byte{kind, 3, 3}, be16(len(body)), body)
}

// handshake writes a whole handshake.
func (s *script) handshake(words []string) {
	s.bytes(0, "C", s.hello("C", words))
	const answer, finish = 30_000_000, 31_000_000
	s.bytes(answer, "S", s.hello("S", words))
	if has(words, "1.2") {
		s.over = [2]int{overheadGCM, overheadGCM}
		s.bytes(answer, "S", recordOf(typeHandshake, message(msgCertificate, make([]byte, 900))))
		s.bytes(answer, "S", recordOf(typeHandshake, message(14, nil)))
		s.bytes(finish, "C", recordOf(typeHandshake, message(16, make([]byte, 33))))
		s.record(finish, "C", 20, 1)
		s.record(finish, "C", 22, 40)
		s.record(2*answer, "S", 20, 1)
		s.record(2*answer, "S", 22, 40)
		return
	}
	hash := 32
	if has(words, "sha384") {
		hash = 48
	}
	s.record(answer, "S", 20, 1)
	extensions := overhead13 + 6 + 4
	if has(words, "h2") && !has(words, "long") {
		extensions += 9
	}
	if has(words, "long") { // something else stands in EncryptedExtensions
		extensions += 50
	}
	s.record(answer, "S", 23, extensions)
	if !has(words, "resumed") {
		s.record(answer, "S", 23, 1368)
		s.record(answer, "S", 23, 96)
	}
	s.record(answer, "S", 23, overhead13+4+hash)
	if has(words, "ticket") {
		s.record(answer, "S", 23, 139)
	}
	s.record(finish, "C", 20, 1)
	s.record(finish, "C", 23, s.over[0]+4+hash)
}

func (s *script) record(at capture.Time, side string, kind, length int) {
	s.bytes(at, side, recordOf(uint8(kind), make([]byte, length)))
}

func (s *script) bytes(at capture.Time, side string, b []byte) {
	c := &stream.Chunk{Bytes: b, Side: sideOf(side), Aligned: true, Time: at, Clock: at}
	if s.pieces == 0 {
		s.chunk(c)
		return
	}
	frame := s.frame
	for i := 0; i < len(b); i += s.pieces {
		piece := *c
		piece.Bytes, piece.Aligned = b[i:min(i+s.pieces, len(b))], i == 0
		s.frame = frame
		s.chunk(&piece)
	}
}

func (s *script) chunk(c *stream.Chunk) {
	if s.silent[c.Side] {
		return
	}
	s.frame++
	c.Frame = s.frame
	s.sent += uint64(len(c.Bytes) + c.Gap)
	s.parser.Chunk(c, &s.facts)
}

// check compares the facts with the want lines.
func (s *script) check() {
	s.t.Helper()
	var hellos, exchanges []string
	for _, w := range s.wants {
		if rest, ok := strings.CutPrefix(w, "hello"); ok {
			hellos = append(hellos, strings.TrimSpace(rest))
		} else {
			exchanges = append(exchanges, w)
		}
	}
	if len(hellos) > 0 {
		s.compare("hello", hellos, len(s.facts.hellos), func(i int) string { return helloLine(s.facts.hellos[i]) })
	}
	s.compare("exchange", exchanges, len(s.facts.exchanges), func(i int) string { return exchangeLine(s.facts.exchanges[i]) })
	var sum uint64
	for _, e := range s.facts.final() {
		sum += e.Up + e.Down
	}
	if sum > s.sent {
		s.t.Errorf("%d bytes in exchanges, of %d", sum, s.sent)
	}
}

// compare wants each word of a line in what was got, in order.
func (s *script) compare(what string, want []string, n int, got func(int) string) {
	s.t.Helper()
	bad := n != len(want)
	var all strings.Builder
	for i := range n {
		line := got(i)
		fmt.Fprintf(&all, "\n  got  %s", line)
		if i < len(want) {
			at := line + " "
			for _, w := range strings.Fields(want[i]) {
				_, rest, ok := strings.Cut(at, w+" ")
				if !ok {
					bad = true
					break
				}
				at = rest
			}
			for _, flag := range helloWords {
				bad = bad || strings.Contains(line, flag) != strings.Contains(want[i], flag)
			}
		}
	}
	if bad {
		s.t.Errorf("%s:%s\n  want %s", what, all.String(), strings.Join(want, "\n  want "))
	}
}

// helloWords are those that a line has only if it is wanted to.
var helloWords = []string{"push", "interim", "resumed", "retried", "sslv2", "alert", "done", "failed", "by", "early", "certificate"}

func moment(t capture.Time) string {
	return strconv.FormatFloat(time.Duration(t).Seconds(), 'f', -1, 64)
}

func exchangeLine(e *protocol.Exchange) string {
	line := fmt.Sprintf("%s-%s up %d down %d", moment(e.Start), moment(e.End), e.Up, e.Down)
	if e.Push {
		line += " push"
	}
	if e.Interim {
		line += " interim"
	}
	return fmt.Sprintf("%s %s known %s frame %d index %d", line, e.Sure, moment(e.Known), e.Frame, e.Index)
}

func helloLine(h *protocol.Hello) string {
	line := strconv.Itoa(int(h.Number))
	if h.HasClient {
		line += " client"
	}
	if h.HasServer {
		line += " server"
	}
	line += " " + h.Version
	if h.Resumed {
		line += " resumed"
	}
	if h.NextProto != "" {
		line += " " + h.NextProto
	}
	line += " known " + moment(h.Known)
	if h.Retried {
		line += " retried"
	}
	if h.SSLv2 {
		line += " sslv2"
	}
	switch h.Handshake {
	case protocol.HandshakeDone:
		line += " done"
	case protocol.HandshakeFailed:
		line += " failed"
	}
	for _, word := range [][2]string{
		{"by", h.Resumption.String()}, {"early", h.EarlyData.String()}, {"certificate", h.Certificate.String()},
	} {
		if word[1] != "" {
			line += " " + word[0] + " " + word[1]
		}
	}
	if a := h.Alert; a.From != protocol.NoPeer {
		line += " alert " + a.From.String() + " " + a.Level() + " " + a.Description()
	}
	return line
}
