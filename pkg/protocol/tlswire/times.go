package tlswire

import "time"

const (
	// answerTime is how long a ClientHello waits for its ServerHello before
	// it is told without. Real servers answer within a second; a server that
	// somebody steps through with a debugger took twenty.
	answerTime = 30 * time.Second

	// orphanTime is how long a ServerHello waits for a ClientHello, or a
	// ClientHello whose client went on for its answer: a capture of several
	// cards may hand it over late.
	orphanTime = time.Second

	// heldRecords bounds the client's records that may be its certificate,
	// the signature that belongs to it, or its Finished message.
	heldRecords = 3

	// reopenTime: a request that was not answered for this long while the
	// client was silent is over, and the client's next record is another.
	reopenTime = 2 * time.Second

	// quietTime after the last byte an answered exchange is over. It bounds
	// how late a beat is known: a beacon of 3 s is counted while it runs, and
	// answers that trickle more slowly than this are told in parts, the later
	// ones as pushed by the server.
	quietTime = 2 * time.Second

	// doubtTime is the quiet that ends an exchange whose answer may have been
	// a session ticket, so that the answer may be outstanding.
	doubtTime = 5 * time.Second

	// recordTime is the quiet that ends an exchange in the middle of a record.
	recordTime = 10 * time.Second

	// ticketTime after its handshake a connection gets no session tickets
	// that would matter here.
	ticketTime = time.Second

	// interimTime: an exchange that stays open is told each minute in which
	// it moved, so that a day-long one is seen while it lasts.
	interimTime = time.Minute

	// burstTime of silence splits the records of a connection of which one
	// direction alone was captured. Requests in several records (headers,
	// then a body) have them closer together, answers that were not seen
	// farther apart. Measured on real clients.
	burstTime = 350 * time.Millisecond

	// holeTime is how long a hole waits until it is called one, so that what
	// it hides came before that.
	holeTime = 20 * time.Millisecond

	// flightTime: a server's records that follow its Finished message at once
	// belong to its flight.
	flightTime = 5 * time.Millisecond

	// reactTime is how soon after a server's record a client's stack answers
	// it by itself (window updates, acknowledgements), beside the round trip
	// between the capture and the client.
	reactTime    = 50 * time.Millisecond
	maxRoundTrip = 250 * time.Millisecond

	// upload is from how many bytes on a request makes a server open windows
	// again while it goes up.
	upload = 4 << 10

	// goodbyeTime before the end of a connection small records without an
	// answer are a farewell (GOAWAY, a WebSocket's close, a 408).
	goodbyeTime = time.Second
	goodbyeSize = 64
)
