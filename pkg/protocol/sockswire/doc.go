// Package sockswire reads what stands before a connection that goes through a
// proxy: the requests of SOCKS 4, 4a and 5 (RFC 1928, RFC 1929) and the PROXY
// header, versions 1 and 2, that load balancers send ahead of a connection.
//
// It says whom the client asked for, and hands the connection over where the
// tunnelled protocol begins. A target is told as soon as it is asked for, so
// that a call which the proxy refuses has a name too. Passwords are passed over
// and not kept. BIND and UDP ASSOCIATE carry other connections than this one:
// their targets are not told.
package sockswire
