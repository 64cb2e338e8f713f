package steps

import (
	"testing"

	"podsg/steps/check"
	"podsg/steps/follow"
	"podsg/steps/world"
)

// customNetworked gives the pods of the snapshot's node a subnet and a group of
// their own.
func customNetworked(s *world.Snapshot) {
	s.Kube.CNI.Env[world.EnvCustomNetworking] = "true"
	s.Kube.ENIConfigs = []world.ENIConfig{{Name: "us-west-2a", SubnetID: "subnet-pods", Groups: []string{"sg-nodes"}}}
	s.Kube.Nodes[0].Features[world.FeatureCustomNetworking] = "us-west-2a"
	trunk := &s.Cloud.Interfaces[len(s.Cloud.Interfaces)-1]
	trunk.SubnetID = "subnet-pods"
}

func customised(edit func(*world.Snapshot)) func(*world.Snapshot) {
	return func(s *world.Snapshot) {
		customNetworked(s)
		edit(s)
	}
}

func TestANodeWithoutAFittingENIConfigIsNamed(t *testing.T) {
	t.Parallel()
	byLabel := func(key string) func(*world.Snapshot) {
		return customised(func(s *world.Snapshot) {
			s.Kube.Nodes[0].Features = map[string]string{}
			s.Kube.Nodes[0].Labels = map[string]string{key: "us-west-2a"}
		})
	}
	testBroken(t, "D39b", map[string]broken{
		"it fits":                       {customNetworked, check.Pass, "all 1"},
		"it does not exist":             {customised(func(s *world.Snapshot) { s.Kube.ENIConfigs = nil }), check.Fail, "node-1: ENIConfig us-west-2a does not exist"},
		"its subnet is in another zone": {customised(func(s *world.Snapshot) { s.Kube.ENIConfigs[0].SubnetID = "subnet-b" }), check.Fail, "us-west-2b, the node in us-west-2a"},
		"its subnet does not exist":     {customised(func(s *world.Snapshot) { s.Kube.ENIConfigs[0].SubnetID = "subnet-gone" }), check.Fail, "subnet-gone"},
		"it names no subnet":            {customised(func(s *world.Snapshot) { s.Kube.ENIConfigs[0].SubnetID = "" }), check.Fail, "names no subnet"},
		"the CNINode does not name it": {customised(func(s *world.Snapshot) {
			s.Kube.Nodes[0].Features[world.FeatureCustomNetworking] = ""
			s.Kube.Events = []world.ClusterEvent{{Kind: "Node", Name: "node-1", Reason: world.ENIConfigNotFound, Message: "couldn't find custom networking eniconfig name"}}
		}), check.Fail, "EniConfigNameNotFound: couldn't find"},
		"the label names it":          {byLabel(world.LabelENIConfig), check.Pass, ""},
		"the external label names it": {byLabel(world.LabelExternalENIConfig), check.Pass, ""},
		"the old label names it":      {byLabel(world.LabelOldENIConfig), check.Pass, ""},
		"a label of another name does": {customised(func(s *world.Snapshot) {
			s.Kube.CNI.Env[world.EnvENIConfigLabel] = "topology.kubernetes.io/zone"
			byLabel("topology.kubernetes.io/zone")(s)
		}), check.Pass, ""},
		"a label that the VPC CNI does not read does not": {func(s *world.Snapshot) {
			byLabel("topology.kubernetes.io/zone")(s)
		}, check.Warn, "ENIConfig default does not exist"},
		"the label's does not exist": {func(s *world.Snapshot) {
			byLabel(world.LabelENIConfig)(s)
			s.Kube.ENIConfigs = nil
		}, check.Warn, "an annotation of 1 node may name another"},
		"nothing names one, and the default is missing": {customised(func(s *world.Snapshot) { delete(s.Kube.Nodes[0].Features, world.FeatureCustomNetworking) }), check.Fail, "ENIConfig default does not exist"},
		"nothing names one, and the default is there": {customised(func(s *world.Snapshot) {
			delete(s.Kube.Nodes[0].Features, world.FeatureCustomNetworking)
			s.Kube.ENIConfigs[0].Name = world.DefaultENIConfig
		}), check.Pass, ""},
		"they could not be read":   {customised(func(s *world.Snapshot) { s.AddGap(world.FactENIConfigs, follow.ErrNoSuchPod) }), check.Skip, "not observed"},
		"custom networking is off": {customised(func(s *world.Snapshot) { s.Kube.ENIConfigs, s.Kube.CNI.Env[world.EnvCustomNetworking] = nil, "false" }), "", ""},
	})
}

func TestTypesWithTwoInterfacesHaveNoneLeftForOrdinaryPods(t *testing.T) {
	t.Parallel()
	medium := func(s *world.Snapshot) { s.Kube.Nodes[0].InstanceType = "m6g.medium" }
	testBroken(t, "D39", map[string]broken{
		"two, with custom networking":   {customised(medium), check.Warn, "node-1 (m6g.medium)"},
		"two, without":                  {medium, "", ""},
		"three, with custom networking": {customNetworked, check.Pass, "more than two"},
	})
}

func TestATrunkThatIsNotAsANewOneWouldBeIsNamed(t *testing.T) {
	t.Parallel()
	testBroken(t, "D39c", map[string]broken{
		"it is as it was made":           {func(*world.Snapshot) {}, check.Pass, "all 1"},
		"the node's groups have changed": {func(s *world.Snapshot) { s.Cloud.Instances[0].PrimaryGroups = []string{"sg-new"} }, check.Warn, "carries sg-nodes, a new one would carry sg-new"},
		"the order of groups is no matter": {func(s *world.Snapshot) {
			s.Cloud.Instances[0].PrimaryGroups = []string{"sg-nodes", "sg-db"}
			s.Cloud.Interfaces[2].Groups = []string{"sg-db", "sg-nodes"}
		}, check.Pass, ""},
		"as its ENIConfig says":            {customNetworked, check.Pass, "all 1"},
		"the ENIConfig has another group":  {customised(func(s *world.Snapshot) { s.Kube.ENIConfigs[0].Groups = []string{"sg-pods"} }), check.Warn, "a new one would carry sg-pods"},
		"the ENIConfig has no groups":      {customised(func(s *world.Snapshot) { s.Kube.ENIConfigs[0].Groups = nil }), check.Pass, ""},
		"the ENIConfig has another subnet": {customised(func(s *world.Snapshot) { s.Cloud.Interfaces[2].SubnetID = "subnet-a" }), check.Warn, "is in subnet-a, a new one would be in subnet-pods"},
		"the ENIConfig is missing":         {customised(func(s *world.Snapshot) { s.Kube.ENIConfigs = nil }), check.Pass, ""},
		"the controller was not told": {customised(func(s *world.Snapshot) {
			delete(s.Kube.Nodes[0].Features, world.FeatureCustomNetworking)
			s.Cloud.Interfaces[2].SubnetID = "subnet-a"
		}), check.Pass, ""},
		"no node has one":                   {func(s *world.Snapshot) { s.Cloud.Interfaces = s.Cloud.Interfaces[:2] }, "", ""},
		"instances that could not be read":  {func(s *world.Snapshot) { s.AddGap(world.FactInstances, follow.ErrNoSuchPod) }, check.Skip, "not observed"},
		"interfaces that could not be read": {func(s *world.Snapshot) { s.AddGap(world.FactInterfaces, follow.ErrNoSuchPod) }, check.Skip, "not observed"},
	})
}
