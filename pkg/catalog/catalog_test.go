package catalog

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/hookhound/hookhound/pkg/limit"
	"github.com/hookhound/hookhound/rules"
)

// load reads the catalogue that is shipped.
func load(t testing.TB) *Catalog {
	t.Helper()
	c, err := Load(rules.FS)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestHost(t *testing.T) {
	c := load(t)
	long := strings.Repeat("a.", 200)
	for _, test := range []struct {
		name, id, tenant string
		known            bool
	}{
		// One service under many names.
		{"discord.com", "discord", "", true},
		{"discordapp.com", "discord", "", true},
		{"ptb.discord.com", "discord", "", true},
		{"canary.discordapp.com", "discord", "", true},
		{"DISCORD.com.", "discord", "", true},
		{"discord.com:443", "discord", "", true},
		{"cdn.discordapp.com", "discord-cdn", "", true},
		{"gateway.discord.gg", "discord-gateway", "", true},
		// Below a shared domain that has no entry itself.
		{"updates.discord.com", "discord.com", "", false},
		{"notdiscord.com", "notdiscord.com", "", false},
		{"discord.com.evil.example", "evil.example", "", false},

		// Tenants, also where the public suffix list knows none.
		{"x.ngrok-free.app", "ngrok", "x", true},
		{"a.b.x.ngrok-free.app", "ngrok", "x", true},
		{"x.eu.ngrok.io", "ngrok", "x", true},
		{"2.tcp.eu.ngrok.io", "ngrok", "", true},
		{"ngrok.io", "ngrok.io", "", false},
		{"x.lhr.life", "localhost-run", "x", true},
		{"x.loca.lt", "localtunnel", "x", true},
		{"x-3000.euw.devtunnels.ms", "devtunnels", "x-3000", true},
		{"x.m.pipedream.net", "pipedream", "x", true},
		{"secret.data.x.oast.pro", "interactsh", "x", true},
		{"oast.pro", "interactsh", "", true},
		{"toast.pro", "toast.pro", "", false},
		{"www.beeceptor.com", "beeceptor.com", "", false},
		{"polling.oastify.com", "burp-collaborator-client", "", true},
		{"id.lambda-url.eu-west-1.on.aws", "aws-lambda-url", "id", true},
		{"lambda-url.eu-west-1.on.aws", "lambda-url.eu-west-1.on.aws", "", false},
		{"id.execute-api.us-east-1.amazonaws.com", "aws-api-gateway", "id", true},
		{"bedrock-runtime.us-east-1.amazonaws.com", "bedrock", "", true},
		{"k3.a.free.pinggy.link", "pinggy", "k3", true},
		{"svc-abc-uc.a.run.app", "cloud-run", "svc-abc-uc", true},

		// The public suffix list for the rest.
		{"www.bbc.co.uk", "bbc.co.uk", "", false},
		{"a.b.example.org", "example.org", "", false},
		{"co.uk", "co.uk", "", false},
		{"localhost", "localhost", "", false},
		{"xn--bcher-kva.example", "xn--bcher-kva.example", "", false},

		// Addresses.
		{"192.0.2.7", "192.0.2.7", "", false},
		{"192.0.2.7:8443", "192.0.2.7", "", false},
		{"2001:db8::1", "2001:db8::1", "", false},
		{"2001:DB8:0::0001", "2001:db8::1", "", false},
		{"[2001:db8::1]:443", "2001:db8::1", "", false},
		{"[fe80::1%eth0]", "fe80::1", "", false},
		{"::ffff:192.0.2.7", "192.0.2.7", "", false},
		{"[2001:db8::1", "", "", false},
		{"1.2.3.999", "3.999", "", false},

		// What cannot be a name stands for nothing, unless its end is known.
		{"", "", "", false},
		{".", "", "", false},
		{"..", "", "", false},
		{"a..example.org", "", "", false},
		{".example.org", "", "", false},
		{"exa mple.org", "", "", false},
		{"b\xfccher.example", "", "", false},
		{"x\x00.ngrok.io", "ngrok", "", true},
		{long + "example.org", "", "", false},
		{long + "x.ngrok.io", "ngrok", "a", true},
		{strings.Repeat("a", 64) + ".example", "", "", false},
		{strings.Repeat("a", 64) + ".ngrok.io", "ngrok", "", true},
	} {
		m := c.Host(test.name)
		if m.ID != test.id || m.Tenant != test.tenant || m.Known() != test.known {
			t.Errorf("Host(%.60q) = %q tenant %q known %v, want %q tenant %q known %v",
				test.name, m.ID, m.Tenant, m.Known(), test.id, test.tenant, test.known)
		}
	}
}

func TestHostWeight(t *testing.T) {
	c := load(t)
	for _, test := range []struct {
		name      string
		class     Class
		weight    int
		dedicated Dedicated
	}{
		{"discord.com", ChatWebhook, 55, Shared},
		{"discordapp.com", ChatWebhook, 60, Shared},
		{"hooks.slack.com", ChatWebhook, 60, OneUse},
		{"webhook.site", RequestBin, 90, OneUse},
		{"x.oast.pro", Interaction, 95, OneUse},
		{"x.ngrok-free.app", Tunnel, 85, OneUse},
		{"connect.ngrok-agent.com", Tunnel, 75, Infra},
		{"api.telegram.org", Bot, 65, OneUse},
		{"hc-ping.com", Push, 15, OneUse},
		{"api.openai.com", LLMAPI, 0, Shared},
		{"mcp.notion.com", MCP, 0, Shared},
		{"pypi.org", Registry, 0, Shared},
		{"example.org", "", 0, Shared},
	} {
		m := c.Host(test.name)
		if m.Class != test.class || m.Weight != test.weight || m.Dedicated != test.dedicated {
			t.Errorf("Host(%q): class %q weight %d dedicated %v, want %q %d %v",
				test.name, m.Class, m.Weight, m.Dedicated, test.class, test.weight, test.dedicated)
		}
	}
}

// A pattern with more fixed labels wins, and a label before a star, in
// whatever order they are written.
func TestPrecedence(t *testing.T) {
	patterns := []string{"*.example.com", "{tenant}.*.example.com", "*.b.example.com", "a.b.example.com", "a.*.example.com", "*.deep.b.example.com"}
	want := map[string]string{
		"x.example.com":          "*.example.com",
		"x.c.example.com":        "{tenant}.*.example.com",
		"y.x.c.example.com":      "{tenant}.*.example.com",
		"x.b.example.com":        "*.b.example.com",
		"a.b.example.com":        "a.b.example.com",
		"a.c.example.com":        "a.*.example.com",
		"x.deep.b.example.com":   "*.deep.b.example.com",
		"deep.b.example.com":     "*.b.example.com",
		"x.a.b.example.com":      "*.b.example.com",
		"z.x.deep.b.example.com": "*.deep.b.example.com",
	}
	for turn := range patterns {
		s := &Service{ID: "s", Class: Tunnel}
		for i := range patterns {
			s.Hosts = append(s.Hosts, Host{Pattern: patterns[(i+turn)%len(patterns)]})
		}
		c := build([]*Service{s})
		for name, pattern := range want {
			if got := c.Host(name).Pattern; got != pattern {
				t.Errorf("turn %d: %s matches %q, want %q", turn, name, got, pattern)
			}
		}
	}
}

func TestServicesAreSorted(t *testing.T) {
	c := load(t)
	all := c.Services()
	rank := map[Class]int{}
	for i, class := range Classes() {
		rank[class] = i
	}
	for i, s := range all {
		if c.Service(s.ID) != s {
			t.Errorf("Service(%q) is another", s.ID)
		}
		if i == 0 {
			continue
		}
		p := all[i-1]
		if rank[p.Class] > rank[s.Class] || p.Class == s.Class && p.ID >= s.ID {
			t.Errorf("%s (%s) stands before %s (%s)", p.ID, p.Class, s.ID, s.Class)
		}
	}
	all[0] = nil
	if c.Services()[0] == nil {
		t.Error("Services lends its own list")
	}
}

// names are what a sensor meets: known, unknown, addresses, and rubbish.
var names = []string{
	"discord.com", "x.ngrok-free.app", "c59e3crp82ke7bcnedq0cfjqdpeyyyyyn.oast.pro",
	"id.lambda-url.eu-west-1.on.aws", "hooks.slack.com.",
	"www.example.org", "a.b.c.d.bbc.co.uk", "localhost", "updates.discord.com",
	"192.0.2.7", "2001:db8::1", "[2001:db8::1]:443", "a..b", "exa mple", "",
}

func TestHostAllocatesNothing(t *testing.T) {
	c := load(t)
	var m Match
	for _, name := range append(names, strings.Repeat("a.", 32<<10), strings.Repeat("\xff", 64<<10)) {
		if n := testing.AllocsPerRun(100, func() { m = c.Host(name) }); n != 0 {
			t.Errorf("Host(%.40q) allocates %v times, want 0", name, n)
		}
	}
	_ = m
}

func BenchmarkHost(b *testing.B) {
	c := load(b)
	for _, test := range []struct{ what, name string }{
		{"known", "discord.com"},
		{"tenant", "quiet-otter.ngrok-free.app"},
		{"star", "abcdefghij.lambda-url.eu-west-1.on.aws"},
		{"unknown", "www.example.org"},
		{"unknown-deep", "a.b.c.example.co.uk"},
		{"address", "192.0.2.7"},
		{"64KiB", strings.Repeat("a.", 32<<10)},
	} {
		b.Run(test.what, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.Host(test.name)
			}
		})
	}
}

// Several parts of the pipeline ask at once, for names that take each other's
// place in what is remembered.
func TestHostConcurrently(t *testing.T) {
	c := load(t)
	fresh := load(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 2 * limit.Domains {
				name := "h" + strconv.Itoa(i%(limit.Domains+7)) + ".a.example.co.uk"
				if m := c.Host(name); m.ID != "example.co.uk" {
					t.Errorf("Host(%q) = %q", name, m.ID)
					return
				}
			}
		})
	}
	wg.Wait()
	for _, name := range names {
		if a, b := c.Host(name), fresh.Host(name); a.ID != b.ID || a.Tenant != b.Tenant {
			t.Errorf("Host(%q) = %q after many others, %q before", name, a.ID, b.ID)
		}
	}
}

// The folder on disk can take the place of what is embedded.
func TestLoadFromDisk(t *testing.T) {
	disk, err := Load(os.DirFS("../../rules"))
	if err != nil {
		t.Fatal(err)
	}
	if a, b := len(disk.Services()), len(load(t).Services()); a != b {
		t.Errorf("%d services on disk, %d embedded", a, b)
	}
}
