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
			want 0.1-0.2 up 400 down 1000 known 0.9 frame 12
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
			20 tick
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
			20 tick
			want 0.3-0.4 up 100 down 500`},
		{"Java pads its records", `
			overhead C 33
			handshake 1.3
			0.1 C data 300
			0.2 S data 1337
			0.3 C data 2
			20 tick
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
			20 tick
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
			20 tick
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
			20 tick
			want 0-0.2 up 400 down 900 clear`},
		{"tickets of one length are no answer", `
			handshake 1.3
			0.1 C data 400
			0.2 S data 273
			0.2 S data 273
			0.21 C data 3000     # the body goes on
			0.3 S data 115
			20 tick
			want 0.1-0.3 up 3400 down 115 clear`},
		{"a lone ticket is no answer while the request goes on", `
			handshake 1.3
			0.1 C data 400
			0.2 S data 273
			0.21 C data 3000
			0.3 S data 115
			20 tick
			want 0.1-0.3 up 3400 down 388 clear`},
		{"answers of one length are no tickets", `
			handshake 1.3
			0.1 C data 200
			0.2 S data 374
			1.1 C data 200
			1.2 S data 374
			2.1 C data 200
			2.2 S data 374
			20 tick
			want 0.1-0.2 up 200 down 374
			want 1.1-1.2 up 200 down 374
			want 2.1-2.2 up 200 down 374`},
		{"tickets before any request belong to nothing", `
			handshake 1.3
			0.1 S data 273
			0.1 S data 273
			5 C data 200
			5.1 S data 374
			20 tick
			want 5-5.1 up 200 down 374`},
		{"100 Continue", `
			handshake 1.3
			0.1 C data 300
			0.2 S data 25
			0.3 C data 200
			0.4 S data 900
			20 tick
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
			20 tick
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
			20 tick
			want 0.1-0.25 up 343 down 940 clear`},
		{"HTTP/2 known by its preface alone", `
			handshake 1.3 h2 long
			0.1 C data 70
			0.1 C data 138
			0.2 S data 39
			0.2 C data 9
			0.2 S data 9
			0.25 S data 940
			20 tick
			want 0.1-0.25 up 138 down 940`},
		{"HTTP/1.1 chosen though HTTP/2 was offered", `
			handshake 1.3 h2 long
			0.1 C data 430
			0.2 S data 1337
			20 tick
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
			20 tick
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
			20 tick
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
			20 tick
			want 0.1-0.36 up 73 down 49152`},
		{"windows opened while an upload goes up", `
			handshake 1.3 h2
			0.1 C data 64
			0.1 C data 138
			0.11 C data 16384
			0.2 S data 39         # SETTINGS
			0.22 S data 39        # three windows
			0.23 C data 16384
			0.24 S data 65
			0.25 C data 3000
			0.3 S data 78
			20 tick
			want 0.1-0.3 up 35906 down 78`},
		{"preface and request in one record, HTTP/2 shown by nothing else", `
			overhead C 33
			handshake 1.3 h2 long
			0.1 C data 144
			0.2 S data 39
			0.2 C data 9
			0.2 S data 500
			5 C data 13
			20 tick
			want 0.1-0.2 up 144 down 539`}, // its SETTINGS count
		{"an answer of the size of WINDOW_UPDATE", `
			handshake 1.3 h2
			0.1 C data 64
			0.1 C data 138
			0.2 S data 39
			0.2 C data 9
			0.2 S data 9
			0.3 S data 45
			0.9 C data 27
			0.95 S data 13
			1.7 C data 27
			1.8 S data 36
			20 tick
			want 0.1-0.3 up 138 down 45
			want 0.9-0.9 up 27 down 0
			want 1.7-1.8 up 27 down 36`},
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
			20 tick
			want 0.1-0.1 up 200 down 0 known 5
			want 5-5.1 up 200 down 300`},
		{"what a server pushes", `
			handshake 1.3 ticket
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
		{"mid-stream, a WebSocket's ping and pong", `
			orient C
			5 C data 300
			5.1 S data 300
			10 S data 60
			10.01 C data 64
			20 S data 60
			20.01 C data 64
			30 tick
			want 5-5.1 up 300 down 300 likely
			want 10-10.01 up 64 down 60 push
			want 20-20.01 up 64 down 60 push`},
		{"a WebSocket's empty ping and pong", `
			handshake 1.3 ticket
			0.1 C data 500
			0.2 S data 129
			10 S data 2
			10.01 C data 6
			20 tick
			want 0.1-0.2 up 500 down 129`},
		{"a farewell is no exchange", `
			handshake 1.3 ticket
			0.1 C data 500
			0.2 S data 129
			60 S data 150
			60 S data 2
			60.1 close
			want 0.1-0.2 up 500 down 129`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { wholeAndInPieces(t, test.script) })
	}
}

// wholeAndInPieces runs a script with whole segments and with single bytes.
func wholeAndInPieces(t *testing.T, script string) {
	t.Helper()
	whole := runScript(t, script, 0)
	whole.check()
	samePieces(t, &whole.facts, &runScript(t, script, 1).facts)
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
