package packet

// MaxVLANs bounds the tags of one frame, over all its tunnels. Networks stack
// two, rarely three; a frame made of tags alone would otherwise cost a step
// for every four bytes.
const MaxVLANs = 8

// MaxExtensions bounds the extension headers of one IPv6 packet, and those of
// one GTP-U packet. Each kind should occur once, destination options twice
// (RFC 8200 section 4.1); a packet made of empty ones would otherwise cost a
// step for every eight bytes.
const MaxExtensions = 8

// MaxTunnels bounds how many tunnels lie around the innermost conversation.
// Mirrored traffic of an overlay has three (ERSPAN, VXLAN, and what the guests
// make); a frame that is GRE in GRE in GRE would otherwise cost a step for
// every 24 bytes, and its depth would be the depth of our stack.
const MaxTunnels = 6

// MaxLabels bounds one MPLS label stack. Providers stack up to five or six; a
// frame made of labels alone would otherwise cost a step for every four bytes.
const MaxLabels = 16

// MaxRoutes bounds the source route entries in one GRE header (RFC 1701),
// which nobody sends any more; empty ones would otherwise cost a step for
// every four bytes.
const MaxRoutes = 8
