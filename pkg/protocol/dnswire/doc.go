// Package dnswire reads DNS over UDP and TCP (RFC 1035) and says which
// addresses a client was told for a name: over CNAME and DNAME records, and
// from HTTPS and SVCB records (RFC 9460) with their ALPN, their offer of ECH
// and their address hints.
//
//	datagram or stream -> message (message.go)  header, question, records
//	                   -> answer (answer.go)    from the question along its aliases
//	                      svcb.go               service bindings
//
// A DNS query is no call of a service, so it gives an Answer and no Exchange.
//
// An answer is believed when it answers a query that was seen, or when no query
// of that side was: one direction alone may have been captured. Over UDP, where
// anybody can forge a sender, an answer that fits no query is passed over.
// Messages that are cut, by the snap length or by the server (TC), tell what is
// whole in them.
//
// mDNS, LLMNR and NetBIOS name service look like DNS and are not read: what
// any neighbour says of itself is no evidence. Zone transfers are lists and
// answer nothing.
package dnswire
