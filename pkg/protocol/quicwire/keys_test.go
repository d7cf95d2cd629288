package quicwire

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
)

// TestSamples opens and builds the packets of RFC 9001 appendices A.2 and A.3
// and of RFC 9369 appendices A.2 and A.3.
func TestSamples(t *testing.T) {
	for _, c := range []struct {
		name                    string
		version                 uint32
		clientBegins, clientTag string
		server                  string
	}{
		{"version 1", version1,
			"c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11d242b123dc9bd8bab936b47d92ec356c",
			"e221af44860018ab0856972e194cd934",
			"cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a" +
				"5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf73c3ec2493a1839b3" +
				"dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84" +
				"022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc42158407dd074ee"},
		{"version 2", version2,
			"d76b3343cf088394c8f03e5157080000449ea0c95e82ffe67b6abcdb4298b485dd04de806071bf03dceebfa162e75d6c",
			"a18b2faa745b6fe189cf772a9f84cbfc",
			"dc6b3343cf0008f067a5502a4262b5004075d92faaf16f05d8a4398c47089698" +
				"baeea26b91eb761d9b89237bbf87263017915358230035f7fd3945d88965cf17" +
				"f9af6e16886c61bfc703106fbaf3cb4cfa52382dd16a393e42757507698075b2" +
				"c984c707f0a0812d8cd5a6881eaf21ceda98f4bd23f6fe1a3e2c43edd9ce7ca84bed8521e2e140"},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := built{version: c.version, key: sampleID, dcid: sampleID, client: true, number: 2, size: 1200,
				frames: unhex(clientFrames)}.packet()
			if s := hex.EncodeToString(client); !strings.HasPrefix(s, c.clientBegins) || !strings.HasSuffix(s, c.clientTag) {
				t.Errorf("the client's packet is %s…%s", s[:96], s[len(s)-32:])
			}
			server := unhex(c.server)
			v, _ := versionOf(c.version)
			for _, p := range []struct {
				packet, frames []byte
				client         bool
			}{{client, unhex(clientFrames), true}, {server, unhex(serverFrames), false}} {
				var h long
				if !readLong(p.packet, &h) || h.kind != initial || h.end != len(p.packet) {
					t.Fatalf("client %v: header %+v", p.client, h)
				}
				o := newOpener(&v, unhex(sampleID), p.client)
				frames, ok := o.open(bytes.Clone(p.packet), h.number)
				if !ok || !bytes.HasPrefix(frames, p.frames) {
					t.Errorf("client %v: opened %v, %x", p.client, ok, frames)
				}
				if _, ok := newOpener(&v, unhex(sampleID), !p.client).open(bytes.Clone(p.packet), h.number); ok {
					t.Errorf("client %v: the other side's keys open it", p.client)
				}
			}
			k := newTalk(t)
			k.say(0, client)
			k.say(1, server)
			k.close()
			if len(k.Hellos) != 1 || k.Hellos[0].ServerName != "example.com" || !k.Hellos[0].HasServer || k.Hellos[0].Frame != 2 {
				t.Errorf("hellos %+v", k.Hellos)
			}
		})
	}
}

// TestNumbers are packet numbers, that of RFC 9000 appendix A.3 first.
func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		largest, truncated int64
		length             int
		want               int64
	}{
		{0xa82f30ea, 0x9b32, 2, 0xa82f9b32},
		{-1, 0, 1, 0},
		{-1, 200, 1, 200},
		{255, 0, 1, 256},
		{256, 255, 1, 255},
		{-1, 0x7fffffff, 4, 0x7fffffff},
	} {
		if got := fullNumber(c.largest, c.truncated, c.length); got != c.want {
			t.Errorf("%x after %x: %x, want %x", c.truncated, c.largest, got, c.want)
		}
	}
}
