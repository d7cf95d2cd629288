package main

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"

	"github.com/hookhound/hookhound/scripts/lab/truth"
)

// journal writes what the server saw: requests.jsonl, and connections, the
// client's end of each, in the order of acceptance.
type journal struct {
	mu          sync.Mutex
	requests    *os.File
	connections *os.File
}

func openJournal(dir string) (*journal, error) {
	r, err := os.Create(filepath.Join(dir, "requests.jsonl"))
	if err != nil {
		return nil, err
	}
	c, err := os.Create(filepath.Join(dir, "connections"))
	return &journal{requests: r, connections: c}, err
}

func (j *journal) connection(remote string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	fmt.Fprintln(j.connections, remote)
}

// record logs each request that next has answered.
func (j *journal) record(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin := time.Now()
		body := &counted{ReadCloser: r.Body}
		r.Body = body
		out := &answered{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(out, r)
		local := r.Context().Value(http.LocalAddrContextKey).(net.Addr) // net/http always sets it
		line, err := json.Marshal(truth.Request{
			T: seconds(begin), TEnd: seconds(time.Now()),
			Remote: r.RemoteAddr, Local: local.String(),
			Proto: r.Proto, TLS: tls.VersionName(r.TLS.Version), Resumed: r.TLS.DidResume,
			Host: r.Host, Method: r.Method, Path: redact(r.URL.Path),
			ReqBody: body.n, Status: out.status, RespBody: out.n,
		})
		if err != nil {
			panic(err) // a struct of plain fields always marshals
		}
		j.mu.Lock()
		defer j.mu.Unlock()
		j.requests.Write(append(line, '\n'))
	})
}

func seconds(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }

// secrets are the parts of a path that let anybody post.
var secrets = []*regexp.Regexp{
	regexp.MustCompile(`^(/api/webhooks/\d+/)[^/]+`),
	regexp.MustCompile(`^(/services/[^/]+/[^/]+/)[^/]+`),
	regexp.MustCompile(`^(/)[0-9a-f]{8}-[0-9a-f-]{27}`),
}

func redact(path string) string {
	for _, s := range secrets {
		path = s.ReplaceAllString(path, "${1}REDACTED")
	}
	return path
}

// counted counts the bytes of a request's body.
type counted struct {
	io.ReadCloser
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.n += int64(n)
	return n, err
}

// answered remembers what was answered.
type answered struct {
	http.ResponseWriter
	status int
	n      int64
}

func (a *answered) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

func (a *answered) Write(p []byte) (int, error) {
	n, err := a.ResponseWriter.Write(p)
	a.n += int64(n)
	return n, err
}
