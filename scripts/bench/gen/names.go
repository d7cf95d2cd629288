package main

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
)

// watched are names that the catalogue knows.
func watched() []string {
	return []string{
		"discord.com", "hooks.slack.com", "api.telegram.org", "webhook.site",
		"api.mistral.ai", "api.cohere.com", "api.openai.com", "api.anthropic.com",
		"hooks.zapier.com", "pastebin.com", "maple-42.ngrok-free.app", "transfer.sh",
	}
}

// ordinary makes up n names, most of which nobody has.
func ordinary(r *rand.Rand, n int) []string {
	hosts := []string{"www.", "api.", "cdn.", "static.", "login.", "img1.", "edge-7.eu-west.", "", "mail.", "telemetry."}
	first := []string{"maple", "river", "copper", "quiet", "north", "lumen", "paper", "salt", "amber", "field", "harbour", "violet"}
	second := []string{"works", "stack", "metrics", "bank", "press", "cloud", "labs", "market", "media", "route", "health", "desk"}
	tops := []string{".com", ".com", ".com", ".net", ".org", ".io", ".de", ".co.uk", ".dev"}
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprint(pick(r, hosts), pick(r, first), pick(r, second), r.IntN(1000), pick(r, tops))
	}
	return names
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// site is a server name and the server that answers for it.
type site struct {
	name   string
	tls12  bool // it speaks no TLS 1.3
	hybrid bool // it takes the post-quantum key share
	at     [3]endpoint

	certificate []byte
}

// sites are the servers of a network: the watched ones first.
type sites struct {
	all     []site
	watched int
}

func newSites(r *rand.Rand, n int) *sites {
	names := append(watched(), ordinary(r, n)...)
	s := &sites{watched: len(watched()), all: make([]site, len(names))}
	certificate := newCertificate()
	blocks := []byte{13, 18, 34, 52, 104, 140, 151, 162, 185}
	for i, name := range names {
		h := fnv.New64a()
		h.Write([]byte(name))
		v := h.Sum64()
		st := site{name: name, tls12: i >= s.watched && v%100 < 10, hybrid: v>>8%100 < 70, certificate: certificate}
		for j := range st.at {
			st.at[j] = endpoint{
				mac:  [6]byte{0x02, 0x1a, 0, 0, 0, 1}, // the router
				ip:   [4]byte{blocks[v>>16%9], byte(v >> 24), byte(v >> 32), byte(v>>40) + byte(j)},
				port: 443,
			}
		}
		s.all[i] = st
	}
	return s
}

// machine is a client host of the network.
type machine struct {
	end      endpoint
	shape    int       // of its hello
	visits   [12]int32 // the sites that it calls, the most called first
	nextPort uint16
}

func newMachines(r *rand.Rand, s *sites, n int) []machine {
	all := make([]machine, n)
	for i := range all {
		m := &all[i]
		// An odd factor spreads the hosts over 10.0.0.0/8, each once.
		v := uint32(i) * 2654435 & 0xffffff
		m.end.ip = [4]byte{10, byte(v >> 16), byte(v >> 8), byte(v)}
		m.end.mac = [6]byte{0x02, 0x0c, 0, byte(v >> 16), byte(v >> 8), byte(v)}
		m.shape = pickShape(r)
		m.nextPort = uint16(32768 + r.IntN(28000))
		for j := range m.visits {
			u := r.Float64()
			m.visits[j] = int32(s.watched + int(u*u*u*float64(len(s.all)-s.watched)))
		}
	}
	return all
}

// watchedShare of all connections go to a name that the catalogue knows.
const watchedShare = 0.06

// dial picks where a machine connects to, and from which port.
func (m *machine) dial(r *rand.Rand, s *sites) (from, to endpoint, st *site) {
	u := r.Float64()
	i := int(m.visits[int(u*u*float64(len(m.visits)))])
	if r.Float64() < watchedShare {
		i = r.IntN(s.watched)
	}
	st = &s.all[i]
	from, to = m.end, st.at[r.IntN(len(st.at))]
	m.nextPort++
	if m.nextPort < 32768 {
		m.nextPort = 32768
	}
	from.port = m.nextPort
	return from, to, st
}
