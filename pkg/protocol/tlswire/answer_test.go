package tlswire

import (
	"testing"

	"github.com/hookhound/hookhound/pkg/protocol"
)

// What is in the clear behind a hello is told with it.
func TestAnswers(t *testing.T) {
	tests := []struct{ name, script string }{
		{"TLS 1.2 is told when its handshake is over", `
			handshake 1.2 old
			want hello 0 client server 1.2 known 0.06 done by session_id`},
		{"TLS 1.2, resumed by its session id", `
			0.0 C hello
			1.0 S hello 1.2 resumed
			1.0 S record 20 1
			1.0 S record 22 40
			1.1 C record 20 1
			1.1 C record 22 40
			want hello 0 client server 1.2 resumed known 1.1 done by session_id`},
		{"TLS 1.2, the session id is echoed, yet a certificate follows", `
			0.0 C hello
			1.0 S hello 1.2 resumed
			1.0 S message 11 900
			1.1 close
			want hello 0 client server 1.2 known 1.1 by session_id`},
		{"TLS 1.2, resumed by ticket", `
			0.0 C hello ticket
			1.0 S hello 1.2
			1.1 S record 20 1
			1.2 close
			want hello 0 client server 1.2 resumed known 1.2 by ticket`},
		{"TLS 1.2, resumed by ticket, which is renewed", `
			0.0 C hello ticket
			1.0 S hello 1.2
			1.0 S message 4 200
			1.1 S record 20 1
			1.2 close
			want hello 0 client server 1.2 resumed known 1.2 by ticket`},
		{"TLS 1.2, resumed by ticket with an echo", `
			0.0 C hello ticket
			1.0 S hello 1.2 resumed
			1.2 close
			want hello 0 client server 1.2 resumed known 1.2 by ticket`},
		{"TLS 1.2, the ticket is refused", `
			handshake 1.2 ticket
			want hello 0 client server 1.2 known 0.06 done by ticket`},
		{"TLS 1.2, a hole behind the ServerHello", `
			0.0 C hello ticket
			1.0 S hello 1.2
			1.0 S gap 500
			1.1 S record 20 1
			1.1 C record 20 1
			1.2 C data 100
			2.0 S data 200
			9.0 tick
			want hello 0 client server 1.2 known 1.2 done by ticket
			want 1.2-2 up 93 down 193`},
		{"TLS 1.2, data before the server's Finished message (false start)", `
			0.0 C hello
			1.0 S hello 1.2
			1.0 S message 11 900
			1.0 S message 14 0
			1.1 C message 16 33
			1.1 C record 20 1
			1.1 C record 22 40
			1.1 C record 23 100
			want hello 0 client server 1.2 known 1.1 done`},
		{"TLS 1.2, data with nothing agreed on", `
			0.0 C hello
			1.0 S hello 1.2
			1.1 C record 23 100
			want hello 0 client server 1.2 known 1.1`},
		{"TLS 1.2 that is never finished", `
			0 C hello
			1 S hello 1.2
			60 tick
			want hello 0 client server 1.2 known 30`},

		{"TLS 1.3, the session is taken", `
			0.0 C hello psk
			0.1 S hello 1.3 resumed
			want hello 0 client server 1.3 resumed known 0.1 by psk`},
		{"TLS 1.3, the session is not taken", `
			0.0 C hello psk
			0.1 S hello 1.3
			want hello 0 client server 1.3 known 0.1 by psk`},
		{"TLS 1.3, the session is taken, its client was not seen", `
			only S
			0.1 S hello 1.3 resumed
			2 tick
			want hello 0 server 1.3 resumed known 1.1 by psk`},
		{"early data", `
			0.0 C hello early
			0.0 C record 20 1
			0.1 S hello 1.3 resumed
			want hello 0 client server 1.3 resumed known 0.1 by psk early offered`},
		{"early data, refused with the session", `
			0.0 C hello early
			0.1 S hello 1.3
			want hello 0 client server 1.3 known 0.1 by psk early refused`},
		{"early data, refused by a HelloRetryRequest", `
			0.0 C hello early
			0.1 S hello 1.3 retry
			0.2 C hello psk
			0.3 S hello 1.3 resumed
			want hello 0 client server 1.3 known 0.1 retried by psk early refused
			want hello 1 client server 1.3 resumed known 0.3 by psk`},
		{"early data, refused by an answer that was handed over first", `
			0.0 S hello 1.3
			0.0 C hello early
			want hello 0 client server 1.3 known 0 by psk early refused`},
		{"a HelloRetryRequest of a draft", `
			0.0 C hello early
			0.1 S message 6 40
			want hello 0 client 1.3 known 0.1 retried by psk early refused`},

		{"a client certificate", `
			0.0 C hello
			0.1 S hello 1.2
			0.1 S message 11 900
			0.1 S message 13 60
			0.1 S message 14 0
			0.2 C message 11 800
			0.2 C message 16 33
			0.2 C message 15 70
			0.2 C record 20 1
			0.2 C record 22 40
			0.3 S record 20 1
			0.3 S record 22 40
			want hello 0 client server 1.2 known 0.3 done certificate sent`},
		{"no client certificate, though asked for", `
			0.0 C hello
			0.1 S hello 1.2
			0.1 S message 13 60
			0.1 S message 14 0
			0.2 C message 11 3
			0.3 S alert 2 40
			want hello 0 client server 1.2 known 0.3 failed certificate declined alert server fatal handshake_failure`},
		{"a client certificate, and no server that was seen", `
			0.0 C hello
			0.2 C message 11 800
			60 tick
			want hello 0 client 1.3 known 30 certificate sent`},
		{"a client certificate, asked for and no more", `
			0.0 C hello
			0.1 S hello 1.2
			0.1 S message 11 900
			0.1 S message 13 60
			0.2 close
			want hello 0 client server 1.2 known 0.2 certificate requested`},

		{"the client does not trust the server", `
			0.0 C hello
			0.1 S hello 1.2
			0.1 S message 11 900
			0.1 S message 14 0
			0.2 C alert 2 48
			want hello 0 client server 1.2 known 0.2 failed alert client fatal unknown_ca`},
		{"the client gives up before an answer", `
			0.0 C hello
			0.1 C alert 2 80
			want hello 0 client 1.3 known 0.1 failed alert client fatal internal_error`},
		{"a farewell instead of an answer", `
			0.0 C hello
			0.1 S alert 1 0
			0.2 close
			want hello 0 client 1.3 known 0.2 alert server warning close_notify`},
		{"a warning, then the end", `
			0.0 C hello
			0.1 S alert 1 112
			0.1 S alert 2 40
			want hello 0 client 1.3 known 0.1 failed alert server fatal handshake_failure`},
		{"an alert of no known name", `
			0.0 C hello
			0.1 S alert 2 200
			want hello 0 client 1.3 known 0.1 failed alert server fatal 200`},
		{"two alerts in one record: the first counts", `
			0.0 C hello
			0.1 S hex 15 03 01 00 04 02 46 01 00
			want hello 0 client 1.3 known 0.1 failed alert server fatal protocol_version`},
		{"the second half of an alert is lost", `
			0.0 C hello
			0.1 S hex 15 03 01 00 02 02
			0.1 S gap 1
			0.2 close
			want hello 0 client 1.3 known 0.2`},
		{"an alert of no level", `
			0.0 C hello
			0.1 S hex 15 03 03 00 02 00 28
			0.2 S hello 1.3
			want hello 0 client server 1.3 known 0.2`},
		{"an encrypted alert is none that can be read", `
			0.0 C hello
			0.1 S hello 1.2
			0.2 C record 20 1
			0.2 C hex 15 03 03 00 04 02 30 11 22
			0.3 close
			want hello 0 client server 1.2 known 0.3`},
		{"an alert in answer to the second hello", `
			0.0 C hello
			0.1 S hello 1.3 retry
			0.1 S record 20 1
			0.2 C record 20 1
			0.2 C hello other
			0.3 S alert 2 47
			want hello 0 client server 1.3 known 0.1 retried
			want hello 1 client 1.3 known 0.3 failed alert server fatal illegal_parameter`},
		{"an alert behind the answer of TLS 1.3 comes too late", `
			0.0 C hello
			0.1 S hello 1.3
			0.2 C alert 2 47
			want hello 0 client server 1.3 known 0.1`},
		{"an alert that answers nothing", `
			0.1 S alert 2 40
			0.2 close`},

		{"middlebox mode: records of one byte that mean nothing", `
			0.0 C hello psk h2
			0.1 S hello 1.3 resumed
			0.1 S record 20 1
			0.1 S record 23 36
			0.1 S record 23 53
			0.2 C record 20 1
			0.2 C record 23 53
			0.2 C data 300
			0.9 S data 4000
			9.0 tick
			want hello 0 client server 1.3 resumed known 0.1 by psk
			want 0.2-0.9 up 300 down 4000 clear`},
		{"middlebox mode: a ChangeCipherSpec between hello and early data", `
			0.0 C hello early
			0.0 C record 20 1
			0.0 C data 300
			0.1 S hello 1.3 resumed
			0.1 S record 20 1
			want hello 0 client server 1.3 resumed known 0.1 by psk early offered`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			whole := runScript(t, test.script, 0)
			if len(whole.wants) == 0 && len(whole.facts.hellos) > 0 {
				t.Errorf("a hello out of nothing: %s", helloLine(whole.facts.hellos[0]))
			}
			whole.check()
			for _, pieces := range []int{1, 3} {
				samePieces(t, &whole.facts, &runScript(t, test.script, pieces).facts)
			}
		})
	}
}

// The names of alerts are told apart, and unknown ones stay numbers.
func TestAlertNames(t *testing.T) {
	seen := map[string]int{}
	for code := range 256 {
		name := protocol.Alert{Code: uint8(code)}.Description()
		if other, twice := seen[name]; twice || name == "" {
			t.Errorf("%d and %d are both %q", other, code, name)
		}
		seen[name] = code
	}
}
