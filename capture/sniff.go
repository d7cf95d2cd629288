package capture

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"
)

// content is what a file holds, as far as reading it is concerned.
type content uint8

const (
	contentForeign content = iota
	contentPcap
	contentPcapng
	contentGzip
	contentZstd
)

// sniff tells from the first bytes of a file what it holds. Names tell nothing:
// captures are called .cap, .dump, .1 or trace.
func sniff(head []byte) content {
	if _, _, ok := pcapOrder(head); ok {
		return contentPcap
	}
	if len(head) < 4 {
		return contentForeign
	}
	switch first := binary.LittleEndian.Uint32(head); {
	case first == blockSection:
		if len(head) < 12 {
			return contentPcapng // cut off, and said so when it is read
		}
		little := binary.LittleEndian.Uint32(head[8:]) == byteOrderMagic
		if little || binary.BigEndian.Uint32(head[8:]) == byteOrderMagic {
			return contentPcapng
		}
	case first&0xffff == 0x8b1f:
		return contentGzip
	case first == 0xfd2fb528, first&^0xf == 0x184d2a50: // a frame, a skippable frame
		return contentZstd
	}
	return contentForeign
}

// foreign is a kind of file that people take for a capture.
type foreign struct {
	magic string
	at    int // where magic stands
	seems string
	hint  string
}

const (
	hintConvert    = "convert it with `editcap -F pcap IN OUT`"
	hintDecompress = "decompress it first"
	hintUnpack     = "unpack it first"
)

// foreigners is asked from top to bottom, so longer marks stand first.
func foreigners() []foreign {
	return []foreign{
		{"snoop\x00\x00\x00", 0, "a Solaris snoop capture", hintConvert},
		{"btsnoop\x00", 0, "a Bluetooth capture (btsnoop)", "there is no network traffic in it"},
		{"iptrace ", 0, "an AIX iptrace capture", hintConvert},
		{"GMBU", 0, "a Microsoft Network Monitor capture", hintConvert},
		{"RTSS", 0, "a Microsoft Network Monitor capture", hintConvert},
		{"TRSNIFF data", 0, "a Sniffer capture", hintConvert},
		{"XCP\x00", 0, "a NetXRay or Sniffer capture", hintConvert},
		{"\x1c\x00\x01\xac", 0, "an IXIA capture", hintConvert},
		{"\xac\x01\x00\x1c", 0, "an IXIA capture", hintConvert},
		{"\xfd7zXZ\x00", 0, "xz-compressed data", hintDecompress},
		{"BZh", 0, "bzip2-compressed data", hintDecompress},
		{"\x04\x22\x4d\x18", 0, "lz4-compressed data", hintDecompress},
		{"PK\x03\x04", 0, "a zip archive", hintUnpack},
		{"7z\xbc\xaf\x27\x1c", 0, "a 7-Zip archive", hintUnpack},
		{"Rar!\x1a\x07", 0, "a RAR archive", hintUnpack},
		{"ustar", 257, "a tar archive", hintUnpack},
		{"\x7fELF", 0, "an ELF program", ""},
		{"MZ", 0, "a Windows program", ""},
		{"\xff\xfe", 0, "UTF-16 text, perhaps a capture that a Windows shell's redirection converted", "capture again with `-w FILE`"},
		{"SQLite format 3\x00", 0, "an SQLite database", ""},
		{"PAR1", 0, "a Parquet file", ""},
		{"%PDF-", 0, "a PDF document", ""},
		{"\x89PNG", 0, "a picture", ""},
		{"\xff\xd8\xff", 0, "a picture", ""},
		{"version https://git-lfs", 0, "a Git LFS pointer", "fetch the file itself with `git lfs pull`"},
		{"#separator ", 0, "a Zeek log", "give the capture that it was made from"},
		{"<?xml", 0, "XML, perhaps a dissection (PDML)", "give the capture that it was made from"},
		{"<!DOCTYPE html", 0, "a web page, perhaps an error page saved in place of the file", "download it again"},
		{"<html", 0, "a web page, perhaps an error page saved in place of the file", "download it again"},
		{"{", 0, "JSON", "give the capture that it was made from"},
		{"[", 0, "JSON", "give the capture that it was made from"},
	}
}

// describeForeign names what a file that is no capture seems to be. compressed
// is the outer format when head was decompressed, else empty.
func describeForeign(file string, head []byte, compressed string) *ForeignError {
	e := &ForeignError{File: file, Seems: "binary data", Hint: "give a pcap or pcapng file"}
	trimmed := bytes.TrimLeft(head, " \t\r\n\ufeff")
	switch {
	case len(head) == 0:
		e.Seems, e.Hint = "empty", "the capture may have failed, or not have begun yet"
	case bytes.Count(head, []byte{0}) == len(head):
		e.Seems, e.Hint = "nothing but zeros", "the disk may have been full, or the machine have crashed, when it was written"
	case isText(head):
		e.Seems, e.Hint = "text", "give a capture as `tcpdump -w FILE` writes it, not tcpdump's output"
	}
	for _, f := range foreigners() {
		if len(head) > f.at && bytes.HasPrefix(head[f.at:], []byte(f.magic)) ||
			f.at == 0 && isText(head) && bytes.HasPrefix(trimmed, []byte(f.magic)) {
			e.Seems, e.Hint = f.seems, f.hint
			break
		}
	}
	if kind := sniff(head); compressed != "" && (kind == contentGzip || kind == contentZstd) {
		return &ForeignError{File: file, Seems: "data compressed twice", Hint: "decompress it once"}
	}
	if compressed != "" {
		e.Seems += " inside " + compressed
	}
	return e
}

// isText reports whether b reads like text. Its last character may be cut.
func isText(b []byte) bool {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 && utf8.FullRune(b) || r < ' ' && r != '\t' && r != '\n' && r != '\r' && r != '\f' && r != 0x1b {
			return false
		}
		b = b[n:]
	}
	return true
}
