//go:build !unix

package console

import (
	"context"
	"io"
)

// ReaderGone never tells here: the next write does.
func ReaderGone(context.Context, io.Writer) <-chan struct{} { return nil }
