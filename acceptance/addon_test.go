package acceptance

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/eks"

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

// addonText is the configuration of the VPC CNI's add-on as EKS has it.
func (l *lab) addonText() string {
	l.t.Helper()
	cluster, addon := "workshop", world.AddonVPCCNI
	out := must[*eks.DescribeAddonOutput](l)(eks.NewFromConfig(l.config()).DescribeAddon(l.t.Context(), &eks.DescribeAddonInput{ClusterName: &cluster, AddonName: &addon}))
	if out.Addon.ConfigurationValues == nil {
		return ""
	}
	return *out.Addon.ConfigurationValues
}

func (l *lab) setAddonText(text string) {
	l.t.Helper()
	cluster, addon := "workshop", world.AddonVPCCNI
	_, err := eks.NewFromConfig(l.config()).UpdateAddon(l.t.Context(), &eks.UpdateAddonInput{ClusterName: &cluster, AddonName: &addon, ConfigurationValues: &text})
	l.ok(err)
	l.eventually("the add-on is active", func() bool {
		out := must[*eks.DescribeAddonOutput](l)(eks.NewFromConfig(l.config()).DescribeAddon(l.t.Context(), &eks.DescribeAddonInput{ClusterName: &cluster, AddonName: &addon}))
		return out.Addon.Status == "ACTIVE"
	})
}

const commented = "# owned by the platform team, see TICKET-1\nenv:\n  WARM_IP_TARGET: \"3\"   # not 2\n\n  # until the nodes are new\n  ENABLE_POD_ENI: 'false'\n"

func TestTheTextOfTheAddonsConfigurationIsRestoredByteForByte(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	l.setAddonText(commented)
	l.podsg("plan").exits(0).says("stays YAML with its comments")
	l.podsg("setup", "--yes", "--verify=false", "--seed=false").exits(0)
	if text := l.addonText(); !strings.Contains(text, "# not 2") || !strings.Contains(text, "# until the nodes are new") || !strings.Contains(text, `ENABLE_POD_ENI: "true"`) {
		t.Errorf("after the setup:\n%s", text)
	}
	// A second change of podsg's is undone with the first.
	l.podsg("setup", "--yes", "--verify=false", "--seed=false", "--enforcing-mode", "strict").exits(0)
	l.podsg("cleanup", "--dry-run").exits(0).says("byte for byte")
	l.podsg("cleanup", "--yes").exits(0)
	if text := l.addonText(); text != commented {
		t.Errorf("after the cleanup:\n%s", text)
	}
}

func TestAConfigurationThatSomebodyEditedSinceKeepsTheEdit(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	l.setAddonText(commented)
	l.podsg("setup", "--yes", "--verify=false", "--seed=false").exits(0)
	l.setAddonText(strings.ReplaceAll(l.addonText(), `WARM_IP_TARGET: "3"`, `WARM_IP_TARGET: "4"`))
	l.podsg("cleanup", "--dry-run").exits(0).says("somebody edited its configuration")
	l.podsg("cleanup", "--yes").exits(0)
	text := l.addonText()
	for _, want := range []string{`WARM_IP_TARGET: "4"`, "# owned by the platform team", `ENABLE_POD_ENI: "false"`} {
		if !strings.Contains(text, want) {
			t.Errorf("after the cleanup it lacks %s:\n%s", want, text)
		}
	}
}
