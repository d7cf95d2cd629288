package tlswire

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/stream"
)

// recorder keeps what a connection sends and receives, as a sensor on the
// client's card would see it.
type recorder struct {
	net.Conn
	mu     *sync.Mutex
	chunks *[]stream.Chunk
}

func (r *recorder) keep(b []byte, side string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := capture.TimeOf(time.Now())
	for len(b) > 0 {
		n := min(len(b), 1448)
		*r.chunks = append(*r.chunks, stream.Chunk{Bytes: bytes.Clone(b[:n]), Side: sideOf(side), Aligned: true, Time: now, Clock: now})
		b = b[n:]
	}
}

func (r *recorder) Read(b []byte) (int, error) {
	n, err := r.Conn.Read(b)
	r.keep(b[:n], "S")
	return n, err
}

func (r *recorder) Write(b []byte) (int, error) {
	r.keep(b, "C") // before the peer can answer
	return r.Conn.Write(b)
}

// TestLiveRequests lets the standard library's client and server talk, and
// wants as many exchanges as there were requests.
func TestLiveRequests(t *testing.T) {
	cert := certificate(t)
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, h2 := range []bool{false, true} {
			for _, keep := range []bool{true, false} {
				name := "TLS " + versionName(version) + map[bool]string{true: " HTTP/2", false: " HTTP/1.1"}[h2] +
					map[bool]string{true: " kept", false: " new and resumed"}[keep]
				t.Run(name, func(t *testing.T) {
					liveRequests(t, cert, roots, version, h2, keep)
				})
			}
		}
	}
}

func liveRequests(t *testing.T, cert tls.Certificate, roots *x509.CertPool, version uint16, h2, keep bool) {
	var protocols http.Protocols
	protocols.SetHTTP1(!h2)
	protocols.SetHTTP2(h2)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{
		Protocols: &protocols,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			if strings.HasSuffix(r.URL.Path, "/large") {
				w.Write(make([]byte, 100_000))
				return
			}
			w.WriteHeader(http.StatusNoContent)
		}),
	}
	go server.ServeTLS(listener, "", "")
	defer server.Close()

	var mu sync.Mutex
	var conns []*[]stream.Chunk
	transport := &http.Transport{
		Protocols:         &protocols,
		ForceAttemptHTTP2: h2,
		DisableKeepAlives: !keep && !h2,
		TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "hooks.example.com",
			MinVersion: version, MaxVersion: version, ClientSessionCache: tls.NewLRUClientSessionCache(4)},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			c, err := new(net.Dialer).DialContext(ctx, "tcp", listener.Addr().String())
			if err != nil {
				return nil, err
			}
			mu.Lock()
			defer mu.Unlock()
			conns = append(conns, new([]stream.Chunk))
			return &recorder{c, &mu, conns[len(conns)-1]}, nil
		},
	}
	client := &http.Client{Transport: transport}
	const count = 8
	for i := range count {
		url := "https://hooks.example.com/api/webhooks/1/token"
		body := io.Reader(strings.NewReader(strings.Repeat("x", 100+i*9000)))
		method := http.MethodPost
		if i%4 == 1 {
			method, body = http.MethodGet, nil
		}
		if i%4 == 2 {
			url += "/large"
		}
		request, err := http.NewRequest(method, url, body)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		time.Sleep(20 * time.Millisecond) // until the connection is idle
		if !keep {
			transport.CloseIdleConnections()
		}
	}
	transport.CloseIdleConnections()
	time.Sleep(20 * time.Millisecond)

	mu.Lock()
	defer mu.Unlock()
	found, hellos, resumed := 0, 0, 0
	for _, chunks := range conns {
		// What a single goroutine of the client sees is in order; the two
		// directions are recorded by two.
		slices.SortStableFunc(*chunks, func(a, b stream.Chunk) int { return int(a.Time - b.Time) })
		p, f := Protocol().New(), &facts{t: t}
		var last capture.Time
		for i := range *chunks {
			p.Chunk(&(*chunks)[i], f)
			last = (*chunks)[i].Time
		}
		p.Close(last, f)
		found += len(f.exchanges)
		hellos += len(f.hellos)
		for _, h := range f.hellos {
			if h.Resumed {
				resumed++
			}
			if want := versionName(version); h.Version != want || !h.HasServer || h.ServerName != "hooks.example.com" {
				t.Errorf("hello %+v", h)
			}
		}
		for _, e := range f.exchanges {
			t.Log(describe(e, (*chunks)[0].Time))
		}
	}
	if found != count {
		t.Errorf("%d exchanges, want %d", found, count)
	}
	if hellos != len(conns) {
		t.Errorf("%d hellos on %d connections", hellos, len(conns))
	}
	if want := len(conns) - 1; !keep && resumed != want {
		t.Errorf("%d connections resumed, want %d", resumed, want)
	}
}
