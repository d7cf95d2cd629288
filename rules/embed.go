// Package rules holds the catalogue of services as data. Its format is
// described in README.md; pkg/catalog reads it.
package rules

import "embed"

// FS is the folder as it was when the program was built. A folder on disk that
// is laid out like it can take its place.
//
//go:embed services/*.yaml
var FS embed.FS
