package httpwire

import "testing"

func TestForwarded(t *testing.T) {
	for _, c := range []struct{ forwarded, forwardedFor, want string }{
		{forwarded: "for=192.0.2.60;proto=http;by=203.0.113.43", want: "192.0.2.60"},
		{forwarded: `For="[2001:db8:cafe::17]:4711"`, want: "2001:db8:cafe::17"},
		{forwarded: "for=unknown, for=192.0.2.43:80", want: "192.0.2.43"},
		{forwarded: `proto="a;b,for=9.9.9.9"; for = 192.0.2.1`, want: "192.0.2.1"},
		{forwarded: `for="_gazonk"`},
		{forwarded: `for="`},
		{forwarded: "192.0.2.1"},
		{forwardedFor: "203.0.113.195, 2001:db8::1, 10.0.0.1", want: "203.0.113.195"},
		{forwardedFor: "203.0.113.195:41237", want: "203.0.113.195"},
		{forwardedFor: "[2001:db8::1]:8080", want: "2001:db8::1"},
		{forwardedFor: "2001:db8::1", want: "2001:db8::1"},
		{forwardedFor: "[2001:db8::1]", want: "2001:db8::1"},
		{forwardedFor: `"::ffff:10.1.1.1"`, want: "10.1.1.1"},
		{forwardedFor: "fe80::1%eth0", want: "fe80::1"},
		{forwardedFor: "10.1.1.1:_hidden", want: "10.1.1.1"},
		{forwardedFor: "unknown,,-,10.2.2.2", want: "10.2.2.2"},
		{forwardedFor: "hello"},
	} {
		var n via
		got := n.forwarded(c.forwarded)
		if c.forwardedFor != "" {
			got = n.forwardedFor(c.forwardedFor)
		}
		if c.want == "" && got.IsValid() || c.want != "" && got.String() != c.want {
			t.Errorf("%q %q: %v, want %q", c.forwarded, c.forwardedFor, got, c.want)
		}
	}
}

func TestEndpoint(t *testing.T) {
	for _, c := range []struct {
		target, host string
		port         uint16
	}{
		{"a.example:443", "a.example", 443}, {"a.example", "a.example", 0}, {"[::1]:8443", "::1", 8443},
		{"[::1]", "::1", 0}, {"::1", "::1", 0}, {"a:99999", "a", 0}, {"/", "", 0}, {":443", "", 443},
	} {
		if got := endpoint(c.target); got.Host != c.host || got.Port != c.port {
			t.Errorf("%q: %q %d", c.target, got.Host, got.Port)
		}
	}
}
