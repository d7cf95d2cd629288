package kafkasink

import (
	"encoding/binary"
	"io"
)

// guard looks at the first answer on a connection. kafka-go believes any peer:
// it takes the greeting of a web server for a list of 800 million entries and
// allocates gigabytes for it.
type guard struct {
	head   [headBytes]byte
	unread []byte // of head
	passed bool
}

// The first request is always ApiVersions, version 0. Its answer begins with
// the length of what follows, the correlation id 1, an error code, and the
// number of entries of 6 bytes (https://kafka.apache.org/protocol).
const (
	headBytes  = 4 + 4 + 2 + 4
	entryBytes = 6
	maxAnswer  = 64 << 10 // there are fewer than a hundred entries
)

// wrongPeer is what is known of a peer that is no broker.
type wrongPeer string

func (w wrongPeer) Error() string { return string(w) }

const (
	errForeign = wrongPeer("this is no Kafka broker")
	errTLS     = wrongPeer("the broker expects TLS")
)

func (g *guard) read(r io.Reader, b []byte) (int, error) {
	if !g.passed {
		n, err := io.ReadFull(r, g.head[:])
		if wrong := peer(g.head[:n]); wrong != "" {
			return 0, wrong
		}
		if err != nil {
			return 0, err
		}
		g.unread, g.passed = g.head[:], true
	}
	if len(g.unread) > 0 {
		n := copy(b, g.unread)
		g.unread = g.unread[n:]
		return n, nil
	}
	return r.Read(b)
}

// peer tells from what came so far what is wrong with the peer, if anything.
func peer(head []byte) wrongPeer {
	if len(head) >= 2 && head[0] == 21 && head[1] == 3 { // a TLS record with an alert
		return errTLS
	}
	if len(head) >= 4 {
		if n := binary.BigEndian.Uint32(head); n < headBytes-4 || n > maxAnswer {
			return errForeign
		}
	}
	if len(head) >= 8 && binary.BigEndian.Uint32(head[4:]) != 1 {
		return errForeign
	}
	if len(head) == headBytes && uint64(binary.BigEndian.Uint32(head[10:]))*entryBytes > uint64(binary.BigEndian.Uint32(head)) {
		return errForeign
	}
	return ""
}
