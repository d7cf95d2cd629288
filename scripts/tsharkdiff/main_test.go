package main

import (
	"slices"
	"strings"
	"testing"
)

func TestCompare(t *testing.T) {
	same := row{"tls.sni", "10.0.0.5:1", "203.0.113.9:443", "discord.com"}
	theirs := row{"http", "10.0.0.5:2", "203.0.113.9:80", "GET a /"}
	ours := row{"dns", "10.0.0.5:3", "10.0.0.1:53", "a 203.0.113.9"}
	got := compare([]row{same, theirs, same}, []row{ours, same, ours})
	want := []string{
		"- http      10.0.0.5:2 > 203.0.113.9:80  GET a /",
		"+ dns       10.0.0.5:3 > 10.0.0.1:53  a 203.0.113.9",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if got := compare([]row{same}, []row{same, same}); len(got) != 0 {
		t.Errorf("a repetition is told: %v", got)
	}
}

// A frame in a tunnel has two addresses on each side, and the inner ones count;
// one frame can hold several requests.
func TestFrame(t *testing.T) {
	cols := make([]string, len(fields))
	cols[ipSrc], cols[ipDst] = "192.0.2.1"+joint+"10.0.0.5", "192.0.2.2"+joint+"203.0.113.9"
	cols[udpSrc], cols[udpDst] = "4789", "4789"
	cols[tcpSrc], cols[tcpDst] = "50000", "80"
	cols[method], cols[host], cols[uri] = "GET"+joint+"POST", "A.example"+joint+"b.example", "/1"+joint+"/2"
	got := frame(cols)
	want := []row{
		{"http", "10.0.0.5:50000", "203.0.113.9:80", "GET a.example /1"},
		{"http", "10.0.0.5:50000", "203.0.113.9:80", "POST b.example /2"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	clear(cols)
	cols[ip6Src], cols[ip6Dst] = "2001:db8::53", "2001:db8:0::5"
	cols[udpSrc], cols[udpDst] = "53", "40000"
	cols[response], cols[question], cols[a], cols[aaaa] = "1", "Hooks.example", "203.0.113.9"+joint+"192.0.2.53", "2001:db8::9"
	cols[answers], cols[types] = "3", "5"+joint+"28"+joint+"1"+joint+"1" // the last is a name server's
	got = frame(cols)
	want = []row{
		{"dns", "[2001:db8::5]:40000", "[2001:db8::53]:53", "hooks.example 2001:db8::9"},
		{"dns", "[2001:db8::5]:40000", "[2001:db8::53]:53", "hooks.example 203.0.113.9"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
