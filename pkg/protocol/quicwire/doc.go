// Package quicwire reads QUIC without its keys but those that everybody can
// derive: hellos, which stand in Initial packets, and exchanges, which show in
// the sizes, directions and times of the datagrams that follow.
//
//	datagrams -> header.go    the packets of a datagram, as views (RFC 9000 section 17)
//	          -> dial.go      keys of Initial packets (version.go, keys.go), their frames
//	                          (frames.go) and the bytes of CRYPTO frames in order (assembly.go)
//	          -> greeting.go  hellos and their answers
//	          -> cutter       datagrams to requests and answers (exchange.go, request.go, answer.go)
//
// After its handshake a connection holds numbers alone, and no bytes of the
// wire; a datagram then costs a look at its first byte and its length.
//
// How exchanges are cut. Everything behind the handshake is encrypted, and one
// datagram may hold a request, an acknowledgement, or both. But a stack that
// has nothing to say sends only acknowledgements, windows and new connection
// ids, which are small, and probes of the path's size, which are larger than
// all before them. So a client's datagram of a middling size is a request when
// none is open or the last one was answered, and else a part of the one that
// goes up; a server's answers it. A client's datagram that is small but
// answers nothing, or that is as large as a probe, is held until a server's
// datagram of a middling size shows that it was a question.
package quicwire
