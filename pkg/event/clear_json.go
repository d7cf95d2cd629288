package event

import (
	"slices"
	"strconv"
	"strings"

	"github.com/hookhound/hookhound/pkg/protocol"
)

// The JSON form of what is read in clear text: requests, names and leases.
type (
	httpJSON struct {
		Version  string            `json:"version,omitempty"`
		Request  *httpRequestJSON  `json:"request,omitempty"`
		Response *httpResponseJSON `json:"response,omitempty"`
	}
	httpRequestJSON struct {
		Method string `json:"method"`
	}
	httpResponseJSON struct {
		Status int `json:"status_code"`
	}
	urlJSON struct {
		Domain   string `json:"domain,omitempty"`
		Port     uint16 `json:"port,omitempty"`
		Original string `json:"original,omitempty"`
	}
	userAgentJSON struct {
		Original string `json:"original"`
	}
	webhookJSON struct {
		ID        string `json:"id"`
		TokenHash string `json:"token_hash,omitempty"`
	}

	dnsJSON struct {
		Type         string          `json:"type"`
		Question     dnsQuestionJSON `json:"question"`
		ResponseCode string          `json:"response_code"`
		Answers      []dnsAnswerJSON `json:"answers,omitempty"`
		ResolvedIP   []string        `json:"resolved_ip,omitempty"`
	}
	dnsQuestionJSON struct {
		Name string `json:"name,omitempty"`
		Type string `json:"type"`
	}
	dnsAnswerJSON struct {
		Name string `json:"name,omitempty"`
		Type string `json:"type"`
		Data string `json:"data"`
		TTL  *int64 `json:"ttl,omitempty"` // seconds
	}
	extraDNS struct {
		ALPN []string `json:"alpn,omitempty"`
		ECH  bool     `json:"ech,omitempty"`
	}

	hostJSON struct {
		Name string   `json:"name,omitempty"`
		IP   []string `json:"ip,omitempty"`
		MAC  []string `json:"mac,omitempty"`
	}
	leaseJSON struct {
		Lifetime  *int64 `json:"lifetime_s,omitempty"` // seconds; zero: it has ended
		Requested bool   `json:"requested,omitempty"`  // asked for, and not granted yet
		ClientID  string `json:"client_id,omitempty"`
	}
)

func (j *observationJSON) request(o *Observation) {
	r := o.Request
	j.Event.Category = []string{"network", "web"}
	j.Event.Type = []string{"access", "protocol"}
	j.Network.Protocol = "http"
	h := &httpJSON{Version: r.Version}
	if r.Method != "" {
		h.Request = &httpRequestJSON{Text(r.Method)}
	}
	if r.Status != 0 {
		h.Response = &httpResponseJSON{r.Status}
	}
	if *h != (httpJSON{}) {
		j.HTTP = h
	}
	if r.Domain != "" || r.Target != "" {
		domain, port := splitPort(r.Domain)
		j.URL = &urlJSON{Domain: Text(domain), Port: port, Original: Text(r.Target)}
	}
	if r.UserAgent != "" {
		j.UserAgent = &userAgentJSON{Text(r.UserAgent)}
	}
	if r.WebhookID != "" {
		j.Hookhound.Webhook = &webhookJSON{ID: Text(r.WebhookID), TokenHash: r.TokenHash}
	}
	j.Hookhound.Upgrade = Text(r.Upgrade)
	j.service(o.Conn)
}

func (j *observationJSON) answer(o *Observation) {
	a := o.Answer
	j.Event.Type = []string{"protocol", "info"}
	j.Network.Protocol = "dns"
	d := &dnsJSON{
		Type:         "answer",
		Question:     dnsQuestionJSON{Name: Text(a.Question), Type: protocol.RecordType(a.Type)},
		ResponseCode: protocol.ResponseCode(a.RCode),
	}
	for _, alias := range a.Aliases {
		d.Answers = append(d.Answers, dnsAnswerJSON{Type: "CNAME", Data: Text(alias)})
	}
	for _, n := range a.Addresses {
		kind, ttl := "A", int64(n.TTL.Seconds())
		if n.Addr.Is6() {
			kind = "AAAA"
		}
		text := n.Addr.String()
		d.Answers = append(d.Answers, dnsAnswerJSON{Type: kind, Data: text, TTL: &ttl})
		if !slices.Contains(d.ResolvedIP, text) {
			d.ResolvedIP = append(d.ResolvedIP, text)
		}
	}
	j.DNS = d
	if len(a.ALPN) > 0 || a.ECH {
		x := &extraDNS{ECH: a.ECH}
		for _, p := range a.ALPN {
			x.ALPN = append(x.ALPN, Text(p))
		}
		j.Hookhound.DNS = x
	}
}

func (j *observationJSON) lease(o *Observation) {
	l := o.Lease
	j.Event.Type = []string{"protocol", "info"}
	j.Network.Protocol = "dhcp"
	h := &hostJSON{Name: Text(l.Host)}
	if l.Addr.IsValid() {
		h.IP = []string{l.Addr.String()}
	}
	if l.MAC != "" {
		// ECS wants the form of RFC 7042.
		h.MAC = []string{strings.ToUpper(strings.ReplaceAll(l.MAC, ":", "-"))}
	}
	if h.Name != "" || h.IP != nil || h.MAC != nil {
		j.Host = h
	}
	x := &leaseJSON{Requested: l.Requested, ClientID: l.ClientID}
	if seconds := int64(l.Lifetime.Seconds()); seconds > 0 || !l.Requested {
		x.Lifetime = &seconds
	}
	if *x != (leaseJSON{}) {
		j.Hookhound.Lease = x
	}
}

// splitPort takes the port off a host; ECS has a field of its own for it. IPv6
// addresses keep their brackets there. What has no port comes back whole.
func splitPort(host string) (string, uint16) {
	i := strings.LastIndexByte(host, ':')
	if i <= 0 || strings.IndexByte(host, ':') != i && host[i-1] != ']' {
		return host, 0
	}
	port, err := strconv.ParseUint(host[i+1:], 10, 16)
	if err != nil || port == 0 {
		return host, 0
	}
	return host[:i], uint16(port)
}
