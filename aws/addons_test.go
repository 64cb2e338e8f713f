package aws

import (
	"testing"

	"podsg/steps"
)

const cniRole = "arn:aws:iam::111122223333:role/cni"

func TestAnUpdateOfTheAddonKeepsTheRoleOfItsServiceAccount(t *testing.T) {
	w := newWorld(t, worldOptions{addonRole: cniRole})
	values := `{"env":{"ENABLE_POD_ENI":"true"}}`
	if err := w.client.UpdateAddon(t.Context(), steps.AddonUpdate{Cluster: workshop, Addon: addonVPCCNI, ConfigurationValues: values}); err != nil {
		t.Fatal(err)
	}
	addon, err := w.client.addon(t.Context(), workshop, addonVPCCNI)
	if err != nil {
		t.Fatal(err)
	}
	if addon.ConfigurationValues != values || addon.ServiceAccountRole != cniRole {
		t.Errorf("add-on = %+v, want the new values and role %s", addon, cniRole)
	}
}

func TestAnAddonThatIsGoneIsNotUpdated(t *testing.T) {
	w := newWorld(t, worldOptions{noAddon: true})
	err := w.client.UpdateAddon(t.Context(), steps.AddonUpdate{Cluster: workshop, Addon: addonVPCCNI, ConfigurationValues: "{}"})
	if steps.KindOf(err) != steps.ProblemChanged {
		t.Errorf("error = %v, want that the world has changed", err)
	}
}
