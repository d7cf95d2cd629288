package catalog

import (
	"slices"
	"strings"
	"testing"
)

func TestExplain(t *testing.T) {
	c := load(t)
	for _, test := range []struct {
		asked, input, id, domain, why string
		isURL                         bool
		others, nearest               []string
	}{
		{"discord.com", "discord.com", "discord", "discord.com", "which serves other things too", false, nil, nil},
		{"Hooks.Slack.com.", "hooks.slack.com", "slack", "slack.com", "which serves nothing else", false, []string{"slack-api", "slack-files", "mcp-slack"}, nil},
		{"connect.ngrok-agent.com", "connect.ngrok-agent.com", "ngrok-agent", "ngrok-agent.com", "offer the service themselves", false, nil, nil},
		{"https://discord.com/api/webhooks/123456789012345678/" + strings.Repeat("s", 68),
			"https://discord.com/api/webhooks/123456789012345678/REDACTED", "discord", "discord.com", "the path a shape of Discord", true, nil, nil},
		{"https://discord.com/channels/1", "https://discord.com/REDACTED", "discord", "discord.com", "the path has none of the shapes of Discord", true, nil, nil},
		{"https://a.example/api/webhooks/123456789012345678/" + strings.Repeat("s", 68),
			"https://a.example/api/webhooks/123456789012345678/REDACTED", "a.example", "a.example", "which runs under any name", true, nil, nil},
		{"discrod.com", "discrod.com", "discrod.com", "discrod.com", "not in the catalogue", false, nil, []string{"discord.com"}},
		{"x.ngrok-fre.app", "x.ngrok-fre.app", "ngrok-fre.app", "ngrok-fre.app", "not in the catalogue", false, nil, []string{"ngrok-free.app"}},
		{"www.slack.com", "www.slack.com", "slack.com", "slack.com", "registrable domain", false, []string{"slack", "slack-api"}, []string{"slack.com"}},
		{"192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.1", "an address", false, nil, nil},
		{"printer", "printer", "printer", "printer", "stands for itself", false, nil, nil},
	} {
		e, err := c.Explain(test.asked)
		if err != nil {
			t.Errorf("Explain(%q): %v", test.asked, err)
			continue
		}
		if e.Input != test.input || e.Match.ID != test.id || e.Domain != test.domain || e.IsURL != test.isURL || !strings.Contains(e.Why, test.why) {
			t.Errorf("Explain(%q): input %q id %q domain %q url %v why %q", test.asked, e.Input, e.Match.ID, e.Domain, e.IsURL, e.Why)
		}
		var others []string
		for _, s := range e.Others {
			others = append(others, s.ID)
		}
		for _, want := range test.others {
			if !slices.Contains(others, want) {
				t.Errorf("Explain(%q): others %v, want %s among them", test.asked, others, want)
			}
		}
		for _, want := range test.nearest {
			if !slices.Contains(e.Nearest, want) {
				t.Errorf("Explain(%q): nearest %v, want %s among them", test.asked, e.Nearest, want)
			}
		}
		if e.Match.Known() && (e.Meaning == "" || len(e.Nearest) > 0) {
			t.Errorf("Explain(%q): meaning %q, nearest %v", test.asked, e.Meaning, e.Nearest)
		}
	}
	for _, none := range []string{"", "https://", "a b", "..."} {
		if e, err := c.Explain(none); err == nil {
			t.Errorf("Explain(%q) = %+v, want an error", none, e)
		}
	}
}
