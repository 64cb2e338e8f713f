package identity

import (
	"testing"

	"podsg/steps/check"
	"podsg/steps/check/checktest"
	"podsg/steps/world"
)

func TestKubernetesAccessBelongsToTheCluster(t *testing.T) {
	const endpoint = "https://ABC.gr7.us-west-2.eks.amazonaws.com"
	at := func(k world.ClusterFacts) func(*world.Snapshot) {
		return func(s *world.Snapshot) {
			s.Cloud.Cluster.Endpoint, s.Cloud.Cluster.CAData = endpoint, "Q0E="
			s.Kube.Server, s.Kube.TLSServerName, s.Kube.CAData = k.Server, k.TLSServerName, k.CAData
		}
	}
	checktest.Table(t, Checks, "D02", map[string]checktest.Case{
		"the same address":                      {Edit: at(world.ClusterFacts{Server: "https://abc.gr7.us-west-2.eks.amazonaws.com:443/"}), Want: check.Pass},
		"another port of it":                    {Edit: at(world.ClusterFacts{Server: "https://abc.gr7.us-west-2.eks.amazonaws.com:8443"}), Want: check.Pass},
		"another cluster":                       {Edit: at(world.ClusterFacts{Server: "https://XYZ.gr7.us-west-2.eks.amazonaws.com", CAData: "T1RIRVI="}), Want: check.Fail, Says: "another API server"},
		"a tunnel with the certificate's name":  {Edit: at(world.ClusterFacts{Server: "https://127.0.0.1:8443", TLSServerName: "abc.gr7.us-west-2.eks.amazonaws.com"}), Want: check.Pass, Says: "by the name"},
		"a tunnel with another cluster's name":  {Edit: at(world.ClusterFacts{Server: "https://127.0.0.1:8443", TLSServerName: "xyz.gr7.us-west-2.eks.amazonaws.com"}), Want: check.Fail},
		"a tunnel that the cluster's own CA is": {Edit: at(world.ClusterFacts{Server: "https://localhost:8443", CAData: "Q0E="}), Want: check.Pass, Says: "by the authority"},
		"a tunnel of which nothing is known":    {Edit: at(world.ClusterFacts{Server: "https://localhost:8443"}), Want: check.Fail, Says: "update-kubeconfig"},
	})
}

func TestWhatKubernetesDeniesIsAFailureOrAWarning(t *testing.T) {
	checktest.Table(t, Checks, "D03", map[string]checktest.Case{
		"nothing": {Want: check.Pass},
		"something that is read": {Edit: func(s *world.Snapshot) {
			s.Kube.DeniedAccess = []string{"list pods"}
		}, Want: check.Fail, Says: "--mode read"},
		"something that only setup changes": {Edit: func(s *world.Snapshot) {
			s.Kube.DeniedAccess, s.Kube.DeniedChanges = []string{"patch daemonsets"}, []string{"patch daemonsets"}
		}, Want: check.Warn, Says: "--mode write"},
	})
}

func TestWhatTheSimulationDeniesIsAWarning(t *testing.T) {
	checktest.Table(t, Checks, "P01", map[string]checktest.Case{
		"nothing":  {Want: check.Pass},
		"one call": {Edit: func(s *world.Snapshot) { s.Cloud.DeniedActions = []string{"rds:CreateDBInstance"} }, Want: check.Warn, Says: "denies 1 call\n"},
		"two calls": {Edit: func(s *world.Snapshot) {
			s.Cloud.DeniedActions = []string{"rds:CreateDBInstance", "ec2:CreateSecurityGroup"}
		}, Want: check.Warn, Says: "denies 2 calls\n"},
	})
}
