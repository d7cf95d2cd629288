package event

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hookhound/hookhound/capture"
)

// Encoder writes observations and detections as JSON. What it adds to each is
// the same for a whole run. It is safe for concurrent use.
type Encoder struct {
	Mode    string // live or replay
	Version string // of the sensor
	Host    string // name of the sensor's host; empty leaves it out
	Device  string // interface that is listened on; empty leaves it out
	// Created gives the wall clock for `event.created`; nil leaves it out, as
	// replay does so that it repeats to the byte.
	Created func() time.Time
}

// observer is the sensor itself (ECS `observer`).
type observer struct {
	Type     string   `json:"type"`
	Product  string   `json:"product"`
	Version  string   `json:"version,omitempty"`
	Hostname string   `json:"hostname,omitempty"`
	Ingress  *ingress `json:"ingress,omitempty"`
}

type ingress struct {
	Interface struct {
		Name string `json:"name"`
	} `json:"interface"`
}

func (e *Encoder) observer() observer {
	o := observer{Type: "sensor", Product: "hookhound", Version: e.Version, Hostname: e.Host}
	if e.Device != "" {
		o.Ingress = &ingress{}
		o.Ingress.Interface.Name = e.Device
	}
	return o
}

func (e *Encoder) created() string {
	if e.Created == nil {
		return ""
	}
	return stamp(capture.TimeOf(e.Created()))
}

// marshal encodes v, which holds nothing that JSON cannot say.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // it is no HTML, and people grep for "ATT&CK"
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("event: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// stamp is RFC 3339 with nine digits, so that times sort as text.
func stamp(t capture.Time) string {
	return t.Std().Format("2006-01-02T15:04:05.000000000Z")
}

// round holds a ratio or score to so many decimals: the last bits of a float
// may differ between compilers, and nobody reads them.
func round(v float64, decimals int) float64 {
	p := math.Pow10(decimals)
	r := math.Round(v*p) / p
	if r == 0 { // no negative zero
		return 0
	}
	return r
}

// Text makes bytes off the wire fit to leave: everything that is not printable
// UTF-8 becomes \xNN.
func Text(s string) string {
	clean := true
	for _, r := range s {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n <= 1 || !unicode.IsPrint(r) {
			for _, c := range []byte(s[i : i+n]) {
				fmt.Fprintf(&b, `\x%02x`, c)
			}
		} else {
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// ID hashes parts to 32 hexadecimal digits (the first 128 bits of SHA-256),
// each part preceded by its length so that no two lists of parts meet.
func ID(parts ...any) string {
	h := sha256.New()
	var n [8]byte
	for _, p := range parts {
		var b []byte
		switch v := p.(type) {
		case string:
			b = []byte(v)
		case capture.Time:
			b = binary.BigEndian.AppendUint64(nil, uint64(v))
		case uint32:
			b = binary.BigEndian.AppendUint32(nil, v)
		case netip.AddrPort:
			b = []byte(v.String())
		case netip.Addr:
			b = []byte(v.String())
		default:
			b = fmt.Append(nil, v)
		}
		binary.BigEndian.PutUint64(n[:], uint64(len(b)))
		h.Write(n[:])
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// EpisodeID names an episode, the same through updates and upgrades.
func EpisodeID(site string, client netip.Addr, service, kind string, first capture.Time) string {
	return ID("episode", site, client, service, kind, first)
}

// EventID names one revision of a detection: the same revision delivered twice
// has the same id.
func (d *Detection) EventID() string { return ID("detection", d.Episode, d.Revision) }
