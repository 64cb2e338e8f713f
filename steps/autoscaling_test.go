package steps

import (
	"testing"

	"podsg/steps/check"
	"podsg/steps/follow"
	"podsg/steps/world"
)

// waits makes the shop's pod wait for a node, with events in their order.
func waits(events ...string) func(*world.Snapshot) {
	return func(s *world.Snapshot) {
		p := &s.Kube.Pods[0]
		p.Node, p.Phase, p.IP, p.ENIs, p.Reason = "", "Pending", "", nil, "Unschedulable"
		for i := 0; i < len(events); i += 2 {
			s.Kube.Events = append(s.Kube.Events, world.ClusterEvent{Kind: "Pod", Namespace: "shop", Name: "api-1", Reason: events[i], Message: events[i+1]})
		}
	}
}

func also(edits ...func(*world.Snapshot)) func(*world.Snapshot) {
	return func(s *world.Snapshot) {
		for _, edit := range edits {
			edit(s)
		}
	}
}

func TestAPodForWhichKarpenterFindsNoTypeIsNamed(t *testing.T) {
	t.Parallel()
	const older = `Failed to schedule pod, incompatible with nodepool "default", no instance type satisfied resources {"pods":"1","vpc.amazonaws.com/pod-eni":"1"} and requirements kubernetes.io/arch In [amd64]`
	testBroken(t, "D39e", map[string]broken{
		"Karpenter's words":              {waits("FailedScheduling", karpenterText), check.Fail, "api-1: Failed to schedule pod"},
		"those of an older release":      {waits("FailedScheduling", older), check.Fail, "no instance type satisfied"},
		"it is making a node by now":     {waits("FailedScheduling", karpenterText, "Nominated", "Pod should schedule on: nodeclaim/default-x"), "", ""},
		"the scheduler's words":          {waits("FailedScheduling", "0/1 nodes are available: 1 Insufficient vpc.amazonaws.com/pod-eni."), "", ""},
		"the pod has a node by now":      {also(waits("FailedScheduling", karpenterText), func(s *world.Snapshot) { s.Kube.Pods[0].Node = "node-1" }), "", ""},
		"the pod asks for no branch ENI": {also(waits("FailedScheduling", karpenterText), func(s *world.Snapshot) { s.Kube.Pods[0].ENILimitOn = -1 }), "", ""},
		"no node is there at all":        {also(waits("FailedScheduling", karpenterText), func(s *world.Snapshot) { s.Kube.Nodes = nil }), check.Fail, ""},
		"events could not be read":       {also(waits(), func(s *world.Snapshot) { s.AddGap(world.FactEvents, follow.ErrNoSuchPod) }), check.Skip, "not observed"},
	})
}

func TestAPodForWhichTheAutoscalerAddsNoNodeIsNamed(t *testing.T) {
	t.Parallel()
	const words = "pod didn't trigger scale-up: 2 Insufficient vpc.amazonaws.com/pod-eni"
	group := func(s *world.Snapshot) {
		s.Cloud.Nodegroups = []world.Nodegroup{{Name: "workers", InstanceTypes: []string{"m5.large", "t3.medium"}}}
	}
	testBroken(t, "D39f", map[string]broken{
		"it knows of no branch ENIs": {waits("NotTriggerScaleUp", words), check.Fail, words},
		"its node groups are known":  {also(group, waits("NotTriggerScaleUp", words)), check.Fail, "node group workers, m5.large: 9 branch ENIs a node"},
		"it lacks something else":    {waits("NotTriggerScaleUp", "pod didn't trigger scale-up: 2 Insufficient cpu"), "", ""},
		"it adds one by now":         {waits("NotTriggerScaleUp", words, "TriggeredScaleUp", "pod triggered scale-up: [{workers 1->2 (max: 3)}]"), "", ""},
		"it is about another pod":    {also(waits("NotTriggerScaleUp", words), func(s *world.Snapshot) { s.Kube.Events[0].Name = "api-2" }), "", ""},
	})
}

func TestAPodThatWaitsForAPlaceAmongPodsIsNamed(t *testing.T) {
	t.Parallel()
	says := func(text string) func(*world.Snapshot) {
		return also(waits(), func(s *world.Snapshot) { s.Kube.Pods[0].Message = text })
	}
	const full = "0/1 nodes are available: 1 Too many pods."
	testBroken(t, "D74", map[string]broken{
		"every node is full":               {says(full), check.Fail, "node-1: 0 of 9 branch ENIs in use, up to 29 pods"},
		"only an event says so":            {waits("FailedScheduling", full), check.Fail, "1 pod is waiting"},
		"nodes without branch ENIs may be": {says("0/2 nodes are available: 1 Too many pods, 1 Insufficient cpu."), check.Warn, "which of the nodes"},
		"it lacks something else":          {says("0/1 nodes are available: 1 Insufficient cpu."), "", ""},
		"no branch ENI is left either":     {also(says(full), func(s *world.Snapshot) { s.Kube.Nodes[0].PodENIs = 0 }), "", ""},
		"only a cordoned node has some":    {also(says(full), func(s *world.Snapshot) { s.Kube.Nodes[0].Cordoned = true }), "", ""},
		"pods of others are not known":     {also(says(full), func(s *world.Snapshot) { s.Kube.Partial = map[world.Fact]string{world.FactPods: "forbidden"} }), check.Warn, ""},
	})
}
