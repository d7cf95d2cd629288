package main

import (
	"encoding/binary"
	"encoding/hex"
	"slices"
)

func cat(parts ...[]byte) []byte { return slices.Concat(parts...) }

func u8(v ...byte) []byte { return v }

// u16 is numbers of two bytes.
func u16(all ...uint16) []byte {
	var b []byte
	for _, v := range all {
		b = binary.BigEndian.AppendUint16(b, v)
	}
	return b
}

func u24(v int) []byte    { return []byte{byte(v >> 16), byte(v >> 8), byte(v)} }
func u32(v uint32) []byte { return binary.BigEndian.AppendUint32(nil, v) }

// vec8, vec16 and vec24 are parts with the length of all of them before.
func vec8(parts ...[]byte) []byte {
	b := cat(parts...)
	return cat(u8(byte(len(b))), b)
}

func vec16(parts ...[]byte) []byte {
	b := cat(parts...)
	return cat(u16(uint16(len(b))), b)
}

func vec24(parts ...[]byte) []byte {
	b := cat(parts...)
	return cat(u24(len(b)), b)
}

// unhex reads hexadecimal digits as specifications print them.
func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err) // the digits stand in this program
	}
	return b
}
