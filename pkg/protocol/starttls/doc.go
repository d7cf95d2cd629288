// Package starttls finds the TLS that begins inside another protocol's session:
// behind STARTTLS and its like in mail, FTP, news, XMPP and NATS, and in the
// openings of PostgreSQL, MySQL, LDAP, RDP and ADB.
//
//	lines.go   text: the client asks with a word on a line of its own
//	xmpp.go    XML, in which TLS's first byte cannot occur
//	frames.go  binary: messages that tell their length
//
// A parser follows only where lines and messages begin, waits for the upgrade
// to be asked for, and hands over where a TLS handshake record may begin. What
// it passes over is not kept. Whether the server agrees shows in what the
// client does next: one that was refused sends no hello. Where one direction
// alone was captured, or bytes are missing, a hello counts without the word.
//
// Not read: TDS (SQL Server), which wraps the handshake in its own packets, and
// OpenVPN, which does too.
package starttls
