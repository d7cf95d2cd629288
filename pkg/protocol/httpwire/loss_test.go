package httpwire

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// TestLoss drops segments of a connection that makes a call every ten seconds,
// as a card that cannot keep up does, and counts the calls that are still told
// at their time.
func TestLoss(t *testing.T) {
	const calls = 2000
	for _, x := range []struct {
		name              string
		head              string
		share             float64
		side              byte // that is not captured at all
		recall, precision float64
	}{
		{name: "a length, no loss", head: "Content-Length: 4200", recall: 1, precision: 1},
		{name: "a length, 1 %", head: "Content-Length: 4200", share: 0.01, recall: 0.999, precision: 0.999},
		{name: "a length, 5 %", head: "Content-Length: 4200", share: 0.05, recall: 0.99, precision: 0.999},
		{name: "chunked, 1 %", head: "Transfer-Encoding: chunked", share: 0.01, recall: 0.999, precision: 0.999},
		{name: "chunked, 5 %", head: "Transfer-Encoding: chunked", share: 0.05, recall: 0.99, precision: 0.999},
		{name: "requests alone, 5 %", head: "Content-Length: 4200", share: 0.05, side: 'S', recall: 0.94, precision: 1},
		{name: "answers alone, 5 %", head: "Content-Length: 4200", share: 0.05, side: 'C', recall: 0.94, precision: 1},
	} {
		t.Run(x.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			body := strings.Repeat("x", 4200)
			if strings.HasPrefix(x.head, "T") {
				body = "1068\r\n" + body + "\r\n0\r\n\r\n"
			}
			answer := "HTTP/1.1 200 OK\r\n" + x.head + "\r\n\r\n" + body
			var events []event
			missing := map[byte]int{}
			send := func(side byte, at float64, b string) {
				if side == x.side {
					return
				}
				if r.Float64() < x.share {
					missing[side] += len(b)
					return
				}
				if n := missing[side]; n > 0 {
					events = append(events, gap(side, at, n))
					missing[side] = 0
				}
				events = append(events, event{side: side, at: at, bytes: b})
			}
			for i := range calls {
				at := 10 * float64(i)
				send('C', at, getA)
				for n := 0; n < len(answer); n += 1460 {
					send('S', at+0.05+float64(n)/1e7, answer[n:min(n+1460, len(answer))])
				}
			}
			rec := play(t, HTTP(), append(events, end(10*calls)), 0)
			hits := map[int]bool{}
			told := 0
			for _, e := range rec.Final() {
				if e.Push {
					continue
				}
				told++
				s := e.Start.Sub(zero) + 500*time.Millisecond
				if s%(10*time.Second) < time.Second {
					hits[int(s/(10*time.Second))] = true
				}
			}
			recall, precision := float64(len(hits))/calls, float64(len(hits))/float64(told)
			t.Logf("recall %.4f, precision %.4f", recall, precision)
			if recall < x.recall || precision < x.precision {
				t.Errorf("recall %.4f, precision %.4f, want %v and %v", recall, precision, x.recall, x.precision)
			}
		})
	}
}
