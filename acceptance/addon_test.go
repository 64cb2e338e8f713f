package acceptance

import (
	"encoding/json"
	"testing"

	"podsg/sandbox/cloud"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// addonRole is the ARN of the role of the service account of the VPC CNI.
func (l *lab) addonRole() string {
	l.t.Helper()
	objects, err := l.Objects()
	if err != nil {
		l.t.Fatal(err)
	}
	var cluster struct {
		Addons map[string]struct{ RoleARN string }
	}
	if err := json.Unmarshal(objects["aws cluster/workshop"], &cluster); err != nil {
		l.t.Fatal(err)
	}
	return cluster.Addons[world.AddonVPCCNI].RoleARN
}

func TestSetupAndCleanupKeepTheRoleOfTheCNI(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	role := "arn:aws:iam::" + l.Account().AccountID() + ":role/cni"
	if err := l.Account().AddAddon("workshop", cloud.AddonSpec{Name: world.AddonVPCCNI, RoleARN: role}); err != nil {
		t.Fatal(err)
	}
	before := l.state()
	l.podsg("plan", "-o", "shell").exits(0).says("--service-account-role-arn " + role)
	l.podsg("plan", "-o", "terraform").exits(0).says(`service_account_role_arn`, role)
	proven(t, decode[plan.Result](l.podsg("setup", "--yes", "-o", "json").exits(0)))
	if have := l.addonRole(); have != role {
		t.Errorf("after the setup the role is %q", have)
	}
	l.cleanedUp(before)
	if have := l.addonRole(); have != role {
		t.Errorf("after the cleanup the role is %q", have)
	}
}

func TestASecondModeOfTheCNIIsRestoredWithTheFirst(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	before := l.state()
	l.podsg("setup", "--yes", "--verify=false").exits(0)
	l.podsg("setup", "--yes", "--verify=false", "--enforcing-mode", "strict").exits(0)
	l.cleanedUp(before)
}
