package nodes

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/words"
	"podsg/steps/world"
)

// tagAutoscaler is the tag of an Auto Scaling group by which the cluster
// autoscaler knows what a node of it offers before there is one.
// https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/cloudprovider/aws/README.md
const tagAutoscaler = "k8s.io/cluster-autoscaler/node-template/resources/" + world.ResourcePodENI

// unplaced are the waiting pods of which the newest event with one of the
// reasons says what says accepts, with the events' words.
func unplaced(c *check.Context, says func(world.ClusterEvent) bool, reasons ...string) (pods, lines []string) {
	for _, p := range c.WaitingPods() {
		if e, ok := c.LastPodEvent(p, reasons...); ok && says(e) && strings.Contains(e.Message, world.ResourcePodENI) {
			pods, lines = append(pods, p.Namespace+"/"+p.Name), append(lines, p.Name+": "+e.Message)
		}
	}
	return pods, lines
}

// waitingIsKnown reports whether pods wait for a node, and what is said of them.
func waitingIsKnown(c *check.Context) bool {
	_, missing := c.Missing(world.FactPods)
	return !missing && len(c.WaitingPods()) > 0 && c.Known(world.FactEvents)
}

// karpenter looks for what Karpenter says of pods that wait for a branch ENI.
func karpenter(c *check.Context) {
	if !waitingIsKnown(c) {
		return
	}
	pods, lines := unplaced(c, func(e world.ClusterEvent) bool { return strings.Contains(e.Message, "no instance type") },
		"FailedScheduling", "FailedProvisioning", "Nominated")
	if len(pods) == 0 {
		return
	}
	c.Fail("it makes no node for %s waiting for a branch ENI: no type that its NodePools allow has what the pod asks for", say.N(len(pods), "%d pod", "%d pods")).
		Saw(words.Few(lines)...).On(pods...).
		Mend(say.T("let a NodePool use types with trunk support, which those of the t family have not, and large enough for the pod"), "kubectl get nodepools.karpenter.sh -o yaml")
}

// autoscaler looks for what the cluster autoscaler says of them.
func autoscaler(c *check.Context) {
	if !waitingIsKnown(c) {
		return
	}
	pods, lines := unplaced(c, func(e world.ClusterEvent) bool { return e.Reason == "NotTriggerScaleUp" }, "NotTriggerScaleUp", "TriggeredScaleUp")
	if len(pods) == 0 {
		return
	}
	c.Fail("it adds no node for %s waiting for a branch ENI: it does not know that new nodes have them", say.N(len(pods), "%d pod", "%d pods")).
		Saw(words.Few(lines)...).Saw(branchesByGroup(c.Snapshot)...).On(pods...).
		Mend(say.T("tag the Auto Scaling group of a node group whose type supports it with the number of its branch ENIs"),
			shell.Command("aws autoscaling create-or-update-tags --tags ResourceId=GROUP,ResourceType=auto-scaling-group,Key=%s,Value=NUMBER,PropagateAtLaunch=false", tagAutoscaler))
}

// branchesByGroup says for the managed node groups how many branch ENIs a node
// of each type has.
func branchesByGroup(s *world.Snapshot) []string {
	lines := map[string]bool{}
	for _, g := range s.Cloud.Nodegroups {
		for _, name := range g.InstanceTypes {
			if it := s.InstanceType(name); it.Known && it.Trunking {
				lines[fmt.Sprintf("node group %s, %s: %d branch ENIs a node", g.Name, name, it.BranchENIs)] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(lines))
}
