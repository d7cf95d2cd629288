package protocol

import (
	"testing"

	"github.com/hookhound/hookhound/pkg/stream"
)

func TestBegins(t *testing.T) {
	for _, c := range []struct {
		b           string
		want, folds Verdict
	}{
		{"", More, More}, {"EH", More, More}, {"EHLO ", Yes, Yes}, {"EHLO x", Yes, Yes},
		{"eh", No, More}, {"ehlo x", No, Yes}, {"HEL", No, No}, {"QUI", More, More}, {"QUIT", Yes, Yes},
	} {
		words := []string{"EHLO ", "QUIT"}
		if got := Begins([]byte(c.b), words...); got != c.want {
			t.Errorf("%q: %v, want %v", c.b, got, c.want)
		}
		if got := BeginsFold([]byte(c.b), words...); got != c.folds {
			t.Errorf("%q in any case: %v, want %v", c.b, got, c.folds)
		}
	}
	b := []byte("\r\nsomething")
	if n := testing.AllocsPerRun(100, func() { BeginsFold(b, "EHLO ", "\r\nsomebody", "QUIT") }); n != 0 {
		t.Errorf("a probe allocates %v times", n)
	}
}

func TestRest(t *testing.T) {
	c := stream.Chunk{Bytes: []byte("abc"), Aligned: true, Frame: 7}
	if r := Rest(&c, 3); string(r.Bytes) != "abc" || !r.Aligned || r.Frame != 7 {
		t.Errorf("the whole: %+v", r)
	}
	if r := Rest(&c, 1); string(r.Bytes) != "c" || r.Aligned {
		t.Errorf("the end: %+v", r)
	}
}
