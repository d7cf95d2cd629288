package defrag

import "time"

// Timeout is how long the parts of a datagram are waited for, from the first
// that came, in packet time. Receivers wait 30 s (Linux) to 60 s (RFC 8200
// section 4.5); longer waits keep memory for what nobody will deliver.
const Timeout = 30 * time.Second

// Linger is how long a datagram that is finished or given up is remembered, so
// that further copies of its parts (a mirror sees them twice) do not begin it
// anew. A sender that uses the same identification again so soon sends 650000
// fragmented datagrams a second, or wants to be overlooked: a first part that
// tells other bytes than the last one begins another datagram.
const Linger = 100 * time.Millisecond

// MaxBytes bounds what all incomplete datagrams hold together, in pages. A
// flood of first fragments would otherwise take memory for Timeout.
const MaxBytes = 16 << 20

// MaxDatagrams bounds how many are incomplete or remembered. A flood of tiny
// fragments would otherwise cost their bookkeeping, which is larger than they.
const MaxDatagrams = 4096

// MaxShare is the part of both that the datagrams of one source may take: an
// eighth. Sources are told apart by a hash to one of sources; a flooder with
// one address then evicts itself, and hurts only who shares its place.
const MaxShare = 8

const sources = 512

// MaxSpans bounds the holes of one incomplete datagram. Parts that come in
// order or reversed make none; a sender of every other eight bytes would
// otherwise make each insertion a walk through thousands. Receivers have no such
// bound, so there is room for all of an Ethernet frame's 185 parts of eight bytes,
// every other one first: else that order would hide a hello.
const MaxSpans = 96

// MaxPayload is the greatest payload of a datagram (16 bits of length). Parts
// that reach beyond it were the ping of death.
const MaxPayload = 65535

// pageBytes is the unit in which memory is given to a datagram: a part of an
// ordinary size takes one or two.
const (
	pageBytes = 2048
	maxPages  = (MaxPayload + pageBytes) / pageBytes
)
