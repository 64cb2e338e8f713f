//go:build unix

package console

import (
	"context"
	"io"
	"time"

	"golang.org/x/sys/unix"
)

// ReaderGone is closed when nobody reads the other end of a pipe any more. A
// write would tell, but a program that waits for changes may not write for long.
func ReaderGone(ctx context.Context, w io.Writer) <-chan struct{} {
	gone := make(chan struct{})
	file, ok := w.(interface{ Fd() uintptr })
	if !ok {
		return gone
	}
	go func() {
		for {
			fds := []unix.PollFd{{Fd: int32(file.Fd())}}
			if n, err := unix.Poll(fds, 0); err == nil && n > 0 && fds[0].Revents&(unix.POLLERR|unix.POLLHUP) != 0 {
				close(gone)
				return
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(readerPause):
			}
		}
	}()
	return gone
}

// readerPause is between two looks at whether somebody reads.
const readerPause = 500 * time.Millisecond
