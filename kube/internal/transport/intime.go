package transport

import (
	"context"
	"io"
)

// InTime runs an opening that knows no context. What comes after ctx has ended
// is closed.
func InTime[C io.Closer](ctx context.Context, open func() (C, error)) (C, error) {
	type result struct {
		conn C
		err  error
	}
	done := make(chan result, 1)
	go func() {
		conn, err := open()
		done <- result{conn, err}
	}()
	select {
	case r := <-done:
		return r.conn, r.err
	case <-ctx.Done():
		go func() {
			if r := <-done; r.err == nil {
				_ = r.conn.Close()
			}
		}()
		var none C
		return none, ctx.Err()
	}
}
