package nodes

import (
	"testing"
	"time"

	"podsg/steps/check"
	"podsg/steps/check/checktest"
	"podsg/steps/intent"
	"podsg/steps/world"
)

// oldNode adds a node of a type that can have no trunk ENI.
func oldNode(s *world.Snapshot) {
	s.Cloud.InstanceTypes["t3.medium"] = world.InstanceType{Name: "t3.medium", Known: true, ENIs: 3}
	s.Kube.Nodes = append(s.Kube.Nodes, world.Node{Name: "node-2", InstanceID: "i-2", InstanceType: "t3.medium", Ready: true, MaxPods: 17})
}

// secondNode adds a node of a type that can have a trunk ENI and has none yet.
func secondNode(s *world.Snapshot) {
	s.Kube.Nodes = append(s.Kube.Nodes, world.Node{Name: "node-2", InstanceID: "i-2", InstanceType: "m5.large", Ready: true})
}

func noTrunk(s *world.Snapshot) { s.Cloud.Interfaces[1].Type = "interface" }

func both(edits ...func(*world.Snapshot)) func(*world.Snapshot) {
	return func(s *world.Snapshot) {
		for _, edit := range edits {
			edit(s)
		}
	}
}

func TestTypesOfNodesSupportTrunkENIs(t *testing.T) {
	checktest.Table(t, Checks, "D33", map[string]checktest.Case{
		"all do": {Want: check.Pass, Says: "1 of 1 node can have a trunk ENI, with 9 branch ENIs"},
		"Auto Mode does, from Kubernetes 1.36 on": {Edit: func(s *world.Snapshot) { s.Kube.Nodes[0].ComputeType, s.Cloud.Cluster.Version = "auto", "1.36" }, Want: check.Skip, Says: "by itself"},
		"Auto Mode before":                        {Edit: func(s *world.Snapshot) { s.Kube.Nodes[0].ComputeType = "auto" }, Want: check.Fail},
		"one does not":                            {Edit: oldNode, Want: check.Warn, Says: "the others run only ordinary pods"},
		"none does":                               {Edit: both(oldNode, func(s *world.Snapshot) { s.Kube.Nodes = s.Kube.Nodes[1:] }), Want: check.Fail, Says: "eksctl create nodegroup"},
		"none is ready":                           {Edit: func(s *world.Snapshot) { s.Kube.Nodes[0].Ready = false }, Want: check.Fail, Says: "kubectl describe node node-1"},
		"one that the table does not know": {Edit: func(s *world.Snapshot) {
			s.Kube.Nodes[0].InstanceType, s.Kube.Nodes[0].PodENIs = "m99.large", 0
		}, Want: check.Warn, Says: "trunk support unknown"},
	})
}

func TestNodesHaveRoomForATrunkENI(t *testing.T) {
	full := func(s *world.Snapshot) {
		s.Cloud.InstanceTypes["m5.large"] = world.InstanceType{Known: true, Trunking: true, ENIs: 2}
	}
	checktest.Table(t, Checks, "D35", map[string]checktest.Case{
		"it has one":          {Want: check.Pass, Says: "1 have one, 0 have room"},
		"it has room":         {Edit: noTrunk, Want: check.Pass, Says: "0 have one, 1 have room"},
		"no node has room":    {Edit: both(noTrunk, full), Want: check.Fail, Says: "kubectl drain"},
		"one of two has none": {Edit: both(noTrunk, full, secondNode), Want: check.Warn, Says: "1 of 2 nodes"},
	})
}

func TestTheVPCCNIHasAskedForTrunkENIs(t *testing.T) {
	checktest.Table(t, Checks, "D36", map[string]checktest.Case{
		"it has":             {Want: check.Pass},
		"not on one":         {Edit: secondNode, Want: check.Fail, Says: "1 of 2 CNINodes lack feature"},
		"it was not told to": {Edit: func(s *world.Snapshot) { delete(s.Kube.CNI.Env, world.EnvPodENI) }, Want: check.Skip},
	})
}

func TestNodesOfferBranchENIs(t *testing.T) {
	none := func(s *world.Snapshot) { s.Kube.Nodes[0].PodENIs = 0 }
	asked := func(s *world.Snapshot) { s.Kube.Nodes[1].Features = map[string]string{world.FeatureSGP: ""} }
	event := func(s *world.Snapshot) {
		s.Kube.Events = append(s.Kube.Events, world.ClusterEvent{At: s.TakenAt, Kind: "Node", Name: "node-2", Reason: "TrunkENICreationFailed", Message: "UnauthorizedOperation"})
	}
	checktest.Table(t, Checks, "D37", map[string]checktest.Case{
		"they do":                       {Want: check.Pass, Says: "9 in all"},
		"none does":                     {Edit: none, Want: check.Fail, Says: "1 of 1 nodes"},
		"the kubelet lags behind":       {Edit: both(none, func(s *world.Snapshot) { s.Kube.Nodes[0].PodENICapacity = 9 }), Want: check.Fail, Says: "the kubelet has not taken over"},
		"the role may not":              {Edit: both(none, trunkEvent("TrunkENICreationFailed", "Error Code: UnauthorizedOperation"), func(s *world.Snapshot) { s.Cloud.ClusterRole.AttachedPolicies = nil }), Want: check.Fail, Says: "aws iam attach-role-policy --role-name cluster-role"},
		"something denies it":           {Edit: both(none, trunkEvent("TrunkENICreationFailed", "Error Code: UnauthorizedOperation")), Want: check.Fail, Says: "permissions boundary"},
		"no address is free":            {Edit: both(none, trunkEvent("TrunkENICreationFailed", "InsufficientFreeAddressesInSubnet")), Want: check.Fail, Says: "--subnet-ids subnet-a"},
		"no ENIConfig":                  {Edit: both(none, trunkEvent("EniConfigNameNotFound", "no such")), Want: check.Fail, Says: "kubectl get eniconfigs"},
		"no slot is free":               {Edit: both(none, trunkEvent("NodeTrunkFailedInit", "The node failed initializing trunk interface")), Want: check.Fail, Says: "free slot"},
		"of a type that is none":        {Edit: both(none, trunkEvent("Unsupported", "The instance type x is not supported for trunk interface")), Want: check.Fail, Says: "of another type"},
		"no event says why":             {Edit: none, Want: check.Fail, Says: "cp-vpc-resource-controller"},
		"one does not yet":              {Edit: both(secondNode, asked), Want: check.Warn, Says: "some minutes"},
		"one of which an event tells":   {Edit: both(secondNode, asked, event), Want: check.Fail, Says: "UnauthorizedOperation"},
		"the VPC CNI was not told to":   {Edit: func(s *world.Snapshot) { delete(s.Kube.CNI.Env, world.EnvPodENI) }, Want: check.Skip},
		"a node that has not asked yet": {Edit: secondNode, Want: check.Pass},
	})
}

// trunkEvent is what the controller says of the first node.
func trunkEvent(reason, message string) func(*world.Snapshot) {
	return func(s *world.Snapshot) {
		s.Kube.Events = append(s.Kube.Events, world.ClusterEvent{At: s.TakenAt, Kind: "Node", Name: s.Kube.Nodes[0].Name, Reason: reason, Message: message})
	}
}

func TestBranchENIsAreLeft(t *testing.T) {
	used := func(s *world.Snapshot) { s.Kube.Nodes[0].PodENIs = 1 }
	checktest.Table(t, Checks, "D61", map[string]checktest.Case{
		"eight of nine": {Want: check.Pass, Says: "8 of 9"},
		"none":          {Edit: used, Want: check.Fail, Says: "all 1 are in use"},
		"only one namespace could be counted": {Edit: func(s *world.Snapshot) {
			s.Kube.Partial = map[world.Fact]string{world.FactPods: "not allowed"}
		}, Want: check.Warn, Says: "at most 8 of 9"},
	})
}

func TestNoNodeHasAStaleLabel(t *testing.T) {
	checktest.Table(t, Checks, "D38", map[string]checktest.Case{
		"none has": {Want: check.Pass},
		"one has": {Edit: both(oldNode, func(s *world.Snapshot) {
			s.Kube.Nodes[1].Labels = map[string]string{world.LabelTrunkAttached: "false"}
		}), Want: check.Warn, Says: "node-2 has"},
	})
}

func TestNoInterfaceIsKeptWhereNoTrunkCanBe(t *testing.T) {
	checktest.Table(t, Checks, "D34", map[string]checktest.Case{
		"every node can have one": {},
		"a version that knows":    {Edit: oldNode, Want: check.Pass, Says: "keeps none on the 1 node"},
		"one that does not":       {Edit: both(oldNode, func(s *world.Snapshot) { s.Kube.CNI.Version = "v1.20.3" }), Want: check.Warn, Says: "up to 17 pods"},
	})
}

// custom switches custom networking on, with an ENIConfig for the node's zone.
func custom(s *world.Snapshot) {
	s.Kube.CNI.Env[world.EnvCustomNetworking] = "true"
	s.Kube.Nodes[0].Zone = "us-west-2a"
	s.Kube.Nodes[0].Features["CustomNetworking"] = "a"
	s.Kube.ENIConfigs = []world.ENIConfig{{Name: "a", SubnetID: "subnet-a"}}
}

func TestNodesHaveTheirENIConfig(t *testing.T) {
	checktest.Table(t, Checks, "D39b", map[string]checktest.Case{
		"no custom networking": {},
		"it fits":              {Edit: custom, Want: check.Pass},
		"there is none":        {Edit: both(custom, func(s *world.Snapshot) { s.Kube.ENIConfigs = nil }), Want: check.Fail, Says: "ENIConfig a does not exist"},
		"of another zone":      {Edit: both(custom, func(s *world.Snapshot) { s.Kube.ENIConfigs[0].SubnetID = "subnet-b" }), Want: check.Fail, Says: "is in us-west-2b"},
		"named by a label only": {Edit: both(custom, func(s *world.Snapshot) {
			s.Kube.Nodes[0].Features = nil
			s.Kube.Nodes[0].Labels = map[string]string{"k8s.amazonaws.com/eniConfig": "b"}
		}), Want: check.Warn, Says: "an annotation of 1 node may name another"},
	})
}

func TestTypesHaveInterfacesEnough(t *testing.T) {
	two := func(s *world.Snapshot) {
		s.Cloud.InstanceTypes["m5.large"] = world.InstanceType{Known: true, Trunking: true, ENIs: 2}
	}
	checktest.Table(t, Checks, "D39", map[string]checktest.Case{
		"no custom networking": {Edit: two},
		"three":                {Edit: custom, Want: check.Pass},
		"two":                  {Edit: both(custom, two), Want: check.Warn, Says: "1 node of a type with two network interfaces has none left"},
	})
}

func TestTrunkENIsAreAsNewOnesWouldBe(t *testing.T) {
	checktest.Table(t, Checks, "D39c", map[string]checktest.Case{
		"they are":     {Want: check.Pass},
		"no trunk ENI": {Edit: noTrunk},
		"other groups": {Edit: func(s *world.Snapshot) { s.Cloud.Interfaces[1].Groups = []string{"sg-old"} }, Want: check.Warn, Says: "carries sg-old, a new one would carry sg-nodes"},
	})
}

// waiting adds a pod that waits for a node, with an event about it.
func waiting(reason, message string) func(*world.Snapshot) {
	return func(s *world.Snapshot) {
		p := s.Kube.Pods[0]
		p.Name, p.Node, p.IP, p.ENIs, p.Phase, p.Message = "late", "", "", nil, "Pending", ""
		s.Kube.Pods = append(s.Kube.Pods, p)
		s.Kube.Events = append(s.Kube.Events, world.ClusterEvent{At: s.TakenAt.Add(-time.Minute), Kind: "Pod", Namespace: p.Namespace, Name: p.Name, Reason: reason, Message: message})
	}
}

func TestNodesWithFreeBranchENIsTakePods(t *testing.T) {
	checktest.Table(t, Checks, "D74", map[string]checktest.Case{
		"no pod waits":                  {},
		"one waits for something else":  {Edit: waiting("FailedScheduling", "0/1 nodes are available: 1 Insufficient cpu.")},
		"every node is full":            {Edit: waiting("FailedScheduling", "0/1 nodes are available: 1 Too many pods."), Want: check.Fail, Says: "1 pod is waiting although branch ENIs are left"},
		"which node is full is unknown": {Edit: both(secondNode, waiting("FailedScheduling", "0/2 nodes are available: 1 Too many pods.")), Want: check.Warn, Says: "which of the nodes"},
	})
}

func TestKarpenterFindsAType(t *testing.T) {
	checktest.Table(t, Checks, "D39e", map[string]checktest.Case{
		"it was not asked": {},
		"it finds none":    {Edit: waiting("FailedScheduling", "no instance type satisfied resources {\"vpc.amazonaws.com/pod-eni\":\"1\"}"), Want: check.Fail, Says: "no node for 1 pod"},
	})
}

func TestTheClusterAutoscalerKnowsOfBranchENIs(t *testing.T) {
	checktest.Table(t, Checks, "D39f", map[string]checktest.Case{
		"it adds a node": {Edit: waiting("TriggeredScaleUp", "pod triggered scale-up of vpc.amazonaws.com/pod-eni")},
		"it does not":    {Edit: waiting("NotTriggerScaleUp", "pod didn't trigger scale-up: 1 Insufficient vpc.amazonaws.com/pod-eni"), Want: check.Fail, Says: "create-or-update-tags"},
	})
}

func TestNodesTakeThePodsThatSetupStarts(t *testing.T) {
	dedicated := world.Taint{Key: "dedicated", Value: "sgp", Effect: "NoSchedule"}
	tainted := func(taints ...world.Taint) func(*world.Snapshot) {
		return func(s *world.Snapshot) { s.Kube.Nodes[0].Taints = taints }
	}
	proving := func(edits ...func(*intent.Target)) func(*intent.Target) {
		return func(t *intent.Target) {
			t.Verify, t.Diagnosing = true, false
			for _, edit := range edits {
				edit(t)
			}
		}
	}
	tolerating := func(t *intent.Target) {
		t.ProbeTolerations = []world.Toleration{{Key: "dedicated", Operator: "Equal", Value: "sgp", Effect: "NoSchedule"}}
	}
	selecting := func(t *intent.Target) { t.ProbeNodeSelector = map[string]string{"pool": "sgp"} }
	checktest.Table(t, Checks, "P08", map[string]checktest.Case{
		"they do":                       {Target: proving(), Want: check.Pass, Says: "1 node that can have a trunk ENI takes them"},
		"a taint, and no pods of podsg": {Edit: tainted(dedicated), Target: proving(func(t *intent.Target) { t.Verify, t.Seed = false, false })},
		"a taint, and a diagnosis":      {Edit: tainted(dedicated)},
		"a taint":                       {Edit: tainted(dedicated), Target: proving(), Want: check.Fail, Says: "--probe-tolerations dedicated=sgp:NoSchedule"},
		"a taint is named":              {Edit: tainted(dedicated), Target: proving(), Want: check.Fail, Says: "node-1: the pods do not tolerate its taint dedicated=sgp:NoSchedule"},
		"a taint that keeps nobody off": {Edit: tainted(world.Taint{Key: "spot", Effect: "PreferNoSchedule"}), Target: proving(), Want: check.Pass},
		"a taint that they tolerate":    {Edit: tainted(dedicated), Target: proving(tolerating), Want: check.Pass},
		"another taint besides":         {Edit: tainted(dedicated, world.Taint{Key: "gpu", Effect: "NoExecute"}), Target: proving(tolerating), Want: check.Fail, Says: "gpu:NoExecute"},
		"a second node without it":      {Edit: both(tainted(dedicated), secondNode), Target: proving(), Want: check.Pass},
		"a second one that is no use":   {Edit: both(tainted(dedicated), oldNode), Target: proving(), Want: check.Fail, Says: "dedicated"},
		"a taint of Kubernetes' own":    {Edit: tainted(world.Taint{Key: "node.kubernetes.io/disk-pressure", Effect: "NoSchedule"}), Target: proving(), Want: check.Fail, Says: "add a node"},
		"a cordoned node":               {Edit: func(s *world.Snapshot) { s.Kube.Nodes[0].Cordoned = true }, Target: proving(), Want: check.Fail, Says: "uncordon"},
		"labels that none carries":      {Target: proving(selecting), Want: check.Fail, Says: "--probe-node-selector"},
		"labels that one carries": {Edit: func(s *world.Snapshot) { s.Kube.Nodes[0].Labels = map[string]string{"pool": "sgp"} },
			Target: proving(selecting), Want: check.Pass},
	})
}
