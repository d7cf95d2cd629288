// Package tlswire reads TLS over TCP without its keys: hellos, which are in
// the clear, and exchanges, which show in the lengths, directions and times of
// the records that carry them.
//
//	chunks -> cursor (record.go)      where records begin and how long they are
//	       -> greeting (greeting.go)  handshake messages, the end of the handshake
//	          answer.go, sslv2.go     what answers a hello; hellos of the oldest form
//	       -> cutter (exchange.go)    application records to requests and answers
//	          noise.go, http2.go      which records are neither
//	          holes.go                what was never captured
//
// After its handshake a connection holds a record cursor for each side and the
// exchange that is open: less than 256 bytes of numbers and none of the
// stream. Bodies of records are counted and never touched.
//
// How exchanges are cut. A TLS record's length tells that of its content
// (content = length less an overhead that is the same for all records of a
// side, and that the encrypted Finished message gives away). A client's record
// opens an exchange when none is open or the last one was answered, and
// otherwise belongs to the request that is going up; a server's record answers
// it. Around that rule stand the things that are neither: alerts, session
// tickets, the HTTP/2 preface, SETTINGS, WINDOW_UPDATE, PING, the interim
// answer 100 of HTTP/1.1. HTTP/2's are of the size of small requests, so a
// client's record of such a size is only held until a server's record that is
// none of them shows that it was a question.
package tlswire
