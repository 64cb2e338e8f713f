package steps

import "testing"

// customNetworked gives the pods of the snapshot's node a subnet and a group of
// their own.
func customNetworked(s *Snapshot) {
	s.Kube.CNI.Env[envCustomNetworking] = "true"
	s.Kube.ENIConfigs = []ENIConfig{{Name: "us-west-2a", SubnetID: "subnet-pods", Groups: []string{"sg-nodes"}}}
	s.Kube.Nodes[0].Features[featureCustomNetworking] = "us-west-2a"
	trunk := &s.Cloud.Interfaces[len(s.Cloud.Interfaces)-1]
	trunk.SubnetID = "subnet-pods"
}

func customised(edit func(*Snapshot)) func(*Snapshot) {
	return func(s *Snapshot) {
		customNetworked(s)
		edit(s)
	}
}

func TestANodeWithoutAFittingENIConfigIsNamed(t *testing.T) {
	t.Parallel()
	byLabel := func(key string) func(*Snapshot) {
		return customised(func(s *Snapshot) {
			s.Kube.Nodes[0].Features = map[string]string{}
			s.Kube.Nodes[0].Labels = map[string]string{key: "us-west-2a"}
		})
	}
	testBroken(t, "D39b", map[string]broken{
		"it fits":                       {customNetworked, Pass, "all 1"},
		"it does not exist":             {customised(func(s *Snapshot) { s.Kube.ENIConfigs = nil }), Fail, "node-1: ENIConfig us-west-2a does not exist"},
		"its subnet is in another zone": {customised(func(s *Snapshot) { s.Kube.ENIConfigs[0].SubnetID = "subnet-b" }), Fail, "us-west-2b, the node in us-west-2a"},
		"its subnet does not exist":     {customised(func(s *Snapshot) { s.Kube.ENIConfigs[0].SubnetID = "subnet-gone" }), Fail, "subnet-gone"},
		"it names no subnet":            {customised(func(s *Snapshot) { s.Kube.ENIConfigs[0].SubnetID = "" }), Fail, "names no subnet"},
		"the CNINode does not name it": {customised(func(s *Snapshot) {
			s.Kube.Nodes[0].Features[featureCustomNetworking] = ""
			s.Kube.Events = []ClusterEvent{{Kind: "Node", Name: "node-1", Reason: eniConfigNotFound, Message: "couldn't find custom networking eniconfig name"}}
		}), Fail, "EniConfigNameNotFound: couldn't find"},
		"the label names it":          {byLabel(labelENIConfig), Pass, ""},
		"the external label names it": {byLabel(labelExternalENIConfig), Pass, ""},
		"the old label names it":      {byLabel(labelOldENIConfig), Pass, ""},
		"a label of another name does": {customised(func(s *Snapshot) {
			s.Kube.CNI.Env[envENIConfigLabel] = "topology.kubernetes.io/zone"
			byLabel("topology.kubernetes.io/zone")(s)
		}), Pass, ""},
		"a label that the VPC CNI does not read does not": {func(s *Snapshot) {
			byLabel("topology.kubernetes.io/zone")(s)
		}, Warn, "ENIConfig default does not exist"},
		"the label's does not exist": {func(s *Snapshot) {
			byLabel(labelENIConfig)(s)
			s.Kube.ENIConfigs = nil
		}, Warn, "an annotation of 1 node may name another"},
		"nothing names one, and the default is missing": {customised(func(s *Snapshot) { delete(s.Kube.Nodes[0].Features, featureCustomNetworking) }), Fail, "ENIConfig default does not exist"},
		"nothing names one, and the default is there": {customised(func(s *Snapshot) {
			delete(s.Kube.Nodes[0].Features, featureCustomNetworking)
			s.Kube.ENIConfigs[0].Name = defaultENIConfig
		}), Pass, ""},
		"they could not be read":   {customised(func(s *Snapshot) { s.AddGap(FactENIConfigs, errNoSuchPod) }), Skip, "not observed"},
		"custom networking is off": {customised(func(s *Snapshot) { s.Kube.ENIConfigs, s.Kube.CNI.Env[envCustomNetworking] = nil, "false" }), "", ""},
	})
}

func TestTypesWithTwoInterfacesHaveNoneLeftForOrdinaryPods(t *testing.T) {
	t.Parallel()
	medium := func(s *Snapshot) { s.Kube.Nodes[0].InstanceType = "m6g.medium" }
	testBroken(t, "D39", map[string]broken{
		"two, with custom networking":   {customised(medium), Warn, "node-1 (m6g.medium)"},
		"two, without":                  {medium, "", ""},
		"three, with custom networking": {customNetworked, Pass, "more than two"},
	})
}

func TestATrunkThatIsNotAsANewOneWouldBeIsNamed(t *testing.T) {
	t.Parallel()
	testBroken(t, "D39c", map[string]broken{
		"it is as it was made":           {func(*Snapshot) {}, Pass, "all 1"},
		"the node's groups have changed": {func(s *Snapshot) { s.Cloud.Instances[0].PrimaryGroups = []string{"sg-new"} }, Warn, "carries sg-nodes, a new one would carry sg-new"},
		"the order of groups is no matter": {func(s *Snapshot) {
			s.Cloud.Instances[0].PrimaryGroups = []string{"sg-nodes", "sg-db"}
			s.Cloud.Interfaces[2].Groups = []string{"sg-db", "sg-nodes"}
		}, Pass, ""},
		"as its ENIConfig says":            {customNetworked, Pass, "all 1"},
		"the ENIConfig has another group":  {customised(func(s *Snapshot) { s.Kube.ENIConfigs[0].Groups = []string{"sg-pods"} }), Warn, "a new one would carry sg-pods"},
		"the ENIConfig has no groups":      {customised(func(s *Snapshot) { s.Kube.ENIConfigs[0].Groups = nil }), Pass, ""},
		"the ENIConfig has another subnet": {customised(func(s *Snapshot) { s.Cloud.Interfaces[2].SubnetID = "subnet-a" }), Warn, "is in subnet-a, a new one would be in subnet-pods"},
		"the ENIConfig is missing":         {customised(func(s *Snapshot) { s.Kube.ENIConfigs = nil }), Pass, ""},
		"the controller was not told": {customised(func(s *Snapshot) {
			delete(s.Kube.Nodes[0].Features, featureCustomNetworking)
			s.Cloud.Interfaces[2].SubnetID = "subnet-a"
		}), Pass, ""},
		"no node has one":                   {func(s *Snapshot) { s.Cloud.Interfaces = s.Cloud.Interfaces[:2] }, "", ""},
		"instances that could not be read":  {func(s *Snapshot) { s.AddGap(FactInstances, errNoSuchPod) }, Skip, "not observed"},
		"interfaces that could not be read": {func(s *Snapshot) { s.AddGap(FactInterfaces, errNoSuchPod) }, Skip, "not observed"},
	})
}
