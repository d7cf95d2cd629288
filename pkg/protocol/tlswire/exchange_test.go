package tlswire

import "testing"

func TestExchanges(t *testing.T) {
	tests := []struct{ name, script string }{
		{"HTTP/1.1 in TLS 1.3, kept alive", `
			handshake 1.3
			0.032 C data 400
			0.062 S data 1000
			0.063 S data 300
			3.0   C data 300
			3.0   C data 100
			3.1   S data 1337
			9     close
			want 0.032-0.063 up 400 down 1300 clear known 2.063 frame 0
			want 3-3.1 up 400 down 1337 clear known 5.1 index 1`},
		{"the next request ends an exchange", `
			handshake 1.3
			0.1 C data 400
			0.2 S data 1000
			0.9 C data 400
			1.0 S data 1000
			1.1 close
			want 0.1-0.2 up 400 down 1000 known 0.9 frame 11
			want 0.9-1 up 400 down 1000 known 1.1 frame 0`},
		{"HTTP/1.1 in TLS 1.2, with alerts", `
			handshake 1.2
			0.1 C data 447
			0.2 S data 1337
			0.3 C record 21 26
			0.3 S record 21 26
			0.4 close
			want 0.1-0.2 up 447 down 1337 clear`},
		{"close_notify in TLS 1.3", `
			handshake 1.3 sha384
			0.1 C data 447
			0.2 S data 1337
			2.3 C data 2
			2.3 S data 2
			2.4 close
			want 0.1-0.2 up 447 down 1337 clear`},
		{"CBC with SHA-1: half a block of padding is taken", `
			0.0 C hello
			0.1 S hello 1.2
			0.1 C record 20 1
			0.1 C record 22 64
			0.2 S record 20 1
			0.2 S record 22 64
			0.3 C record 23 144
			0.4 S record 23 544
			9 tick
			want 0.3-0.4 up 100 down 500`},
		{"ChaCha20 in TLS 1.2", `
			0.0 C hello
			0.1 S hello 1.2
			0.1 C record 20 1
			0.1 C record 22 32
			0.2 S record 20 1
			0.2 S record 22 32
			0.3 C record 23 116
			0.4 S record 23 516
			9 tick
			want 0.3-0.4 up 100 down 500`},
		{"Java pads its records", `
			overhead C 33
			handshake 1.3
			0.1 C data 300
			0.2 S data 1337
			0.3 C data 2
			9 tick
			want 0.1-0.2 up 300 down 1337`},
		{"a client certificate stands before Finished", `
			0.0 C hello
			0.1 S hello 1.3
			0.1 S record 23 27
			0.1 S record 23 60
			0.1 S record 23 1368
			0.1 S record 23 96
			0.1 S record 23 53
			0.2 C record 23 900
			0.2 C record 23 96
			0.2 C record 23 53
			0.3 C data 400
			0.4 S data 1000
			9 tick
			want 0.3-0.4 up 400 down 1000 clear`},
		{"certificate and Finished in one record", `
			0.0 C hello
			0.1 S hello 1.3
			0.1 S record 23 1500
			0.2 C record 23 1050
			0.3 C data 400
			0.4 S data 1000
			1.3 C data 400
			1.4 S data 1000
			9 tick
			want 0.3-0.4 up 400 down 1000
			want 1.3-1.4 up 400 down 1000`},
		{"data before the server's hello is the request", `
			0.0 C hello early
			0.0 C data 400
			0.1 S hello 1.3 resumed
			0.1 S record 23 27
			0.1 S record 23 53
			0.1 C record 23 21
			0.1 C record 23 53
			0.2 S data 900
			9 tick
			want 0-0.2 up 400 down 900 clear`},
		{"tickets of one length are no answer", `
			handshake 1.3
			0.1 C data 400
			0.2 S data 273
			0.2 S data 273
			0.21 C data 3000     # the body goes on
			0.3 S data 115
			9 tick
			want 0.1-0.3 up 3400 down 115 clear`},
		{"a lone ticket is no answer while the request goes on", `
			handshake 1.3
			0.1 C data 400
			0.2 S data 273
			0.21 C data 3000
			0.3 S data 115
			9 tick
			want 0.1-0.3 up 3400 down 388 clear`},
		{"answers of one length are no tickets", `
			handshake 1.3
			0.1 C data 200
			0.2 S data 374
			1.1 C data 200
			1.2 S data 374
			2.1 C data 200
			2.2 S data 374
			9 tick
			want 0.1-0.2 up 200 down 374
			want 1.1-1.2 up 200 down 374
			want 2.1-2.2 up 200 down 374`},
		{"tickets before any request belong to nothing", `
			handshake 1.3
			0.1 S data 273
			0.1 S data 273
			5 C data 200
			5.1 S data 374
			9 tick
			want 5-5.1 up 200 down 374`},
		{"100 Continue", `
			handshake 1.3
			0.1 C data 300
			0.2 S data 25
			0.3 C data 200
			0.4 S data 900
			9 tick
			want 0.1-0.4 up 500 down 900`},
		{"HTTP/2, from the preface on", `
			handshake 1.3 h2
			0.1 C data 64         # preface, SETTINGS, WINDOW_UPDATE
			0.1 C data 134
			0.1 C data 209
			0.2 S data 39         # SETTINGS
			0.2 C data 9          # and their acknowledgement
			0.2 S data 22
			0.25 S data 940
			0.26 C data 13        # WINDOW_UPDATE
			1.0 C data 17         # HEADERS, all indexed
			1.0 C data 209
			1.1 S data 630
			9 tick
			want 0.1-0.25 up 343 down 940 clear
			want 1-1.1 up 226 down 630 clear`},
		{"HTTP/2 in TLS 1.2", `
			handshake 1.2 h2
			0.1 C data 64
			0.1 S data 39
			0.1 C data 134
			0.1 C data 9
			0.1 C data 209
			0.2 S data 9
			0.25 S data 940
			9 tick
			want 0.1-0.25 up 343 down 940 clear`},
		{"HTTP/2 known by its preface alone", `
			handshake 1.3 h2 long
			0.1 C data 70
			0.1 C data 138
			0.2 S data 39
			0.2 C data 9
			0.2 S data 9
			0.25 S data 940
			9 tick
			want 0.1-0.25 up 138 down 940`},
		{"HTTP/1.1 chosen though HTTP/2 was offered", `
			handshake 1.3 h2 long
			0.1 C data 430
			0.2 S data 1337
			9 tick
			want 0.1-0.2 up 430 down 1337`},
		{"preface and request in one record", `
			overhead C 33
			handshake 1.3 h2
			0.1 C data 144
			0.2 S data 39
			0.2 C data 9
			0.2 S data 13
			0.2 S data 9
			0.2 S data 57
			0.2 S data 24
			9 tick
			want 0.1-0.2 up 144 down 81`},
		{"a speculative connection carries no request", `
			handshake 1.3 h2
			0.1 C data 70
			0.2 S data 39
			0.2 C data 9
			0.2 S data 9
			10 S data 17
			10 close`},
		{"a repeated GET of the size of PING", `
			handshake 1.3 h2
			0.1 C data 64
			0.1 C data 73
			0.2 S data 39
			0.2 C data 9
			0.2 S data 78
			5.0 C data 17
			5.1 S data 89
			9 tick
			want 0.1-0.2 up 73 down 78
			want 5-5.1 up 17 down 89`},
		{"PING is no request, and its answer no answer", `
			handshake 1.3 h2
			0.1 C data 64
			0.1 C data 73
			0.2 S data 39
			0.2 S data 78
			15 C data 17
			15.1 S data 17
			30 S data 17
			30 C data 17
			45 C data 73
			45.1 S data 60
			90 tick
			want 0.1-0.2 up 73 down 78
			want 45-45.1 up 73 down 60`},
		{"windows opened while an answer comes down", `
			handshake 1.3 h2
			0.1 C data 64
			0.1 C data 73
			0.2 S data 39
			0.3 S data 16384
			0.31 C data 13
			0.33 S data 16384
			0.34 C data 13
			0.36 S data 16384
			9 tick
			want 0.1-0.36 up 73 down 49152`},
		{"long poll: a late answer is the same exchange", `
			handshake 1.3 h2
			0.1 C data 64
			0.1 C data 107
			0.2 S data 39
			25 S data 198
			25.01 C data 15
			50 S data 41
			99 tick
			want 0.1-25 up 107 down 198 known 25.01
			want 25.01-50 up 15 down 41`},
		{"an unanswered request is told after a minute, and again at its end", `
			handshake 1.3
			0.1 C data 200
			90 S data 300
			99 tick
			want 0.1-0.1 up 200 down 0 interim known 60.1
			want 0.1-90 up 200 down 300 known 92`},
		{"a long download is told each minute", `
			handshake 1.3
			0 C data 200
			1 S data 1000
			30 S data 1000
			31 S data 1000
			32 S data 1000
			59 tick
			want 0-1 up 200 down 1000
			want 30-32 up 0 down 3000 push`},
		{"a stream that does not end", `
			handshake 1.3
			0.1 C data 200
			1 S data 1000
			2 S data 1000
			3 S begin 10000
			10 S bytes 5000
			18 S bytes 17
			27 S bytes 1000
			36 S bytes 1000
			45 S bytes 1000
			54 S bytes 1000
			63 S bytes 1000
			64 close
			want 0.1-54 up 200 down 11000 interim known 60.1
			want 0.1-63 up 200 down 12000 known 64`},
		{"a request without an answer, then another", `
			handshake 1.3
			0.1 C data 200
			5.0 C data 200
			5.1 S data 300
			9 tick
			want 0.1-0.1 up 200 down 0 known 5
			want 5-5.1 up 200 down 300`},
		{"what a server pushes", `
			handshake 1.3
			0.1 C data 500
			0.2 S data 129
			10 S data 60
			10.01 C data 40          # an acknowledgement
			20 S data 60
			20.01 C data 40
			30 C data 500
			30.1 S data 129
			40 tick
			want 0.1-0.2 up 500 down 129
			want 10-10.01 up 40 down 60 push
			want 20-20.01 up 40 down 60 push
			want 30-30.1 up 500 down 129`},
		{"a WebSocket's empty ping and pong", `
			handshake 1.3
			0.1 C data 500
			0.2 S data 129
			10 S data 2
			10.01 C data 6
			20 tick
			want 0.1-0.2 up 500 down 129`},
		{"a farewell is no exchange", `
			handshake 1.3
			0.1 C data 500
			0.2 S data 129
			60 S data 150
			60 S data 2
			60.1 close
			want 0.1-0.2 up 500 down 129`},
		{"one direction: the client's", `
			only C
			handshake 1.3
			0.1 C data 300
			0.2 C data 100
			0.9 C data 300
			1.7 C data 300
			9 tick
			want 0.1-0.2 up 400 down 0 guessed
			want 0.9-0.9 up 300 down 0 guessed
			want 1.7-1.7 up 300 down 0 guessed known 3.7`},
		{"one direction: the server's", `
			only S
			handshake 1.3
			0.1 S data 1186
			0.1 S data 151
			0.9 S data 1337
			1.7 S data 1337
			9 tick
			want 0.1-0.1 up 0 down 1337 guessed
			want 0.9-0.9 up 0 down 1337 guessed
			want 1.7-1.7 up 0 down 1337 guessed`},
		{"mid-stream", `
			orient C
			0.1 C data 300
			0.2 S data 900
			0.9 C data 300
			1.0 S data 900
			1.001 C data 13
			9 tick
			want 0.1-0.2 up 300 down 900 likely
			want 0.9-1 up 300 down 900 likely`},
		{"mid-stream, the first segment begins inside a record", `
			orient C
			0.0 S bytes 500
			0.1 C data 300
			0.2 S data 900
			9 tick
			want 0.1-0.2 up 300 down 900`},
		{"mid-stream without a hint: who is heard first", `
			0.1 S data 300
			0.2 C data 900
			9 tick
			want 0.1-0.2 up 300 down 900`},
		{"a hole inside a body keeps the place", `
			handshake 1.3
			0.1 C data 300
			0.2 S begin 5000
			0.2 S bytes 1000
			0.22 S gap 3000
			0.22 S bytes 1017
			0.9 C data 300
			1.0 S data 900
			9 tick
			want 0.1-0.22 up 300 down 5000 likely
			want 0.9-1 up 300 down 900 clear`},
		{"a hole over a header: the next segment that begins with one", `
			handshake 1.3
			0.1 C data 300
			0.2 S begin 5000
			0.2 S bytes 1000
			0.22 S gap 8000
			0.22 S bytes 1400
			0.23 S data 100
			0.9 C data 300
			1.0 S data 900
			9 tick
			want 0.1-0.23 up 300 guessed
			want 0.9-1 up 300 down 900 likely`},
		{"a request that was not captured, its answer before the hole", `
			handshake 1.3
			0.1 C data 300
			0.2 S data 900
			5.03 S data 900
			5.05 C gap 322
			9 tick
			want 0.1-0.2 up 300 down 900
			want 5.03-5.05 up 322 down 900 guessed`},
		{"the same within two seconds of the last answer", `
			handshake 1.3
			0.1 C data 300
			0.2 S data 900
			0.93 S data 800
			0.95 C gap 322
			9 tick
			want 0.1-0.2 up 300 down 900
			want 0.93-0.95 up 322 down 800 guessed`},
		{"a request that was not captured, the hole before its answer", `
			handshake 1.3
			0.1 C data 300
			0.2 S data 900
			0.95 C gap 322
			1.1 S data 900
			9 tick
			want 0.1-0.2 up 300 down 900
			want 0.95-1.1 up 322 down 900 guessed`},
		{"an answer that was not captured", `
			handshake 1.3
			0.1 C data 300
			0.2 S gap 922
			0.9 C data 300
			1.0 S data 900
			9 tick
			want 0.1-0.2 up 300 down 922 guessed
			want 0.9-1 up 300 down 900 likely`},
		{"Finished was not captured", `
			0.0 C hello
			0.03 S hello 1.3
			0.03 S record 23 27
			0.03 S record 23 53
			0.05 C gap 64
			0.06 C data 400
			0.09 S data 1000
			9 tick
			want 0.06-0.09 up 400 down 1000 likely`},
		{"a missing FIN is no answer", `
			handshake 1.3
			0.1 C data 300
			0.2 S gap 1
			0.3 close
			want 0.1-0.2 up 300`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			whole := runScript(t, test.script, 0)
			whole.check()
			pieces := runScript(t, test.script, 1)
			samePieces(t, &whole.facts, &pieces.facts)
		})
	}
}

// samePieces compares what came of whole segments and of single bytes. A
// fact's frame may be compared too, since pieces keep their segment's.
func samePieces(t *testing.T, a, b *facts) {
	t.Helper()
	if len(a.exchanges) != len(b.exchanges) || len(a.hellos) != len(b.hellos) {
		t.Errorf("whole: %d hellos, %d exchanges; in pieces: %d, %d", len(a.hellos), len(a.exchanges), len(b.hellos), len(b.exchanges))
		return
	}
	for i := range a.exchanges {
		if *a.exchanges[i] != *b.exchanges[i] {
			t.Errorf("whole:     %s\nin pieces: %s", exchangeLine(a.exchanges[i]), exchangeLine(b.exchanges[i]))
		}
	}
	for i := range a.hellos {
		if x, y := helloLine(a.hellos[i]), helloLine(b.hellos[i]); x != y {
			t.Errorf("whole: %s, in pieces: %s", x, y)
		}
	}
}

func TestHellos(t *testing.T) {
	tests := []struct{ name, script string }{
		{"TLS 1.3", `
			handshake 1.3
			want hello 0 client server 1.3 known 0.03`},
		{"TLS 1.3, resumed", `
			handshake 1.3 resumed
			want hello 0 client server 1.3 resumed known 0.03`},
		{"TLS 1.2 tells the protocol", `
			handshake 1.2 h2
			want hello 0 client server 1.2 h2 known 0.03`},
		{"TLS 1.2, resumed by its session id", `
			0 C hello
			1 S hello 1.2 resumed
			want hello 0 client server 1.2 resumed known 1`},
		{"TLS 1.2, resumed by ticket", `
			0 C hello ticket
			1 S hello 1.2
			1.1 S record 20 1
			want hello 0 client server 1.2 resumed known 1.1`},
		{"TLS 1.2, the ticket is refused", `
			handshake 1.2 ticket
			want hello 0 client server 1.2 known 0.03`},
		{"HelloRetryRequest, the second hello behind a ChangeCipherSpec", `
			0.0 C hello
			0.1 S hello 1.3 retry
			0.1 S record 20 1
			0.2 C record 20 1
			0.2 C hello other
			0.3 S hello 1.3
			want hello 0 client server 1.3 known 0.1
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
			want hello 0 client 1.3 known 10`},
		{"an alert instead", `
			0.0 C hello
			0.1 S record 21 2
			want hello 0 client 1.3 known 0.1`},
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
		{"the answer handed over first", `
			0.0 S hello 1.3
			0.0 C hello
			want hello 0 client server 1.3 known 0`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			whole := runScript(t, test.script, 0)
			whole.wants = append(whole.wants, "hello")
			whole.wants = whole.wants[:len(whole.wants)-1]
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
