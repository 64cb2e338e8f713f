package steps

import (
	"slices"
	"strings"
	"testing"
	"time"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/policy"
	"podsg/steps/world"
)

func TestPodsAreNotToBeRestartedBeforeTheWebhookIsThere(t *testing.T) {
	for there, want := range map[bool]string{false: "mend D42 first", true: "restart them"} {
		s := &world.Snapshot{}
		s.Kube.Admission.MutatingWebhook = there
		if got := policy.WhenToRestart(s); !strings.HasPrefix(got, want) {
			t.Errorf("webhook %v: %q, want %q", there, got, want)
		}
	}
}

func TestASelectedPodWithoutABranchENIIsNamedWithTheReason(t *testing.T) {
	policyMade := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		made     time.Time
		template map[string]string // of its Deployment; nil: that is not known
		check    check.Check
		want     string
	}{
		"it is older than the policy":                       {policyMade.Add(-3 * time.Minute), nil, policy.CheckOldPods, "green was created 3m0s before it"},
		"both are of one second, which is all that is told": {policyMade, nil, policy.CheckOldPods, "green was created in the same second"},
		"it is younger, and its template has not the label": {policyMade.Add(time.Minute), map[string]string{"app": "x"}, policy.CheckOldPods, "green was created 1m0s after it: it got its label later"},
		"it is younger, and its template has the label": {policyMade.Add(time.Minute), map[string]string{"app": "green-pod"}, policy.CheckFailedOpen,
			"green was created 1m0s after it: the webhook did not answer then, for an older pod of ReplicaSet/web-7c has a branch ENI"},
		"it is younger, and its template is not known": {policyMade.Add(time.Minute), nil, policy.CheckFailedOpen, "green was created 1m0s after it: the webhook did not answer then, for"},
	} {
		t.Run(name, func(t *testing.T) {
			selector := &world.Selector{MatchLabels: map[string]string{"app": "green-pod"}}
			sgp := world.PodPolicy{ObjectFacts: world.ObjectFacts{Name: "allow", Namespace: "shop", CreatedAt: policyMade}, PodSelector: selector, GroupIDs: []string{"sg-1"}}
			s := &world.Snapshot{}
			s.Kube.Admission.MutatingWebhook = true
			labels := map[string]string{"app": "green-pod", "pod-template-hash": "7c"}
			s.Kube.Pods = []world.Pod{
				{ObjectFacts: world.ObjectFacts{Name: "green", Namespace: "shop", Labels: labels, CreatedAt: c.made}, Owner: "ReplicaSet/web-7c", ENILimitOn: -1},
				{ObjectFacts: world.ObjectFacts{Name: "good", Namespace: "shop", Labels: labels, CreatedAt: policyMade}, Owner: "ReplicaSet/web-7c"},
			}
			if c.template != nil {
				s.Kube.Workloads = []world.Workload{{ObjectFacts: world.ObjectFacts{Name: "web", Namespace: "shop"}, Kind: "Deployment", PodLabels: c.template}}
			}
			f := &check.Findings{S: s, T: &intent.Target{}}
			policy.CheckPolicyPods(f, sgp)
			got := f.Out[len(f.Out)-1]
			if got.ID != c.check.ID || got.Status != check.Fail || len(got.Evidence) != 1 || !strings.HasPrefix(got.Evidence[0], c.want) {
				t.Errorf("finding %+v, want a failed %s that says %q", got, c.check.ID, c.want)
			}
		})
	}
}

func TestAPolicyThatIsNotCompleteIsNotCalledUnreadable(t *testing.T) {
	selector := &world.Selector{MatchLabels: map[string]string{"app": "green-pod"}}
	for name, sgp := range map[string]world.PodPolicy{
		"it has no selector":         {GroupIDs: []string{"sg-1"}},
		"it names no security group": {PodSelector: selector},
	} {
		t.Run(name, func(t *testing.T) {
			s := &world.Snapshot{}
			s.Kube.Pods = []world.Pod{{ObjectFacts: world.ObjectFacts{Name: "green", Labels: selector.MatchLabels}, ENILimitOn: -1}}
			f := &check.Findings{S: s, T: &intent.Target{}}
			policy.CheckPolicyPods(f, sgp)
			if len(f.Out) != 1 || f.Out[0].ID != "D48" || f.Out[0].Status != check.Skip || !strings.Contains(f.Out[0].Reason.String(), "D47") {
				t.Errorf("findings %+v, want one skipped %s that points to %s", f.Out, "D48", "D47")
			}
		})
	}
}

func TestPodsOnTheNodesNetworkAreToldApartFromNone(t *testing.T) {
	selector := &world.Selector{MatchLabels: map[string]string{"app": "green-pod"}}
	for name, want := range map[string]string{"green": "uses its node's network", "red": "selects no pod"} {
		labels := map[string]string{"app": name + "-pod"}
		s := &world.Snapshot{}
		s.Kube.Pods = []world.Pod{{ObjectFacts: world.ObjectFacts{Name: name, Labels: labels}, ENILimitOn: -1, HostNetwork: true}}
		f := &check.Findings{S: s, T: &intent.Target{}}
		policy.CheckPolicyPods(f, world.PodPolicy{PodSelector: selector, GroupIDs: []string{"sg-1"}})
		if got := f.Out[0]; got.ID != "D48" || got.Status != check.Warn || !strings.Contains(got.Reason.String(), want) {
			t.Errorf("%s: finding %+v, want a warning that says %q", name, got, want)
		}
	}
}

func TestARefusedProofIsAFailureOnlyWhenItIsAboutBranchENIs(t *testing.T) {
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
		t.Run(name, func(t *testing.T) {
			s := &world.Snapshot{}
			s.Kube.Policies = []world.PodPolicy{{ObjectFacts: world.ObjectFacts{Name: "allow", Namespace: "shop"}}}
			s.Kube.Admission.DryRunError = c.refusal
			found := policy.CheckPolicy(s, &intent.Target{Namespace: "shop", PolicyName: "allow"})
			i := slices.IndexFunc(found, func(f check.Finding) bool { return f.ID == "D40" })
			if i < 0 || found[i].Status != c.want {
				t.Errorf("findings %+v, want %s %v", found, "D40", c.want)
			}
		})
	}
}
