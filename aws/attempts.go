package aws

import (
	"context"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/smithy-go/middleware"
)

// attemptCount counts the attempts of one call, to tell an object that somebody
// else made from one that the call's first attempt made before its answer was
// lost.
type attemptCount struct{ n atomic.Int32 }

func (a *attemptCount) repeated() bool { return a.n.Load() > 1 }

// count is an option of the call that is counted.
func (a *attemptCount) count(o *rds.Options) {
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("podsg:CountAttempts",
			func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
				a.n.Add(1)
				return next.HandleFinalize(ctx, in)
			}), "Retry", middleware.After)
	})
}
