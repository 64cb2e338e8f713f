package steps

import (
	"strings"
	"testing"
)

func TestAddonConfigurationIsMergedAndRestored(t *testing.T) {
	t.Parallel()
	set := CNISettings{Env: map[string]string{"ENABLE_POD_ENI": "true"}, InitEnv: map[string]string{"DISABLE_TCP_EARLY_DEMUX": "true"}}
	for name, x := range map[string]struct{ before, after, back string }{
		"nothing was configured":      {"", `{"env":{"ENABLE_POD_ENI":"true"},"init":{"env":{"DISABLE_TCP_EARLY_DEMUX":"true"}}}`, `{}`},
		"other values are kept":       {`{"enableNetworkPolicy":"true","env":{"WARM_ENI_TARGET":"2"}}`, `{"enableNetworkPolicy":"true","env":{"ENABLE_POD_ENI":"true","WARM_ENI_TARGET":"2"},"init":{"env":{"DISABLE_TCP_EARLY_DEMUX":"true"}}}`, `{"enableNetworkPolicy":"true","env":{"WARM_ENI_TARGET":"2"}}`},
		"YAML is read too":            {"env:\n  WARM_IP_TARGET: \"3\"\n", `{"env":{"ENABLE_POD_ENI":"true","WARM_IP_TARGET":"3"},"init":{"env":{"DISABLE_TCP_EARLY_DEMUX":"true"}}}`, `{"env":{"WARM_IP_TARGET":"3"}}`},
		"an earlier value comes back": {`{"env":{"ENABLE_POD_ENI":"false"}}`, `{"env":{"ENABLE_POD_ENI":"true"},"init":{"env":{"DISABLE_TCP_EARLY_DEMUX":"true"}}}`, `{"env":{"ENABLE_POD_ENI":"false"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			after, err := MergeAddonValues(x.before, set)
			if err != nil || after != x.after {
				t.Fatalf("merged %s (%v), want %s", after, err, x.after)
			}
			back, err := RestoreAddonValues(after, priorValues(set, addonSettings(x.before)))
			if err != nil || back != x.back {
				t.Fatalf("restored %s (%v), want %s", back, err, x.back)
			}
		})
	}
	if _, err := MergeAddonValues(`{"env":"text"}`, set); err == nil {
		t.Fatal("an env that is no object was overwritten")
	}
}

func TestTheCommandsForTheAddonNameTheRoleOfItsServiceAccount(t *testing.T) {
	t.Parallel()
	const role = "arn:aws:iam::111122223333:role/cni"
	for name, action := range map[string]func(role string) Action{
		"setup":   func(role string) Action { return ConfigureAddon{Cluster: "workshop", Role: role} },
		"cleanup": func(role string) Action { return RestoreAddon{Cluster: "workshop", Role: role} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if command := action(role).Shell()[0]; !strings.HasSuffix(command, " --service-account-role-arn "+role) {
				t.Errorf("the role is not in %q", command)
			}
			if command := action("").Shell()[0]; strings.Contains(command, "role-arn") {
				t.Errorf("there is a role in %q", command)
			}
		})
	}
}
