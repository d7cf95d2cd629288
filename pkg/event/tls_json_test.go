package event

import (
	"encoding/json"
	"testing"

	"github.com/hookhound/hookhound/pkg/protocol"
)

// parts gives the two places of an observation in which TLS stands.
func parts(t *testing.T, h *protocol.Hello, kind Type) (ecs, own string) {
	t.Helper()
	c := *sampleConn()
	c.Hello = h
	enc := &Encoder{Mode: Replay}
	b, err := enc.Observation(&Observation{Type: kind, Conn: &c})
	if err != nil {
		t.Fatal(err)
	}
	noEmpty(t, b)
	var o struct {
		TLS       json.RawMessage `json:"tls"`
		Hookhound struct {
			TLS json.RawMessage `json:"tls"`
		} `json:"hookhound"`
	}
	if err := json.Unmarshal(b, &o); err != nil {
		t.Fatal(err)
	}
	return string(o.TLS), string(o.Hookhound.TLS)
}

func TestHelloJSON(t *testing.T) {
	client := func(h protocol.Hello) protocol.Hello {
		h.HasClient, h.ServerName = true, "discord.com"
		h.Fingerprint = protocol.Fingerprint{JA3: "3", JA4: "4", JA4Raw: "4r", JA4Stable: "4s"}
		return h
	}
	answered := func(h protocol.Hello) protocol.Hello {
		h = client(h)
		h.HasServer, h.JA3S = true, "3s"
		return h
	}
	const who, print = `"client":{"server_name":"discord.com","ja3":"3"}`, `"ja4":"4","ja4_r":"4r","ja4_stable":"4s"`
	const none, server = `{"client":{` + print + `,"ech":"none"}`, `,"server":{"ja3s":"3s"}}`
	tests := []struct {
		name     string
		h        protocol.Hello
		ecs, own string
	}{
		{"no answer", client(protocol.Hello{Version: "1.3"}), `{"version":"1.3",` + who + `}`, none + `}`},
		{"TLS 1.3, resumed, with early data",
			answered(protocol.Hello{Version: "1.3", Resumed: true, Resumption: protocol.ByPSK, EarlyData: protocol.EarlyDataOffered}),
			`{"version":"1.3","resumed":true,` + who + server, none + `,"resumption":"psk","early_data":"offered"}`},
		{"asked to say hello again: whether a session is taken is not known yet",
			answered(protocol.Hello{Version: "1.3", Retried: true, Resumption: protocol.ByPSK, EarlyData: protocol.EarlyDataRefused}),
			`{"version":"1.3",` + who + server, none + `,"resumption":"psk","early_data":"refused","retried":true}`},
		{"TLS 1.2 with a client certificate",
			answered(protocol.Hello{Version: "1.2", NextProto: "h2", Handshake: protocol.HandshakeDone, Certificate: protocol.CertificateSent}),
			`{"version":"1.2","established":true,"resumed":false,"next_protocol":"h2",` + who + server, none + `,"client_certificate":"sent"}`},
		{"the ticket is not taken, and the client does not trust the server",
			answered(protocol.Hello{Version: "1.2", Handshake: protocol.HandshakeFailed, Resumption: protocol.ByTicket,
				Alert: protocol.Alert{From: protocol.FromClient, Fatal: true, Code: 48}}),
			`{"version":"1.2","established":false,"resumed":false,` + who + server,
			none + `,"resumption":"ticket","alert":{"description":"unknown_ca","level":"fatal","from":"client"}}`},
		{"a warning of no known name",
			client(protocol.Hello{Alert: protocol.Alert{From: protocol.FromServer, Code: 200}}),
			`{` + who + `}`, none + `,"alert":{"description":"200","level":"warning","from":"server"}}`},
		{"an outer name",
			client(protocol.Hello{ECH: protocol.ECHOuter, ALPN: []string{"h2", ""}}),
			`{` + who + `}`, `{"client":{` + print + `,"alpn":["h2"],"ech":"outer"}}`},
		{"SSLv2's form", protocol.Hello{HasClient: true, SSLv2: true, Version: "1.0"},
			`{"version":"1.0"}`, `{"client":{"format":"sslv2"}}`},
		{"SSLv2 itself", protocol.Hello{HasClient: true, HasServer: true, SSLv2: true, Version: "2.0"},
			`{"version":"2.0","resumed":false}`, `{"client":{"format":"sslv2"}}`},
		{"an answer alone", protocol.Hello{HasServer: true, Version: "1.2", JA3S: "3s"},
			`{"version":"1.2","resumed":false` + server, ``},
		{"an answer alone that resumes", protocol.Hello{HasServer: true, Version: "1.3", JA3S: "3s", Resumed: true, Resumption: protocol.ByPSK},
			`{"version":"1.3","resumed":true` + server, `{"resumption":"psk"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if ecs, own := parts(t, &test.h, Hello); ecs != test.ecs || own != test.own {
				t.Errorf("\n got tls %s\nwant     %s\n got hookhound.tls %s\nwant               %s", ecs, test.ecs, own, test.own)
			}
		})
	}
}

// An exchange tells who calls, and nothing where that is not known.
func TestCallerOfExchange(t *testing.T) {
	ecs, own := parts(t, &protocol.Hello{HasClient: true, Fingerprint: protocol.Fingerprint{JA3: "3", JA4: "4", JA4Stable: "4s"},
		Resumption: protocol.ByPSK}, Exchange)
	if ecs != `{"client":{"ja3":"3"}}` || own != `{"client":{"ja4":"4","ja4_stable":"4s"}}` {
		t.Errorf("%s, %s", ecs, own)
	}
	if ecs, own := parts(t, &protocol.Hello{HasClient: true, SSLv2: true}, Exchange); ecs != "" || own != "" {
		t.Errorf("%s, %s, want nothing", ecs, own)
	}
}
