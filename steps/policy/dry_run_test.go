package policy

import (
	"testing"

	"podsg/steps/check"
	"podsg/steps/check/checktest"
	"podsg/steps/world"
)

func TestTheWebhookGivesSelectedPodsABranchENI(t *testing.T) {
	tried := func(injected *bool, refusal string) func(*world.Snapshot) {
		return func(s *world.Snapshot) {
			s.Kube.Admission.DryRunInjected, s.Kube.Admission.DryRunError = injected, refusal
		}
	}
	cases := map[string]checktest.Case{
		"it did in a dry run": {Want: check.Pass, Says: "got the limit " + world.ResourcePodENI},
		"it did not":          {Edit: tried(new(bool), ""), Want: check.Fail, Says: "did not get the limit"},
		"it was not tried":    {Edit: tried(nil, ""), Want: check.Skip, Says: "it was not tried"},
		"why it was not tried is known": {
			Edit: also(tried(nil, ""), without(world.FactAdmission)), Want: check.Skip, Says: "access denied",
		},
		"no service account is selected": {
			Edit: also(tried(nil, ""), accountSelector("app", "orders"), serviceAccounts(world.ServiceAccount{Name: "orders"})), Want: check.Skip, Says: "no pod could be tried",
		},
		"there is no policy": {Edit: gone, Want: check.Skip, Says: "there is no policy yet"},
	}
	const pod = `try to create a pod in namespace "shop": pods "podsg-dry-run-x" is forbidden: `
	for name, c := range map[string]struct {
		refusal string
		want    check.Status
	}{
		"a quota is used up":                     {pod + "exceeded quota: compute, requested: cpu=10m, used: cpu=2, limited: cpu=2", check.Skip},
		"a quota wants more to be said":          {pod + "failed quota: storage: must specify limits.example.com/gpu for: proof", check.Skip},
		"a quota counts branch ENIs":             {pod + "exceeded quota: enis, requested: requests.vpc.amazonaws.com/pod-eni=1, used: 0, limited: 0", check.Fail},
		"a limit range":                          {pod + "minimum cpu usage per Container is 100m, but request is 10m", check.Skip},
		"a policy":                               {pod + "ValidatingAdmissionPolicy 'images' with binding 'images' denied request: no such registry", check.Skip},
		"somebody's webhook":                     {`admission webhook "validate.kyverno.svc-fail" denied the request: no label team`, check.Skip},
		"the webhook of the feature":             {`admission webhook "mpod.vpc.k8s.aws" denied the request: Failed to get Matching SGP for Pods, rejecting event`, check.Fail},
		"a service account that is missing":      {pod + `error looking up service account shop/green: serviceaccount "green" not found`, check.Fail},
		"a webhook that every pod waits for":     {`Internal error occurred: failed calling webhook "validate.kyverno.svc-fail": context deadline exceeded`, check.Fail},
		"a namespace that is being taken down":   {pod + "unable to create new content in namespace shop because it is being terminated", check.Fail},
		"a quota, told by a webhook of the same": {`admission webhook "mpod.vpc.k8s.aws" denied the request: exceeded quota`, check.Fail},
	} {
		cases["refused by "+name] = checktest.Case{Edit: tried(nil, c.refusal), Want: c.want, Says: c.refusal}
	}
	checktest.Table(t, Checks, "D40", cases)
}
