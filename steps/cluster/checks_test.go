package cluster

import (
	"errors"
	"testing"

	"podsg/steps/check"
	"podsg/steps/check/checktest"
	"podsg/steps/intent"
	"podsg/steps/world"
)

func TestTheClusterIsActive(t *testing.T) {
	status := func(text string) func(*world.Snapshot) {
		return func(s *world.Snapshot) { s.Cloud.Cluster.Status = text }
	}
	checktest.Table(t, Checks, "D04", map[string]checktest.Case{
		"active":   {Want: check.Pass},
		"updating": {Edit: status("UPDATING"), Want: check.Pass},
		"failed":   {Edit: status("FAILED"), Want: check.Fail, Says: "its status is FAILED"},
	})
}

func TestTheKubernetesAPIAnswers(t *testing.T) {
	checktest.Table(t, Checks, "D05", map[string]checktest.Case{
		"it does":  {Want: check.Pass, Says: checktest.Endpoint},
		"it fails": {Edit: func(s *world.Snapshot) { s.AddGap(world.FactNodes, errors.New("dial: timed out")) }, Want: check.Fail, Says: "timed out"},
	})
}

func TestTheVPCAnswersQuestionsForNames(t *testing.T) {
	checktest.Table(t, Checks, "P05", map[string]checktest.Case{
		"both attributes are on": {Want: check.Pass},
		"no resolver":            {Edit: func(s *world.Snapshot) { s.Cloud.VPC.DNSSupport = false }, Want: check.Fail, Says: "--enable-dns-support"},
		"no host names":          {Edit: func(s *world.Snapshot) { s.Cloud.VPC.DNSHostnames = false }, Want: check.Warn, Says: "--enable-dns-hostnames"},
	})
}

func TestTheVPCCNIIsInstalled(t *testing.T) {
	checktest.Table(t, Checks, "D10", map[string]checktest.Case{
		"it is":     {Want: check.Pass},
		"it is not": {Edit: func(s *world.Snapshot) { s.Kube.CNI = nil }, Want: check.Fail, Says: "aws eks create-addon"},
		"Auto Mode": {Edit: func(s *world.Snapshot) { s.Kube.CNI, s.Cloud.Cluster.AutoMode = nil, true }, Want: check.Skip},
	})
}

func TestTheVPCCNIKnowsTheFeature(t *testing.T) {
	version := func(text string) func(*world.Snapshot) { return func(s *world.Snapshot) { s.Kube.CNI.Version = text } }
	standard := func(t *intent.Target) { t.Mode = world.ModeStandard }
	checktest.Table(t, Checks, "D06", map[string]checktest.Case{
		"a version of today":             {Want: check.Pass},
		"none is installed":              {Edit: func(s *world.Snapshot) { s.Kube.CNI = nil }},
		"a version that nobody can read": {Edit: version("main"), Want: check.Warn},
		"the first with the feature":     {Edit: version("v1.7.7"), Target: func(t *intent.Target) { t.Mode = world.ModeStrict }, Want: check.Pass},
		"the last without":               {Edit: version("v1.7.6"), Want: check.Fail, Says: "older than v1.7.7"},
		"too old for standard mode":      {Edit: version("v1.10.4"), Target: standard, Want: check.Fail, Says: "choose strict mode"},
	})
}

func TestNodesOfAutoModeAreTold(t *testing.T) {
	auto := func(s *world.Snapshot) { s.Kube.Nodes[0].ComputeType = "auto" }
	checktest.Table(t, Checks, "D07", map[string]checktest.Case{
		"none":                         {Want: check.Pass},
		"all":                          {Edit: auto, Want: check.Fail, Says: "every node"},
		"all, from Kubernetes 1.36 on": {Edit: func(s *world.Snapshot) { auto(s); s.Cloud.Cluster.Version = "1.36" }, Want: check.Pass, Says: "takes the same SecurityGroupPolicy"},
		"one of two":                   {Edit: func(s *world.Snapshot) { auto(s); s.Kube.Nodes = append(s.Kube.Nodes, world.Node{Name: "node-2"}) }, Want: check.Warn, Says: "nodeSelector"},
	})
}

func TestNodesThatAreNotEC2AreTold(t *testing.T) {
	checktest.Table(t, Checks, "D09", map[string]checktest.Case{
		"all are":       {Want: check.Pass},
		"a hybrid node": {Edit: func(s *world.Snapshot) { s.Kube.Nodes[0].ComputeType = "hybrid" }, Want: check.Warn, Says: "node-1 (hybrid)"},
	})
}

func TestSubnetsOfNodesHaveFreeAddresses(t *testing.T) {
	checktest.Table(t, Checks, "D68", map[string]checktest.Case{
		"they have":                {Want: check.Pass},
		"a node's is nearly full":  {Edit: func(s *world.Snapshot) { s.Cloud.Subnets[0].FreeIPs = 7 }, Want: check.Warn, Says: "7 free addresses"},
		"another's does not count": {Edit: func(s *world.Snapshot) { s.Cloud.Subnets[1].FreeIPs = 0 }, Want: check.Pass},
	})
}
