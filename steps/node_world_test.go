package steps

import (
	"strings"
	"testing"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/world"
)

// nodeSnapshot is the shop with its VPC CNI and a node whose trunk ENI serves
// the shop's pod: nothing is wrong with it, in strict mode.
func nodeSnapshot() *world.Snapshot {
	s := shopSnapshot()
	s.Cloud.VPC = world.VPC{ID: "vpc-1"}
	s.Cloud.Subnets = []world.Subnet{{ID: "subnet-a", Zone: "us-west-2a", FreeIPs: 100}, {ID: "subnet-pods", Zone: "us-west-2a", FreeIPs: 100}, {ID: "subnet-b", Zone: "us-west-2b", FreeIPs: 100}}
	s.Cloud.Instances[0].SubnetID = "subnet-a"
	s.Cloud.Interfaces = append(s.Cloud.Interfaces, world.Interface{ID: "eni-trunk", Type: world.InterfaceTrunk, InstanceID: "i-1", SubnetID: "subnet-a", Groups: []string{"sg-nodes"}})
	s.Cloud.InstanceTypes = map[string]world.InstanceType{
		"m5.large":   {Name: "m5.large", Known: true, Trunking: true, BranchENIs: 9, ENIs: 3},
		"m6g.medium": {Name: "m6g.medium", Known: true, Trunking: true, BranchENIs: 4, ENIs: 2},
		"t3.medium":  {Name: "t3.medium", Known: true, ENIs: 3},
	}
	s.Cloud.Addon = &world.Addon{Name: world.AddonVPCCNI, Version: "v1.23.1-eksbuild.1", Status: "ACTIVE", ConfigurationValues: `{"env":{"ENABLE_POD_ENI":"true"}}`}
	s.Kube.Nodes = []world.Node{{
		Name: "node-1", InstanceID: "i-1", InstanceType: "m5.large", Zone: "us-west-2a", Ready: true, MaxPods: 29, PodENIs: 9, HasCNINode: true,
		Features: map[string]string{world.FeatureSGP: ""},
	}}
	s.Kube.CNI = &world.CNI{Version: "v1.23.1", Env: map[string]string{world.EnvPodENI: "true"}, InitEnv: map[string]string{world.EnvEarlyDemux: "true"}, Rollout: world.Rollout{Observed: true}}
	s.Kube.Settings = world.Settings{ProxyMode: "iptables", CNIRole: true, CNIPatchesNodes: true, ControllerRole: true, ControllerBinding: true}
	return s
}

// broken is one way in which a healthy snapshot breaks, or nearly does.
type broken struct {
	by   func(s *world.Snapshot)
	want check.Status // empty: the check is not reported
	says string       // in the reason or in the evidence
}

// testBroken breaks the healthy snapshot in each way and looks at one check.
func testBroken(t *testing.T, id string, ways map[string]broken) {
	t.Helper()
	for name, c := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := nodeSnapshot()
			c.by(s)
			f, reported := diagnosed(t, s, intent.Intent{})[id]
			if reported != (c.want != "") || f.Status != c.want {
				t.Fatalf("%s is %q, want %q: %s %v", id, f.Status, c.want, f.Reason.String(), f.Evidence)
			}
			if said := f.Reason.String() + "\n" + strings.Join(f.Evidence, "\n"); !strings.Contains(said, c.says) {
				t.Errorf("%s says %q, want %q", id, said, c.says)
			}
			if (c.want == check.Fail || c.want == check.Warn) && (f.Fix == nil || f.Fix.Text.String() == "" || f.Fix.Command == "") {
				t.Errorf("%s has no way to mend it: %+v", id, f.Fix)
			}
		})
	}
}

func TestNothingIsWrongWithAHealthyNode(t *testing.T) {
	t.Parallel()
	for mode, without := range map[string][]string{world.ModeStrict: {"D29"}, world.ModeStandard: {"D25", "D26", "D27", "D28", "D29", "D31"}} {
		s := nodeSnapshot()
		s.Kube.CNI.Env[world.EnvEnforcingMode] = mode
		found := diagnosed(t, s, intent.Intent{})
		for _, id := range []string{"D18", "D21", "D25", "D26", "D27", "D28", "D31", "D39c"} {
			if f, ok := found[id]; ok && f.Status != check.Pass {
				t.Errorf("%s mode: %s %s: %s %v", mode, id, f.Status, f.Reason.String(), f.Evidence)
			}
		}
		for _, id := range append(without, "D08", "D34", "D39", "D39b", "D39e", "D39f", "D39g", "D74") {
			if f, ok := found[id]; ok {
				t.Errorf("%s mode: %s does not apply and is reported: %s", mode, id, f.Reason.String())
			}
		}
	}
}

// troubledWorld is a cluster of which nearly every check of the nodes has
// something to say: custom networking, pods of every kind that wait, and a
// database elsewhere.
func troubledWorld() *world.Snapshot {
	s := setUpWorld()
	s.Cloud.Databases[0].VPCID = "vpc-2"
	s.Kube.CNI.Env[world.EnvCustomNetworking] = "true"
	s.Kube.Nodes = append(s.Kube.Nodes, world.Node{Name: "node-2", InstanceID: "i-2", InstanceType: "t3.medium", Ready: true})
	s.Cloud.InstanceTypes["t3.medium"] = world.InstanceType{Name: "t3.medium", Known: true}
	green := s.Kube.Pods[0]
	for name, edit := range map[string]func(*world.Pod){
		"fargate": func(p *world.Pod) { p.Fargate = true },
		"windows": func(p *world.Pod) { p.Windows = true },
		"waiting": func(p *world.Pod) {
			p.Node, p.Phase, p.Message = "", "Pending", "0/2 nodes are available: 2 Too many pods."
		},
	} {
		p := green
		p.Name, p.ENIs = name, nil
		edit(&p)
		s.Kube.Pods = append(s.Kube.Pods, p)
	}
	event := world.ClusterEvent{Kind: "Pod", Namespace: intent.DefaultNamespace, Name: "waiting"}
	karpenter, autoscaler := event, event
	karpenter.Reason, karpenter.Message = "FailedScheduling", karpenterText
	autoscaler.Reason, autoscaler.Message = "NotTriggerScaleUp", "pod didn't trigger scale-up: 1 Insufficient vpc.amazonaws.com/pod-eni"
	s.Kube.Events = append(s.Kube.Events, karpenter, autoscaler)
	return s
}

// karpenterText is what Karpenter says of a pod for which it finds no type.
const karpenterText = `Failed to schedule pod, incompatible with nodepool "default", daemonset overhead={"cpu":"150m","pods":"4"}, no instance type has enough resources, ` +
	`requirements=kubernetes.io/arch In [amd64], resources={"cpu":"250m","pods":"5","vpc.amazonaws.com/pod-eni":"1"}`
