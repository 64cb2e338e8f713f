package aws

import (
	"testing"

	"podsg/sandbox/cloud"
	"podsg/steps"
)

func TestAGroupThatWasMadeAMomentAgoIsWaitedFor(t *testing.T) {
	w := newWorld(t, worldOptions{})
	ctx, c := t.Context(), w.client
	for _, f := range []cloud.Fault{
		{Action: "ec2:DescribeSecurityGroups", Code: "InvalidGroup.NotFound", Times: 3},
		{Action: "ec2:AuthorizeSecurityGroupIngress", Code: "InvalidGroup.NotFound", Times: 3},
		{Action: "ec2:AuthorizeSecurityGroupEgress", Code: "InvalidSecurityGroupID.NotFound", Times: 3},
		{Action: "rds:CreateDBInstance", Code: "InvalidParameterValue", Message: "Invalid security group , groupId= sg-0, groupName=.", Times: 3},
	} {
		w.account.InjectFault(f)
	}
	group, err := c.CreateSecurityGroup(ctx, steps.NewSecurityGroup{Name: "POD_SG", Description: "pods", VPCID: w.network.VPC})
	if err != nil {
		t.Fatal(err)
	}
	for _, direction := range []steps.Direction{steps.Ingress, steps.Egress} {
		if _, err := c.AuthorizeRule(ctx, steps.NewRule{
			GroupID: group, Direction: direction, Protocol: "tcp", FromPort: 80, ToPort: 80, PeerGroup: group,
		}); err != nil {
			t.Error(err)
		}
	}
	if err := c.CreateDBSubnetGroup(ctx, steps.NewDBSubnetGroup{Name: "g", Description: "podsg", SubnetIDs: w.network.PrivateSubnets}); err != nil {
		t.Fatal(err)
	}
	if err := c.CreateDatabase(ctx, steps.NewDatabase{
		Identifier: "rds-workshop", Name: "workshop", Username: "workshop", Class: "db.t4g.micro", StorageGiB: 20, Port: 5432, SubnetGroup: "g", GroupIDs: []string{group},
	}, steps.NewPassword("first-password")); err != nil {
		t.Error(err)
	}
}

func TestAGroupThatDoesNotShowIsStillToldOf(t *testing.T) {
	w := newWorld(t, worldOptions{})
	w.account.InjectFault(cloud.Fault{Action: "ec2:DescribeSecurityGroups", Code: "InvalidGroup.NotFound"})
	group, err := w.client.CreateSecurityGroup(t.Context(), steps.NewSecurityGroup{Name: "POD_SG", Description: "pods", VPCID: w.network.VPC})
	if err == nil || group == "" {
		t.Errorf("group %q, error %v; want both", group, err)
	}
}

func TestARuleOfAGroupThatIsGoneIsAChangeOfTheWorld(t *testing.T) {
	w := newWorld(t, worldOptions{})
	_, err := w.client.AuthorizeRule(t.Context(), steps.NewRule{
		GroupID: "sg-0123456789abcdef0", Direction: steps.Ingress, Protocol: "tcp", FromPort: 80, ToPort: 80, CIDR: "10.0.0.0/8",
	})
	if steps.KindOf(err) != steps.ProblemChanged {
		t.Errorf("error = %v, want that the world has changed", err)
	}
}
