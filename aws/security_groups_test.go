package aws

import (
	"testing"

	"podsg/sandbox/cloud"
	"podsg/steps/plan"
	"podsg/steps/world"
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
	group, err := c.CreateSecurityGroup(ctx, plan.NewSecurityGroup{Name: "POD_SG", Description: "pods", VPCID: w.network.VPC})
	if err != nil {
		t.Fatal(err)
	}
	for _, direction := range []world.Direction{world.Ingress, world.Egress} {
		if _, err := c.AuthorizeRule(ctx, plan.NewRule{
			GroupID: group, Direction: direction, Protocol: "tcp", FromPort: 80, ToPort: 80, PeerGroup: group,
		}); err != nil {
			t.Error(err)
		}
	}
	if err := c.CreateDBSubnetGroup(ctx, plan.NewDBSubnetGroup{Name: "g", Description: "podsg", SubnetIDs: w.network.PrivateSubnets}); err != nil {
		t.Fatal(err)
	}
	if err := c.CreateDatabase(ctx, plan.NewDatabase{
		Identifier: "rds-workshop", Name: "workshop", Username: "workshop", Class: "db.t4g.micro", StorageGiB: 20, Port: 5432, SubnetGroup: "g", GroupIDs: []string{group},
	}, world.NewPassword("first-password")); err != nil {
		t.Error(err)
	}
}

func TestAGroupThatDoesNotShowIsStillToldOf(t *testing.T) {
	w := newWorld(t, worldOptions{})
	w.account.InjectFault(cloud.Fault{Action: "ec2:DescribeSecurityGroups", Code: "InvalidGroup.NotFound"})
	group, err := w.client.CreateSecurityGroup(t.Context(), plan.NewSecurityGroup{Name: "POD_SG", Description: "pods", VPCID: w.network.VPC})
	if err == nil || group == "" {
		t.Errorf("group %q, error %v; want both", group, err)
	}
}

func TestARuleOfAGroupThatIsGoneIsAChangeOfTheWorld(t *testing.T) {
	w := newWorld(t, worldOptions{})
	_, err := w.client.AuthorizeRule(t.Context(), plan.NewRule{
		GroupID: "sg-0123456789abcdef0", Direction: world.Ingress, Protocol: "tcp", FromPort: 80, ToPort: 80, CIDR: "10.0.0.0/8",
	})
	if world.KindOf(err) != world.ProblemChanged {
		t.Errorf("error = %v, want that the world has changed", err)
	}
}
