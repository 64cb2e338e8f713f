package transport

import (
	"log/slog"
	"net/http"
	"time"
)

// Log logs every request to the API server: what it is about and how it was
// answered. Headers, queries and bodies stay out, since they carry credentials
// and Secrets.
type Log struct {
	Next http.RoundTripper
	Log  *slog.Logger
}

// RoundTrip implements [http.RoundTripper].
func (c Log) RoundTrip(r *http.Request) (*http.Response, error) {
	started := time.Now()
	response, err := c.Next.RoundTrip(r)
	attrs := []any{"service", "kubernetes", "action", r.Method + " " + r.URL.Path}
	if r.URL.Query().Get("watch") != "" {
		attrs = append(attrs, "watch", true)
	}
	attrs = append(attrs, "duration", time.Since(started).Round(time.Millisecond))
	if err != nil {
		attrs = append(attrs, "error", "no answer")
	} else {
		attrs = append(attrs, "status", response.StatusCode, "request", response.Header.Get("Audit-Id"))
	}
	c.Log.DebugContext(r.Context(), "Kubernetes call", attrs...)
	return response, err
}

// WrappedRoundTripper lets client-go find the transport beneath.
func (c Log) WrappedRoundTripper() http.RoundTripper { return c.Next }
