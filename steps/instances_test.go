package steps

import (
	"strings"
	"testing"

	"podsg/steps/check"
	"podsg/steps/follow"
	"podsg/steps/intent"
	"podsg/steps/world"
)

func TestNodesThatCanHaveATrunk(t *testing.T) {
	t.Parallel()
	node := func(kind string, edit func(*world.Node)) world.Node {
		n := world.Node{Name: "node", InstanceID: "i-1", InstanceType: kind, Ready: true}
		edit(&n)
		return n
	}
	plain := func(*world.Node) {}
	for name, x := range map[string]struct {
		nodes  []world.Node
		want   check.Status
		says   string
		offers string // in the fix
	}{
		"a known type": {[]world.Node{node("m5.large", plain)}, check.Pass, "1 of 1 node can have a trunk ENI, with 9", ""},
		"a known type beside one without support":     {[]world.Node{node("m5.large", plain), node("t3.medium", plain)}, check.Warn, "1 of 2 nodes", "nothing"},
		"only types without support":                  {[]world.Node{node("t3.medium", plain)}, check.Fail, "none of the 1 node can", "add a node group"},
		"only types that are newer than the table":    {[]world.Node{node("m99.large", plain)}, check.Warn, "newer ones usually do", "go on"},
		"a newer type that offers branch ENIs":        {[]world.Node{node("m99.large", func(n *world.Node) { n.PodENIs = 12 })}, check.Pass, "with 12 branch ENIs", ""},
		"a type that the table denies and EC2 grants": {[]world.Node{node("t3.medium", func(n *world.Node) { n.PodENIs = 3 })}, check.Pass, "with 3 branch ENIs", ""},
		"a node that is not ready":                    {[]world.Node{node("m5.large", func(n *world.Node) { n.Ready = false })}, check.Fail, "is ready", "see why"},
		"Windows":                                     {[]world.Node{node("m5.large", func(n *world.Node) { n.OS = "windows" })}, check.Fail, "none", "Linux"},
		"EKS Auto Mode":                               {[]world.Node{node("m5.large", func(n *world.Node) { n.ComputeType = "auto" })}, check.Fail, "none", "add a node group"},
		"a hybrid node":                               {[]world.Node{node("", func(n *world.Node) { n.InstanceID = "" })}, check.Fail, "none", "add a node group"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := shopSnapshot()
			s.Kube.Nodes = x.nodes
			s.Cloud.InstanceTypes = map[string]world.InstanceType{
				"m5.large":  {Name: "m5.large", Known: true, Trunking: true, BranchENIs: 9, ENIs: 3},
				"t3.medium": {Name: "t3.medium", Known: true, ENIs: 3},
			}
			f := diagnosed(t, s, intent.Intent{})["D33"]
			if f.Status != x.want || !strings.Contains(f.Reason.String(), x.says) || f.Blocking != (x.want == check.Fail) {
				t.Errorf("%s (blocks: %t): %s %v", f.Status, f.Blocking, f.Reason.String(), f.Evidence)
			}
			if x.offers != "" && (f.Fix == nil || !strings.Contains(f.Fix.Text.String(), x.offers)) {
				t.Errorf("fix %+v", f.Fix)
			}
		})
	}
}

func TestPodsThatCouldNotBeListedAreNotCalledMissing(t *testing.T) {
	t.Parallel()
	s := shopSnapshot()
	target, err := intent.ResolveForDiagnosis(s, intent.Intent{Cluster: "shop", Namespace: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	s.Kube.Pods = nil
	s.AddGap(world.FactPods, &world.Problem{Kind: world.ProblemPermission, Err: follow.ErrNoSuchPod, Permission: "list pods"})
	if _, err := follow.CheckPod(s, &target, "api-1"); world.KindOf(err) != world.ProblemPermission || !strings.Contains(err.Error(), "not observed") {
		t.Errorf("%v", err)
	}
}
