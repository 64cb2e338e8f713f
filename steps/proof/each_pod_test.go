package proof

import (
	"testing"

	"podsg/steps/check"
	"podsg/steps/check/checktest"
	"podsg/steps/world"
)

func TestSelectedPodsHaveANetworkOfTheirOwn(t *testing.T) {
	onNode := onPod(func(p *world.Pod) { p.HostNetwork = true })
	checktest.Table(t, Checks, "D54", map[string]checktest.Case{
		"they have":              {},
		"one has its node's":     {Edit: onNode, Want: check.Fail, Says: "1 selected pod uses its node's network"},
		"one by an empty policy": {Edit: func(s *world.Snapshot) { onNode(s); s.Kube.Policies[0].PodSelector = &world.Selector{} }, Want: check.Warn},
		"one that none selects":  {Edit: func(s *world.Snapshot) { onNode(s); s.Kube.Pods[0].Labels = nil }},
		"of a Deployment's pods": {
			Edit: func(s *world.Snapshot) {
				onNode(s)
				s.Kube.Pods[0].Owner, s.Kube.Pods[0].Labels["pod-template-hash"] = "ReplicaSet/green-7c", "7c"
			}, Want: check.Fail, Says: "kubectl -n sg-per-pod edit deployment green",
		},
	})
}

func TestTheFirstContainerHasTheLimit(t *testing.T) {
	checktest.Table(t, Checks, "D55", map[string]checktest.Case{
		"it has":          {},
		"another one has": {Edit: onPod(func(p *world.Pod) { p.ENILimitOn = 1 }), Want: check.Fail, Says: "container 1 has the limit"},
		"none has":        {Edit: onPod(func(p *world.Pod) { p.ENILimitOn = -1 })},
	})
}

func TestBranchENIsAreThere(t *testing.T) {
	checktest.Table(t, Checks, "D71", map[string]checktest.Case{
		"they are":       {Want: check.Pass, Says: "all 1 do"},
		"one is gone":    {Edit: func(s *world.Snapshot) { s.Cloud.Interfaces = s.Cloud.Interfaces[:2] }, Want: check.Fail, Says: "eni-branch does not exist"},
		"no pod has one": {Edit: onPod(func(p *world.Pod) { p.ENIs = nil })},
	})
}

func TestSelectedPodsRun(t *testing.T) {
	waits := func(reason, message string) func(*world.Snapshot) {
		return onPod(func(p *world.Pod) { p.Phase, p.Ready, p.Reason, p.Message = "Pending", false, reason, message })
	}
	event := func(reason, message string) func(*world.Snapshot) {
		return func(s *world.Snapshot) {
			waits("ContainerCreating", "")(s)
			p := s.Kube.Pods[0]
			s.Kube.Events = []world.ClusterEvent{{At: s.TakenAt, Kind: "Pod", Namespace: p.Namespace, Name: p.Name, Reason: reason, Message: message}}
		}
	}
	checktest.Table(t, Checks, "D66", map[string]checktest.Case{
		"they do":                {Want: check.Pass, Says: "1 runs"},
		"nothing is selected":    {Edit: func(s *world.Snapshot) { s.Kube.Pods = nil }},
		"a Secret is missing":    {Edit: waits("CreateContainerConfigError", `secret "api-db" not found`), Want: check.Fail, Says: "Secret api-db, which it asks for, does not exist in namespace sg-per-pod"},
		"a ConfigMap is missing": {Edit: waits("CreateContainerConfigError", `configmap "api" not found`), Want: check.Fail, Says: "get configmaps"},
		"a key is missing":       {Edit: waits("CreateContainerConfigError", "couldn't find key password in Secret sg-per-pod/rds"), Want: check.Fail, Says: "Secret rds has no key password"},
		"a Secret for a volume":  {Edit: event("FailedMount", `MountVolume.SetUp failed for volume "ca" : secret "rds-ca" not found`), Want: check.Fail, Says: "Secret rds-ca"},
		"a volume":               {Edit: event("FailedMount", "Unable to attach or mount volumes: timed out waiting for the condition"), Want: check.Fail, Says: "get pvc"},
		"an image":               {Edit: waits("ImagePullBackOff", `Back-off pulling image "nginx:nope"`), Want: check.Fail, Says: "the node's role and security groups"},
		"an init container":      {Edit: both(waits("CrashLoopBackOff", ""), onPod(func(p *world.Pod) { p.InitContainer = "wait-for-db" })), Want: check.Fail, Says: "logs green -c wait-for-db"},
		"a program that ends":    {Edit: onPod(func(p *world.Pod) { p.Ready, p.Reason = false, "CrashLoopBackOff" }), Want: check.Fail, Says: "--previous"},
		"the CNI":                {Edit: event("FailedCreatePodSandBox", "failed to assign an IP address to container"), Want: check.Fail, Says: "spec.nodeName=node-1"},
		"it is not ready":        {Edit: onPod(func(p *world.Pod) { p.Ready = false }), Want: check.Fail, Says: "is not ready"},
		"it came a moment ago":   {Edit: onPod(func(p *world.Pod) { p.Ready, p.CreatedAt = false, checktest.World().TakenAt }), Want: check.Pass},
		"on Fargate": {Edit: onPod(func(p *world.Pod) {
			p.Fargate, p.Phase, p.Ready, p.Message = true, "Pending", false, "Pod provisioning timed out"
		}), Want: check.Fail, Says: "cluster's security group"},
		"no node takes it": {Edit: both(waits("Unschedulable", "0/3 nodes are available: 3 node(s) had untolerated taint"), onPod(func(p *world.Pod) { p.Node = "" })), Want: check.Fail, Says: "untolerated taint"},
	})
}

func both(edits ...func(*world.Snapshot)) func(*world.Snapshot) {
	return func(s *world.Snapshot) {
		for _, e := range edits {
			e(s)
		}
	}
}
