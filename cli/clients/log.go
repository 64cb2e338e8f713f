package clients

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// NewLog writes a detailed log. Attributes without a value are left out, and so
// is what client-go tells of its own features.
func NewLog(w io.Writer) *slog.Logger {
	return slog.New(quietHandler{slog.NewTextHandler(w, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Value.String() == "" || a.Value.Kind() == slog.KindDuration && a.Value.Duration() == 0 {
				return slog.Attr{}
			}
			return a
		},
	})})
}

// quietHandler drops records that say nothing about podsg or the cluster.
type quietHandler struct{ slog.Handler }

func (h quietHandler) Handle(ctx context.Context, r slog.Record) error {
	if strings.HasPrefix(r.Message, "Feature gate ") {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

func (h quietHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return quietHandler{h.Handler.WithAttrs(attrs)}
}

func (h quietHandler) WithGroup(name string) slog.Handler {
	return quietHandler{h.Handler.WithGroup(name)}
}

// attemptKey is where a call counts its attempts.
type attemptKey struct{}

// logCalls logs every attempt of every AWS call. It never looks into headers and
// bodies, which carry credentials and the database password.
func logCalls(log *slog.Logger) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		err := stack.Initialize.Add(middleware.InitializeMiddlewareFunc("podsgCountAttempts",
			func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
				return next.HandleInitialize(middleware.WithStackValue(ctx, attemptKey{}, new(int)), in)
			}), middleware.Before)
		if err != nil {
			return err
		}
		return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("podsgLogCall",
			func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
				started := time.Now()
				out, metadata, err := next.HandleDeserialize(ctx, in)
				attempt := 0
				if n, ok := middleware.GetStackValue(ctx, attemptKey{}).(*int); ok {
					*n++
					attempt = *n
				}
				attrs := []any{
					"service", awsmiddleware.GetServiceID(ctx), "action", awsmiddleware.GetOperationName(ctx),
					"attempt", attempt, "duration", time.Since(started).Round(time.Millisecond),
				}
				if response, ok := out.RawResponse.(*smithyhttp.Response); ok && response != nil {
					attrs = append(attrs, "status", response.StatusCode)
				}
				if id, ok := awsmiddleware.GetRequestIDMetadata(metadata); ok {
					attrs = append(attrs, "request", id)
				}
				log.Debug("AWS call", append(attrs, "error", errorCode(err))...)
				return out, metadata, err
			}), middleware.Before)
	}
}

// errorCode is the service's code of an error, which tells nothing of what was
// sent; empty: there is no error.
func errorCode(err error) string {
	var api smithy.APIError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &api):
		return api.ErrorCode()
	default:
		return "no answer"
	}
}
