package aws

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"podsg/steps/world"
)

// instantClock passes every wait at once and writes down how long it was.
type instantClock struct{ waits []time.Duration }

func (*instantClock) Now() time.Time { return time.Unix(0, 0) }
func (c *instantClock) After(d time.Duration) <-chan time.Time {
	c.waits = append(c.waits, d)
	passed := make(chan time.Time, 1)
	passed <- time.Time{}
	return passed
}

func TestAWaitLooksOftenAtFirstAndThenEvery15Seconds(t *testing.T) {
	clock := &instantClock{}
	client := New(testConfig("http://127.0.0.1:1"), WithClock(clock))
	looks := 0
	err := client.poll(t.Context(), "wait for", "x", func(context.Context) (bool, error) {
		looks++
		return looks == 12, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if clock.waits[0] != time.Second || clock.waits[len(clock.waits)-1] != 15*time.Second {
		t.Errorf("waits = %v, want from 1s to 15s", clock.waits)
	}
	if !slices.IsSorted(clock.waits) {
		t.Errorf("waits = %v, want them to grow", clock.waits)
	}
}

func TestAWaitOutlastsATroubledNetwork(t *testing.T) {
	client := New(testConfig("http://127.0.0.1:1"), WithClock(&instantClock{}))
	unreachable := &world.Problem{Kind: world.ProblemUnreachable, Doing: "look", Err: errors.New("no route")}
	denied := &world.Problem{Kind: world.ProblemPermission, Doing: "look", Err: errors.New("denied")}
	throttled := &world.Problem{Doing: "look", Err: &reason{text: "Rate exceeded", cause: &smithy.GenericAPIError{Code: "Throttling"}}}
	failing := &world.Problem{Doing: "look", Err: &reason{text: "no", cause: &smithyhttp.ResponseError{
		Response: &smithyhttp.Response{Response: &http.Response{StatusCode: http.StatusServiceUnavailable}},
		Err:      &smithy.GenericAPIError{Code: "InternalFailure"},
	}}}
	tests := []struct {
		name  string
		looks []error // nil: not done yet; done after the last
		want  error
	}{
		{"three failures in a row are outlasted", []error{unreachable, unreachable, unreachable, nil}, nil},
		{"a good look begins the count anew", []error{unreachable, unreachable, nil, unreachable, unreachable, nil}, nil},
		{"the fourth in a row ends the wait", []error{unreachable, unreachable, unreachable, unreachable}, unreachable},
		{"a throttled look is outlasted", []error{throttled, nil}, nil},
		{"a service in trouble is outlasted", []error{failing, failing, failing, nil}, nil},
		{"a service that stays in trouble ends it", []error{failing, failing, failing, failing}, failing},
		{"a denial ends it at once", []error{nil, denied}, denied},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := 0
			err := client.poll(t.Context(), "wait for", "x", func(context.Context) (bool, error) {
				if n == len(tt.looks) {
					return true, nil
				}
				n++
				return false, tt.looks[n-1]
			})
			if !errors.Is(err, tt.want) {
				t.Errorf("error = %v, want %v", err, tt.want)
			}
			if n != len(tt.looks) {
				t.Errorf("%d looks, want %d", n, len(tt.looks))
			}
		})
	}
}

func TestAWaitEndsWithItsContext(t *testing.T) {
	client := New(testConfig("http://127.0.0.1:1"), WithPolling(time.Hour, time.Hour))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	err := client.poll(ctx, "wait for RDS instance", "db", func(context.Context) (bool, error) { return false, nil })
	if hint, _ := world.HintOf(err); world.KindOf(err) != world.ProblemTimeout || !strings.Contains(hint, "--timeout") {
		t.Errorf("error = %v, hint = %q, want a time-out", err, hint)
	}
}
