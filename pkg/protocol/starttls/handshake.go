package starttls

// handshake is the first byte of a TLS record that begins a handshake. No line
// and no message here begins with it, but for one of MySQL that comes later.
const handshake = 0x16
