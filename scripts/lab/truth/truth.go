// Package truth is the manifest of the lab's captures: what each file holds,
// told by the server that answered the requests and by the script that made
// them, never by reading the capture.
package truth

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

// Capture is one line of manifest.jsonl.
type Capture struct {
	ID          string    `json:"id"`
	File        string    `json:"pcap"`
	SHA256      string    `json:"sha256"`
	Scenario    string    `json:"scenario"` // what happens, in one sentence
	Clients     []string  `json:"clients"`  // programs and their versions
	Label       string    `json:"label"`    // beacon or benign
	Pairs       []Pair    `json:"pairs"`    // what a detector is expected to report: none when benign
	Frames      int       `json:"frames"`
	Connections []string  `json:"connections"` // client ends that the server accepted, in order
	Truth       []Request `json:"truth"`       // the server's log, in order
}

// The labels of a capture.
const (
	Beacon = "beacon"
	Benign = "benign"
)

// Pair is one client that calls one service in a rhythm.
type Pair struct {
	Client  string  `json:"client"`
	Service string  `json:"service"`  // id in the catalogue
	PeriodS float64 `json:"period_s"` // the pause that the client was told, in seconds
	Jitter  float64 `json:"jitter"`   // the pause is uniform within this share of the period
	Count   int     `json:"count"`
}

// Request is one request as the server saw it. The path has no token.
type Request struct {
	T        float64 // when its headers had arrived, seconds since 1970
	TEnd     float64 // when the answer was written
	Remote   string  // the client's end
	Local    string
	Proto    string // HTTP/1.1 or HTTP/2.0
	TLS      string // TLS 1.2 or TLS 1.3
	Resumed  bool
	Host     string
	Method   string
	Path     string
	ReqBody  int64 // bytes of the body
	Status   int
	RespBody int64
}

// Read returns the lines of a manifest.
func Read(file string) ([]Capture, error) { return Lines[Capture](file) }

// Lines reads a file of JSON lines.
func Lines[T any](file string) ([]T, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []T
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20) // a line of the manifest holds a whole server log
	for n := 1; lines.Scan(); n++ {
		var v T
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", file, n, err)
		}
		all = append(all, v)
	}
	return all, lines.Err()
}
