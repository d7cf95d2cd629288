package tlswire

import "testing"

// Connections of which not everything was captured.
func TestIncomplete(t *testing.T) {
	tests := []struct{ name, script string }{
		{"one direction: the client's", `
			only C
			handshake 1.3
			0.1 C data 300
			0.2 C data 100
			0.9 C data 300
			1.7 C data 300
			20 tick
			want 0.1-0.2 up 400 down 0 guessed
			want 0.9-0.9 up 300 down 0 guessed
			want 1.7-1.7 up 300 down 0 guessed known 3.7`},
		{"one direction: the server's", `
			only S
			handshake 1.3 ticket
			0.1 S data 1186
			0.1 S data 151
			0.9 S data 1337
			1.7 S data 1337
			20 tick
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
			20 tick
			want 0.1-0.2 up 300 down 900 likely
			want 0.9-1 up 300 down 900 likely`},
		{"mid-stream, the first segment begins inside a record", `
			orient C
			0.0 S bytes 500
			0.1 C data 300
			0.2 S data 900
			20 tick
			want 0.1-0.2 up 300 down 900`},
		{"mid-stream without a hint: who is heard first", `
			0.1 S data 300
			0.2 C data 900
			20 tick
			want 0.1-0.2 up 300 down 900`},
		{"a hello overrules who was told to be the client", `
			orient S
			handshake 1.3 ticket
			0.1 C data 300
			0.2 S data 900
			20 tick
			want 0.1-0.2 up 300 down 900 clear`},
		{"a hole inside a body keeps the place", `
			handshake 1.3
			0.1 C data 300
			0.2 S begin 5000
			0.2 S bytes 1000
			0.22 S gap 3000
			0.22 S bytes 1017
			0.9 C data 300
			1.0 S data 900
			20 tick
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
			20 tick
			want 0.1-0.23 up 300 guessed
			want 0.9-1 up 300 down 900 likely`},
		{"a request that was not captured, its answer before the hole", `
			handshake 1.3
			0.1 C data 300
			0.2 S data 900
			5.03 S data 900
			5.05 C gap 322
			20 tick
			want 0.1-0.2 up 300 down 900
			want 5.03-5.05 up 322 down 900 guessed`},
		{"the same within two seconds of the last answer", `
			handshake 1.3
			0.1 C data 300
			0.2 S data 900
			0.93 S data 800
			0.95 C gap 322
			20 tick
			want 0.1-0.2 up 300 down 900
			want 0.93-0.95 up 322 down 800 guessed`},
		{"a request that was not captured, the hole before its answer", `
			handshake 1.3
			0.1 C data 300
			0.2 S data 900
			0.95 C gap 322
			1.1 S data 900
			20 tick
			want 0.1-0.2 up 300 down 900
			want 0.95-1.1 up 322 down 900 guessed`},
		{"an answer that was not captured", `
			handshake 1.3
			0.1 C data 300
			0.2 S gap 922
			0.9 C data 300
			1.0 S data 900
			20 tick
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
			20 tick
			want 0.06-0.09 up 400 down 1000 likely`},
		{"a missing FIN is no answer", `
			handshake 1.3
			0.1 C data 300
			0.2 S gap 1
			0.3 close
			want 0.1-0.2 up 300`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { wholeAndInPieces(t, test.script) })
	}
}
