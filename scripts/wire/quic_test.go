package main

import (
	"encoding/hex"
	"strings"
	"testing"
)

// The id, the server's frames and the token are those of all samples in RFC 9001
// appendix A and RFC 9369 appendix A.
const (
	sampleID     = "8394c8f03e515708"
	sampleFrames = "02000000000600405a020000560303eefce7f7b37ba1d1632e96677825ddf73988cfc79825df566dc5430b9a045a12" +
		"00130100002e00330024001d00209d3c940d89690b84d08a60993c144eca684d1081287c834d5311bcf32bb9da1a002b00020304"
)

// TestSealing makes the server's Initial packet of the samples, and Retry.
func TestSealing(t *testing.T) {
	for _, c := range []struct {
		quic
		initial, retry string
	}{
		{quic1(), "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a" +
			"5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf73c3ec2493a1839b3" +
			"dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84" +
			"022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc42158407dd074ee",
			"ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba"},
		{quic2(), "dc6b3343cf0008f067a5502a4262b5004075d92faaf16f05d8a4398c47089698" +
			"baeea26b91eb761d9b89237bbf87263017915358230035f7fd3945d88965cf17" +
			"f9af6e16886c61bfc703106fbaf3cb4cfa52382dd16a393e42757507698075b2" +
			"c984c707f0a0812d8cd5a6881eaf21ceda98f4bd23f6fe1a3e2c43edd9ce7ca84bed8521e2e140",
			"cf6b3343cf0008f067a5502a4262b5746f6b656ec8646ce8bfe33952d955543665dcc7b6"},
	} {
		src, frames := unhex("f067a5502a4262b5"), unhex(sampleFrames)
		header := cat(u8(c.first(kindInitial, 1)), u32(c.number), vec8(), vec8(src), u8(0), varint2(2+len(frames)+16), u16(1))
		if got := hex.EncodeToString(c.keys(server, unhex(sampleID)).seal(header, 1, 2, frames)); got != c.initial {
			t.Errorf("version %x: Initial %s\nwant %s", c.number, got, c.initial)
		}
		if got := hex.EncodeToString(c.quic.retry(0xf, nil, src, []byte("token"), unhex(sampleID))); got != c.retry {
			t.Errorf("version %x: Retry %s\nwant %s", c.number, got, c.retry)
		}
	}
}

// TestClientKeys holds the keys of RFC 9001 appendix A.1 and RFC 9369 appendix
// A.1.
func TestClientKeys(t *testing.T) {
	for _, c := range []struct {
		quic
		want string
	}{
		{quic1(), "1f369613dd76d5467730efcbe3b1a22d fa044b2f42a3fd3b46fb255c 9f50449e04a0e810283a1e9933adedd2"},
		{quic2(), "8b1a0bc121284290a29e0971b5cd045d 91f73e2351d8fa91660e909f 45b95e15235d6f45a6b19cbcb0294ba9"},
	} {
		k := c.keys(client, unhex(sampleID))
		got := strings.Join([]string{hex.EncodeToString(k.key), hex.EncodeToString(k.iv), hex.EncodeToString(k.hp)}, " ")
		if got != c.want {
			t.Errorf("version %x: %s\nwant %s", c.number, got, c.want)
		}
	}
}
