package acceptance

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"podsg/sandbox/cloud"
	"podsg/steps/plan"
)

// AWS goes on for a while seeing what was just deleted.
func TestCleanupWaitsWhileAWSStillSeesWhatWasDeleted(t *testing.T) {
	t.Parallel()
	for _, fault := range []cloud.Fault{
		{Action: "ec2:DeleteSecurityGroup", Code: "DependencyViolation", Message: "resource sg-0 has a dependent object", Times: 3},
		{Action: "rds:DeleteDBSubnetGroup", Code: "InvalidDBSubnetGroupStateFault", Message: "Cannot delete the subnet group 'rds-workshop'", Times: 2},
		{Action: "rds:DeleteDBInstance", Code: "InvalidDBInstanceState", Message: "Instance rds-workshop is currently being backed up", Times: 2},
	} {
		t.Run(fault.Code, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, "workshop")
			l.podsg("setup", "--yes", "--verify=false", "--seed=false").exits(0)
			l.Account().InjectFault(fault)
			l.podsg("cleanup", "--yes").exits(0).says("AWS still sees it in use")
			l.unchanged(func() { l.podsg("cleanup", "--yes").exits(0).says("nothing") })
		})
	}
}

// EC2 takes the name of a security group without regard to case.
func TestAGroupWhoseNameDiffersInCaseOnlyIsThere(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	name, description, vpc := "pod_sg", "of the team", l.state()["aws security-group/"+l.clusterGroup("workshop")][".VPC"]
	if _, err := l.ec2().CreateSecurityGroup(t.Context(), &ec2.CreateSecurityGroupInput{GroupName: &name, Description: &description, VpcId: &vpc}); err != nil {
		t.Fatal(err)
	}
	l.unchanged(func() { l.podsg("setup", "--yes").exits(2).says("pod_sg", "was not made by podsg") })
	p := decode[plan.Result](l.podsg("setup", "--yes", "--pod-security-group", "PODS", "--verify=false", "--seed=false", "-o", "json").exits(0))
	if p.Outcome != plan.OutcomeDone {
		t.Errorf("%+v", p)
	}
}
