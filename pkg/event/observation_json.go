package event

import (
	"net/netip"
	"time"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/catalog"
	"github.com/hookhound/hookhound/pkg/packet"
	"github.com/hookhound/hookhound/pkg/protocol"
)

// The JSON form of an observation. Groups that an observation does not have
// are nil pointers.
type (
	observationJSON struct {
		Timestamp   string           `json:"@timestamp"`
		ECS         ecsJSON          `json:"ecs"`
		Event       eventJSON        `json:"event"`
		Source      *endpointJSON    `json:"source,omitempty"`
		Destination *endpointJSON    `json:"destination,omitempty"`
		Network     *networkJSON     `json:"network,omitempty"`
		TLS         *tlsJSON         `json:"tls,omitempty"`
		HTTP        *httpJSON        `json:"http,omitempty"`
		URL         *urlJSON         `json:"url,omitempty"`
		UserAgent   *userAgentJSON   `json:"user_agent,omitempty"`
		DNS         *dnsJSON         `json:"dns,omitempty"`
		Host        *hostJSON        `json:"host,omitempty"`
		Observer    observer         `json:"observer"`
		Hookhound   observationExtra `json:"hookhound"`
	}
	ecsJSON struct {
		Version string `json:"version"`
	}
	eventJSON struct {
		Kind     string   `json:"kind"`
		Category []string `json:"category"`
		Type     []string `json:"type"`
		Dataset  string   `json:"dataset"`
		Action   string   `json:"action,omitempty"`
		ID       string   `json:"id"`
		Created  string   `json:"created,omitempty"`
		Start    string   `json:"start,omitempty"`
		End      string   `json:"end,omitempty"`
		Duration *int64   `json:"duration,omitempty"` // nanoseconds
		Outcome  string   `json:"outcome,omitempty"`
		Reason   string   `json:"reason,omitempty"`
		Score    *float64 `json:"risk_score,omitempty"`
		Severity *int     `json:"severity,omitempty"`
	}
	endpointJSON struct {
		IP      string   `json:"ip"`
		Port    uint16   `json:"port,omitempty"`
		Domain  string   `json:"domain,omitempty"`
		Bytes   *uint64  `json:"bytes,omitempty"`
		Packets *uint64  `json:"packets,omitempty"`
		NAT     *natJSON `json:"nat,omitempty"`
	}
	natJSON struct {
		IP string `json:"ip"`
	}
	networkJSON struct {
		Transport   string    `json:"transport,omitempty"`
		Protocol    string    `json:"protocol,omitempty"`
		CommunityID any       `json:"community_id,omitempty"` // a string, or a list in a detection
		ForwardedIP string    `json:"forwarded_ip,omitempty"`
		Direction   string    `json:"direction,omitempty"`
		VLAN        *vlanJSON `json:"vlan,omitempty"`
		Inner       *struct {
			VLAN vlanJSON `json:"vlan"`
		} `json:"inner,omitempty"`
	}
	vlanJSON struct {
		ID uint16 `json:"id"`
	}
	observationExtra struct {
		Schema      int            `json:"schema_version"`
		Observation string         `json:"observation"`
		Mode        string         `json:"mode"`
		Site        string         `json:"site"`
		Service     string         `json:"service,omitempty"`
		Tenant      string         `json:"tenant,omitempty"`
		Class       string         `json:"class,omitempty"`
		TLS         *extraTLS      `json:"tls,omitempty"`
		Encrypted   string         `json:"encrypted_dns,omitempty"`
		Tunnel      *tunnelJSON    `json:"tunnel,omitempty"`
		Exchange    *exchangeJSON  `json:"exchange,omitempty"`
		Webhook     *webhookJSON   `json:"webhook,omitempty"`
		Upgrade     string         `json:"upgrade,omitempty"`
		DNS         *extraDNS      `json:"dns,omitempty"`
		Lease       *leaseJSON     `json:"lease,omitempty"`
		Visibility  visibilityJSON `json:"visibility"`
	}
	tunnelJSON struct {
		Kind  string `json:"kind"`
		ID    uint32 `json:"id"`
		Depth uint8  `json:"depth"`
	}
	exchangeJSON struct {
		How       string `json:"how"`
		Certainty string `json:"certainty"`
		Index     uint32 `json:"index"`
		Interim   bool   `json:"interim,omitempty"`
		Push      bool   `json:"push,omitempty"`
	}
	visibilityJSON struct {
		Name      string  `json:"name"`
		Lost      float64 `json:"lost,omitempty"`       // share of the bytes, 0 to 1
		Truncated float64 `json:"truncated,omitempty"`  // share of the bytes, 0 to 1
		Copied    float64 `json:"duplicated,omitempty"` // share of the bytes, 0 to 1
		OneWay    bool    `json:"one_way,omitempty"`
		Midstream bool    `json:"midstream,omitempty"`
		Shared    bool    `json:"shared_address,omitempty"`
	}
)

// Observation encodes o as one JSON object.
func (e *Encoder) Observation(o *Observation) ([]byte, error) {
	j := observationJSON{
		Timestamp: stamp(o.Time),
		ECS:       ecsJSON{ECSVersion},
		Event: eventJSON{
			Kind: "event", Category: []string{"network"}, Dataset: "hookhound." + o.Type.String(),
			ID: o.EventID(), Created: e.created(),
		},
		Observer:  e.observer(),
		Hookhound: observationExtra{Schema: SchemaVersion, Observation: o.Type.String(), Mode: e.Mode},
	}
	j.connection(o.Conn)
	j.Hookhound.Visibility = visibilityOf(o.Visibility)
	switch o.Type {
	case Hello:
		j.hello(o)
	case Exchange:
		j.exchange(o)
	case Flow:
		j.flow(o)
	case HTTP:
		j.request(o)
	case Name:
		j.answer(o)
	case Lease:
		j.lease(o)
	}
	return marshal(&j)
}

// EventID names the fact: the same fact of the same capture has the same id.
func (o *Observation) EventID() string {
	c, what := o.Conn, o.Type.String()
	var number uint32
	switch o.Type {
	case HTTP, Name, Lease:
		// Several can become known in one frame.
		return ID(what, c.Site, c.Client, c.Server, uint32(c.Protocol), c.Opened, o.Time, o.Number)
	case Hello:
		number = c.Hello.Number
	case Exchange:
		number = o.Exchange.Index
		if o.Exchange.Interim {
			what += " interim" // the end may come at the same moment
		}
	}
	return ID(what, c.Site, c.Client, c.Server, uint32(c.Protocol), c.Opened, number, o.Time)
}

func (j *observationJSON) connection(c *Conn) {
	j.Source = &endpointJSON{IP: c.Client.Addr().String(), Port: c.Client.Port()}
	j.Destination = &endpointJSON{IP: c.Server.Addr().String(), Port: c.Server.Port(), Domain: Text(c.Name)}
	j.Network = &networkJSON{
		Transport:   transport(c.Protocol),
		CommunityID: CommunityID(c.Client, c.Server, c.Protocol),
		Direction:   c.Direction.String(),
	}
	if c.Forwarded.IsValid() {
		j.Network.ForwardedIP = c.Forwarded.String()
	}
	if len(c.VLANs) > 0 {
		j.Network.VLAN = &vlanJSON{c.VLANs[0]}
	}
	if len(c.VLANs) > 1 {
		j.Network.Inner = &struct {
			VLAN vlanJSON `json:"vlan"`
		}{vlanJSON{c.VLANs[1]}}
	}
	j.Hookhound.Site = c.Site
	if t := c.Tunnel; t.Depth > 0 {
		j.Hookhound.Tunnel = &tunnelJSON{t.Kind.String(), t.ID, t.Depth}
	}
}

func (j *observationJSON) service(c *Conn) {
	j.Hookhound.Service = Text(c.Match.ID)
	j.Hookhound.Tenant = Text(c.Match.Tenant)
	j.Hookhound.Class = string(c.Match.Class)
	j.Hookhound.Encrypted = encryptedDNS(c)
}

// encryptedDNS tells by which of its encrypted forms a connection carries DNS:
// over TLS (RFC 7858) and QUIC (RFC 9250) by their port, over HTTPS (RFC 8484)
// by the resolver's name.
func encryptedDNS(c *Conn) string {
	const port = 853
	switch {
	case c.Server.Port() == port && c.Protocol == packet.ProtoTCP:
		return "dot"
	case c.Server.Port() == port:
		return "doq"
	case c.Match.Class == catalog.Resolver:
		return "doh"
	}
	return ""
}

func (j *observationJSON) exchange(o *Observation) {
	x := &o.Exchange
	j.Event.Type = []string{"connection", "info"}
	j.Event.span(x.Start, x.End)
	j.Source.Bytes, j.Destination.Bytes = &x.Up, &x.Down
	j.Hookhound.Exchange = &exchangeJSON{
		How: x.How.String(), Certainty: x.Sure.String(), Index: x.Index, Interim: x.Interim, Push: x.Push,
	}
	j.service(o.Conn)
	if x.How == protocol.ByHTTP {
		j.Network.Protocol = "http"
		return
	}
	if h := o.Conn.Hello; h != nil && h.HasClient {
		j.Network.Protocol = secured(o.Conn.Protocol)
		if client := tlsClientOf(h); client != nil {
			j.TLS = &tlsJSON{Client: client}
			j.Hookhound.TLS = &extraTLS{Client: extraTLSClient{JA4: h.Fingerprint.JA4, JA4Stable: h.Fingerprint.JA4Stable}}
		}
	}
}

func (j *observationJSON) flow(o *Observation) {
	s := o.Summary
	j.Event.Type = []string{"connection", "end"}
	j.Event.span(s.First, s.Last)
	j.Event.Outcome, j.Event.Reason = s.Outcome, s.Reason
	j.Source.Bytes, j.Source.Packets = &s.Bytes[0], &s.Packets[0]
	j.Destination.Bytes, j.Destination.Packets = &s.Bytes[1], &s.Packets[1]
	j.service(o.Conn)
}

// span fills start, end and duration; time that stepped back counts as none.
func (e *eventJSON) span(start, end capture.Time) {
	d := int64(max(end.Sub(start), time.Duration(0)))
	e.Start, e.End, e.Duration = stamp(start), stamp(max(start, end)), &d
}

func visibilityOf(v Visibility) visibilityJSON {
	return visibilityJSON{
		Name: v.Name.String(), Lost: round(v.LostShare(), 4), Truncated: round(v.CutShare(), 4),
		Copied: round(v.CopiedShare(), 4),
		OneWay: v.OneWay, Midstream: v.Midstream, Shared: v.Shared,
	}
}

// secured is the protocol that carried a hello.
func secured(transport uint8) string {
	if transport == packet.ProtoUDP {
		return "quic"
	}
	return "tls"
}

func transport(protocol uint8) string {
	switch protocol {
	case packet.ProtoTCP:
		return "tcp"
	case packet.ProtoUDP:
		return "udp"
	}
	return ""
}

func addrs(in []netip.Addr) []string {
	var out []string
	for _, a := range in {
		out = append(out, a.String())
	}
	return out
}
