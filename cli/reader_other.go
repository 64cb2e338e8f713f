//go:build !unix

package cli

import (
	"context"
	"io"
)

// readerGone never tells here: the next write does.
func readerGone(context.Context, io.Writer) <-chan struct{} { return nil }
