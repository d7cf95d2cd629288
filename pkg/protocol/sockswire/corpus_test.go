package sockswire

import (
	"fmt"
	"slices"
	"testing"

	"github.com/hookhound/hookhound/pkg/protocol/protocoltest"
)

// TestCorpus: the targets of real proxies, as other tools read them.
func TestCorpus(t *testing.T) {
	for _, c := range []struct {
		name string
		want []string
		head bool
	}{
		{"arkime__socks-http-example.pcap", []string{"93.184.216.119:80", "93.184.216.119:80", "www.example.com:80"}, false},
		{"arkime__socks-http-pass.pcap", []string{"93.184.216.119:80"}, false},
		{"arkime__socks5-http-302.pcap", []string{"www.google.com:80"}, false},
		{"foxio__socks4-https.pcap", []string{"login.live.com:443"}, false},
		{"mercury__socks4_5.pcap", []string{"93.184.216.119:80", "93.184.216.119:80", "93.184.216.119:80", "www.example.com:80"}, false},
		{"ndpi__tls_heur__shadowsocks-tcp.pcapng", []string{"2a00:1450:4002:416::200e:443"}, false},
		{"zeek__socks-with-ssl.pcap", []string{"www.google.com:443"}, false},
		{"ndpi__haproxy.pcap", []string{"222.222.222.22:443"}, true},
	} {
		kind := Protocol()
		if c.head {
			kind = Header()
		}
		var got []string
		for _, l := range protocoltest.Read(t, protocoltest.Corpus(t, c.name), kind) {
			for _, x := range l.Targets {
				got = append(got, fmt.Sprintf("%s:%d", x.Host, x.Port))
			}
			if !l.HandedOver {
				t.Errorf("%s: a connection is not handed over", c.name)
			}
		}
		if slices.Sort(got); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
