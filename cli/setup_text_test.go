package cli

import (
	"strings"
	"testing"

	"podsg/cli/console"
	"podsg/steps"
)

func TestASetupAsTextCountsAndNamesWhatItDid(t *testing.T) {
	plan := &steps.Plan{Changes: []steps.Change{{ID: "vpc-cni", Op: steps.Update, Kind: steps.KindAddonConfig}}}
	r := &steps.Result{Cluster: "workshop", Outcome: steps.OutcomeFailed, Applied: []string{"vpc-cni"}, Skipped: []string{"a", "b"}, Failed: &steps.Failure{ID: "x"},
		Resources: []steps.Resource{
			{Kind: steps.KindSecurityGroup, ID: "sg-1", Name: "POD_SG", Created: true},
			{Kind: steps.KindRolePolicy, ID: "eks arn:aws:iam::aws:policy/P", Name: "eks", Created: true},
			{Kind: steps.KindAddonConfig, ID: "workshop/vpc-cni"}, {Kind: steps.KindDBInstance, ID: "orders-db"},
		}}
	text := setupText(console.Style{}, r, plan, false)
	for _, want := range []string{
		"1 change made, 1 failed, 2 left.", "SecurityGroup sg-1 POD_SG (made by podsg)", "RolePolicyAttachment eks arn:aws:iam::aws:policy/P (made by podsg)",
		"AddonConfiguration workshop/vpc-cni (changed)", "DBInstance orders-db (was there)",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	v := &steps.Verification{Green: steps.GreenResult{ClientAddress: "10.0.0.9", ENI: steps.ProbeENI{ID: "eni-1", Groups: []string{"sg-1"}}}}
	unproven := setupText(console.Style{}, &steps.Result{Cluster: "workshop", Outcome: steps.OutcomeDone, Verification: v, Resources: r.Resources}, plan, false)
	for _, want := range []string{"branch ENI eni-1 with sg-1 POD_SG", "podsg diagnose --cluster workshop"} {
		if !strings.Contains(unproven, want) {
			t.Errorf("no %q in\n%s", want, unproven)
		}
	}
}
