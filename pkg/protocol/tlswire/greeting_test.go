package tlswire

import "testing"

func TestHellos(t *testing.T) {
	tests := []struct{ name, script string }{
		{"TLS 1.3", `
			handshake 1.3
			want hello 0 client server 1.3 known 0.03`},
		{"TLS 1.3, resumed", `
			handshake 1.3 resumed
			want hello 0 client server 1.3 resumed known 0.03 by psk`},
		{"TLS 1.2 tells the protocol", `
			handshake 1.2 h2
			want hello 0 client server 1.2 h2 known 0.06 done`},
		{"HelloRetryRequest, the second hello behind a ChangeCipherSpec", `
			0.0 C hello
			0.1 S hello 1.3 retry
			0.1 S record 20 1
			0.2 C record 20 1
			0.2 C hello other
			0.3 S hello 1.3
			want hello 0 client server 1.3 known 0.1 retried
			want hello 1 client server 1.3 known 0.3`},
		{"a repeated hello is one", `
			0.0 C hello
			0.1 C hello
			0.3 S hello 1.3
			want hello 0 client server 1.3 known 0.3`},
		{"two hellos with one random are two", `
			0.0 C hello
			0.1 C hello other
			0.3 S hello 1.3
			want hello 0 client 1.3 known 0.1
			want hello 1 client server 1.3 known 0.3`},
		{"no answer comes", `
			0.0 C hello
			60 tick
			want hello 0 client 1.3 known 30`},
		{"an alert instead", `
			0.0 C hello
			0.1 S alert 2 40
			want hello 0 client 1.3 known 0.1 failed alert server fatal handshake_failure`},
		{"a warning before the answer", `
			0.0 C hello
			0.1 S alert 1 112
			0.2 S hello 1.3
			want hello 0 client server 1.3 known 0.2 alert server warning unrecognized_name`},
		{"something else instead", `
			0.0 C hello
			0.1 S bytes 10
			want hello 0 client 1.3 known 0.1`},
		{"a hole instead", `
			0.0 C hello
			0.1 S gap 127
			want hello 0 client 1.3 known 0.1`},
		{"the end instead", `
			0.0 C hello
			0.1 close
			want hello 0 client 1.3 known 0.1`},
		{"the answer alone", `
			only S
			handshake 1.3
			9 close
			want hello 0 server 1.3 known 1.03`},
		{"the question alone", `
			only C
			handshake 1.3
			9 tick
			want hello 0 client 1.3 known 1.031`},
		{"the answer handed over first", `
			0.0 S hello 1.3
			0.0 C hello
			want hello 0 client server 1.3 known 0`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			whole := runScript(t, test.script, 0)
			whole.check()
			samePieces(t, &whole.facts, &runScript(t, test.script, 1).facts)
			for _, side := range whole.facts.clients {
				if side != 0 || len(whole.facts.clients) > 1 {
					t.Errorf("clients: %v", whole.facts.clients)
				}
			}
		})
	}
}
