package transport

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"time"

	"golang.org/x/net/http2"
	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/utils/clock"
)

// The schedule of repeated requests: eight tries within about five seconds.
const (
	maxTries     = 8
	firstPause   = 50 * time.Millisecond
	longestPause = 2 * time.Second
)

// Retrying repeats requests that the network or the API server lost. client-go
// itself repeats only what the server asks it to repeat.
//
// Every request of podsg may be repeated: to apply, to patch and to
// delete have the same result twice, and an update or a creation whose answer
// was lost ends in a conflict, which its caller looks into.
type Retrying struct {
	Next  http.RoundTripper
	Clock clock.Clock
}

// tried is the context key of requests that are not to be repeated.
type tried struct{}

// TriedOnce is for callers that have a schedule of their own.
func TriedOnce(ctx context.Context) context.Context { return context.WithValue(ctx, tried{}, true) }

// RoundTrip implements [http.RoundTripper].
func (r Retrying) RoundTrip(req *http.Request) (*http.Response, error) {
	for try := 1; ; try++ {
		resp, err := r.Next.RoundTrip(req)
		if try == maxTries || req.Context().Value(tried{}) != nil || !passing(resp, err) || req.Body != nil && req.GetBody == nil ||
			!pause(req.Context(), r.Clock, try) {
			return resp, err
		}
		if resp != nil {
			discard(resp)
		}
		if req, err = again(req); err != nil {
			return nil, err
		}
	}
}

// pause waits after a try, longer each time. It reports false when ctx ended
// first.
func pause(ctx context.Context, c clock.Clock, try int) bool {
	d := min(firstPause<<(try-1), longestPause)
	timer := c.NewTimer(d/2 + rand.N(d))
	defer timer.Stop()
	select {
	case <-timer.C():
		return true
	case <-ctx.Done():
		return false
	}
}

// Persist is for what does not go through [Retrying]: the opening of streams.
func Persist(ctx context.Context, c clock.Clock, open func() error) error {
	for try := 1; ; try++ {
		err := open()
		if err == nil || try == maxTries || !passing(nil, err) && !unavailable(err) || !pause(ctx, c, try) {
			return err
		}
	}
}

// unavailable reports whether an upgrade to streams was refused by a server in
// trouble. The refusal is but a text.
func unavailable(err error) bool {
	text := err.Error()
	return strings.Contains(text, "unable to handle the request") || strings.Contains(text, "Internal Server Error") ||
		strings.Contains(text, "an error on the server")
}

// discard reads an answer to its end, so that the connection can be used again.
func discard(resp *http.Response) {
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	_ = resp.Body.Close()
}

// again is a request with its body from the beginning.
func again(req *http.Request) (*http.Request, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return req, nil
	}
	body, err := req.GetBody()
	if err != nil {
		return nil, err
	}
	req = req.Clone(req.Context())
	req.Body = body
	return req, nil
}

// passing reports whether a failure may be over the next time. A server that
// cannot be connected to is not likely to be there in a moment, and one that
// says when to ask again is client-go's to deal with.
func passing(resp *http.Response, err error) bool {
	if err == nil {
		switch resp.StatusCode {
		case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			return resp.Header.Get("Retry-After") == ""
		}
		return false
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return false
	}
	var stream http2.StreamError
	return errors.As(err, &stream) || utilnet.IsConnectionReset(err) || utilnet.IsProbableEOF(err) || utilnet.IsHTTP2ConnectionLost(err)
}
