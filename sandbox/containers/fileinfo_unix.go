//go:build unix

package containers

import "syscall"

// Sys returns an owner of root. The shell interpreter insists on this type for test -O and -N.
func (i fileInfo) Sys() any { return &syscall.Stat_t{} }
