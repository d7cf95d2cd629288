package main

import "testing"

func TestRedact(t *testing.T) {
	for path, want := range map[string]string{
		"/api/webhooks/1252805671754480051/vark31VxcVLjKEKh1D3kHTk5": "/api/webhooks/1252805671754480051/REDACTED",
		"/api/webhooks/125/token/slack":                              "/api/webhooks/125/REDACTED/slack",
		"/services/T0AAAAAAA/B0BBBBBBB/abcdefghijklmnopqrstuvwx":     "/services/T0AAAAAAA/B0BBBBBBB/REDACTED",
		"/6f1d7c1e-2f4b-4c57-9d1e-0a1b2c3d4e5f":                      "/REDACTED",
		"/channels/1":                                                "/channels/1",
		"/assets/abcdef.png":                                         "/assets/abcdef.png",
	} {
		if got := redact(path); got != want {
			t.Errorf("redact(%q) = %q, want %q", path, got, want)
		}
	}
}
