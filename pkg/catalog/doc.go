// Package catalog knows services: from a name, an address or a URL it tells
// which service is called, whose part of it (the tenant), of which class, and
// how much weight that has.
//
// What it knows stands in YAML (the folder rules, embedded into the program,
// or the same folder on disk). Load reads it strictly, Lint finds what a
// person would want to mend, and a Catalog does not change once it is loaded.
//
// Names and URLs come from the wire and are an attacker's to choose: arbitrary
// bytes of any length. Host does work in proportion to the name's length and
// allocates nothing for a name in lower case. Regular expressions (RE2, linear
// time) are asked only about URLs, and only about the first limit.URLTarget bytes.
//
// A URL that leads into a webhook carries its secret. URL therefore gives the
// webhook's id, which may be shown, the token, which may only leave as a keyed
// hash, and a redacted form without it.
package catalog
