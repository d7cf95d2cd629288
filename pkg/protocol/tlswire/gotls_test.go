package tlswire

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/hookhound/hookhound/pkg/protocol"
)

// tapped remembers what is written through a connection.
type tapped struct {
	net.Conn
	sent []byte
}

func (w *tapped) Write(b []byte) (int, error) {
	w.sent = append(w.sent, b...)
	return w.Conn.Write(b)
}

// hellos are the bodies of the hellos in a stream of records, read up to the
// first record that is neither handshake nor change_cipher_spec.
func hellos(t *testing.T, stream []byte) (list [][]byte) {
	t.Helper()
	const changeCipherSpec, handshake = 20, 22
	var h handshakeReader
	for len(stream) >= 5 && (stream[0] == handshake || stream[0] == changeCipherSpec) {
		n := 5 + int(binary.BigEndian.Uint16(stream[3:]))
		if stream[0] == handshake {
			for h.feed(stream[5:n]); ; {
				_, msg, ok := h.next()
				if !ok {
					break
				}
				if msg != nil {
					list = append(list, msg)
				}
			}
		}
		stream = stream[n:]
	}
	return list
}

func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"hooks.example.com"},
		NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// connect gives both ends of a TCP connection. A net.Pipe holds no bytes, so
// that both sides of a HelloRetryRequest would wait for each other.
func connect(t *testing.T) (a, b net.Conn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if a, err = net.Dial("tcp", listener.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if b, err = listener.Accept(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []net.Conn{a, b} {
		if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	return a, b
}

// handshake lets a client and a server of crypto/tls meet, and gives what each
// sent. One byte goes each way behind it, so that tickets are read as well.
func handshake(t *testing.T, client, server *tls.Config) (up, down []byte, state tls.ConnectionState) {
	t.Helper()
	a, b := connect(t)
	near, far := &tapped{Conn: a}, &tapped{Conn: b}
	done := make(chan error, 1)
	go func() {
		s := tls.Server(far, server)
		_, err := s.Write([]byte{1})
		if err == nil {
			_, err = s.Read(make([]byte, 1))
		}
		done <- err
		b.Close()
	}()
	c := tls.Client(near, client)
	if _, err := c.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write([]byte{1}); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	a.Close()
	return near.sent, far.sent, c.ConnectionState()
}

// Go's own TLS agrees with us about what was offered and what was negotiated.
func TestAgainstCryptoTLS(t *testing.T) {
	server := &tls.Config{Certificates: []tls.Certificate{certificate(t)}, NextProtos: []string{"h2", "http/1.1"}}
	for _, c := range []struct {
		name   string
		client *tls.Config
		server func(*tls.Config)
		begins string // of JA4, with its counts left out by a dot each
		ver    string
		retry  bool
	}{
		{name: "TLS 1.3 with ALPN", client: &tls.Config{ServerName: "hooks.example.com", NextProtos: []string{"h2", "http/1.1"}},
			begins: "t13d....h2", ver: "1.3"},
		{name: "TLS 1.3 without a name", client: &tls.Config{NextProtos: []string{"http/1.1"}}, begins: "t13i....h1", ver: "1.3"},
		{name: "TLS 1.2", client: &tls.Config{ServerName: "hooks.example.com", NextProtos: []string{"http/1.1"}, MaxVersion: tls.VersionTLS12},
			begins: "t12d....h1", ver: "1.2"},
		{name: "TLS 1.0 to 1.1", client: &tls.Config{ServerName: "hooks.example.com", MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11},
			server: func(s *tls.Config) { s.MinVersion = tls.VersionTLS10 }, begins: "t11d....00", ver: "1.1"},
		{name: "HelloRetryRequest", client: &tls.Config{ServerName: "hooks.example.com"},
			server: func(s *tls.Config) { s.CurvePreferences = []tls.CurveID{tls.CurveP521} },
			begins: "t13d....00", ver: "1.3", retry: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := server.Clone()
			if c.server != nil {
				c.server(s)
			}
			c.client.InsecureSkipVerify = true
			up, down, state := handshake(t, c.client, s)
			clients, servers := hellos(t, up), hellos(t, down)
			want := 1
			if c.retry {
				want = 2
			}
			if len(clients) != want || len(servers) != want {
				t.Fatalf("%d hellos of the client, %d of the server, want %d each", len(clients), len(servers), want)
			}
			f := newFingerprinter('t')
			var last protocol.Hello
			for i := range clients {
				ch := mustClient(t, clients[i])
				var sh serverHello
				if err := parseServerHello(servers[i], &sh); err != nil {
					t.Fatal(err)
				}
				if ch.malformed != nil || sh.malformed != nil {
					t.Errorf("malformed: %v, %v", ch.malformed, sh.malformed)
				}
				if retry := c.retry && i == 0; sh.retry != retry {
					t.Errorf("answer %d: retry %v, want %v", i, sh.retry, retry)
				}
				last = f.hello(ch)
				f.answerHello(&last, &sh)
				if sh.cipher != state.CipherSuite {
					t.Errorf("cipher %#04x, want %#04x", sh.cipher, state.CipherSuite)
				}
			}
			if last.ServerName != c.client.ServerName || strings.Join(last.ALPN, ",") != strings.Join(c.client.NextProtos, ",") ||
				last.Version != c.ver || last.Resumed {
				t.Errorf("got %+v", last)
			}
			readable := state.NegotiatedProtocol
			if state.Version == tls.VersionTLS13 {
				readable = "" // encrypted
			}
			if last.NextProto != readable {
				t.Errorf("negotiated %q, want %q", last.NextProto, readable)
			}
			a := last.Fingerprint.JA4[:10]
			if a[:4]+"...."+a[8:] != c.begins {
				t.Errorf("JA4 %s, want %s", last.Fingerprint.JA4, c.begins)
			}
		})
	}
}

// A resumed connection of Go's client is told as such, and its stable JA4 is
// that of the fresh one.
func TestResumptionOfCryptoTLS(t *testing.T) {
	server := &tls.Config{Certificates: []tls.Certificate{certificate(t)}, NextProtos: []string{"h2"}}
	for _, c := range []struct {
		name string
		max  uint16
		psk  bool
	}{{"TLS 1.3", tls.VersionTLS13, true}, {"TLS 1.2", tls.VersionTLS12, false}} {
		t.Run(c.name, func(t *testing.T) {
			client := &tls.Config{ServerName: "hooks.example.com", NextProtos: []string{"h2"}, InsecureSkipVerify: true,
				MaxVersion: c.max, ClientSessionCache: tls.NewLRUClientSessionCache(1)}
			f := newFingerprinter('t')
			var told [2]protocol.Hello
			for i := range told {
				up, down, state := handshake(t, client, server)
				if state.DidResume != (i == 1) {
					t.Fatalf("connection %d: resumed %v", i, state.DidResume)
				}
				clients, servers := hellos(t, up), hellos(t, down)
				ch := mustClient(t, clients[0])
				var sh serverHello
				if err := parseServerHello(servers[0], &sh); err != nil {
					t.Fatal(err)
				}
				told[i] = f.hello(ch)
				f.answerHello(&told[i], &sh)
				resumed := told[i].Resumed || sh.echoes(ch.sessionID)
				if resumed != state.DidResume {
					t.Errorf("connection %d: told resumed %v, was %v", i, resumed, state.DidResume)
				}
				if ch.psk != (c.psk && i == 1) || (len(ch.ticket) > 0) != (!c.psk && i == 1) {
					t.Errorf("connection %d: psk %v, ticket of %d bytes", i, ch.psk, len(ch.ticket))
				}
			}
			fresh, again := told[0].Fingerprint, told[1].Fingerprint
			if fresh.JA4Stable != again.JA4Stable || (fresh.JA4 != again.JA4) != c.psk {
				t.Errorf("fresh %+v, resumed %+v", fresh, again)
			}
		})
	}
}
