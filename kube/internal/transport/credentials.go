// Package transport carries requests to an API server: with credentials, again
// when they are lost, and logged.
package transport

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"
)

// tokenSource makes a bearer token. A zero expiry means that it is good until
// it is refused.
type tokenSource func(ctx context.Context) (token string, expires time.Time, err error)

const (
	// tokenLeeway is how long before its expiry a token is renewed.
	tokenLeeway = time.Minute
	// tokenTimeout bounds the making of a token: a plugin may ask in a browser.
	tokenTimeout = time.Minute
	// tokenRetry is how long a failure stands for all who ask: many watches that
	// try again must not run a plugin every second.
	tokenRetry = 10 * time.Second
)

// WithBearerToken makes the configuration's requests carry a token of a source.
func WithBearerToken(config *rest.Config, clk clock.PassiveClock, source tokenSource) {
	tokens := &Tokens{source: source, clock: clk}
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return Bearer{Next: next, Tokens: tokens} })
}

// Tokens keeps the current token of a source, or why there is none.
type Tokens struct {
	source tokenSource
	clock  clock.PassiveClock

	mu       sync.Mutex
	token    string
	expires  time.Time
	failure  error
	failedAt time.Time
	asking   *asking // nil: nobody is
}

// asking is one question to a source, which all wait for who need a token.
type asking struct {
	done  chan struct{} // closed with the answer
	token string
	err   error
}

func (t *Tokens) get(ctx context.Context) (string, error) {
	token, asking, err := t.current(ctx)
	if asking == nil {
		return token, err
	}
	select {
	case <-asking.done:
		return asking.token, asking.err
	case <-ctx.Done():
		return "", fmt.Errorf("wait for a token: %w", ctx.Err())
	}
}

// current is the token or the failure that stands, or else the question that is
// being asked.
func (t *Tokens) current(ctx context.Context) (string, *asking, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.clock.Now()
	switch {
	case t.token != "" && (t.expires.IsZero() || now.Add(tokenLeeway).Before(t.expires)):
		return t.token, nil, nil
	case t.failure != nil && now.Sub(t.failedAt) < tokenRetry:
		return "", nil, t.failure
	case t.asking == nil:
		t.asking = &asking{done: make(chan struct{})}
		go t.ask(context.WithoutCancel(ctx), t.asking) // the others wait for it too
	}
	return "", t.asking, nil
}

func (t *Tokens) ask(ctx context.Context, a *asking) {
	ctx, cancel := context.WithTimeout(ctx, tokenTimeout)
	defer cancel()
	token, expires, err := t.source(ctx)
	t.mu.Lock()
	defer t.mu.Unlock()
	a.token, a.err = token, err
	t.token, t.expires, t.failure, t.failedAt, t.asking = token, expires, err, t.clock.Now(), nil
	close(a.done)
}

// refused forgets a token that the server did not accept.
func (t *Tokens) refused(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token == token {
		t.token = ""
	}
}

// Bearer adds the current token to requests.
type Bearer struct {
	Next   http.RoundTripper
	Tokens *Tokens
	Below  bool // Next adds it by itself
}

// RoundTrip implements [http.RoundTripper]. A token may end before its time,
// with the session behind it, so a request that is refused is repeated once with
// a new one.
func (b Bearer) RoundTrip(req *http.Request) (*http.Response, error) {
	token, err := b.Tokens.get(req.Context())
	if err != nil {
		return nil, err
	}
	resp, err := b.send(req, token)
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	b.Tokens.refused(token)
	if req.Body != nil && req.Body != http.NoBody && req.GetBody == nil {
		return resp, nil
	}
	fresh, err := b.Tokens.get(req.Context())
	if err != nil || fresh == token {
		return resp, nil
	}
	repeated, err := again(req)
	if err != nil {
		return resp, nil
	}
	discard(resp)
	resp, err = b.send(repeated, fresh)
	if err == nil && resp.StatusCode == http.StatusUnauthorized {
		b.Tokens.refused(fresh)
	}
	return resp, err
}

func (b Bearer) send(req *http.Request, token string) (*http.Response, error) {
	if !b.Below {
		req = req.Clone(req.Context())
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return b.Next.RoundTrip(req)
}

// WrappedRoundTripper lets apimachinery find the transport below.
func (b Bearer) WrappedRoundTripper() http.RoundTripper { return b.Next }
