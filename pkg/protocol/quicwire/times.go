package quicwire

import "time"

// Times of the handshake.
const (
	// answerTime is how long a ClientHello waits for its answer, and a
	// greeting for its next packet.
	answerTime = 30 * time.Second

	// orphanTime is how long a hello waits for the other one when what
	// follows them was seen already: it was lost, or is handed over late.
	orphanTime = time.Second
)

// Times of exchanges. Those that TLS over TCP has too are the same there.
const (
	// reopenTime: a request that was not answered for this long while the
	// client was silent is over, and the client's next datagram is another.
	reopenTime = 2 * time.Second

	// quietTime after the last datagram an answered exchange is over.
	quietTime = 2 * time.Second

	// interimTime: an exchange that stays open is told each minute in which
	// it moved.
	interimTime = time.Minute

	// burstTime of silence splits the datagrams of a connection of which one
	// direction alone was captured.
	burstTime = 350 * time.Millisecond

	// ackTime is how soon after a server's datagram a client acknowledges it,
	// unless it said otherwise (RFC 9000 section 18.2), beside the round trip
	// between the capture and the client; reactTime is how soon it does for sure.
	ackTime      = 25 * time.Millisecond
	reactTime    = 50 * time.Millisecond
	maxRoundTrip = 250 * time.Millisecond

	// repeatTime after an answer that the client has not acknowledged its
	// request comes once more: the answer was lost behind the capture.
	repeatTime = 500 * time.Millisecond

	// heldTime is how long a datagram that may be a question waits for what
	// shows that it was one.
	heldTime = 2 * time.Second

	// openingTime after its handshake, streams are set up, tickets and
	// connection ids are handed out.
	openingTime = time.Second
)

// Sizes of what is sealed in a short-header packet, in bytes, with the frames'
// own headers.
const (
	// sealSize is what such a packet has beside its connection id: the first
	// byte, a packet number of two bytes, and the seal (RFC 9001 section 5.3).
	sealSize = 1 + 2 + 16

	// defaultID is the length of connection ids where none was seen.
	defaultID = 8

	// bareSize: an acknowledgement, or a PING, and no more. Measured: 3 to 9.
	bareSize = 10

	// answerSize: less is no answer. Measured: an acknowledgement with a count
	// of ECN or a window has up to 14, the least answer 18.
	answerSize = 14

	// clientControl and serverControl: acknowledgements with a few ranges,
	// windows, and a new connection id or two at most. Requests and answers
	// that are compressed against earlier ones can be smaller than that.
	clientControl = 40
	serverControl = 32

	// rangesSize: acknowledgements of a download that loses packets, up to 64
	// ranges; a download is what brought downloadSize.
	rangesSize   = 140
	downloadSize = 16 << 10

	// openingAlone and openingBeside: HTTP/3's SETTINGS, its streams and new
	// connection ids, as a client sends them behind its handshake, in a datagram
	// of their own or beside its Finished message. Measured: up to 46 and 97;
	// the least first request 59.
	openingAlone  = 52
	openingBeside = 128

	// upload is from how many bytes on a request may bring windows before its
	// answer.
	upload = 2 << 10

	// setupSize: SETTINGS, session tickets and connection ids of a server.
	setupSize = 700

	// farewellSize: CONNECTION_CLOSE with a reason.
	farewellSize = 100
)
