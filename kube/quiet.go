package kube

import (
	"context"
	"log/slog"
	"sync"

	"k8s.io/klog/v2"
)

// routed guards klog's logger, which belongs to the process and may be set only
// before it is used.
var routed sync.Once

// routeLog keeps client-go from writing to standard error, which would break a
// full-screen terminal program.
func routeLog(log *slog.Logger) {
	routed.Do(func() { klog.SetSlogLogger(log) })
}

// warnings passes on the warnings that the API server adds to its responses.
type warnings struct{ log *slog.Logger }

// HandleWarningHeaderWithContext implements rest.WarningHandlerWithContext.
func (w warnings) HandleWarningHeaderWithContext(ctx context.Context, code int, _, text string) {
	w.log.WarnContext(ctx, "warning of the Kubernetes API", "code", code, "text", text)
}
