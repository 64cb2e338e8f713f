package controller

import (
	"testing"
	"time"

	"podsg/steps/check"
	"podsg/steps/check/checktest"
	"podsg/steps/intent"
	"podsg/steps/world"
)

// The events of pods that cannot be made.
const (
	unknownAccount = `Error creating: admission webhook "mpod.vpc.k8s.aws" denied the request: Failed to get Matching SGP for Pods, rejecting event, error ServiceAccount "api" not found`
	copied         = `Error creating: admission webhook "vpod.vpc.k8s.aws" denied the request: pod cannot be created with vpc.amazonaws.com/pod-eni annotation`
	counted        = `Error creating: pods "green-7c-x" is forbidden: exceeded quota: enis, requested: requests.vpc.amazonaws.com/pod-eni=1, used: requests.vpc.amazonaws.com/pod-eni=1, limited: requests.vpc.amazonaws.com/pod-eni=1`
)

// short lets Deployment green have fewer pods than it wants.
func short(s *world.Snapshot) { s.Kube.Workloads[0].Replicas = 2 }

func TestTheWebhookKnowsTheServiceAccounts(t *testing.T) {
	checktest.Table(t, AdmissionChecks, "D56", map[string]checktest.Case{
		"no pod is refused":                     {},
		"one is not known":                      {Edit: refuse(unknownAccount), Want: check.Fail, Says: "1 controller cannot make pods: the webhook did not know the pod's service account yet"},
		"two controllers wait":                  {Edit: also(refuse(unknownAccount), refuse(unknownAccount), func(s *world.Snapshot) { s.Kube.Events[1].Name = "green-8d" }), Want: check.Fail, Says: "2 controllers cannot make pods"},
		"refused for another reason":            {Edit: refuse(copied)},
		"without events, and a pod is missing":  {Edit: also(short, deny(world.FactEvents)), Want: check.Skip, Says: "access denied"},
		"without events, and no pod is missing": {Edit: deny(world.FactEvents)},
	})
}

func TestPodsAreMadeWithoutTheAnnotation(t *testing.T) {
	hangs := func(age time.Duration) func(*world.Snapshot) {
		return also(refuse(copied), func(s *world.Snapshot) {
			s.Kube.Workloads[0].Ready, s.Kube.Events[0].At = 2, s.TakenAt.Add(-age)
		})
	}
	checktest.Table(t, AdmissionChecks, "D57", map[string]checktest.Case{
		"no pod is refused":      {},
		"one carries it":         {Edit: refuse(copied), Want: check.Fail, Says: "edit deployment green"},
		"all pods are there":     {Edit: also(refuse(copied), func(s *world.Snapshot) { s.Kube.Workloads[0].Ready, s.Kube.Workloads[0].Updated = 2, 2 })},
		"a roll-out hangs":       {Edit: hangs(time.Minute), Want: check.Fail, Says: "the annotation " + world.ResourcePodENI},
		"a roll-out hung":        {Edit: hangs(20 * time.Minute)},
		"the Deployment is gone": {Edit: also(refuse(copied), func(s *world.Snapshot) { s.Kube.Workloads = nil })},
		"of another namespace":   {Edit: also(refuse(copied), func(s *world.Snapshot) { s.Kube.Events[0].Namespace = "elsewhere" })},
		"a pod was made since": {Edit: also(refuse(copied), onPod(func(p *world.Pod) { p.Owner = "ReplicaSet/green-7c" }), func(s *world.Snapshot) {
			s.Kube.Pods[0].CreatedAt = s.TakenAt.Add(-time.Minute)
		})},
		"without events, and a pod is missing": {Edit: also(short, deny(world.FactEvents)), Want: check.Skip, Says: "access denied"},
	})
}

func TestQuotasLeaveRoom(t *testing.T) {
	checktest.Table(t, AdmissionChecks, "D58", map[string]checktest.Case{
		"no pod is refused":          {},
		"a quota counts branch ENIs": {Edit: refuse(counted), Want: check.Fail, Says: "raise it for requests.vpc.amazonaws.com/pod-eni"},
		"a limit range does": {
			Edit: refuse(`pods "green-7c-x" is forbidden: maximum vpc.amazonaws.com/pod-eni usage per Pod is 0`), Want: check.Fail, Says: "-n " + intent.DefaultNamespace + " get resourcequotas",
		},
		"a quota counts processors":            {Edit: refuse("exceeded quota: compute, requested: cpu=1")},
		"without events, and a pod is missing": {Edit: also(short, deny(world.FactEvents)), Want: check.Skip, Says: "access denied"},
	})
}
