package quicwire

// version is what differs between the versions that are read.
type version struct {
	salt   string // of the Initial secrets
	labels string // what the labels of keys begin with
	// shift is how far the numbers of the kinds of packets are turned.
	shift uint8
}

const (
	version1 uint32 = 0x00000001 // RFC 9000
	version2 uint32 = 0x6b3343cf // RFC 9369
)

// versionOf gives the version of a number, and whether it is one that is read.
// The drafts of the IETF from 23 on, Facebook's variant and those of Google's
// versions that carry TLS differ from version 1 in the salt alone.
func versionOf(number uint32) (v version, ok bool) {
	v.labels = "quic "
	switch number {
	case version1, 0xff000021, 0xff000022: // drafts 33 and 34
		v.salt = "\x38\x76\x2c\xf7\xf5\x59\x34\xb3\x4d\x17\x9a\xe6\xa4\xc8\x0c\xad\xcc\xbb\x7f\x0a"
	case version2:
		v.salt = "\x0d\xed\xe3\xde\xf7\x00\xa6\xdb\x81\x93\x81\xbe\x6e\x26\x9d\xcb\xf9\xbd\x2e\xd9"
		v.labels, v.shift = "quicv2 ", 1
	case 0xff00001d, 0xff00001e, 0xff00001f, 0xff000020: // drafts 29 to 32
		v.salt = "\xaf\xbf\xec\x28\x99\x93\xd2\x4c\x9e\x97\x86\xf1\x9c\x61\x11\xe0\x43\x90\xa8\x99"
	case 0xff000017, 0xff000018, 0xff000019, 0xff00001a, 0xff00001b, 0xff00001c, // drafts 23 to 28
		0xfaceb002: // Facebook's, of draft 27
		v.salt = "\xc3\xee\xf7\x12\xc7\x2e\xbb\x5a\x11\xa7\xd2\x43\x2b\xb4\x63\x65\xbe\xf9\xf5\x02"
	case 0x54303530: // T050
		v.salt = "\x7f\xf5\x79\xe5\xac\xd0\x72\x91\x55\x80\x30\x4c\x43\xa2\x36\x7c\x60\x48\x83\x10"
	case 0x54303531: // T051
		v.salt = "\x7a\x4e\xde\xf4\xe7\xcc\xee\x5f\xa4\x50\x6c\x19\x12\x4f\xc8\xcc\xda\x6e\x03\x3d"
	default:
		return version{}, false
	}
	return v, true
}

// kind is what a packet is by the two bits of its type.
func (v *version) kind(bits byte) kind { return initial + kind((bits-v.shift)&3) }
