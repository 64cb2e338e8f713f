package iam

import (
	"testing"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

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
		Step.Plan(s, &intent.Target{}, p)
		if f := check.Run(Checks, s, &intent.Target{}); (f[0].Status == check.Pass) != has || p.Empty() != has {
			t.Errorf("%s: %s %s, %d changes", arn, f[0].Status, f[0].Reason.String(), len(p.Changes))
		}
	}
}
