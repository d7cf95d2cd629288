package main

import "testing"

func TestPackets(t *testing.T) {
	n, err := packets("read          1,004,115 packets, 6.4 MiB\nfound         2 flows\n")
	if n != 1004115 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := packets("nothing"); err == nil {
		t.Error("a summary without packets is taken")
	}
}

func TestFound(t *testing.T) {
	alert := `{"event":{"kind":"alert"},"hookhound":{"pair":{"client":"10.66.6.6","service":"discord"}}}`
	for lines, want := range map[string]bool{
		"":           false,
		alert + "\n": true,
		`{"event":{"kind":"event"},"hookhound":{"pair":{"client":"10.66.6.6","service":"discord"}}}`: false,
		`{"event":{"kind":"alert"},"hookhound":{"pair":{"client":"10.66.0.6","service":"discord"}}}`: false,
	} {
		if got := found(lines); got != want {
			t.Errorf("%q: %v", lines, got)
		}
	}
}
