package catalog

import (
	"bytes"
	"strings"
	"testing"

	"github.com/hookhound/hookhound/pkg/limit"
)

func upperASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

// For any bytes as a name: case and a dot at the end change nothing, an id is
// a name or a service's, and a tenant is a label of the name.
func FuzzHost(f *testing.F) {
	for _, name := range names {
		f.Add(name)
	}
	f.Add("X.NGROK-free.App.")
	f.Add("[2001:DB8::1%eth0]:443")
	f.Add("a:b:c.ngrok.io")
	f.Add("xn--bcher-kva.example")
	f.Add(strings.Repeat("a.", 300) + "x.loca.lt")
	c := load(f)
	f.Fuzz(func(t *testing.T, name string) {
		m := c.Host(name)
		if u := c.Host(upperASCII(name)); u != m {
			t.Fatalf("%q and its upper case differ:\n%+v\n%+v", name, m, u)
		}
		if again := c.Host(m.Host); m.ID != "" && again.ID != m.ID {
			t.Fatalf("Host(%q).ID = %q, but %q once it is clean", name, m.ID, again.ID)
		}
		if len(name) < limit.HostName && !strings.HasSuffix(name, ".") && !strings.ContainsAny(name, ":[") {
			if dot := c.Host(name + "."); dot.ID != m.ID || dot.Tenant != m.Tenant {
				t.Fatalf("%q: %q with a dot, %q without", name, dot.ID, m.ID)
			}
		}
		if m.Tenant != "" && !strings.Contains("."+m.Host, "."+m.Tenant+".") {
			t.Fatalf("tenant %q is no label of %q", m.Tenant, m.Host)
		}
		switch {
		case m.Known():
			if m.ID != m.Service.ID || m.Pattern == "" {
				t.Fatalf("%q: id %q, service %q, pattern %q", name, m.ID, m.Service.ID, m.Pattern)
			}
		case m.ID != "" && !strings.HasSuffix(m.Host, m.ID):
			t.Fatalf("%q: id %q is not the end of %q", name, m.ID, m.Host)
		case len(m.ID) > limit.HostName:
			t.Fatalf("an id of %d bytes", len(m.ID))
		}
	})
}

// For any bytes as a URL: what may be shown holds no secret, no user part, and
// nothing that a terminal or a parser of lines would act on.
func FuzzURL(f *testing.F) {
	c := load(f)
	for _, s := range c.Services() {
		for _, e := range s.Examples {
			f.Add(e)
		}
	}
	f.Add("https://user:password@discord.com/x")
	f.Add("https://maker.ifttt.com/trigger/abcdefghijklmnop/with/key/abcdefghijklmnop")
	f.Add("https://discord.com/api/webhooks/123456789012345678/REDACTED")
	f.Add("https://discord.com/%61pi/webhooks/123456789012345678/" + strings.Repeat("%78", 68))
	f.Add("https://x\x00.ngrok.io/\x1b[2J")
	f.Fuzz(func(t *testing.T, raw string) {
		m, err := c.URL(raw)
		if err != nil {
			if err != errNoHost {
				t.Fatalf("an error that may repeat the URL: %v", err)
			}
			return
		}
		if secret := string(m.TokenBytes); len(secret) >= minToken && secret != Redacted {
			for _, shown := range []string{m.Redacted, m.Target, m.WebhookID, m.Tenant} {
				if strings.Contains(shown, secret) {
					t.Fatalf("URL(%q) shows its secret %q in %q", raw, secret, shown)
				}
			}
		}
		if !printable(m.Redacted) || !printable(m.WebhookID) {
			t.Fatalf("URL(%q) shows %q, webhook %q", raw, m.Redacted, m.WebhookID)
		}
		if m.PathMatched != (m.Shape != nil) || m.Shape == nil && m.TokenBytes != nil {
			t.Fatalf("URL(%q): matched %v, shape %v, secret %q", raw, m.PathMatched, m.Shape, m.TokenBytes)
		}
		if !m.PathMatched && m.Target != "" && !strings.Contains("/ * /REDACTED /?REDACTED /REDACTED?REDACTED", m.Target) {
			t.Fatalf("URL(%q): no shape, yet %q is shown", raw, m.Target)
		}
		again, err := c.URL(m.Redacted)
		if err == nil && again.ID == m.ID && bytes.Contains([]byte(again.Redacted), m.TokenBytes) && len(m.TokenBytes) >= minToken && string(m.TokenBytes) != Redacted {
			t.Fatalf("URL(%q) redacted twice shows the secret: %q", raw, again.Redacted)
		}
	})
}

// Whatever secret of the right form a webhook has, nothing of it is shown, and
// the hash is made of all of it.
func FuzzSecret(f *testing.F) {
	f.Add(uint64(123456789012345678), strings.Repeat("aZ9_-", 14), false)
	f.Add(uint64(1), "short", true)
	f.Add(uint64(123456789012345671), "Y000000", true)
	c := load(f)
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
	f.Fuzz(func(t *testing.T, id uint64, seed string, encode bool) {
		if seed == "" || len(seed) > 1000 {
			return
		}
		token := make([]byte, 60+len(seed)%40)
		for i := range token {
			token[i] = letters[(int(seed[i%len(seed)])+i*i)%len(letters)]
		}
		digits := "100000000000000000"
		for i := range 18 {
			digits = digits[:i] + string(rune('0'+(id>>(3*i))%8)) + digits[i+1:]
		}
		written := string(token)
		if encode {
			written = strings.ReplaceAll(written, "a", "%61")
		}
		m, err := c.URL("https://discord.com/api/webhooks/" + digits + "/" + written)
		if err != nil || m.WebhookID != digits || !bytes.Equal(m.TokenBytes, token) {
			t.Fatalf("token %q: webhook %q, token %q, error %v", token, m.WebhookID, m.TokenBytes, err)
		}
		if want := "https://discord.com/api/webhooks/" + digits + "/REDACTED"; m.Redacted != want {
			t.Fatalf("shows %q, want %q", m.Redacted, want)
		}
	})
}
