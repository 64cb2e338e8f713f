package steps

import (
	"testing"

	"podsg/steps/check"
	"podsg/steps/iam"
	"podsg/steps/identity"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

func TestAClusterIsKnownByItsAddressOrByItsCertificate(t *testing.T) {
	t.Parallel()
	const endpoint = "https://ABC.gr7.us-west-2.eks.amazonaws.com"
	for name, x := range map[string]struct {
		facts world.ClusterFacts
		want  check.Status
	}{
		"the same address":                      {world.ClusterFacts{Server: "https://abc.gr7.us-west-2.eks.amazonaws.com:443/"}, check.Pass},
		"another port of it":                    {world.ClusterFacts{Server: "https://abc.gr7.us-west-2.eks.amazonaws.com:8443"}, check.Pass},
		"another cluster":                       {world.ClusterFacts{Server: "https://XYZ.gr7.us-west-2.eks.amazonaws.com", CAData: "T1RIRVI="}, check.Fail},
		"a tunnel with the certificate's name":  {world.ClusterFacts{Server: "https://127.0.0.1:8443", TLSServerName: "abc.gr7.us-west-2.eks.amazonaws.com"}, check.Pass},
		"a tunnel with another cluster's name":  {world.ClusterFacts{Server: "https://127.0.0.1:8443", TLSServerName: "xyz.gr7.us-west-2.eks.amazonaws.com"}, check.Fail},
		"a tunnel that the cluster's own CA is": {world.ClusterFacts{Server: "https://localhost:8443", CAData: "Q0E="}, check.Pass},
		"a tunnel of which nothing is known":    {world.ClusterFacts{Server: "https://localhost:8443"}, check.Fail},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &world.Snapshot{Kube: x.facts}
			target := &intent.Target{Cluster: world.Cluster{Name: "workshop", Endpoint: endpoint, CAData: "Q0E="}}
			for _, f := range identity.CheckIdentity(s, target) {
				if f.ID == "D02" && (f.Status != x.want || f.Blocking != (x.want == check.Fail)) {
					t.Errorf("%s: %s %v", f.Status, f.Reason.String(), f.Evidence)
				}
			}
		})
	}
}

func TestOnlyTheManagedPolicyOfThePartitionCounts(t *testing.T) {
	t.Parallel()
	for arn, has := range map[string]bool{
		"arn:aws-cn:iam::aws:policy/AmazonEKSVPCResourceController":          true,
		"arn:aws:iam::aws:policy/AmazonEKSVPCResourceController":             false,
		"arn:aws-cn:iam::111122223333:policy/AmazonEKSVPCResourceController": false,
		"arn:aws-cn:iam::aws:policy/AmazonEKSClusterPolicy":                  false,
	} {
		s := &world.Snapshot{}
		s.Cloud.Identity.Partition = "aws-cn"
		s.Cloud.ClusterRole = world.Role{Name: "cluster", ARN: "arn:aws-cn:iam::111122223333:role/cluster", AttachedPolicies: []string{arn}}
		p := &plan.Plan{}
		iam.Step.Plan(s, &intent.Target{}, p)
		if f := check.Run(iam.Checks, s, &intent.Target{}); (f[0].Status == check.Pass) != has || p.Empty() != has {
			t.Errorf("%s: %s %s, %d changes", arn, f[0].Status, f[0].Reason.String(), len(p.Changes))
		}
	}
}
