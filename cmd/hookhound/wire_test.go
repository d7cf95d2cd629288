package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestGoldenWire replays each capture of pcaps/wire: what is observed and
// detected is what testdata/wire holds. A new capture is one file there, and
// `go test ./cmd/hookhound -run GoldenWire -update` writes its own here.
func TestGoldenWire(t *testing.T) {
	files := wireCaptures(t)
	known := map[string]bool{}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".pcap") + ".jsonl"
		known[name] = true
		got := hookhound(t, "replay", "--observations", "--privacy", "standard", file)
		if got.status != statusOK {
			t.Errorf("%s: status %d: %s", name, got.status, got.stderr)
		}
		golden(t, filepath.Join("..", "wire", name), got.stdout)
		more := hookhound(t, "replay", "--observations", "--privacy", "standard", "--workers", "3", file)
		same(t, name+" with three workers", more.stdout, got.stdout)
	}
	kept, err := os.ReadDir("testdata/wire")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range kept {
		if !known[entry.Name()] {
			t.Errorf("testdata/wire/%s: there is no such capture", entry.Name())
		}
	}
}

// TestWireCarriersChangeNothing: what a conversation is carried in, whole or in
// fragments, adds identifiers to what is observed and changes nothing of it.
func TestWireCarriersChangeNothing(t *testing.T) {
	told := func(name string) string {
		var b strings.Builder
		for _, o := range objects(t, hookhound(t, "replay", "--observations", filepath.Join(pcaps, "wire", name+".pcap")).stdout) {
			fmt.Fprintln(&b, o.text("hookhound.observation"), o.text("source.ip"), o.number("source.port"), o.text("destination.ip"), o.number("destination.port"),
				o.text("destination.domain"), o.number("source.bytes"), o.number("destination.bytes"), o.text("tls.client.ja3"),
				o.text("hookhound.tls.client.ja4"), o.text("hookhound.exchange.certainty"), o.text("network.community_id"))
		}
		return b.String()
	}
	for plain, names := range map[string][]string{
		"ip-in-ip": {"vlan-stacked", "mpls", "pppoe", "gre", "erspan-1", "erspan-2", "erspan-3", "vxlan", "geneve", "gtp-u", "l2tp", "fragments-ipv4", "fragments-vxlan"},
		"6in4":     {"fragments-ipv6"},
	} {
		want := told(plain)
		if lines := strings.Count(want, "\n"); lines != 3 || !strings.Contains(want, "inner.example.com") {
			t.Errorf("%s: %q", plain, want)
		}
		for _, name := range names {
			same(t, name+", beside "+plain, told(name), want)
		}
	}
}

// TestWireIsSaidRightly holds what pcaps/wire/README.md promises of each capture
// that is no matter of taste, and that the generator knows: golden files repeat
// what is said, right or wrong. Each line is a field, a value, and on how many
// lines of the output it stands.
func TestWireIsSaidRightly(t *testing.T) {
	const (
		kind = "hookhound.observation"
		name = "destination.domain"
		ech  = "hookhound.tls.client.ech"
		how  = "hookhound.exchange.how"
		push = "hookhound.exchange.push"
		down = "destination.bytes"
		seen = "hookhound.visibility."
		sni  = "tls.client.server_name"
	)
	claims := []struct {
		capture, field, value string
		lines                 int
	}{
		{"vlan-stacked", "network.inner.vlan.id", "200", 3},
		{"erspan-2", "network.vlan.id", "300", 3},
		{"http-requests", kind, "http", 6},
		{"http-requests", how, "http", 6},
		{"http-other-port", kind, "http", 1},
		{"http-webhook-url", "hookhound.webhook.id", "123456789012345678", 1},
		{"http-webhook-url", "hookhound.webhook.id", "T0MADEUP00/B0MADEUP00", 1},
		{"websocket", kind, "http", 1},
		{"websocket", push, "true", 5},
		{"http2-prior", kind, "http", 3},
		{"http2-prior", how, "http", 3},
		{"http2-upgrade", kind, "http", 2},
		{"connect", "hookhound.service", "webhook-site", 3},
		{"forward-proxy", "network.forwarded_ip", "10.0.1.15", 2},
		{"socks5", "hookhound.service", "webhook-site", 3},
		{"socks4a", "hookhound.service", "webhook-site", 3},
		{"socks4a", sni, "webhook.site", 0},
		{"proxy-header-1", "network.forwarded_ip", "10.0.1.15", 3},
		{"proxy-header-2", "network.forwarded_ip", "2001:db8:1::15", 3},
		{"dns-udp", kind, "name", 4},
		{"dns-udp", "dns.response_code", "NXDOMAIN", 1},
		{"dns-udp", "hookhound.dns.ech", "true", 1},
		{"dns-tcp", kind, "name", 2},
		{"dns-beacon", seen + "name", "dns", 4},
		{"dns-beacon", sni, "webhook.site", 0}, // it was never said
		{"ech", ech, "outer", 14},
		{"ech", seen + "name", "dns", 4},
		{"ech", sni, "webhook.site", 0}, // nor here
		{"ech-grease", ech, "present", 1},
		{"dns-encrypted", "hookhound.encrypted_dns", "dot", 3},
		{"dns-encrypted", "hookhound.encrypted_dns", "doh", 3},
		{"dhcp-v4", "host.name", "build-7", 1},
		{"dhcp-v4", "hookhound.lease.lifetime_s", "3600", 1},
		{"dhcp-v4", "hookhound.lease.lifetime_s", "0", 1}, // the release; what is asked for ends nothing
		{"dhcp-v6", "host.name", "build-7", 2},
		{"starttls-smtp", sni, "mail.example.com", 2},
		{"starttls-imap", sni, "mail.example.com", 2},
		{"starttls-pop3", sni, "mail.example.com", 2},
		{"starttls-ftp", sni, "mail.example.com", 2},
		{"starttls-xmpp", sni, "mail.example.com", 2},
		{"starttls-postgresql", sni, "mail.example.com", 2},
		{"tls13-hello-retry", kind, "hello", 2},
		{"tls13-hello-retry", kind, "exchange", 1},
		{"tls12-ticket", "tls.resumed", "true", 1},
		{"tls13-psk", "tls.resumed", "true", 1},
		{"tls13-early-data", kind, "exchange", 2},
		{"tls-alert", kind, "exchange", 0},
		{"tls-alert", sni, "refused.example.com", 2},
		{"tls13-compatibility", kind, "exchange", 2},
		{"sslv2-hello", "tls.version", "1.0", 1},
		{"mirrored-twice", down, "350", 3},
		{"mirrored-twice", down, "1895", 1}, // the flow's, of one copy
		{"mirrored-twice", seen + "duplicated", "0.5", 4},
		{"one-way-client", seen + "one_way", "true", 5},
		{"one-way-client", kind, "exchange", 3},
		{"one-way-server", seen + "one_way", "true", 5},
		{"one-way-server", down, "350", 3},
		{"snap-96", down, "350", 3},
		{"late-frames", down, "350", 2},
		{"late-frames", name, "mirror.example.com", 5},
		{"late-frames", seen + "lost", "<nil>", 5},
		{"clock-steps-back", kind, "exchange", 3},
		{"clock-steps-back", down, "350", 2},
		{"clock-steps-back", down, "700", 1}, // those on both sides of the step
		{"quic-v1", how, "quic-datagrams", 3},
		{"quic-v2", how, "quic-datagrams", 3},
		{"quic-two-initials", sni, "two.example.com", 4},
		{"quic-retry", kind, "hello", 1},
		{"quic-version-negotiation", sni, "version.example.com", 4},
		{"shared-address", seen + "shared_address", "true", 1},
	}
	told := map[string][]object{}
	for _, c := range claims {
		if told[c.capture] == nil {
			told[c.capture] = objects(t, hookhound(t, "replay", "--observations", filepath.Join(pcaps, "wire", c.capture+".pcap")).stdout)
		}
		lines := 0
		for _, o := range told[c.capture] {
			if fmt.Sprint(o.get(c.field)) == c.value {
				lines++
			}
		}
		if lines != c.lines {
			t.Errorf("%s: %s is %s on %d lines, want %d", c.capture, c.field, c.value, lines, c.lines)
		}
	}
}

// TestWireTellsNoSecret looks for what must not leave under the ordinary
// privacy setting: tokens of webhooks, queries, and paths of no service.
func TestWireTellsNoSecret(t *testing.T) {
	secrets := []string{"MadeUpToken", "MadeUpSecret", "hunter2", "/private", "host=build-7", "id=7", "page=2"}
	for _, file := range wireCaptures(t) {
		got := hookhound(t, "replay", "--observations", "--privacy", "standard", file)
		for _, secret := range secrets {
			if strings.Contains(got.stdout+got.stderr, secret) {
				t.Errorf("%s: %q leaves the sensor", file, secret)
			}
		}
	}
	full := hookhound(t, "replay", "--observations", "--privacy", "full", filepath.Join(pcaps, "wire", "http-webhook-url.pcap"))
	for _, secret := range secrets[:5] {
		if !strings.Contains(full.stdout, secret) {
			t.Errorf("%q is not there under the setting full", secret)
		}
	}
}

func wireCaptures(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(pcaps, "wire", "*.pcap"))
	if err != nil || len(files) < 50 {
		t.Fatalf("%d captures: %v", len(files), err)
	}
	return files
}
