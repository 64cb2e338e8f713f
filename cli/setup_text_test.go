package cli

import (
	"strings"
	"testing"

	"podsg/cli/console"
	"podsg/steps/plan"
	"podsg/steps/world"
)

func TestASetupAsTextCountsAndNamesWhatItDid(t *testing.T) {
	planned := &plan.Plan{Changes: []plan.Change{{ID: "vpc-cni", Op: plan.Update, Kind: world.KindAddonConfig}}}
	r := &plan.Result{Cluster: "workshop", Outcome: plan.OutcomeFailed, Applied: []string{"vpc-cni"}, Skipped: []string{"a", "b"}, Failed: &plan.Failure{ID: "x"},
		Resources: []plan.Resource{
			{Kind: world.KindSecurityGroup, ID: "sg-1", Name: "POD_SG", Created: true},
			{Kind: world.KindRolePolicy, ID: "eks arn:aws:iam::aws:policy/P", Name: "eks", Created: true},
			{Kind: world.KindAddonConfig, ID: "workshop/vpc-cni"}, {Kind: world.KindDBInstance, ID: "orders-db"},
		}}
	text := setupText(console.Style{}, r, planned, false)
	for _, want := range []string{
		"1 change made, 1 failed, 2 left.", "SecurityGroup sg-1 POD_SG (made by podsg)", "RolePolicyAttachment eks arn:aws:iam::aws:policy/P (made by podsg)",
		"AddonConfiguration workshop/vpc-cni (changed)", "DBInstance orders-db (was there)",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	v := &plan.Verification{Green: plan.GreenResult{ClientAddress: "10.0.0.9", ENI: plan.ProbeENI{ID: "eni-1", Groups: []string{"sg-1"}}}}
	unproven := setupText(console.Style{}, &plan.Result{Cluster: "workshop", Outcome: plan.OutcomeDone, Verification: v, Resources: r.Resources}, planned, false)
	for _, want := range []string{"branch ENI eni-1 with sg-1 POD_SG", "podsg diagnose --cluster workshop"} {
		if !strings.Contains(unproven, want) {
			t.Errorf("no %q in\n%s", want, unproven)
		}
	}
}
