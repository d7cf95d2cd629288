package httpwire

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hookhound/hookhound/pkg/protocol"
)

// tape is what went over the connections of a server, in order.
type tape struct {
	mu    sync.Mutex
	conns []*[]event
}

// tapedConn notes what a server's connection reads and writes.
type tapedConn struct {
	net.Conn
	tape   *tape
	events *[]event
}

func (c *tapedConn) note(side byte, b []byte) {
	c.tape.mu.Lock()
	defer c.tape.mu.Unlock()
	*c.events = append(*c.events, event{side: side, at: float64(len(*c.events)) / 100, bytes: string(b)})
}

func (c *tapedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.note('C', b[:n])
	}
	return n, err
}

func (c *tapedConn) Write(b []byte) (int, error) {
	c.note('S', b)
	return c.Conn.Write(b)
}

type tapedListener struct {
	net.Listener
	tape *tape
}

func (l *tapedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	events := new([]event)
	l.tape.mu.Lock()
	l.tape.conns = append(l.tape.conns, events)
	l.tape.mu.Unlock()
	return &tapedConn{c, l.tape, events}, nil
}

// TestGoHTTP compares what is read of the words of Go's own client and server
// with what they meant.
func TestGoHTTP(t *testing.T) {
	for _, h2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("HTTP/2 %v", h2), func(t *testing.T) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Skip("no loopback:", err)
			}
			tape := &tape{}
			var mu sync.Mutex
			var truth []string
			handler := func(w http.ResponseWriter, q *http.Request) {
				if q.Header.Get("Expect") == "" || q.URL.Path != "/refuse" {
					_, _ = io.Copy(io.Discard, q.Body)
				}
				status := 200
				switch q.URL.Path {
				case "/empty":
					status = 204
				case "/refuse":
					status = 417
				case "/cached":
					status = 304
				}
				mu.Lock()
				truth = append(truth, fmt.Sprintf("%s %s %s %s %d", q.Method, q.Host, q.RequestURI, q.UserAgent(), status))
				mu.Unlock()
				w.WriteHeader(status)
				switch q.URL.Path {
				case "/stream":
					for range 5 {
						fmt.Fprint(w, strings.Repeat("x", 3000))
						w.(http.Flusher).Flush()
					}
				case "/large":
					_, _ = w.Write(bytes.Repeat([]byte("y"), 200_000))
				case "/small":
					fmt.Fprint(w, "ok")
				}
			}
			var both http.Protocols
			both.SetHTTP1(!h2)
			both.SetUnencryptedHTTP2(h2)
			server := &http.Server{Handler: http.HandlerFunc(handler), Protocols: &both}
			done := make(chan struct{})
			go func() {
				defer close(done)
				_ = server.Serve(&tapedListener{listener, tape})
			}()
			transport := &http.Transport{Protocols: &both}
			ask := func(method, path string, body io.Reader) {
				q, err := http.NewRequestWithContext(context.Background(), method, "http://"+listener.Addr().String()+path, body)
				if err != nil {
					t.Error(err)
					return
				}
				q.Header.Set("User-Agent", "agent"+path)
				a, err := transport.RoundTrip(q)
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, a.Body)
				a.Body.Close()
			}
			unsized := func(n int) io.Reader { return io.MultiReader(strings.NewReader(strings.Repeat("z", n))) }
			for _, path := range []string{"/small", "/empty", "/stream", "/large", "/cached"} {
				ask("GET", path+"?q="+path[1:], nil)
				ask("HEAD", path, nil)
				ask("POST", path, strings.NewReader("some body"))
				ask("PUT", path, unsized(20_000))
			}
			var wait sync.WaitGroup
			for i := range 10 {
				wait.Go(func() { ask("POST", fmt.Sprint("/small?n=", i), unsized(5000)) })
			}
			wait.Wait()
			transport.CloseIdleConnections()
			_ = server.Close()
			<-done
			var got []string
			p := HTTP()
			if h2 {
				p = HTTP2()
			}
			for _, events := range tape.conns {
				if len(*events) == 0 {
					continue
				}
				r := play(t, p, append(*events, event{at: float64(len(*events))}), 0)
				sane(t, r)
				for _, x := range r.Final() {
					if q := x.Request; q == nil || x.Sure != protocol.Clear {
						t.Errorf("%s", exchangeText(&x))
					} else {
						got = append(got, fmt.Sprintf("%s %s %s %s %d", q.Method, q.Host, q.Target, q.UserAgent, q.Status))
						large := q.Method == "PUT" && x.Up < 20_000 || strings.HasPrefix(q.Target, "/large") && q.Method != "HEAD" && x.Down < 200_000
						if large || x.Up > 40_000 || x.Down > 210_000 {
							t.Errorf("sizes: %s", exchangeText(&x))
						}
					}
				}
			}
			slices.Sort(got)
			slices.Sort(truth)
			if !slices.Equal(got, truth) {
				t.Errorf("read\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(truth, "\n"))
			}
			if len(truth) != 30 {
				t.Errorf("%d requests were served", len(truth))
			}
		})
	}
}
