package acceptance

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"podsg/sandbox/cloud"
	"podsg/sandbox/kubeapi/faults"
	"podsg/steps/plan"
)

// every is true for every nth call.
func every(n int64) func() bool {
	var count atomic.Int64
	return func() bool { return count.Add(1)%n == 0 }
}

func TestSetupAndCleanupSurviveATroubledNetwork(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		aws        *cloud.Fault
		kubernetes *faults.Fault
		every      int64 // 0: third
	}{
		{name: "every third AWS call is throttled", aws: &cloud.Fault{Code: "Throttling", Message: "Rate exceeded"}},
		{name: "every third AWS call has a server's error", aws: &cloud.Fault{Code: "InternalError", HTTPStatus: http.StatusInternalServerError}},
		{name: "many AWS calls are cut off", aws: &cloud.Fault{Reset: true}, every: 6},
		// Each of these costs a second: the server says so in Retry-After.
		{name: "many Kubernetes calls are throttled", kubernetes: &faults.Fault{Status: http.StatusTooManyRequests}, every: 20},
		{name: "every third Kubernetes call has a server's error", kubernetes: &faults.Fault{Status: http.StatusServiceUnavailable}},
		{name: "every third Kubernetes call is cut off", kubernetes: &faults.Fault{Reset: true}},
		{name: "the answer to every third Kubernetes call is lost", kubernetes: &faults.Fault{LoseAnswer: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, "workshop")
			before := l.state()
			if c.aws != nil {
				c.aws.When = every(max(3, c.every))
				l.Account().InjectFault(*c.aws)
			}
			if c.kubernetes != nil {
				c.kubernetes.When = every(max(3, c.every))
				l.Kube().InjectFault(*c.kubernetes)
			}
			proven(t, decode[plan.Result](l.podsg("setup", "--yes", "-o", "json").exits(0)))
			if c.aws != nil {
				l.Account().ClearFaults() // half a second for each repeated call is enough for once
			}
			l.cleanedUp(before)
		})
	}
}

func TestCredentialsThatExpireMidwayAreSaidToBeMended(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	l.Account().InjectFault(cloud.Fault{Code: "ExpiredToken", MutatingOnly: true, StopAtCall: 4})
	o := l.process(real, []string{"setup", "--yes", "-o", "json"}).run(time.Minute).exits(4).says("expired", "unset AWS_ACCESS_KEY_ID")
	r := decode[plan.Result](o)
	if r.Outcome != plan.OutcomeFailed || len(r.Applied) == 0 || r.Failed.Command == "" {
		t.Errorf("the result: %+v, %+v", r, r.Failed)
	}
	if !strings.Contains(o.stderr, "podsg setup") {
		t.Errorf("it does not say how to go on:\n%s", o.stderr)
	}
	l.Account().ClearFaults()
	proven(t, decode[plan.Result](l.podsg("setup", "--yes", "-o", "json").exits(0)))
}

func TestAnEndpointThatHangsIsGivenUp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		aws        *cloud.Fault
		kubernetes *faults.Fault
	}{
		{name: "AWS from the beginning", aws: &cloud.Fault{Hang: true}},
		{name: "EC2", aws: &cloud.Fault{Hang: true, Action: "ec2:*"}},
		{name: "Kubernetes from the beginning", kubernetes: &faults.Fault{Hang: true}},
		{name: "Kubernetes when it lists nodes", kubernetes: &faults.Fault{Hang: true, Resource: "nodes"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, "workshop")
			if c.aws != nil {
				l.Account().InjectFault(*c.aws)
			}
			if c.kubernetes != nil {
				l.Kube().InjectFault(*c.kubernetes)
			}
			l.unchanged(func() {
				l.process(real, []string{"setup", "--yes", "--timeout", "2s"}).run(10 * time.Second).exits(5).says("--timeout of 2s is over")
			})
		})
	}
}

func TestAnEndpointThatHangsIsGivenUpWithoutATimeLimit(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	l.Account().InjectFault(cloud.Fault{Hang: true})
	l.unchanged(func() {
		l.process(real, []string{"setup", "--yes"}, "AWS_MAX_ATTEMPTS=1").run(40 * time.Second).exits(5).says(l.variable("AWS_ENDPOINT_URL"))
	})
}
