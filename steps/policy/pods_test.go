package policy

import (
	"errors"
	"strings"
	"testing"
	"time"

	"podsg/steps/check"
	"podsg/steps/check/checktest"
	"podsg/steps/intent"
	"podsg/steps/world"
)

var errDenied = errors.New("access denied")

func TestThePolicySelectsThePodsThatAreMeant(t *testing.T) {
	onNode := onPod(func(p *world.Pod) { p.HostNetwork, p.ENILimitOn, p.ENIs = true, -1, nil })
	checktest.Table(t, Checks, "D48", map[string]checktest.Case{
		"it selects one":                       {Want: check.Pass, Says: "it selects 1 pod\n"},
		"the label is only on the Deployment":  {Edit: onPod(func(p *world.Pod) { p.Labels = nil }), Want: check.Warn, Says: "pods of Deployment green: app=green-pod"},
		"every pod is on its node's network":   {Edit: onNode, Want: check.Warn, Says: "uses its node's network"},
		"another pod is on its node's network": {Edit: also(onNode, onPod(func(p *world.Pod) { p.Labels = nil })), Want: check.Warn, Says: "selects no pod"},
		"its selector cannot be read": {
			Edit: onPolicy(func(p *world.PodPolicy) {
				p.PodSelector = &world.Selector{MatchExpressions: []world.SelectorRequirement{{Key: "app", Operator: "Equals", Values: []string{"green"}}}}
			}),
			Want: check.Skip, Says: "see D47",
		},
		// A policy that is not complete is not called unreadable.
		"it has no selector":            {Edit: onPolicy(func(p *world.PodPolicy) { p.PodSelector = nil }), Want: check.Skip, Says: "see D47"},
		"it names no group":             {Edit: groups(), Want: check.Skip, Says: "see D47"},
		"Pod Security refuses its pods": {Edit: refusedWith(`Error creating: pods "green-x" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false`), Want: check.Fail, Says: "violates PodSecurity"},
		"a quota refuses them":          {Edit: refusedWith(`Error creating: pods "green-x" is forbidden: exceeded quota: small, requested: cpu=1`), Want: check.Fail, Says: "describe resourcequotas"},
		"somebody's webhook does":       {Edit: refusedWith(`Error creating: admission webhook "validate.kyverno.svc-fail" denied the request: no`), Want: check.Fail, Says: "webhook validate.kyverno.svc-fail demands"},
		"something new does":            {Edit: refusedWith(`Error creating: it is Sunday`), Want: check.Fail, Says: "it is Sunday"},
		"some are made": {
			Edit: also(refusedWith(`Error creating: it is Sunday`), func(s *world.Snapshot) { s.Kube.Pods = append(s.Kube.Pods, checktest.World().Kube.Pods[0]) }), Want: check.Warn, Says: "it selects 1 pod, and",
		},
		"a workload that it does not select is refused": {
			Edit: also(refusedWith(`Error creating: it is Sunday`), func(s *world.Snapshot) { s.Kube.Workloads[0].PodLabels = nil }), Want: check.Warn, Says: "selects no pod",
		},
		"there is no policy":  {Edit: gone},
		"the pod is going":    {Edit: onPod(func(p *world.Pod) { p.Terminating = true }), Want: check.Warn, Says: "selects no pod"},
		"it is elsewhere now": {Edit: onPod(func(p *world.Pod) { p.Namespace = "elsewhere" }), Want: check.Warn, Says: "selects no pod"},
	})
}

func TestSelectedPodsGetNoOtherGroups(t *testing.T) {
	checktest.Table(t, Checks, "D52", map[string]checktest.Case{
		"one policy selects them": {},
		"another gives the same":  {Edit: besides(func(*world.PodPolicy) {}), Want: check.Pass, Says: "give the same groups"},
		"another gives more": {
			Edit: besides(func(p *world.PodPolicy) {
				p.Name, p.PodSelector, p.GroupIDs = "wide", &world.Selector{}, []string{"sg-nodes", "sg-pods"}
			}),
			Want: check.Warn, Says: "sg-nodes of policy wide as well",
		},
		"another selects others": {Edit: besides(func(p *world.PodPolicy) {
			p.PodSelector, p.GroupIDs = &world.Selector{MatchLabels: labels("app", "red-pod")}, []string{"sg-nodes"}
		})},
	})
}

// fromTemplate lets the labels of the template of the pod's Deployment be these.
func fromTemplate(l map[string]string) func(*world.Snapshot) {
	return func(s *world.Snapshot) { s.Kube.Workloads[0].PodLabels = l }
}

func TestPodsWereSelectedWhenTheyWereCreated(t *testing.T) {
	checktest.Table(t, Checks, "D44", map[string]checktest.Case{
		"they were":                   {Want: check.Pass, Says: "all of them"},
		"it is older than the policy": {Edit: limitless(-3 * time.Minute), Want: check.Fail, Says: "green was created 3m0s before it"},
		"both are of one second":      {Edit: limitless(0), Want: check.Fail, Says: "green was created in the same second"},
		"its template does not have the label": {
			Edit: also(limitless(time.Minute), fromTemplate(labels("app", "x"))), Want: check.Fail,
			Says: "green was created 1m0s after it: it got its label later, for the template of ReplicaSet/green-7c has none",
		},
		"its template has the label":     {Edit: limitless(time.Minute), Want: check.Pass, Says: "all that have no branch ENI"},
		"the webhook is missing besides": {Edit: also(limitless(-time.Minute), func(s *world.Snapshot) { s.Kube.Admission.MutatingWebhook = false }), Want: check.Fail, Says: "mend D42 first"},
		"it runs on Windows":             {Edit: also(limitless(-time.Minute), onPod(func(p *world.Pod) { p.Windows = true })), Want: check.Pass, Says: "all of them"},
		"it runs on Fargate":             {Edit: also(limitless(-time.Minute), onPod(func(p *world.Pod) { p.Fargate = true })), Want: check.Pass, Says: "all of them"},
		"the policy is not complete":     {Edit: also(limitless(-time.Minute), groups())},
	})
}

func TestTheWebhookAnsweredForTheSelectedPods(t *testing.T) {
	older := func(s *world.Snapshot) {
		p := s.Kube.Pods[0]
		p.Name, p.ENILimitOn, p.CreatedAt = "good", 0, s.Kube.Policies[0].CreatedAt
		s.Kube.Pods = append(s.Kube.Pods, p)
	}
	checktest.Table(t, Checks, "D43", map[string]checktest.Case{
		"it did":                           {},
		"the pod is older than the policy": {Edit: limitless(-time.Minute)},
		"its template has the label": {
			Edit: limitless(time.Minute), Want: check.Fail, Says: "green was created 1m0s after it: the webhook did not answer then, or its label",
		},
		"its template is not known": {Edit: also(limitless(time.Minute), func(s *world.Snapshot) { s.Kube.Workloads = nil }), Want: check.Fail, Says: "the webhook did not answer then"},
		"an older pod of the same ReplicaSet has one": {
			Edit: also(limitless(time.Minute), older), Want: check.Fail, Says: "the webhook did not answer then, for an older pod of ReplicaSet/green-7c has a branch ENI",
		},
		"the webhook is missing": {
			Edit: also(limitless(time.Minute), func(s *world.Snapshot) { s.Kube.Admission.MutatingWebhook = false }), Want: check.Fail, Says: "1m0s after it: the webhook is missing",
		},
	})
}

func TestPodsAreNotToBeRestartedWhileNewOnesWouldFareWorse(t *testing.T) {
	old := limitless(-time.Minute)
	for name, x := range map[string]struct {
		edit func(*world.Snapshot)
		says string
	}{
		"nothing is in the way":     {old, "rollout restart deployment/green"},
		"the webhook is missing":    {also(old, func(s *world.Snapshot) { s.Kube.Admission.MutatingWebhook = false }), "mend D42 first, and restart no pod before"},
		"the CRD is missing":        {also(old, func(s *world.Snapshot) { s.Kube.Admission.PolicyCRD = false }), "mend D41 first"},
		"the controller is stopped": {also(old, func(s *world.Snapshot) { s.Kube.Admission.ControllerRenewed = s.TakenAt.Add(-time.Hour) }), "mend D39d first"},
		"the controller's role":     {also(old, func(s *world.Snapshot) { s.Kube.Settings.ControllerRole = false }), "mend D60 first"},
		"a group that is gone":      {also(old, groups("sg-0123456789abcdef0")), "mend D82 first"},
	} {
		s := checktest.World()
		s.Kube.Pods[0].Owner = "ReplicaSet/green-7c"
		s.Kube.Pods[0].Labels["pod-template-hash"] = "7c"
		x.edit(s)
		target, err := intent.ResolveForDiagnosis(s, intent.Intent{Cluster: s.Cloud.Cluster.Name})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range check.Run(Checks, s, &target) {
			if f.ID != "D44" {
				continue
			}
			if got := f.Fix.Text.String() + "\n" + f.Fix.Command; !strings.Contains(got, x.says) || (f.Fix.Command != "") != strings.Contains(x.says, "rollout") {
				t.Errorf("%s: %q, want %q", name, got, x.says)
			}
		}
	}
}

// refusedWith leaves the Deployment without a pod, with an event that says why.
func refusedWith(message string) func(*world.Snapshot) {
	return func(s *world.Snapshot) {
		s.Kube.Pods = nil
		s.Kube.Workloads[0].Replicas, s.Kube.Workloads[0].Ready = 2, 0
		s.Kube.Events = []world.ClusterEvent{{At: s.TakenAt, Kind: "ReplicaSet", Name: "green-7c", Namespace: intent.DefaultNamespace, Reason: "FailedCreate", Message: message}}
	}
}
