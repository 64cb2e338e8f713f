//go:build !unix

package containers

// Sys returns nil: there is no underlying data source.
func (i fileInfo) Sys() any { return nil }
