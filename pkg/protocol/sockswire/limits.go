package sockswire

const (
	// maxMessage bounds what one side's unfinished message may hold. The
	// longest of SOCKS 5 is a user name with its password, 513 bytes; without
	// it a SOCKS 4 request whose user name never ends would be kept.
	maxMessage = 600

	// maxUser bounds the user name and the host name of SOCKS 4, which end
	// with a zero byte wherever it pleases the sender.
	maxUser = 255

	// maxLine is the longest PROXY header of version 1, by its specification.
	maxLine = 107

	// maxHeader is how much of a PROXY header of version 2 is looked at. It
	// may announce 64 KiB of extensions, which are passed over, not kept.
	maxHeader = 512
)
