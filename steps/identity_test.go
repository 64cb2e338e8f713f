package steps

import "testing"

func TestAClusterIsKnownByItsAddressOrByItsCertificate(t *testing.T) {
	t.Parallel()
	const endpoint = "https://ABC.gr7.us-west-2.eks.amazonaws.com"
	for name, x := range map[string]struct {
		facts ClusterFacts
		want  Status
	}{
		"the same address":                      {ClusterFacts{Server: "https://abc.gr7.us-west-2.eks.amazonaws.com:443/"}, Pass},
		"another port of it":                    {ClusterFacts{Server: "https://abc.gr7.us-west-2.eks.amazonaws.com:8443"}, Pass},
		"another cluster":                       {ClusterFacts{Server: "https://XYZ.gr7.us-west-2.eks.amazonaws.com", CAData: "T1RIRVI="}, Fail},
		"a tunnel with the certificate's name":  {ClusterFacts{Server: "https://127.0.0.1:8443", TLSServerName: "abc.gr7.us-west-2.eks.amazonaws.com"}, Pass},
		"a tunnel with another cluster's name":  {ClusterFacts{Server: "https://127.0.0.1:8443", TLSServerName: "xyz.gr7.us-west-2.eks.amazonaws.com"}, Fail},
		"a tunnel that the cluster's own CA is": {ClusterFacts{Server: "https://localhost:8443", CAData: "Q0E="}, Pass},
		"a tunnel of which nothing is known":    {ClusterFacts{Server: "https://localhost:8443"}, Fail},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &Snapshot{Kube: x.facts}
			target := &Target{Cluster: Cluster{Name: "workshop", Endpoint: endpoint, CAData: "Q0E="}}
			for _, f := range checkIdentity(s, target) {
				if f.ID == "D02" && (f.Status != x.want || f.Blocking != (x.want == Fail)) {
					t.Errorf("%s: %s %v", f.Status, f.Reason, f.Evidence)
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
		s := &Snapshot{}
		s.Cloud.Identity.Partition = "aws-cn"
		s.Cloud.ClusterRole = Role{Name: "cluster", ARN: "arn:aws-cn:iam::111122223333:role/cluster", AttachedPolicies: []string{arn}}
		p := &Plan{}
		planIAM(s, &Target{}, p)
		if f := checkIAM(s, &Target{}); (f[0].Status == Pass) != has || p.Empty() != has {
			t.Errorf("%s: %s %s, %d changes", arn, f[0].Status, f[0].Reason, len(p.Changes))
		}
	}
}
