package tlswire

import "github.com/hookhound/hookhound/pkg/protocol"

// Messages reads hellos for protocols that carry TLS messages without its
// records. It belongs to one worker: its parses share memory.
type Messages struct {
	prints *fingerprinter
	ch     clientHello
	sh     serverHello
}

// NewMessages makes a reader; transport is the letter with which JA4 begins,
// 'q' in QUIC.
func NewMessages(transport byte) *Messages {
	return &Messages{prints: newFingerprinter(transport)}
}

// ClientHello reads the body of a ClientHello, without the four bytes of the
// handshake header, and gives what leaves the parser; the moment, the frame and
// the number are the caller's to fill in. Nothing of the message is kept. The
// error is for what is no hello.
func (m *Messages) ClientHello(body []byte) (protocol.Hello, error) {
	if err := parseClientHello(body, &m.ch); err != nil {
		return protocol.Hello{}, err
	}
	return m.prints.hello(&m.ch), nil
}

// ServerHello reads the body of a ServerHello and fills in what it answers.
// retry tells that it is a HelloRetryRequest: the client will say hello again.
func (m *Messages) ServerHello(body []byte, h *protocol.Hello) (retry bool, err error) {
	if err := parseServerHello(body, &m.sh); err != nil {
		return false, err
	}
	m.prints.answerHello(h, &m.sh)
	return m.sh.retry, nil
}
