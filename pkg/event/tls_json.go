package event

import "github.com/hookhound/hookhound/pkg/protocol"

// The JSON form of what TLS shows.
type (
	tlsJSON struct {
		Version      string         `json:"version,omitempty"`
		Established  *bool          `json:"established,omitempty"`
		Resumed      *bool          `json:"resumed,omitempty"`
		NextProtocol string         `json:"next_protocol,omitempty"`
		Client       *tlsClientJSON `json:"client,omitempty"`
		Server       *tlsServerJSON `json:"server,omitempty"`
	}
	tlsClientJSON struct {
		ServerName string `json:"server_name,omitempty"`
		JA3        string `json:"ja3,omitempty"`
	}
	tlsServerJSON struct {
		JA3S string `json:"ja3s,omitempty"`
	}
	extraTLS struct {
		Client      extraTLSClient `json:"client,omitzero"`
		Resumption  string         `json:"resumption,omitempty"`
		EarlyData   string         `json:"early_data,omitempty"`
		Retried     bool           `json:"retried,omitempty"`
		Certificate string         `json:"client_certificate,omitempty"`
		Alert       *alertJSON     `json:"alert,omitempty"`
	}
	extraTLSClient struct {
		JA4       string   `json:"ja4,omitempty"`
		JA4Raw    string   `json:"ja4_r,omitempty"`
		JA4Stable string   `json:"ja4_stable,omitempty"`
		ALPN      []string `json:"alpn,omitempty"`
		ECH       string   `json:"ech,omitempty"`
		Format    string   `json:"format,omitempty"`
	}
	alertJSON struct {
		Description string `json:"description"`
		Level       string `json:"level"`
		From        string `json:"from"`
	}
)

func (j *observationJSON) hello(o *Observation) {
	h := o.Conn.Hello
	j.Event.Type = []string{"protocol"}
	j.Network.Protocol = secured(o.Conn.Protocol)
	if h.HasClient || h.HasServer {
		j.TLS = &tlsJSON{Version: h.Version, NextProtocol: Text(h.NextProto), Established: established(h.Handshake)}
		j.Hookhound.TLS = handshakeOf(h)
	}
	if h.HasServer {
		if !h.Retried {
			j.TLS.Resumed = &h.Resumed
		}
		if h.JA3S != "" {
			j.TLS.Server = &tlsServerJSON{h.JA3S}
		}
	}
	if !h.HasClient {
		return
	}
	j.TLS.Client = tlsClientOf(h)
	j.service(o.Conn)
}

// established is what ECS calls the success of a handshake; nil where it cannot
// be read.
func established(h protocol.Handshake) *bool {
	if h == protocol.HandshakeUnseen {
		return nil
	}
	done := h == protocol.HandshakeDone
	return &done
}

// tlsClientOf is who said hello, nil where it told neither a name nor a
// fingerprint.
func tlsClientOf(h *protocol.Hello) *tlsClientJSON {
	c := tlsClientJSON{ServerName: Text(h.ServerName), JA3: h.Fingerprint.JA3}
	if c == (tlsClientJSON{}) {
		return nil
	}
	return &c
}

// handshakeOf is what a hello shows for which ECS has no name; nil for nothing.
func handshakeOf(h *protocol.Hello) *extraTLS {
	x := extraTLS{
		Resumption: h.Resumption.String(), EarlyData: h.EarlyData.String(), Retried: h.Retried,
		Certificate: h.Certificate.String(),
	}
	if a := h.Alert; a.From != protocol.NoPeer {
		x.Alert = &alertJSON{Description: a.Description(), Level: a.Level(), From: a.From.String()}
	}
	switch {
	case !h.HasClient:
		if x.Resumption == "" && !x.Retried && x.Certificate == "" && x.Alert == nil {
			return nil
		}
	case h.SSLv2:
		x.Client.Format = "sslv2"
	default:
		f := &h.Fingerprint
		x.Client = extraTLSClient{JA4: f.JA4, JA4Raw: f.JA4Raw, JA4Stable: f.JA4Stable, ECH: h.ECH.String()}
		for _, name := range h.ALPN {
			if name != "" {
				x.Client.ALPN = append(x.Client.ALPN, Text(name))
			}
		}
	}
	return &x
}
