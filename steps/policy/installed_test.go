package policy

import (
	"testing"
	"time"

	"podsg/steps/check"
	"podsg/steps/check/checktest"
	"podsg/steps/world"
)

func TestTheClusterKnowsPolicies(t *testing.T) {
	checktest.Table(t, Checks, "D41", map[string]checktest.Case{
		"the CRD is there": {Want: check.Pass},
		"it is missing":    {Edit: func(s *world.Snapshot) { s.Kube.Admission.PolicyCRD = false }, Want: check.Fail, Says: "EKS installs it with the control plane"},
	})
}

func TestTheWebhookIsRegistered(t *testing.T) {
	checktest.Table(t, Checks, "D42", map[string]checktest.Case{
		"it is": {Want: check.Pass, Says: "validating webhook: true"},
		"it is missing": {
			Edit: func(s *world.Snapshot) { s.Kube.Admission.MutatingWebhook = false }, Want: check.Fail, Says: "pods get no branch ENI, without any error",
		},
	})
}

func TestTheControllerRenewsItsLease(t *testing.T) {
	renewed := func(ago time.Duration) func(*world.Snapshot) {
		return func(s *world.Snapshot) { s.Kube.Admission.ControllerRenewed = s.TakenAt.Add(-ago) }
	}
	checktest.Table(t, Checks, "D39d", map[string]checktest.Case{
		"a moment ago":        {Edit: renewed(time.Second), Want: check.Pass, Says: "it renewed its lease at 08:59:59"},
		"ten minutes ago":     {Edit: renewed(10 * time.Minute), Want: check.Fail, Says: "it last renewed its lease at 2026-11-02T08:50:00Z"},
		"nobody knows of one": {Edit: func(s *world.Snapshot) { s.Kube.Admission.ControllerRenewed = time.Time{} }, Want: check.Skip, Says: "its lease was not found"},
	})
}
