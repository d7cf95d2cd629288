package kafkasink

import (
	"context"
	"net"
	"time"
)

// The door to the outside: the goroutine and the wall clock of this package are
// here and nowhere else.

// start runs the goroutine that sends. It ends before Close returns, unless
// Close was cut short: then it ends with the request that is under way, which
// has a deadline.
func (s *Sink) start(ctx context.Context) { go s.send(ctx) }

// sleep waits, and tells whether it waited to the end.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// dialer makes the connections of the Kafka client.
type dialer struct{ lim limits }

func (d dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	plain := net.Dialer{Timeout: d.lim.connect}
	c, err := plain.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &guarded{Conn: c, most: 2 * d.lim.answer}, nil
}

// guarded never waits for ever: kafka-go takes the deadline away before some
// exchanges, and one unanswered one would stop it for good. And it talks to
// brokers only (guard.go).
type guarded struct {
	net.Conn
	most time.Duration // how far away "no deadline" is
	guard
}

func (c *guarded) finite(t time.Time) time.Time {
	if t.IsZero() {
		return time.Now().Add(c.most)
	}
	return t
}

func (c *guarded) SetDeadline(t time.Time) error      { return c.Conn.SetDeadline(c.finite(t)) }
func (c *guarded) SetReadDeadline(t time.Time) error  { return c.Conn.SetReadDeadline(c.finite(t)) }
func (c *guarded) SetWriteDeadline(t time.Time) error { return c.Conn.SetWriteDeadline(c.finite(t)) }

func (c *guarded) Read(b []byte) (int, error) { return c.guard.read(c.Conn, b) }
