package starttls

const (
	// maxPrelude is how many bytes, of both sides, may go before the upgrade.
	// Sessions that upgrade do so at once; others, such as a day of mail in the
	// clear, would be looked at for nothing.
	maxPrelude = 64 << 10

	// maxWord is how much of a line is kept to compare with the words: a line
	// need never end.
	maxWord = 32

	// maxHead is how much of a binary message is kept: enough for LDAP's
	// object identifier, behind lengths written as long as can be. A message
	// may announce gigabytes.
	maxHead = 64
)

// handshake is the first byte of a TLS record that begins a handshake. No line
// and no message here begins with it, but for one of MySQL that comes later.
const handshake = 0x16
