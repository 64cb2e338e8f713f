package kube

import (
	"log/slog"
	"net/http"
	"time"
)

// callLog logs every request to the API server: what it is about and how it was
// answered. Headers, queries and bodies stay out, since they carry credentials
// and Secrets.
type callLog struct {
	next http.RoundTripper
	log  *slog.Logger
}

// RoundTrip implements [http.RoundTripper].
func (c callLog) RoundTrip(r *http.Request) (*http.Response, error) {
	started := time.Now()
	response, err := c.next.RoundTrip(r)
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
	c.log.DebugContext(r.Context(), "Kubernetes call", attrs...)
	return response, err
}

// WrappedRoundTripper lets client-go find the transport beneath.
func (c callLog) WrappedRoundTripper() http.RoundTripper { return c.next }
