package catalog

import (
	"strings"
	"testing"
)

func TestURL(t *testing.T) {
	c := load(t)
	secret := strings.Repeat("s3cretT0ken-", 6)[:68]
	hook := "/api/webhooks/123456789012345678/" + secret
	for _, test := range []struct {
		raw, id, webhook, token, redacted string
	}{
		{"https://discord.com" + hook, "discord", "123456789012345678", secret,
			"https://discord.com/api/webhooks/123456789012345678/REDACTED"},
		{"https://Discord.com:443/api/v10/webhooks/123456789012345678/" + secret + "?wait=true", "discord", "123456789012345678", secret,
			"https://discord.com:443/api/v10/webhooks/123456789012345678/REDACTED?REDACTED"},
		{"discord.com" + hook + "/slack", "discord", "123456789012345678", secret,
			"discord.com/api/webhooks/123456789012345678/REDACTED/slack"},
		// What follows the known part may be anything.
		{"https://discord.com" + hook + "/of/" + secret, "discord", "123456789012345678", secret,
			"https://discord.com/api/webhooks/123456789012345678/REDACTED"},
		// Users, passwords and fragments are nobody's business.
		{"https://user:" + secret + "@discord.com" + hook + "#" + secret, "discord", "123456789012345678", secret,
			"https://discord.com/api/webhooks/123456789012345678/REDACTED"},
		// Percent encoding hides nothing.
		{"https://discord.com/api/%77ebhooks/123456789012345678/" + strings.Replace(secret, "s", "%73", 3), "discord", "123456789012345678", secret,
			"https://discord.com/api/webhooks/123456789012345678/REDACTED"},
		// A relay keeps the site's id, and is recognised by its path.
		{"https://relay.evil.example" + hook, "evil.example", "123456789012345678", secret,
			"https://relay.evil.example/api/webhooks/123456789012345678/REDACTED"},
		{"http://192.0.2.7:8065/hooks/a1b2c3d4e5f6g7h8i9j0k1l2m3", "192.0.2.7", "", "a1b2c3d4e5f6g7h8i9j0k1l2m3",
			"http://192.0.2.7:8065/hooks/REDACTED"},
		// Two secrets, and secrets in the query.
		{"https://chat.googleapis.com/v1/spaces/AAAA/messages?key=abcdefghijklmnop1&threadKey=x&token=qrstuvwxyzabcdef2", "google-chat", "AAAA", "abcdefghijklmnop1/qrstuvwxyzabcdef2",
			"https://chat.googleapis.com/v1/spaces/AAAA/messages?REDACTED"},
		{"https://api.telegram.org/bot123456789:" + secret[:35] + "/sendMessage?chat_id=1&text=x", "telegram", "123456789", secret[:35],
			"https://api.telegram.org/bot123456789:REDACTED/sendMessage?REDACTED"},
		{"https://prod-1.westeurope.logic.azure.com/workflows/0123456789abcdef0123456789abcdef/triggers/manual/paths/invoke?sv=1.0&sig=" + secret[:43], "power-automate", "0123456789abcdef0123456789abcdef", secret[:43],
			"https://prod-1.westeurope.logic.azure.com/workflows/0123456789abcdef0123456789abcdef/triggers/manual/paths/invoke?REDACTED"},
		// No secret: the bin's name is all there is.
		{"https://webhook.site/00000000-0000-4000-8000-000000000000/x?y=z", "webhook-site", "00000000-0000-4000-8000-000000000000", "",
			"https://webhook.site/00000000-0000-4000-8000-000000000000?REDACTED"},
		// Unknown paths leave nothing of themselves.
		{"https://discord.com/api/webhooks/1/" + secret, "discord", "", "", "https://discord.com/REDACTED"},
		{"https://www.example.org/private?x=" + secret, "example.org", "", "", "https://www.example.org/REDACTED?REDACTED"},
		{"https://www.example.org/?x=" + secret, "example.org", "", "", "https://www.example.org/?REDACTED"},
		{"https://www.example.org?x=" + secret, "example.org", "", "", "https://www.example.org/?REDACTED"},
		{"https://www.example.org/", "example.org", "", "", "https://www.example.org/"},
		{"https://www.example.org", "example.org", "", "", "https://www.example.org"},
		{"  www.example.org  ", "example.org", "", "", "www.example.org"},
		{"https://[2001:DB8::1]:8443/x", "2001:db8::1", "", "", "https://[2001:db8::1]:8443/REDACTED"},
		{"2001:db8::1", "2001:db8::1", "", "", "[2001:db8::1]"},
		{"gopher://www.example.org/x", "example.org", "", "", "www.example.org/REDACTED"},
		{"www.example.org/go?to=https://discord.com" + hook, "example.org", "", "", "www.example.org/REDACTED?REDACTED"},
		{`https://www.example.org\@discord.com` + hook, "example.org", "", "", "https://www.example.org/REDACTED"},
	} {
		m, err := c.URL(test.raw)
		if err != nil {
			t.Errorf("URL(%q): %v", test.raw, err)
			continue
		}
		if m.ID != test.id || m.WebhookID != test.webhook || string(m.TokenBytes) != test.token || m.Redacted != test.redacted {
			t.Errorf("URL(%q)\n got %q webhook %q token %q %s\nwant %q webhook %q token %q %s", test.raw,
				m.ID, m.WebhookID, m.TokenBytes, m.Redacted, test.id, test.webhook, test.token, test.redacted)
		}
	}
}

func TestURLWithoutHost(t *testing.T) {
	c := load(t)
	for _, raw := range []string{"", " ", "/", "https://", "https:///x", "?x=secret0123", "https://@/", "https://a b/c", "https://..", "https://[::1/x"} {
		m, err := c.URL(raw)
		if err == nil {
			t.Errorf("URL(%q) = %q, want an error", raw, m.ID)
		} else if strings.Contains(err.Error(), "secret0123") {
			t.Errorf("the error of URL(%q) repeats what may be secret: %v", raw, err)
		}
	}
}

// The path decides class and weight where the host is shared.
func TestURLClass(t *testing.T) {
	c := load(t)
	for _, test := range []struct {
		raw     string
		class   Class
		weight  int
		means   Means
		matched bool
	}{
		{"https://discord.com/", ChatWebhook, 55, "", false},
		{"https://discord.com/channels/1/2", ChatWebhook, 55, "", false},
		{"https://discord.com/api/webhooks/123456789012345678/" + strings.Repeat("x", 68), ChatWebhook, 60, MeansWebhook, true},
		{"https://discord.com/api/v10/channels/123456789012345678/webhooks", ChatWebhook, 60, MeansCreate, true},
		{"https://discord.com/api/v10/channels/123456789012345678/messages?limit=1", Bot, 45, MeansBot, true},
		{"https://outlook.office365.com/owa/", ChatWebhook, 15, "", false},
		{"https://chat.example/hooks/a1b2c3d4e5f6g7h8i9j0k1l2m3", ChatWebhook, 25, MeansWebhook, true},
		{"https://chat.example/hooks/", "", 0, "", false},
	} {
		m, err := c.URL(test.raw)
		if err != nil {
			t.Fatal(err)
		}
		var means Means
		if m.Shape != nil {
			means = m.Shape.Means
		}
		if m.Class != test.class || m.Weight != test.weight || means != test.means || m.PathMatched != test.matched {
			t.Errorf("URL(%q): class %q weight %d means %q matched %v, want %q %d %q %v", test.raw,
				m.Class, m.Weight, means, m.PathMatched, test.class, test.weight, test.means, test.matched)
		}
	}
}

func TestRequest(t *testing.T) {
	c := load(t)
	hook := "/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"
	for _, test := range []struct{ host, target, id, shown string }{
		{"hooks.slack.com", hook, "slack", "/services/T00000000/B00000000/REDACTED"},
		{"hooks.slack.com:80", hook + "?x", "slack", "/services/T00000000/B00000000/REDACTED?REDACTED"},
		// To a proxy the target is a whole URL, and the Host field may lie.
		{"proxy.example", "http://hooks.slack.com" + hook, "slack", "/services/T00000000/B00000000/REDACTED"},
		{"www.example.org", "/a/b", "example.org", "/REDACTED"},
		{"www.example.org", "/", "example.org", "/"},
		{"www.example.org", "*", "example.org", "*"},
		{"", "/a/b", "", "/REDACTED"},
		{"", hook, "", "/REDACTED"},
		{"a b", "/a/b", "", "/REDACTED"},
	} {
		m := c.Request(test.host, test.target)
		if m.ID != test.id || m.Target != test.shown {
			t.Errorf("Request(%q, %q) = %q %q, want %q %q", test.host, test.target, m.ID, m.Target, test.id, test.shown)
		}
		if test.id == "" && strings.Contains(m.Redacted, test.host) && test.host != "" {
			t.Errorf("Request(%q, ...) shows %q, which is no host name", test.host, m.Redacted)
		}
	}
}

// A secret that stands in the URL a second time is not shown there either.
func TestSecretTwice(t *testing.T) {
	c := load(t)
	for _, raw := range []string{
		// as the event's name
		"https://maker.ifttt.com/trigger/abcdefghijklmnop/with/key/abcdefghijklmnop",
		// as a customer's name
		"https://acme.tines.com/webhook/" + strings.Repeat("a", 32) + "/" + strings.Repeat("a", 32),
		"https://abcdefgh12345678.ryver.com/application/webhook/abcdefgh12345678",
	} {
		m, err := c.URL(raw)
		if err != nil {
			t.Fatal(err)
		}
		if len(m.TokenBytes) == 0 {
			t.Errorf("URL(%q) finds no secret", raw)
			continue
		}
		for _, shown := range []string{m.Redacted, m.Target, m.WebhookID, m.Tenant} {
			if strings.Contains(shown, string(m.TokenBytes)) {
				t.Errorf("URL(%q) shows the secret in %q", raw, shown)
			}
		}
	}
}

func BenchmarkURL(b *testing.B) {
	c := load(b)
	raw := "https://discord.com/api/webhooks/123456789012345678/" + strings.Repeat("x", 68)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.URL(raw); err != nil {
			b.Fatal(err)
		}
	}
}
