package steps

import (
	"strings"
	"testing"
)

func TestNodesThatCanHaveATrunk(t *testing.T) {
	t.Parallel()
	node := func(kind string, edit func(*Node)) Node {
		n := Node{Name: "node", InstanceID: "i-1", InstanceType: kind, Ready: true}
		edit(&n)
		return n
	}
	plain := func(*Node) {}
	for name, x := range map[string]struct {
		nodes  []Node
		want   Status
		says   string
		offers string // in the fix
	}{
		"a known type": {[]Node{node("m5.large", plain)}, Pass, "1 of 1 node can have a trunk ENI, with 9", ""},
		"a known type beside one without support":     {[]Node{node("m5.large", plain), node("t3.medium", plain)}, Warn, "1 of 2 nodes", "nothing"},
		"only types without support":                  {[]Node{node("t3.medium", plain)}, Fail, "none of the 1 node can", "add a node group"},
		"only types that are newer than the table":    {[]Node{node("m99.large", plain)}, Warn, "newer ones usually do", "go on"},
		"a newer type that offers branch ENIs":        {[]Node{node("m99.large", func(n *Node) { n.PodENIs = 12 })}, Pass, "with 12 branch ENIs", ""},
		"a type that the table denies and EC2 grants": {[]Node{node("t3.medium", func(n *Node) { n.PodENIs = 3 })}, Pass, "with 3 branch ENIs", ""},
		"a node that is not ready":                    {[]Node{node("m5.large", func(n *Node) { n.Ready = false })}, Fail, "is ready", "see why"},
		"Windows":                                     {[]Node{node("m5.large", func(n *Node) { n.OS = "windows" })}, Fail, "none", "Linux"},
		"EKS Auto Mode":                               {[]Node{node("m5.large", func(n *Node) { n.ComputeType = "auto" })}, Fail, "none", "add a node group"},
		"a hybrid node":                               {[]Node{node("", func(n *Node) { n.InstanceID = "" })}, Fail, "none", "add a node group"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := shopSnapshot()
			s.Kube.Nodes = x.nodes
			s.Cloud.InstanceTypes = map[string]InstanceType{
				"m5.large":  {Name: "m5.large", Known: true, Trunking: true, BranchENIs: 9, ENIs: 3},
				"t3.medium": {Name: "t3.medium", Known: true, ENIs: 3},
			}
			f := diagnosed(t, s, Intent{})["D33"]
			if f.Status != x.want || !strings.Contains(f.Reason, x.says) || f.Blocking != (x.want == Fail) {
				t.Errorf("%s (blocks: %t): %s %v", f.Status, f.Blocking, f.Reason, f.Evidence)
			}
			if x.offers != "" && (f.Fix == nil || !strings.Contains(f.Fix.Text, x.offers)) {
				t.Errorf("fix %+v", f.Fix)
			}
		})
	}
}

func TestPodsThatCouldNotBeListedAreNotCalledMissing(t *testing.T) {
	t.Parallel()
	s := shopSnapshot()
	target, err := ResolveForDiagnosis(s, Intent{Cluster: "shop", Namespace: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	s.Kube.Pods = nil
	s.AddGap(FactPods, &Problem{Kind: ProblemPermission, Err: errNoSuchPod, Permission: "list pods"})
	if _, err := CheckPod(s, &target, "api-1"); KindOf(err) != ProblemPermission || !strings.Contains(err.Error(), "not observed") {
		t.Errorf("%v", err)
	}
}
