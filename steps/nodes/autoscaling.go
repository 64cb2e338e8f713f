package nodes

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/say"
	"podsg/steps/words"
	"podsg/steps/world"
)

var (
	CheckKarpenter  = check.Check{ID: "D39e", Title: "Karpenter finds a type with branch ENIs"}
	CheckAutoscaler = check.Check{ID: "D39f", Title: "Cluster autoscaler knows of branch ENIs"}
)

// tagAutoscaler is the tag of an Auto Scaling group by which the cluster
// autoscaler knows what a node of it offers before there is one.
// https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/cloudprovider/aws/README.md
const tagAutoscaler = "k8s.io/cluster-autoscaler/node-template/resources/" + world.ResourcePodENI

// checkAutoscaling looks for what those say who would add a node for a pod that
// waits for a branch ENI.
func checkAutoscaling(f *check.Findings) {
	if _, missing := f.S.Missing(world.FactPods); missing {
		return
	}
	waiting := f.S.WaitingPods()
	if len(waiting) == 0 || !f.Known(CheckKarpenter, world.FactEvents) {
		return
	}
	var noType, noScale, pods, stuck []string
	for _, p := range waiting {
		if e, ok := f.S.LastPodEvent(p, "FailedScheduling", "FailedProvisioning", "Nominated"); ok && strings.Contains(e.Message, "no instance type") && strings.Contains(e.Message, world.ResourcePodENI) {
			pods, noType = append(pods, p.Namespace+"/"+p.Name), append(noType, p.Name+": "+e.Message)
		}
		if e, ok := f.S.LastPodEvent(p, "NotTriggerScaleUp", "TriggeredScaleUp"); ok && e.Reason == "NotTriggerScaleUp" && strings.Contains(e.Message, world.ResourcePodENI) {
			stuck, noScale = append(stuck, p.Namespace+"/"+p.Name), append(noScale, p.Name+": "+e.Message)
		}
	}
	if len(noType) > 0 {
		f.Add(CheckKarpenter, check.Fail, fmt.Sprintf("it makes no node for %s waiting for a branch ENI: no type that its NodePools allow has what the pod asks for", words.NumberOf(len(pods), "pod"))).
			Saw(words.Few(noType)...).On(pods...).
			Mend(say.T("let a NodePool use types with trunk support, which those of the t family have not, and large enough for the pod"), "kubectl get nodepools.karpenter.sh -o yaml")
	}
	if len(noScale) > 0 {
		f.Add(CheckAutoscaler, check.Fail, fmt.Sprintf("it adds no node for %s waiting for a branch ENI: it does not know that new nodes have them", words.NumberOf(len(stuck), "pod"))).
			Saw(words.Few(noScale)...).Saw(branchesByGroup(f.S)...).On(stuck...).
			Mend(say.T("tag the Auto Scaling group of a node group whose type supports it with the number of its branch ENIs"),
				"aws autoscaling create-or-update-tags --tags ResourceId=GROUP,ResourceType=auto-scaling-group,Key="+tagAutoscaler+",Value=NUMBER,PropagateAtLaunch=false")
	}
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
