package aws

import (
	"errors"
	"io"
	"net/http"
	"syscall"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// How often a call is tried: an endpoint that gives no answer is given up soon,
// one that answers that it is busy is worth more patience.
const (
	silentTries = 3
	busyTries   = 8
	busyPause   = 5 * time.Second // the longest
)

// patient is the SDK's standard retryer with its own number of tries for each
// sort of failure.
type patient struct{ awssdk.RetryerV2 }

func newPatient() awssdk.Retryer {
	return patient{retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts, o.MaxBackoff = busyTries, busyPause
	})}
}

// RetryDelay ends the tries of a call that gets no answer.
func (p patient) RetryDelay(attempt int, err error) (time.Duration, error) {
	if attempt >= silentTries && !busy(err) {
		return 0, err
	}
	return p.RetryerV2.RetryDelay(attempt, err)
}

// busy reports whether the service answered that it throttles the caller or has
// trouble of its own, or cut the connection.
func busy(err error) bool {
	if errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return true
	}
	if retry.IsErrorThrottles(retry.DefaultThrottles).IsErrorThrottle(err).Bool() {
		return true
	}
	var response *smithyhttp.ResponseError
	return errors.As(err, &response) && response.Response != nil && response.HTTPStatusCode() >= http.StatusInternalServerError
}

// withPatience makes calls patient, unless the user's configuration says how
// often they are tried.
func withPatience(cfg awssdk.Config) awssdk.Config {
	if cfg.Retryer == nil && cfg.RetryMaxAttempts == 0 && cfg.RetryMode == "" {
		cfg.Retryer = newPatient
	}
	return cfg
}
