package catalog

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hookhound/hookhound/rules"
)

// The shipped catalogue is clean: each service has a reason, evidence and
// examples that come out as they say, and each pattern and shape is reached.
func TestRulesAreClean(t *testing.T) {
	for _, p := range Lint(rules.FS) {
		t.Error(p)
	}
}

// Reasons are read in alerts: each is one sentence of its own.
func TestReasonsAreDistinct(t *testing.T) {
	seen := map[string]string{}
	for _, s := range load(t).Services() {
		if other := seen[s.Reason]; other != "" {
			t.Errorf("%s and %s have the same reason", other, s.ID)
		}
		seen[s.Reason] = s.ID
		if n := len(s.Reason); n > 200 {
			t.Errorf("%s: a reason of %d letters is no sentence for an alert", s.ID, n)
		}
		if strings.Contains(strings.TrimSuffix(s.Reason, "."), ". ") {
			t.Errorf("%s: more than one sentence: %s", s.ID, s.Reason)
		}
	}
}

// Each kind of evidence, class, place and meaning is explained to readers.
func TestReadmeExplains(t *testing.T) {
	text, err := os.ReadFile("../../rules/README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(text)
	want := map[string]bool{}
	for _, c := range Classes() {
		want["`"+string(c)+"`"] = true
	}
	for _, p := range places() {
		want["`"+string(p)+"`"] = true
	}
	for _, m := range meanings() {
		want["`"+string(m)+"`"] = true
	}
	for _, s := range load(t).Services() {
		for _, e := range s.Evidence {
			kind, _, _ := strings.Cut(e, ":")
			want["`"+kind] = true
		}
	}
	for w := range want {
		if !strings.Contains(readme, w) {
			t.Errorf("rules/README.md does not explain %s", w)
		}
	}
}

// The list of endpoints that the catalogue was made from: each row leads to a
// service, or stands here with the name that does, or with the reason why none
// should.
func TestCollectedEndpoints(t *testing.T) {
	root := os.Getenv("HOOKHOUND_TESTDATA")
	if root == "" {
		t.Skip("HOOKHOUND_TESTDATA is unset")
	}
	f, err := os.Open(filepath.Join(root, "intel", "webhooks.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()

	instead := map[string]string{ // pattern: a name that it was meant for
		"su18.org":  "x.dns.su18.org",      // the rest of the domain is somebody's site
		"ngrok.com": "tunnel.us.ngrok.com", // the rest is the vendor's site and console
	}
	left := map[string]string{
		"saucelabs.com": "the whole domain of a vendor of tests, whose mocks no pattern tells apart",
		"insomnia.rest": "the whole domain of an API client, which every copy of it calls",
	}
	shapes := map[string]string{ // for rows without a host: a URL of their form
		"Mattermost incoming webhook (self-hosted)":  "https://chat.example/hooks/abcdefghijklmnopqrstuvwxyz",
		"Rocket.Chat incoming webhook (self-hosted)": "https://chat.example/hooks/abcdefghijklmnopq/" + strings.Repeat("x", 43),
		"Gotify (self-hosted)":                       "https://push.example/message?token=Aabcdefghijklmn",
	}
	class := map[string][]Class{
		"chat-webhook":       {ChatWebhook},
		"bot-api":            {Bot, ChatWebhook}, // Discord's bots call the host of its webhooks
		"request-bin":        {RequestBin},
		"oast":               {Interaction},
		"tunnel":             {Tunnel},
		"ipaas-webhook":      {Automation},
		"push-notify":        {Push},
		"paste-file":         {Paste, FileDrop},
		"serverless-hosting": {Serverless},
		"lots-api":           {SharedSite, LLMAPI},
	}

	c := load(t)
	rows := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		row := strings.Split(lines.Text(), "\t")
		if len(row) < 13 || row[0] == "pattern" {
			continue
		}
		rows++
		pattern, match, category, service := row[0], row[1], row[4], row[5]
		if left[pattern] != "" {
			if m := c.Host("x." + pattern); m.Known() {
				t.Errorf("%s is left out, and yet leads to %s", pattern, m.ID)
			}
			continue
		}
		var asked []string
		switch {
		case instead[pattern] != "":
			asked = []string{instead[pattern]}
		case match == "exact":
			asked = []string{pattern}
		case match == "suffix":
			asked = []string{"x." + pattern}
		case match == "apex+sub":
			asked = []string{pattern, "x." + pattern}
		case match == "regex":
			asked = []string{"x." + strings.Replace(pattern, "*", "eu-west-1", 1)}
		case match == "path-only":
			asked = []string{shapes[service]}
		}
		for _, name := range asked {
			m, err := c.URL(name)
			switch {
			case err != nil || !m.Known():
				t.Errorf("%s (%s): %q leads to no service", pattern, service, name)
			case !oneOf(class[category], m.Service.Class):
				t.Errorf("%s (%s): class %s for %s", pattern, service, m.Service.Class, category)
			}
		}
	}
	if rows < 200 {
		t.Errorf("only %d rows in %s", rows, f.Name())
	}
}

func oneOf(set []Class, c Class) bool {
	for _, s := range set {
		if s == c {
			return true
		}
	}
	return false
}
